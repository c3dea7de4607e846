/**
 * VOTable, read: what any service writes. VOTable 1.1 to 1.5, any prefix or none, TABLEDATA, BINARY and
 * BINARY2, nested resources, INFO anywhere. VOTable 1.4 §3-§5. Data at another address (STREAM href, FITS)
 * are refused, not fetched.
 */
import { openXml, xmlDecoder } from '../xml.ts'
import { votableBuilder } from './build.ts'
import type { VotableBuilder } from './build.ts'
import { resultTable } from './document.ts'
import type { Votable } from './document.ts'
import type { Field, Row } from './field.ts'

export interface VotableLimits {
  /** 1 GiB unless given. */
  readonly maxBytes?: number | undefined
  /** Of each table; 20 million unless given. */
  readonly maxRows?: number | undefined
}

type Source = string | Uint8Array | AsyncIterable<Uint8Array>

/**
 * Reads a whole VOTable; bytes are read as they arrive. Throws `document_invalid` (not a VOTable, a cell
 * that its field cannot have, a DOCTYPE) and `document_too_large`.
 */
export async function readVotable(source: Source, limits: VotableLimits = {}): Promise<Votable> {
  const { maxBytes = 2 ** 30, maxRows = 20_000_000 } = limits
  const builder = votableBuilder({ maxRows })
  for await (const _ of feed(source, builder, maxBytes)) { /* the builder has it */ }
  return builder.votable()
}

/** The first table of results of a document that is still being read. */
export interface TableReader {
  /** All of them; no data have been looked at. */
  readonly fields: readonly Field[]
  /**
   * Its rows as they arrive, once, in the order of the document. Throws as `readVotable` does; the document
   * is read to its end, so what is cut is told. Leaving early closes the source.
   */
  readonly batches: AsyncIterable<readonly Row[]>
  /** Closes the source when the rows are not wanted. */
  close(): Promise<void>
}

/**
 * Reads a VOTable up to the data of its first table of results, and then row by row: what is in memory is a
 * piece of the document. Null elements of arrays of numbers stay the numbers that
 * VALUES/@null names. Throws as `readVotable` does, and `document_invalid` when there is no table.
 */
export async function openVotableTable(source: Source, limits: VotableLimits = {}): Promise<TableReader> {
  const { maxBytes = 2 ** 30, maxRows = 20_000_000 } = limits
  const builder = votableBuilder({ maxRows, isStreamed: true })
  const steps = feed(source, builder, maxBytes)
  let isOver = false
  while (builder.table() === undefined && !isOver) isOver = (await steps.next()).done === true
  const table = builder.table()
  // It is not there, and what the document says instead is told.
  if (table === undefined) return { fields: resultTable(builder.votable()).fields, batches: noRows(), close }
  const { fields, take } = table
  async function* batches(): AsyncGenerator<readonly Row[]> {
    try {
      for (;;) {
        const rows = take()
        if (rows.length > 0) yield rows
        if (isOver) return
        isOver = (await steps.next()).done === true
      }
    } finally {
      await close()
    }
  }
  async function close(): Promise<void> { await steps.return() }
  return { fields, batches: batches(), close }
}

async function* noRows(): AsyncGenerator<readonly Row[]> {}

/** Gives the document to the builder, piece by piece. */
async function* feed(
  source: Source, builder: VotableBuilder, maxBytes: number,
): AsyncGenerator<void, void, void> {
  const xmlLimits = { maxBytes, maxDepth: 64, maxAttributes: 64, maxElements: Infinity }
  const reader = openXml('the VOTable', builder, xmlLimits)
  let isStart = true
  let blank = 0
  let isInTag = false
  for await (const piece of textOf(source)) {
    // Some services write an empty line before the declaration. Of more than that the reader must hear.
    if (blank > 1000) isStart = false
    const text: string = isStart ? piece.trimStart() : piece
    if (isStart) blank += piece.length - text.length
    isStart &&= text === ''
    reader.write(text)
    isInTag = text.lastIndexOf('<') > text.lastIndexOf('>') || (isInTag && !text.includes('>'))
    // The parser holds text back until it has all of it; an empty comment is what makes it let go.
    if (builder.isInStream() && !isInTag) reader.write('<!---->')
    yield
  }
  reader.end()
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
