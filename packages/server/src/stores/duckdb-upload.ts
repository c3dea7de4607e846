/**
 * Tables that come with a statement, in DuckDB: temporary ones of the statement's own connection, which no
 * other connection sees and which go when it is closed. TAP 1.1 §2.7.6.
 */
import { DuckDBDataChunk } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { UploadTable } from './columns.ts'
import { ENGINE_TYPES } from './duckdb-relations.ts'
import { quoted } from './relations.ts'

/** The engine's vector size: what a chunk holds at most. */
const CHUNK_ROWS = 2_048

/** Makes and fills the tables, before the transaction that can write nothing. Rows are read as they go in. */
export async function fillUploads(
  connection: DuckDBConnection, uploads: readonly UploadTable[], signal: AbortSignal,
): Promise<void> {
  for (const { relation, columns, batches } of uploads) {
    const types = columns.map(({ type }) => ENGINE_TYPES[type])
    const list = columns.map(({ name }, i) => `${quoted(name)} ${String(types[i])}`)
    await connection.run(`create temporary table ${quoted(relation)} (${list.join(', ')})`)
    const appender = await connection.createAppender(relation, 'main', 'temp')
    try {
      for await (const rows of batches) {
        signal.throwIfAborted()
        for (let at = 0; at < rows.length; at += CHUNK_ROWS) {
          const part = rows.slice(at, at + CHUNK_ROWS)
          const chunk = DuckDBDataChunk.create(types, part.length)
          for (let c = 0; c < types.length; c++) chunk.setColumnValues(c, part.map((row) => row[c] ?? null))
          appender.appendDataChunk(chunk)
        }
      }
      appender.flushSync()
    } finally {
      appender.closeSync()
    }
  }
}
