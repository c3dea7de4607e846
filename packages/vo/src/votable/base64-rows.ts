/** Rows of a BINARY stream from its base64 in pieces. VOTable 1.4 §5.3, §5.4; RFC 4648 §4. */
import { ArchiveError } from '../errors.ts'
import { readBase64 } from './base64.ts'
import type { ReadRows } from './binary.ts'
import type { Row } from './field.ts'

/** Takes the text as it comes; gives the rows that are whole. Throws as `readBase64` and `readBinary` do. */
export function openBase64Rows(
  what: string, readRows: ReadRows,
): (text: string, isEnd: boolean) => readonly Row[] {
  let text = ''
  let pieces: Uint8Array[] = []
  let sizeBytes = 0
  /** A row that is not whole is tried again when twice as much is there: a long one costs no square. */
  let enough = 1
  let isPadded = false
  return (more, isEnd) => {
    text += more.replace(/[ \t\r\n]+/g, '')
    const whole = isEnd ? text.length : text.length - text.length % 4
    const group = text.slice(0, whole)
    if (isPadded && group !== '') {
      throw new ArchiveError('document_invalid', `${what} is not base64: it goes on after its end`)
    }
    text = text.slice(whole)
    isPadded ||= group.endsWith('=')
    const bytes = readBase64(group, what)
    pieces.push(bytes)
    sizeBytes += bytes.length
    if (sizeBytes < enough && !isEnd) return []
    const all = joined(pieces, sizeBytes)
    const { rows, used } = readRows(all, isEnd)
    pieces = [all.subarray(used)]
    sizeBytes = all.length - used
    enough = used > 0 ? 1 : sizeBytes * 2
    return rows
  }
}

function joined(pieces: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const [only, ...others] = pieces
  if (only !== undefined && others.length === 0) return only
  const all = new Uint8Array(sizeBytes)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
