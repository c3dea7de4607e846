/**
 * The column copy on PostgreSQL: the published tables in the schema `archive` of a database of its own, made
 * anew from the truth whenever they are missing or of another schema. Design §5 (second wall), §6.
 */
import { postgres } from '@quipu/adql'
import { assert } from '@quipu/vo'
import { DatabaseError } from 'pg'
import type { Client } from 'pg'
import { RELATION_SCHEMA } from '../access/rule.ts'
import type { StoredTable } from '../schema/catalog.ts'
import type { Columns, FileRows } from './columns.ts'
import { COPY_ROWS, copyText } from './postgres-copy.ts'
import { inTransaction, openDatabase } from './postgres-database.ts'
import type { DatabaseSettings } from './postgres-database.ts'
import { faultOf } from './postgres-faults.ts'
import { openStream } from './postgres-stream.ts'
import { UPLOADS } from './postgres-upload.ts'
import { copyLine } from './postgres-values.ts'
import { allRelations, cellOf, qualified, relationPairs, rowsByRelation } from './relations.ts'
import type { OwnedRow, Relation, RelationPair } from './relations.ts'

export interface PostgresSettings extends DatabaseSettings {
  /** The catalog's stored tables. */
  readonly stored: readonly StoredTable[]
  /** The server's own limit for one statement, should ours fail. */
  readonly statementSeconds: number
}

/**
 * Opens the copy; empty when it had to be made anew (`catchUp` fills it).
 * @throws ArchiveError `config_invalid`, `archive_owned`.
 */
export async function openPostgresColumns(settings: PostgresSettings): Promise<Columns> {
  const pairs = relationPairs(settings.stored)
  const relations = allRelations(pairs)
  const database = await openDatabase(settings, relations)
  const queue = openQueue()
  const streams = new Set<() => Promise<void>>()
  const write = <T>(work: (client: Client) => Promise<T>): Promise<T> =>
    queue(() => database.write(work).catch((error: unknown) => {
      throw error instanceof DatabaseError ? faultOf(error) : error
    }))
  const change = (work: (client: Client) => Promise<void>): Promise<void> =>
    write((client) => inTransaction(client, () => work(client)))

  return {
    dialect: postgres, uploadSchema: UPLOADS,
    lastBatch: () => write(lastBatchOf),
    append: (batch, rows, gone = [], files = []) => change(async (client) => {
      const last = await lastBatchOf(client)
      // Replaying what is in already changes nothing.
      if (batch <= last) return
      assert(batch === last + 1, `batch ${batch} comes after ${last}: one between is missing`)
      const dpIds = new Set([...gone, ...rows.map((row) => row.dpId), ...files.map((file) => file.dpId)])
      await removeProducts(client, relations, [...dpIds])
      for (const [relation, owned] of rowsByRelation(pairs, batch, rows)) {
        await copyRows(client, relation, owned)
      }
      for (const file of files) await appendFile(client, pairs, batch, file)
      await client.query(`insert into ${RELATION_SCHEMA}.batch values ($1)`, [batch])
    }),
    clear: () => change(async (client) => {
      const names = ['batch', ...relations.map((relation) => relation.name)]
      for (const name of names) await client.query(`delete from ${qualified({ name })}`)
    }),
    replace: (table, rows) => change(async (client) => {
      const pair = pairs.get(table.toLowerCase())
      assert(pair !== undefined && pair.protected === undefined, `${table} is a stored table for everybody`)
      await client.query(`delete from ${qualified(pair.open)}`)
      await copyRows(client, pair.open, rows.map((row) => ({ row, dpId: '', batch: 0, runId: null })))
    }),
    stream: (statement, signal, uploads = []) => openStream(
      database, { statement, uploads, statementSeconds: settings.statementSeconds }, signal, streams),
    close: () => queue(async () => {
      await Promise.all([...streams].map((close) => close()))
      await database.close()
    }),
  }
}

/** One thing after the other: the writer is one connection. */
function openQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work, work)
    last = next
    return next
  }
}

async function lastBatchOf(client: Client): Promise<number> {
  const { rows } = await client.query<{ last: number }>(
    `select coalesce(max(number), 0) as last from ${RELATION_SCHEMA}.batch`)
  return rows[0]?.last ?? 0
}

async function removeProducts(
  client: Client, relations: readonly Relation[], dpIds: readonly string[],
): Promise<void> {
  if (dpIds.length === 0) return
  for (const relation of relations) {
    await client.query(`delete from ${qualified(relation)} where dp_id_key = any ($1::text[])`, [dpIds])
  }
}

/** The rows of a catalogue are everybody's. */
async function appendFile(
  client: Client, pairs: ReadonlyMap<string, RelationPair>, batch: number, { table, dpId, rows }: FileRows,
): Promise<void> {
  const pair = pairs.get(table.toLowerCase())
  assert(pair !== undefined && pair.protected === undefined, `${table} is a stored table for everybody`)
  for await (const part of rows) {
    await copyRows(client, pair.open, part.map((row) => ({ row, dpId, batch, runId: null })))
  }
}

async function copyRows(client: Client, relation: Relation, rows: readonly OwnedRow[]): Promise<void> {
  for (let at = 0; at < rows.length; at += COPY_ROWS) {
    const lines = rows.slice(at, at + COPY_ROWS).map((owned) =>
      copyLine(relation.columns, (column) => cellOf(owned, column, relation.keys)))
    await copyText(client, qualified(relation), lines.join(''))
  }
}
