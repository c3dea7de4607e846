/**
 * The port of the column copy: the published tables, for ADQL only. Made anew from the truth at any
 * time (design §6). A caller's statement reads published tables and nothing else.
 */
import type { Dialect, Statement } from '@quipu/adql'
import type { ColumnBatch, Row, RowForm } from '@quipu/vo/votable'
import type { StoredColumn } from '../schema/catalog.ts'
import type { PublishedRow, TruthRow } from './truth.ts'

/** Batches of at most 2 048 rows, in the order of the statement. */
export interface BatchStream<B> extends AsyncIterable<B> {
  /** Ends the statement and gives the connection back. Safe to call at any time, more than once. */
  close(): Promise<void>
}

/** Cells are in wire form. */
export interface RowStream extends BatchStream<readonly Row[]> { readonly again?: Again | undefined }

/** Rows that the engine has written, each byte as the writer of the form would; UTF-8. */
export interface TextRows {
  readonly count: number
  /** The first rows only. */
  readonly bytes: (count: number) => Uint8Array
}

/** Rows as the engine has them. */
export interface ColumnRows { readonly count: number; readonly batch: ColumnBatch }

/**
 * The same statement from its beginning, for results that turn out to be large: several times faster, but
 * slower to begin. An adapter may lack it; undefined where the engine holds a column in another type than
 * the statement says.
 */
export interface Again {
  readonly text: (form: RowForm) => Promise<BatchStream<TextRows> | undefined>
  readonly columns: () => Promise<BatchStream<ColumnRows> | undefined>
}

/** Rows of a published table that come from a product's file, read while they are appended. */
export interface FileRows {
  readonly table: string
  readonly dpId: string
  /** In batches of at most 2 048. */
  readonly rows: AsyncIterable<readonly PublishedRow[]>
}

/** A table that comes with one statement and goes with it. */
export interface UploadTable {
  /** In the schema `uploadSchema`; a name of ours. */
  readonly relation: string
  /** Names of ours. */
  readonly columns: readonly StoredColumn[]
  /** Its rows, in the order of the columns; read once. */
  readonly batches: AsyncIterable<readonly (readonly PublishedRow[string][])[]>
}

export interface Columns {
  readonly dialect: Dialect
  /** The engine's schema of tables that come with a statement. */
  readonly uploadSchema: string
  /** The number of the last batch that is in. */
  lastBatch(): Promise<number>
  /**
   * Appends the rows of one batch and its number in one transaction. Rows of the same dp_ids go first, and
   * those of `gone`: products that the batch wrote without rows, or with a file of them.
   */
  append(
    batch: number, rows: readonly TruthRow[], gone?: readonly string[], files?: readonly FileRows[],
  ): Promise<void>
  /** Empties the copy, so that it can be made anew. */
  clear(): Promise<void>
  /** Replaces all rows of a public table that the service writes itself (TAP_SCHEMA). */
  replace(table: string, rows: readonly PublishedRow[]): Promise<void>
  /**
   * Runs a caller's statement on a connection of its own, in a read-only transaction. Resolves when the
   * first batch or the end is there, so that a failure can still be answered with a status.
   *
   * Iterating throws ArchiveError `query_data` when a value made it fail and the signal's reason when
   * aborted; it ends normally only when every row was given (sentinel row, design §6). An engine's own
   * words are never in a message.
   * @param uploads Made for this statement before it begins, seen by nobody else, gone with it.
   */
  stream(statement: Statement, signal: AbortSignal, uploads?: readonly UploadTable[]): Promise<RowStream>
  close(): Promise<void>
}
