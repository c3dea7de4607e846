/** The composition: the only file that names an adapter, and the only one that takes the real clock. */
import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { loadRuleSet } from '@quipu/association'
import type { RuleSets } from '@quipu/association'
import { ArchiveError } from '@quipu/vo'
import { pino } from 'pino'
import type { Logger } from 'pino'
import { openKeys } from './auth/keys.ts'
import type { Keys } from './auth/keys.ts'
import { loadConfig } from './config.ts'
import type { Config } from './config.ts'
import { catalogueOpener } from './ingest/catalogue.ts'
import { sweepFiles } from './ingest/sweep.ts'
import { openCatalog } from './schema/catalog.ts'
import type { Catalog } from './schema/catalog.ts'
import { catchUp } from './stores/catch-up.ts'
import type { Columns } from './stores/columns.ts'
import { openDuckdbColumns } from './stores/duckdb-columns.ts'
import type { FileStore } from './stores/files.ts'
import { openFolderStore } from './stores/folder-files.ts'
import { takeFolder } from './stores/owner.ts'
import { openPostgresColumns } from './stores/postgres-columns.ts'
import { openSqliteTruth } from './stores/sqlite-truth.ts'
import type { Truth } from './stores/truth.ts'
import { openJobRunner } from './uws/runner.ts'
import type { JobRunner } from './uws/runner.ts'

/** Everything that lives as long as the process. Routes get it whole; pure code gets values. */
export interface Archive {
  readonly config: Config
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** A fresh unguessable id (UUID). */
  readonly id: () => string
  readonly log: Logger
  readonly truth: Truth
  readonly columns: Columns
  readonly files: FileStore
  readonly results: FileStore
  readonly keys: Keys
  /** Published tables, from schema/*.yaml. */
  readonly catalog: Catalog
  readonly rules: RuleSets
  /** Runs the jobs of async; started and stopped by the composition. */
  readonly jobs: JobRunner
}

/** An archive that this process owns until it is closed. */
export interface OpenArchive extends Archive {
  readonly dataDir: string
  /** Stops jobs and gives the folder up. The server over it must be closed before. */
  close(): Promise<void>
}

export interface OpenOptions {
  readonly now?: () => number
  readonly id?: () => string
  /** To standard error at the configured level unless given. */
  readonly log?: Logger
  /** Begins no job: for a command that does one thing and ends. */
  readonly isIdle?: boolean
  /** Makes the column copy anew from the truth. */
  readonly rebuild?: boolean
}

/**
 * Opens a data folder that `init` made: takes it for this process, brings the column copy up to the truth,
 * sweeps files that nothing names, takes up jobs.
 * @throws ArchiveError `config_invalid`, `rules_invalid`, `archive_owned`.
 */
export async function openArchive(dataDir: string, options: OpenOptions = {}): Promise<OpenArchive> {
  const dir = resolve(dataDir)
  const config = await loadConfig(dir)
  const now = options.now ?? Date.now
  const id = options.id ?? randomUUID
  const log = options.log ?? pino({ level: config.log.level }, pino.destination({ dest: 2, sync: true }))
  const closers: (() => void | Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer()
  }
  try {
    const ownership = takeFolder(dir)
    closers.push(() => ownership.release())
    const catalog = openCatalog(await textsIn(dir, 'schema'), { authority: config.site.authority })
    const rules = (await textsIn(dir, 'rules')).map(({ name, text }) => loadRuleSet(text, name))
    const keys = await openKeys(join(dir, 'keys'))
    const truth = openSqliteTruth(join(dir, 'truth.sqlite'))
    closers.push(() => truth.close())
    const columns = await openColumns(dir, config, catalog)
    closers.push(() => columns.close())
    const files = openFolderStore(join(dir, 'files'))
    const results = openFolderStore(join(dir, 'results'))
    await fillColumns({ truth, columns, catalog, files }, options.rebuild === true)
    const swept = await sweepFiles(files, truth, now())
    if (swept > 0) log.info({ files: swept }, 'swept files that nothing names')
    const parts = { config, now, id, log, truth, columns, files, results, keys, catalog, rules }
    const jobs = openJobRunner(parts)
    if (options.isIdle !== true) {
      await jobs.start()
      closers.push(() => jobs.stop())
    }
    return { ...parts, jobs, dataDir: dir, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openColumns(
  dir: string, { engine, site, tap }: Config, { stored }: Catalog,
): Promise<Columns> {
  const { postgresUrl: url, postgresPasswordFile: file } = engine
  if (url === undefined) {
    const { memoryBytes, threads, spillBytes } = engine
    const { textMode } = site
    return openDuckdbColumns(join(dir, 'columns.duckdb'), {
      stored, textMode, memoryBytes, threads, spillBytes,
    })
  }
  const password = file === undefined ? undefined : (await readPassword(file)).trimEnd()
  return openPostgresColumns({
    stored, url, password, textMode: site.textMode,
    connections: tap.runningQueries + tap.runningJobs,
    // Ours come first, with better words.
    statementSeconds: Math.max(tap.syncSeconds, tap.jobMaxSeconds) + 60,
  })
}

async function readPassword(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new ArchiveError('config_invalid', `engine.postgresPasswordFile: ${file} cannot be read`, { cause })
  }
}

/** Brings the copy up to the truth. A copy that is ahead is of another truth, and is made anew. */
async function fillColumns(
  { truth, columns, catalog, files }: Pick<Archive, 'truth' | 'columns' | 'catalog' | 'files'>,
  rebuild: boolean,
): Promise<void> {
  if (rebuild || await columns.lastBatch() > truth.lastBatch()) await columns.clear()
  await catchUp(truth, columns, catalogueOpener({ files, catalog }))
  for (const [table, rows] of catalog.tapSchemaRows()) {
    if (!catalog.stored.some((stored) => stored.name === table && stored.rule === 'public')) {
      throw new ArchiveError('config_invalid', `the schema folder has no public table ${table} (TAP 1.1 §4)`)
    }
    await columns.replace(table, rows)
  }
}

/** The YAML files of a folder, by name; none when there is no such folder. */
async function textsIn(dir: string, folder: string): Promise<{ name: string; text: string }[]> {
  const names = await readdir(join(dir, folder)).catch(() => [])
  return Promise.all(names.filter((name) => /\.ya?ml$/.test(name)).sort().map(async (name) => ({
    name: `${folder}/${name}`, text: await readFile(join(dir, folder, name), 'utf8'),
  })))
}
