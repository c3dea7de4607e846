/** Follows DataLink and calSelector. DataLink 1.1 §3; eso-protocol §4 and §5. */
import { ArchiveError } from '@quipu/vo'
import type { ErrorCode } from '@quipu/vo'
import { isSemantics, readLinks, SEMANTICS } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { parseDpId, publisherDid, readAssociationTree, readThisDescription } from '@quipu/vo/eso'
import type { CascadeFlags, Mode, TreeAssociation } from '@quipu/vo/eso'
import { readVotable } from '@quipu/vo/votable'
import { decoded, fileNameOf } from './names.ts'
import type { ArchiveProfile } from './profile.ts'
import type { Requester } from './request.ts'

/** The calibrations of one frame, as the list form of calSelector gives them. */
export interface Calibrations {
  readonly dpId: string
  readonly requestedMode: Mode
  readonly flags: CascadeFlags
  /** The answer's warnings for a person, gravest first; empty when all is well. */
  readonly warnings: readonly Warning[]
  /** `#calibration` rows only, each file once. */
  readonly files: readonly Link[]
  /** Frames to be reduced together with it. */
  readonly siblings: readonly Link[]
  /** The address of the association tree; null when the answer has none. */
  readonly treeUrl: string | null
  /** Every row, as it came. */
  readonly links: readonly Link[]
}

export interface Warning { readonly level: 'alert' | 'warning'; readonly text: string }

export interface LinkService {
  /**
   * The links of a product, by dp_id or by a DataLink address from a result.
   * @throws ArchiveError `product_not_found` when it does not exist or the caller may not know of it.
   */
  links(dpIdOrUrl: string, signal?: AbortSignal): Promise<readonly Link[]>
  /** The calibrations of a frame, by dp_id or by a calSelector address from a DataLink row. */
  calibrations(dpIdOrUrl: string, mode: Mode, signal?: AbortSignal): Promise<Calibrations>
  /** The association tree at an address of `treeUrl`, as sent and as read. */
  tree(url: string, signal?: AbortSignal): Promise<{ xml: string; root: TreeAssociation; fileName: string }>
}

/** Trees are larger than a page and smaller than this. */
const MAX_TREE_BYTES = 64_000_000

/** DataLink 1.1 §3.4 and ESO's own, as codes. */
const FAULT_CODES: Readonly<Record<string, ErrorCode>> = {
  AuthenticationFault: 'token_missing', AuthorizationFault: 'product_proprietary',
  UsageFault: 'parameter_invalid', TransientFault: 'overloaded',
}

export function makeLinkService(profile: ArchiveProfile, requester: Requester): LinkService {
  const read = async (url: string, signal?: AbortSignal): Promise<readonly Link[]> => {
    const answer = await requester.ask(url, {
      signal, refuseHtml: true, headers: { Accept: 'application/x-votable+xml, */*;q=0.5' },
    })
    const links = readLinks(await readVotable(answer.bytes()))
    // A link that failed is a row among others (DataLink 1.1 §3.4); alone, it is the answer.
    const usable = links.filter(({ errorMessage }) => errorMessage === null)
    if (usable.length > 0) return links
    const [, fault, reason] = /^(\w+Fault)?:?\s*(.*)$/s.exec(links[0]?.errorMessage ?? '') ?? []
    throw new ArchiveError(FAULT_CODES[fault ?? ''] ?? 'product_not_found',
      reason || 'no links came: the product does not exist, or you may not know of it')
  }
  return {
    links: (dpIdOrUrl, signal) => read(isUrl(dpIdOrUrl)
      ? dpIdOrUrl : `${profile.datalinkUrl}?ID=${publisherDid(parseDpId(dpIdOrUrl))}`, signal),
    async calibrations(dpIdOrUrl, mode, signal) {
      const url = isUrl(dpIdOrUrl) ? dpIdOrUrl
        : `${profile.calselectorUrl}?dp_id=${parseDpId(dpIdOrUrl)}&mode=${mode}&responseformat=votable`
      return calibrationsOf(await read(url, signal), mode)
    },
    async tree(url, signal) {
      const answer = await requester.ask(url, { signal, refuseHtml: true })
      const xml = await answer.text(MAX_TREE_BYTES)
      const fileName = fileNameOf(answer.headers) ?? 'association_tree.xml'
      return { xml, root: readAssociationTree(xml), fileName }
    },
  }
}

function isUrl(text: string): boolean {
  return /^https?:/i.test(text)
}

/**
 * Sorts the rows of a calSelector list and reads its flags.
 * @throws ArchiveError `document_invalid` when it is no such list.
 */
export function calibrationsOf(links: readonly Link[], requestedMode: Mode): Calibrations {
  const main = links.find((link) => isSemantics(link, SEMANTICS.this))
  if (!main) {
    throw new ArchiveError('document_invalid', "the calibration list has no row with semantics '#this'")
  }
  const flags = readThisDescription(main.description ?? '')
  const seen = new Set<string>()
  const files = links.filter((link) => {
    if (!isSemantics(link, SEMANTICS.calibration) || link.accessUrl === null) return false
    const file = dpIdInUrl(link.accessUrl) ?? link.accessUrl
    return !seen.has(file) && seen.add(file)
  })
  const tree = links.find(({ esoCategory }) => esoCategory === 'ASSOCIATION_TREE')
  return {
    dpId: dpIdOfLink(main),
    requestedMode, flags, files, links,
    warnings: warningsOf(flags, requestedMode),
    siblings: links.filter((link) => isSemantics(link, SEMANTICS.siblingRaw)),
    treeUrl: tree?.accessUrl ?? null,
  }
}

/** What the flags mean for somebody who wants to reduce data. */
export function warningsOf(flags: CascadeFlags, requestedMode: Mode): Warning[] {
  const warnings: Warning[] = []
  if (!flags.complete) {
    warnings.push({
      level: 'alert',
      text: 'the calibration cascade is incomplete: files that the calibration plan asks for are missing.',
    })
  }
  if (flags.mode === '') {
    warnings.push({ level: 'warning', text: 'the archive does not say which mode was executed.' })
  } else if (flags.mode !== requestedMode) {
    const instead = flags.mode === 'Raw2Raw' ? 'raw calibrations come' : `${flags.mode} was executed`
    warnings.push({ level: 'warning', text: `${requestedMode} could not be executed: ${instead} instead.` })
  }
  if (!flags.certified) {
    warnings.push({
      level: 'warning',
      text: 'the cascade is not certified: quality control has not approved all of these files (yet).',
    })
  }
  const [first, ...rest] = warnings
  if (!first || flags.messages === '') return warnings
  return [{ ...first, text: `${first.text} The archive says: ${flags.messages}` }, ...rest]
}

/** The dp_id that a link's file has: the last id in its address, or of its own identifier. */
export function dpIdOfLink(link: Pick<Link, 'id' | 'accessUrl'>): string {
  return dpIdInUrl(link.accessUrl ?? '') ?? decoded(link.id.split('?').at(-1) ?? link.id)
}

function dpIdInUrl(url: string): string | undefined {
  const found = /[?&]ID=ivo(?::|%3A)(?:\/\/|%2F%2F)[^?&]*?(?:\?|%3F)([^&]+)/i.exec(url)?.[1]
    ?? /[?&]ID=([\w.:-]+)(?:&|$)/i.exec(url)?.[1] ?? /\/file\/([^/?#]+)$/.exec(url)?.[1]
  return found === undefined ? undefined : decoded(found)
}
