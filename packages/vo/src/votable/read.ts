/**
 * VOTable, read: what any service writes. VOTable 1.1 to 1.5, any prefix or none, TABLEDATA, BINARY and
 * BINARY2, nested resources, INFO anywhere. VOTable 1.4 §3-§5. Data at another address (STREAM href, FITS)
 * are refused, not fetched.
 */
import { openXml, xmlDecoder } from '../xml.ts'
import { votableBuilder } from './build.ts'
import type { Votable } from './document.ts'

export interface VotableLimits {
  /** 1 GiB unless given. */
  readonly maxBytes?: number | undefined
  /** Of each table; 20 million unless given. */
  readonly maxRows?: number | undefined
}

/**
 * Reads a whole VOTable; bytes are read as they arrive. Throws `document_invalid` (not a VOTable, a cell
 * that its field cannot have, a DOCTYPE) and `document_too_large`.
 */
export async function readVotable(
  source: string | Uint8Array | AsyncIterable<Uint8Array>, limits: VotableLimits = {},
): Promise<Votable> {
  const { maxBytes = 2 ** 30, maxRows = 20_000_000 } = limits
  const builder = votableBuilder(maxRows)
  const xmlLimits = { maxBytes, maxDepth: 64, maxAttributes: 64, maxElements: Infinity }
  const reader = openXml('the VOTable', builder, xmlLimits)
  let isStart = true
  let blank = 0
  for await (const piece of textOf(source)) {
    // Some services write an empty line before the declaration. Of more than that the reader must hear.
    if (blank > 1000) isStart = false
    const text: string = isStart ? piece.trimStart() : piece
    if (isStart) blank += piece.length - text.length
    isStart &&= text === ''
    reader.write(text)
  }
  reader.end()
  return builder.votable()
}

async function* textOf(source: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  if (typeof source === 'string') return yield source
  let decoder: TextDecoder | undefined
  let start: Uint8Array = new Uint8Array()
  for await (const chunk of source instanceof Uint8Array ? [source] : source) {
    if (decoder !== undefined) {
      yield decoder.decode(chunk, { stream: true })
      continue
    }
    // The declaration may be cut by the first chunks.
    start = joined(start, chunk)
    if (start.length < 200) continue
    decoder = xmlDecoder(start, 'the VOTable')
    yield decoder.decode(start, { stream: true })
  }
  if (decoder !== undefined) return yield decoder.decode()
  yield xmlDecoder(start, 'the VOTable').decode(start)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
