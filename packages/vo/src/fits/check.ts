/** Whether bytes are a whole FITS file: headers, mandatory keywords, data. FITS 4.0 §3, §4.4.1. */
import { ArchiveError } from '../errors.ts'
import type { Card } from './card.ts'
import { dataBytes, paddedBytes, parseHeader } from './header.ts'

/** One header and data unit of a file; offsets and sizes in bytes. */
export interface Hdu {
  readonly cards: readonly Card[]
  readonly headerAt: number
  readonly dataAt: number
  /** Without padding. */
  readonly dataBytes: number
}

/** HDUs of one file; mosaics have some tens. */
const MAX_HDUS = 10_000

/**
 * Walks through a whole FITS file.
 * @throws ArchiveError `holding_invalid`: a bad header, mandatory keywords missing or out of order, data
 *   shorter than announced, or bytes after the last unit.
 */
export function checkFits(bytes: Uint8Array): readonly Hdu[] {
  const hdus: Hdu[] = []
  let headerAt = 0
  do {
    if (hdus.length >= MAX_HDUS) throw invalid(`the file has more than ${MAX_HDUS} units`)
    const { cards, headerBytes } = parseUnit(bytes.subarray(headerAt), hdus.length)
    checkMandatory(cards, hdus.length)
    const dataAt = headerAt + headerBytes
    const size = dataBytes(cards)
    const next = dataAt + paddedBytes(size)
    if (next > bytes.length) {
      throw invalid(`unit ${hdus.length} has ${bytes.length - dataAt} of the ${next - dataAt} bytes of data `
        + 'that its header announces')
    }
    hdus.push({ cards, headerAt, dataAt, dataBytes: size })
    headerAt = next
  } while (headerAt < bytes.length)
  return hdus
}

function parseUnit(bytes: Uint8Array, index: number): { cards: Card[]; headerBytes: number } {
  if (index > 0 && !startsWith(bytes, 'XTENSION')) {
    throw invalid(`${bytes.length} bytes follow unit ${index - 1} which are no extension`)
  }
  return parseHeader(bytes)
}

/** §4.4.1.1, §4.4.1.2: the first cards, in this order. */
function checkMandatory(cards: readonly Card[], index: number): void {
  const start = index === 0 ? 'SIMPLE' : 'XTENSION'
  const axes = cards[2]?.keyword === 'NAXIS' && typeof cards[2].value === 'number' ? cards[2].value : 0
  const wanted = [start, 'BITPIX', 'NAXIS']
  for (let axis = 1; axis <= Math.min(axes, 999); axis++) wanted.push(`NAXIS${axis}`)
  if (index > 0) wanted.push('PCOUNT', 'GCOUNT')
  for (const [position, keyword] of wanted.entries()) {
    if (cards[position]?.keyword === keyword) continue
    throw invalid(`card ${position + 1} of unit ${index} is ${cards[position]?.keyword ?? 'missing'}; `
      + `it must be ${keyword}`)
  }
  if (index === 0 && cards[0]?.value !== true) {
    throw invalid('SIMPLE is not T: the file says that it does not follow the standard')
  }
}

function startsWith(bytes: Uint8Array, word: string): boolean {
  return [...word].every((letter, at) => bytes[at] === letter.charCodeAt(0))
}

const invalid = (why: string) => new ArchiveError('holding_invalid', why)
