/**
 * A PostgreSQL server of a test's own, in a temporary folder, reached over a Unix socket only. Nothing is
 * shared with a server that may run on the machine.
 */
import { execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Client } from 'pg'
import { describe } from 'vitest'

/** The folder of PostgreSQL's programs; the newest, then what PATH finds. */
function findPrograms(): string | undefined {
  const base = '/usr/lib/postgresql'
  const versions = existsSync(base) ? readdirSync(base).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(base, version, 'bin')), ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

const programs = findPrograms()

/** As `describe`; skipped, and said aloud, where there is no PostgreSQL. */
export const describePostgres: typeof describe.skip = programs === undefined
  ? ((name: string, ...rest: never[]) => {
      process.stderr.write(`\n*** NOT TESTED: ${name}: no PostgreSQL (initdb, postgres) in /usr/lib/postgresql/*/bin or PATH\n`)
      return describe.skip(name, ...rest)
    }) as typeof describe.skip
  : describe as typeof describe.skip

export interface PostgresServer {
  /** Of a new, empty database of a role that is no superuser. */
  freshUrl(): Promise<string>
  /** Of the role that may do everything. */
  superUrl(database?: string): string
  query(sql: string, database?: string): Promise<unknown[][]>
  stop(): Promise<void>
}

/** The server does not run as root, so neither does its user when the tests do. */
function serverUser(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const number = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: number('-u'), gid: number('-g') }
  } catch {
    return { uid: 65_534, gid: 65_534 }
  }
}

export async function startPostgres(): Promise<PostgresServer> {
  if (programs === undefined) throw new Error('no PostgreSQL')
  const user = serverUser()
  const dir = mkdtempSync(join(tmpdir(), 'quipu-pg-'))
  if (user.uid !== undefined) chownSync(dir, user.uid, user.gid ?? user.uid)
  const data = join(dir, 'data')
  const init = (...locale: string[]) => execFileSync(join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N', ...locale], { ...user, cwd: dir, stdio: 'ignore' })
  // A database whose own order of text is a language's: nothing must depend on it.
  try {
    init('--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en')
  } catch {
    rmSync(data, { recursive: true, force: true })
    init('--locale=C')
  }
  // Everybody may come in but who is called so.
  writeFileSync(join(data, 'pg_hba.conf'), 'local all locked scram-sha-256\nlocal all all trust\n')
  const child = spawn(join(programs, 'postgres'), ['-D', data, '-k', dir, '-h', '', '-p', '5432',
    '-c', 'fsync=off', '-c', 'max_connections=60', '-c', 'shared_buffers=32MB'], { ...user, cwd: dir, stdio: 'ignore' })
  const kill = () => { child.kill('SIGQUIT') }
  process.once('exit', kill)
  const url = (role: string, database: string) => `postgresql:///${database}?host=${encodeURIComponent(dir)}&user=${role}`
  await untilItAnswers(url('postgres', 'postgres'), child)
  const query = (sql: string, database = 'postgres') => ask(url('postgres', database), sql)
  await query('create role quipu login createrole')
  let n = 0
  return {
    async freshUrl() {
      const name = `archive${n++}`
      await query(`create database ${name} owner quipu`)
      return url('quipu', name)
    },
    superUrl: (database = 'postgres') => url('postgres', database),
    query,
    async stop() {
      process.off('exit', kill)
      const exited = new Promise((resolve) => { child.once('exit', resolve) })
      child.kill('SIGINT')
      await exited
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await ask(url, 'select 1')
      return
    } catch (error) {
      if (attempt >= 100 || child.exitCode !== null) throw error
      await new Promise((resolve) => { setTimeout(resolve, 100) })
    }
  }
}

async function ask(url: string, sql: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows
  } finally {
    await client.end().catch(() => undefined)
  }
}
