/**
 * Ids as callers send them. What is no dp_id names no holding, so it is not found like any other
 * unknown id; the message may say more, as it speaks of the caller's text only. eso-protocol §2.9, §4.1.
 */
import { ArchiveError } from '@quipu/vo'
import { dpIdOfDid, parseDpId } from '@quipu/vo/eso'
import type { DpId } from '@quipu/vo/eso'

/** A bare dp_id, as paths hold it. Throws `product_not_found`. */
export function askedDpId(text: string): DpId {
  return notFoundUnless(parseDpId, text)
}

/** A dp_id or a publisher's id, `ivo://eso.org/ID?<dp_id>`. Throws `product_not_found`. */
export function askedDid(text: string): DpId {
  return notFoundUnless(dpIdOfDid, text)
}

function notFoundUnless(parse: (text: string) => DpId, text: string): DpId {
  try {
    return parse(text)
  } catch (cause) {
    if (!(cause instanceof ArchiveError)) throw cause
    throw new ArchiveError('product_not_found', cause.message, { cause })
  }
}

/** A caller's text, fit for a message: short, on one line, nothing that a terminal or header would obey. */
export function shown(text: string): string {
  const plain = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return plain.length > 80 ? `${plain.slice(0, 77)}...` : plain
}
