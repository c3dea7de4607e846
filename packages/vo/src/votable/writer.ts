/**
 * What every writer of rows is: head, batches of rows, foot. DALI 1.1 §4.4 says what a foot may still tell.
 */
import type { Row } from './field.ts'

/** How a result ended. `error` wins over `overflow`. */
export interface Ending {
  /** There were more rows than the limit (DALI 1.1 §4.4.1). */
  readonly overflow?: boolean | undefined
  /** The rows are not all: what happened, for the caller to read (DALI 1.1 §4.4.2). */
  readonly error?: string | undefined
}

/** Writes one table as text, in pieces: `head`, any number of `rows`, `foot`. */
export interface RowWriter {
  readonly mediaType: string
  /** For a file name, without dot. */
  readonly extension: string
  head(): string
  /** One piece of text for a batch; keep batches at 2048 rows or fewer. */
  rows(batch: readonly Row[]): string
  /** A format that cannot tell how it ended (CSV) says nothing. */
  foot(ending: Ending): string
}
