/**
 * The embedded column copy: the published tables in one DuckDB file, made anew from the truth whenever it is
 * missing, damaged or of another schema. Design §5 (second wall), §6.
 *
 * The engine is locked from its first moment: no files, no extensions, no settings.
 */
import { rmSync } from 'node:fs'
import { DuckDBInstance, VARCHAR } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { duckdb } from '@quipu/adql'
import type { TextMode } from '@quipu/adql'
import { ArchiveError, assert } from '@quipu/vo'
import { RELATION_SCHEMA } from '../access/rule.ts'
import type { StoredTable } from '../schema/catalog.ts'
import type { Columns } from './columns.ts'
import { appendFile, appendRows } from './duckdb-append.ts'
import { allRelations, definitionOf, qualified, relationPairs } from './duckdb-relations.ts'
import type { Relation } from './duckdb-relations.ts'
import { registerSkyFunctions } from './duckdb-sky.ts'
import { openStream } from './duckdb-stream.ts'
import { rowsByRelation } from './relations.ts'

export interface DuckdbSettings {
  /** The catalog's stored tables. */
  readonly stored: readonly StoredTable[]
  /** How statements compare text, which is what indexes are for; without regard to case unless given. */
  readonly textMode?: TextMode | undefined
  readonly memoryBytes: number
  readonly threads: number
  /** Temporary space on disk of all queries together, in a folder beside the file. */
  readonly spillBytes: number
}

/**
 * Opens the copy; empty when it had to be made anew (`catchUp` fills it).
 * @throws ArchiveError `archive_owned` when another process has it open.
 */
export async function openDuckdbColumns(path: string, settings: DuckdbSettings): Promise<Columns> {
  const pairs = relationPairs(settings.stored)
  const relations = allRelations(pairs)
  const engine = await openEngine(path, relations, settings)
  // What a process that was killed had put aside; the engine leaves it there for ever.
  rmSync(spillFolder(path), { recursive: true, force: true })
  const { writer } = engine
  const queue = openQueue()
  const streams = new Set<() => Promise<void>>()

  return {
    dialect: duckdb, uploadSchema: 'temp',
    lastBatch: () => queue(() => lastBatchOf(writer)),
    append: (batch, rows, gone = [], files = []) => queue(() => inTransaction(writer, async () => {
      const last = await lastBatchOf(writer)
      // Replaying what is in already changes nothing.
      if (batch <= last) return
      assert(batch === last + 1, `batch ${batch} comes after ${last}: one between is missing`)
      const dpIds = [...gone, ...rows.map((row) => row.dpId), ...files.map((file) => file.dpId)]
      await removeProducts(writer, relations, new Set(dpIds))
      for (const [relation, owned] of rowsByRelation(pairs, batch, rows)) {
        await appendRows(writer, relation, owned)
      }
      for (const file of files) await appendFile(writer, pairs, batch, file)
      await writer.run(`insert into ${RELATION_SCHEMA}.batch values (${batch})`)
    })),
    clear: () => queue(() => inTransaction(writer, async () => {
      for (const name of ['batch', ...relations.map((relation) => relation.name)]) {
        await writer.run(`delete from ${qualified({ name })}`)
      }
    })),
    replace: (table, rows) => queue(() => inTransaction(writer, async () => {
      const pair = pairs.get(table.toLowerCase())
      assert(pair !== undefined && pair.protected === undefined, `${table} is a stored table for everybody`)
      await writer.run(`delete from ${qualified(pair.open)}`)
      await appendRows(writer, pair.open, rows.map((row) => ({ row, dpId: '', batch: 0, runId: null })))
    })),
    stream: (statement, signal, uploads = []) =>
      openStream({ connect: engine.connect, open: streams }, statement, signal, uploads),
    close: () => queue(async () => {
      await Promise.all([...streams].map((close) => close()))
      engine.close()
    }),
  }
}

interface Engine {
  readonly writer: DuckDBConnection
  readonly connect: () => Promise<DuckDBConnection>
  readonly close: () => void
}

/** Opens the file, or an empty one in its place when it is damaged or of another schema. */
async function openEngine(
  path: string, relations: readonly Relation[], settings: DuckdbSettings,
): Promise<Engine> {
  const definition = definitionOf(relations, settings.textMode)
  const fingerprint = definition.join(';\n')
  const found = await tryOpen(path, settings)
  if (found !== undefined) {
    if (await definitionIn(found.writer) === fingerprint) return found
    found.close()
  }
  for (const file of [path, `${path}.wal`]) rmSync(file, { force: true })
  const fresh = await openInstance(path, settings)
  await inTransaction(fresh.writer, async () => {
    for (const sql of definition) await fresh.writer.run(sql)
    await fresh.writer.run(`insert into ${RELATION_SCHEMA}.definition values ($1)`, [fingerprint], [VARCHAR])
  })
  return fresh
}

/** Undefined when the file cannot be read: it is only a copy, and is made anew. */
async function tryOpen(path: string, settings: DuckdbSettings): Promise<Engine | undefined> {
  try {
    return await openInstance(path, settings)
  } catch (error) {
    if (error instanceof Error && /\block\b/i.test(error.message)) {
      throw new ArchiveError('archive_owned', 'another process has this data folder open', { cause: error })
    }
    return undefined
  }
}

const spillFolder = (path: string): string => `${path}.spill`

async function openInstance(path: string, settings: DuckdbSettings): Promise<Engine> {
  const instance = await DuckDBInstance.create(path, {
    memory_limit: `${Math.ceil(settings.memoryBytes / 1_000_000)}MB`,
    threads: String(settings.threads),
    temp_directory: spillFolder(path),
    enable_external_access: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const writer = await instance.connect()
  // Among the settings above it is accepted, shown and not enforced (1.5.5).
  await writer.run(`set max_temp_directory_size = '${Math.ceil(settings.spillBytes / 1_000_000)}MB'`)
  // Counted without texts: much of it would hold back the first rows of a long result, and much memory.
  await writer.run('set streaming_buffer_size = \'64KB\'')
  await writer.run('set lock_configuration = true')
  // Functions belong to the instance: every connection has them.
  registerSkyFunctions(writer)
  await writer.run('create temporary table gone (dp_id varchar)')
  return {
    writer,
    connect: () => instance.connect(),
    close() {
      writer.closeSync()
      instance.closeSync()
    },
  }
}

async function definitionIn(connection: DuckDBConnection): Promise<string | undefined> {
  try {
    const result = await connection.run(`select text from ${RELATION_SCHEMA}.definition`)
    const [row] = await result.getRowsJson()
    return typeof row?.[0] === 'string' ? row[0] : undefined
  } catch {
    return undefined
  }
}

async function lastBatchOf(connection: DuckDBConnection): Promise<number> {
  const result = await connection.run(`select coalesce(max(number), 0) from ${RELATION_SCHEMA}.batch`)
  return Number((await result.getRowsJson())[0]?.[0])
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

async function inTransaction(connection: DuckDBConnection, work: () => Promise<void>): Promise<void> {
  await connection.run('begin transaction')
  try {
    await work()
    await connection.run('commit')
  } catch (error) {
    // A commit that failed has ended the transaction itself.
    await connection.run('rollback').catch(() => undefined)
    throw error
  }
}

async function removeProducts(
  connection: DuckDBConnection, relations: readonly Relation[], dpIds: ReadonlySet<string>,
): Promise<void> {
  if (dpIds.size === 0) return
  await connection.run('delete from temp.gone')
  const appender = await connection.createAppender('gone', 'main', 'temp')
  for (const dpId of dpIds) {
    appender.appendVarchar(dpId)
    appender.endRow()
  }
  appender.closeSync()
  for (const relation of relations) {
    await connection.run(
      `delete from ${qualified(relation)} where dp_id_key in (select dp_id from temp.gone)`)
  }
}
