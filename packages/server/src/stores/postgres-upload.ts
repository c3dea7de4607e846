/**
 * Tables that come with a statement, in PostgreSQL: temporary ones, made in the statement's own transaction,
 * which is rolled back in the end, and seen by no other. TAP 1.1 §2.7.6; PostgreSQL manual, CREATE TABLE.
 */
import type { PoolClient } from 'pg'
import type { UploadTable } from './columns.ts'
import { COPY_ROWS, copyText } from './postgres-copy.ts'
import { copyLine, ENGINE_TYPES } from './postgres-values.ts'
import { quoted } from './relations.ts'

/** Where temporary tables of the session are. */
export const UPLOADS = 'pg_temp'

/**
 * Makes and fills the tables in a transaction that may still write. Rows are read as they go in.
 * @param role Who may read them.
 */
export async function fillUploads(
  client: PoolClient, uploads: readonly UploadTable[], role: string, signal: AbortSignal,
): Promise<void> {
  for (const { relation, columns, batches } of uploads) {
    const into = `${UPLOADS}.${quoted(relation)}`
    const list = columns.map(({ name, type }) => `${quoted(name)} ${ENGINE_TYPES[type]}`)
    await client.query(`create temporary table ${into} (${list.join(', ')}) on commit drop`)
    const places = new Map(columns.map((column, i) => [column, i]))
    for await (const rows of batches) {
      signal.throwIfAborted()
      for (let at = 0; at < rows.length; at += COPY_ROWS) {
        const lines = rows.slice(at, at + COPY_ROWS).map((row) =>
          copyLine(columns, (column) => row[places.get(column) ?? -1]))
        await copyText(client, into, lines.join(''))
      }
    }
    await client.query(`grant select on ${into} to ${role}`)
    // Without it the plan of a join would be one for a table of any size.
    await client.query(`analyze ${into}`)
  }
}
