/**
 * What every writer of rows is: head, batches of rows, foot. DALI 1.1 §4.4 says what a foot may still tell.
 */
import type { ColumnBatch } from './columns.ts'
import type { Row } from './field.ts'

/** How a result ended. `error` wins over `overflow`. */
export interface Ending {
  /** There were more rows than the limit (DALI 1.1 §4.4.1). */
  readonly overflow?: boolean | undefined
  /** The rows are not all: what happened, for the caller to read (DALI 1.1 §4.4.2). */
  readonly error?: string | undefined
}

/** What a document is made of: text (in UTF-8 when it is sent) or bytes. */
export type Piece = string | Uint8Array

/** Forms of rows that an engine may write itself, each byte as the writer would. */
export type RowForm = 'TABLEDATA' | 'CSV'

/** Writes one table in pieces: `head`, any number of `rows`, `foot`. */
export interface RowWriter<P extends Piece = Piece> {
  readonly mediaType: string
  /** For a file name, without dot. */
  readonly extension: string
  head(): P
  /** One piece for a batch; keep batches at 2048 rows or fewer. */
  rows(batch: readonly Row[]): P
  /** A format that cannot tell how it ended (CSV) says nothing. */
  foot(ending: Ending): P
  /** What its rows look like, where an engine may write them; they stand in the place of `rows`. */
  readonly form?: RowForm | undefined
  /** As `rows`, of the first `count` rows of a batch in columns; absent where it cannot. */
  columns?(batch: ColumnBatch, count: number): P
}
