/**
 * Archives as processes that are killed, stopped and starved: data folders with settings of their own,
 * `serve` with its process id, and what lies in a data folder seen past its owner.
 */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { initArchive } from '../../src/admin/init.ts'
import type { Progress } from '../../src/ingest/ingest.ts'
import type { JobRecord } from '../../src/stores/truth.ts'
import { emptyFolder, start } from './data-folder.ts'
import { fitsBytes, folderOf, rawCards } from './ingest.ts'

const running = new Set<() => void>()
// A test that fails leaves nothing behind.
process.once('exit', () => { for (const kill of running) kill() })

/** An archive without holdings, with these settings besides a silent log. */
export async function archiveWith(config = ''): Promise<string> {
  const around = await emptyFolder()
  const path = join(around, 'archive.yaml')
  await writeFile(path, `log: { level: silent }\n${config}`)
  const dir = join(around, 'data')
  await initArchive(dir, { config: path })
  return dir
}

export interface Command {
  readonly pid: number
  /** Exit code, null when a signal ended it. */
  readonly ended: Promise<number | null>
  readonly out: Promise<string>
  readonly err: Promise<string>
  kill(signal?: NodeJS.Signals): Promise<number | null>
}

/** `quipu-archive` with these arguments, killed with the tests at the latest. */
export function command(...args: string[]): Command {
  const child = start(args)
  const end = (): void => { child.kill('SIGKILL') }
  running.add(end)
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => {
    running.delete(end)
    resolve(code)
  }))
  return {
    pid: child.pid ?? 0, ended, out: text(child.stdout), err: text(child.stderr),
    kill(signal = 'SIGKILL') {
      child.kill(signal)
      return ended
    },
  }
}

export interface Server {
  readonly url: string
  readonly pid: number
  readonly ended: Promise<number | null>
  /** Without a moment to tidy up. */
  kill(): Promise<void>
  /** Sends SIGTERM; gives the exit code and how long it took. */
  stop(): Promise<{ code: number | null; ms: number }>
}

/** `quipu-archive serve` on a free port. Throws what it said when it did not start. */
export async function serve(dataDir: string): Promise<Server> {
  const child = start(['serve', dataDir, '--port', '0'])
  const end = (): void => { child.kill('SIGKILL') }
  running.add(end)
  const ended = new Promise<number | null>((resolve) => child.on('close', (code) => {
    running.delete(end)
    resolve(code)
  }))
  const err = text(child.stderr)
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^Quipu archive at (\S+)$/.exec(line)
      if (match?.[1]) resolve(match[1])
    })
    void ended.then(async (code) => reject(new Error(`serve ended with ${code}: ${await err}`)))
  })
  return {
    url, pid: child.pid ?? 0, ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async stop() {
      const startMs = performance.now()
      child.kill('SIGTERM')
      return { code: await ended, ms: performance.now() - startMs }
    },
  }
}

export interface Night {
  readonly folder: string
  /** Frames with a file: their id and the MD5 of its bytes. */
  readonly files: ReadonlyMap<string, string>
  readonly dpIds: readonly string[]
}

/** A folder of public frames of one night; no two nights have a frame in common. */
export async function nightOf(night: number, { files, rows }: { files: number; rows: number }): Promise<Night> {
  const startMs = Date.UTC(2010, 0, 1) + night * 86_400_000
  const dpIds = Array.from({ length: files + rows }, (_, i) =>
    `SPHER.${new Date(startMs + i * 1000).toISOString().slice(0, -1)}`)
  const bytes = dpIds.slice(0, files).map((dpId) => [dpId, fitsBytes(rawCards(dpId))] as const)
  const folder = await folderOf(
    Object.fromEntries(bytes.map(([, content], i) => [`${i}.fits`, content])),
    dpIds.slice(files).map((dpId) => ({
      dpId, kind: 'raw', file: null, instrument: 'SPHERE', category: 'CALIB', mjd: 55_197, modified: '2010-06-01',
    })))
  return { folder, dpIds, files: new Map(bytes.map(([dpId, content]) => [dpId, md5(content)])) }
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

/** A query by sync, as CSV. */
export function ask(url: string, adql: string, more: Record<string, string> = {}, init: RequestInit = {}): Promise<Response> {
  const body = new URLSearchParams({ LANG: 'ADQL', FORMAT: 'csv', QUERY: adql, ...more })
  return fetch(`${url}/tap_obs/sync`, { method: 'POST', body, ...init })
}

/** The first column of all rows. */
export async function column(url: string, adql: string): Promise<string[]> {
  const answer = await ask(url, adql)
  const csv = await answer.text()
  if (answer.status !== 200) throw new Error(`${answer.status}: ${csv}`)
  return csv.trim().split(/\r?\n/).slice(1)
}

/** Names below a folder of the data folder, drafts and hidden ones too. */
export function filesIn(dataDir: string, folder: 'files' | 'results'): string[] {
  const path = join(dataDir, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile()).map((entry) => entry.name).sort()
}

/** What the truth says, read from a copy: its owner, dead or alive, is not disturbed. */
export function truthOf(dataDir: string): { products: string[]; keys: string[]; jobs: Map<string, JobRecord> } {
  const copy = mkdtempSync(join(tmpdir(), 'quipu-truth-'))
  try {
    for (const name of readdirSync(dataDir).filter((one) => /^truth\.sqlite(-wal)?$/.test(one))) {
      cpSync(join(dataDir, name), join(copy, name))
    }
    const db = new DatabaseSync(join(copy, 'truth.sqlite'))
    try {
      const all = (sql: string): string[] => db.prepare(sql).all().map((row) => String(Object.values(row)[0]))
      const jobs = all('select body from job').map((body) => JSON.parse(body) as JobRecord)
      return {
        products: all('select dp_id from product order by dp_id'),
        keys: all('select distinct file_key from product where file_key is not null order by file_key'),
        jobs: new Map(jobs.map((job) => [job.id, job])),
      }
    } finally {
      db.close()
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}

/** Has a running archive ingest, as the command does; each step is told as it comes. */
export async function ingestBySocket(
  dataDir: string, folder: string, onProgress: (step: Progress) => void,
): Promise<'done' | 'refused' | 'broken'> {
  const socket = createConnection(join(dataDir, 'admin.sock'))
  socket.on('error', () => socket.destroy())
  socket.write(`${JSON.stringify({ verb: 'ingest', folder, skipInvalid: false })}\n`)
  for await (const line of createInterface({ input: socket })) {
    const got = JSON.parse(line) as { progress?: Progress; result?: unknown; error?: unknown }
    if (got.result !== undefined) return 'done'
    if (got.error !== undefined) return 'refused'
    if (got.progress) onProgress(got.progress)
  }
  return 'broken'
}

/** Waits, with an end: a minute unless told otherwise. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, mostMs = 60_000): Promise<void> {
  const endMs = performance.now() + mostMs
  while (performance.now() < endMs) {
    if (await holds()) return
    await sleep(25)
  }
  throw new Error(`in ${mostMs} ms it never came to pass: ${what}`)
}

/** Seconds of processor that a process has used (proc(5), fields 14 and 15 of stat). */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** A number from `low` up to `high`: kills come at any moment, another one each run. */
export function anyOf(low: number, high: number): number {
  return low + Math.random() * (high - low)
}
