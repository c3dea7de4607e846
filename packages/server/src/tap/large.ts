/**
 * Results that turn out to be large: after so many rows the statement begins anew in the form that its writer
 * wants, which the engine makes several times faster than rows of JavaScript values. Small ones, which are
 * most, never pay for the longer statement. Design §4.
 */
import type { Piece, Row, RowWriter } from '@quipu/vo/votable'
import type { Again, BatchStream } from '../stores/columns.ts'

/** Rows that are held back until it is known whether there are more. One batch of an engine, about. */
export const LARGE_ROWS = 2_048

/** Rows that become a piece of the document. */
interface Portion {
  readonly count: number
  /** Of the first rows only. */
  readonly piece: (count: number) => Piece
}

/** A part of a source of rows: what is known of its end. */
export interface Limited {
  readonly maxRows: number
  /** Undefined while it is not known whether there are more rows. */
  overflow: boolean | undefined
}

/**
 * The pieces of the rows, in the writer's own way or, as soon as they are many, in the engine's.
 * @param again Undefined when beginning anew would cost more than it gains.
 * @param opened Is told of the second stream, so that whoever closes the first can close it too.
 */
export async function* piecesOf(
  writer: RowWriter, batches: AsyncIterable<readonly Row[]>, limited: Limited,
  again: Again | undefined, opened: (stream: BatchStream<unknown>) => void,
): AsyncGenerator<Piece> {
  let held: (readonly Row[])[] | undefined = again && (writer.form ?? writer.columns) ? [] : undefined
  let heldRows = 0
  let large: BatchStream<Portion> | undefined
  for await (const batch of batches) {
    if (held === undefined) {
      yield writer.rows(batch)
      continue
    }
    held.push(batch)
    heldRows += batch.length
    if (heldRows < LARGE_ROWS || limited.overflow !== undefined) continue
    large = again && await openLarge(writer, again)
    if (large !== undefined) break
    for (const rows of held) yield writer.rows(rows)
    held = undefined
  }
  if (large === undefined) {
    for (const rows of held ?? []) yield writer.rows(rows)
    return
  }
  opened(large)
  yield* withinLimit(large, limited)
}

async function openLarge(writer: RowWriter, again: Again): Promise<BatchStream<Portion> | undefined> {
  if (writer.form !== undefined) {
    const stream = await again.text(writer.form)
    return stream && portionsOf(stream, ({ count, bytes }) => ({ count, piece: bytes }))
  }
  const columns = writer.columns?.bind(writer)
  const stream = columns && await again.columns()
  return columns && stream && portionsOf(stream, ({ count, batch }) => ({
    count, piece: (n) => columns(batch, n),
  }))
}

function portionsOf<B>(stream: BatchStream<B>, portion: (batch: B) => Portion): BatchStream<Portion> {
  return {
    close: () => stream.close(),
    async *[Symbol.asyncIterator]() {
      for await (const batch of stream) yield portion(batch)
    },
  }
}

async function* withinLimit(stream: BatchStream<Portion>, limited: Limited): AsyncGenerator<Piece> {
  let room = limited.maxRows
  try {
    for await (const { count, piece } of stream) {
      if (count > room) limited.overflow = true
      if (room > 0 && count > 0) yield piece(Math.min(count, room))
      if (limited.overflow === true) return
      room -= count
    }
    limited.overflow = false
  } finally {
    await stream.close()
  }
}
