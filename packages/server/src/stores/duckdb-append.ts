/**
 * Rows on their way into a relation of the column copy, column by column: a value at a time costs the
 * engine's binding several times as much.
 */
import { DuckDBDataChunk } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { assert } from '@quipu/vo'
import { RELATION_SCHEMA } from '../access/rule.ts'
import type { FileRows } from './columns.ts'
import { ENGINE_TYPES } from './duckdb-relations.ts'
import { storedValue } from './duckdb-values.ts'
import { cellOf, inSkyOrder } from './relations.ts'
import type { OwnedRow, Relation, RelationPair } from './relations.ts'

/** The engine's vector size: what a chunk holds at most. */
const CHUNK_ROWS = 2_048

/** Appends rows that are at hand, in the caller's transaction. */
export async function appendRows(
  connection: DuckDBConnection, relation: Relation, rows: readonly OwnedRow[],
): Promise<void> {
  await withAppender(connection, relation, async (add) => { add(inSkyOrder(rows, relation)) })
}

/** Appends the rows of a file as they are read, in the caller's transaction. They are everybody's. */
export async function appendFile(
  connection: DuckDBConnection, pairs: ReadonlyMap<string, RelationPair>, batch: number,
  { table, dpId, rows }: FileRows,
): Promise<void> {
  const pair = pairs.get(table.toLowerCase())
  assert(pair !== undefined && pair.protected === undefined, `${table} is a stored table for everybody`)
  await withAppender(connection, pair.open, async (add) => {
    for await (const part of rows) add(part.map((row) => ({ row, dpId, batch, runId: null })))
  })
}

async function withAppender(
  connection: DuckDBConnection, relation: Relation,
  work: (add: (rows: readonly OwnedRow[]) => void) => Promise<void>,
): Promise<void> {
  const appender = await connection.createAppender(relation.name, RELATION_SCHEMA)
  const types = relation.columns.map((column) => ENGINE_TYPES[column.type])
  try {
    await work((rows) => {
      for (let at = 0; at < rows.length; at += CHUNK_ROWS) {
        const part = rows.slice(at, at + CHUNK_ROWS)
        const chunk = DuckDBDataChunk.create(types, part.length)
        for (const [i, column] of relation.columns.entries()) {
          const cells = part.map((owned) => cellOf(owned, column, relation.keys))
          chunk.setColumnValues(i, cells.map((cell) => storedValue(column, cell)))
        }
        appender.appendDataChunk(chunk)
      }
    })
    appender.flushSync()
  } finally {
    appender.closeSync()
  }
}
