/**
 * An archive over real stores in a temporary folder, made by hand: holdings with their bytes, people,
 * runs and grants, a clock that stands still. `ask` speaks HTTP to it with exactly the path given.
 */
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { pino } from 'pino'
import type { Archive } from '../../src/archive.ts'
import { openKeys } from '../../src/auth/keys.ts'
import type { Keys } from '../../src/auth/keys.ts'
import { hashPassword } from '../../src/auth/passwords.ts'
import { makeIdToken } from '../../src/auth/token.ts'
import { parseConfig } from '../../src/config.ts'
import { openServer } from '../../src/http/server.ts'
import { openCatalog } from '../../src/schema/catalog.ts'
import { openFolderStore } from '../../src/stores/folder-files.ts'
import { openSqliteTruth } from '../../src/stores/sqlite-truth.ts'
import type { AuditLine, Grant, Holding, Run } from '../../src/stores/truth.ts'

/** When it is, in a test archive: after every public release date used here, before every other. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)

/** A holding with its bytes: `file.sizeBytes` and `md5` are what the store says. */
export interface TestHolding extends Holding { readonly bytes?: string | Uint8Array }

export interface TestPerson {
  readonly subject: string
  /** `<subject>-demo` unless given. */
  readonly password?: string
  readonly name?: string
  readonly isOperator?: boolean
}

export interface TestArchiveParts {
  readonly holdings?: readonly TestHolding[]
  readonly people?: readonly TestPerson[]
  readonly runs?: readonly Omit<Run, 'runId'>[]
  readonly grants?: readonly Grant[]
  /** Text of archive.yaml. */
  readonly config?: string
  /** Anything else of the archive: rules, catalog, columns, jobs. Made after the holdings are in. */
  readonly more?: (made: Omit<Archive, 'catalog' | 'columns' | 'jobs'>, dir: string) => Partial<Archive> | Promise<Partial<Archive>>
}

export interface Asked {
  /** A subject: sends its token. Anonymous without. */
  readonly as?: string | undefined
  readonly method?: string | undefined
  readonly headers?: Record<string, string> | undefined
  /** A form, sent as `application/x-www-form-urlencoded` unless the headers say otherwise. */
  readonly body?: string | undefined
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly bytes: Uint8Array
}

export interface TestArchive {
  readonly archive: Archive
  readonly dir: string
  readonly clock: { nowMs: number }
  /** `http://127.0.0.1:<port>`. */
  readonly url: string
  readonly app: FastifyInstance
  readonly audit: AuditLine[]
  inject(options: InjectOptions): Promise<LightMyRequestResponse>
  ask(path: string, asked?: Asked): Promise<Answer>
  tokenOf(subject: string): Promise<string>
  close(): Promise<void>
}

let sharedKeys: Promise<Keys> | undefined
const hashes = new Map<string, Promise<string>>()

/** Makes it, listening on a free loopback port. Close it after the tests. */
export async function makeTestArchive(parts: TestArchiveParts = {}): Promise<TestArchive> {
  const dir = await mkdtemp(join(tmpdir(), 'quipu-test-'))
  sharedKeys ??= openKeys(join(dir, 'keys'))
  const clock = { nowMs: NOW }
  const audit: AuditLine[] = []
  const truth = openSqliteTruth(join(dir, 'truth.sqlite'))
  const made = {
    config: parseConfig(parts.config ?? ''), now: () => clock.nowMs, id: () => randomUUID(),
    log: pino({ level: 'silent' }), keys: await sharedKeys, rules: [],
    truth: { ...truth, audit: (line: AuditLine) => { audit.push(line); truth.audit(line) } },
    files: openFolderStore(join(dir, 'files')), results: openFolderStore(join(dir, 'results')),
  }
  for (const run of parts.runs ?? []) truth.putRun(run)
  await putPeople(made, parts)
  await putHoldings(made, parts.holdings ?? [])
  const archive: Archive = {
    ...made, catalog: openCatalog([], { authority: 'ivo://eso.org' }), columns: absent('columns'), jobs: absent('jobs'),
    ...await parts.more?.(made, dir),
  }
  const app = openServer(archive)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const tokenOf = (subject: string) => tokenFor(archive, url, subject)
  return {
    archive, dir, clock, url, app, audit, tokenOf,
    inject: (options) => app.inject(options),
    ask: async (path, asked = {}) => send(url, path, asked, asked.as === undefined ? undefined : await tokenOf(asked.as)),
    async close() {
      // A connection that is just about to be idle would be waited for as long as it is kept alive.
      const closed = app.close()
      app.server.closeAllConnections()
      await closed
      truth.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function putPeople(archive: Pick<Archive, 'truth'>, { people = [], grants = [] }: TestArchiveParts): Promise<void> {
  for (const { subject, password = `${subject}-demo`, name = subject, isOperator = false } of people) {
    if (!hashes.has(password)) hashes.set(password, hashPassword(password))
    archive.truth.putPerson({
      subject, name, givenName: name, familyName: name, email: `${subject}@example.org`, isOperator,
      passwordHash: await hashes.get(password) ?? '',
    })
  }
  for (const grant of grants) archive.truth.putGrant(grant)
}

async function putHoldings(archive: Pick<Archive, 'truth' | 'files'>, holdings: readonly TestHolding[]): Promise<void> {
  const stored: Holding[] = []
  for (const { bytes, ...holding } of holdings) {
    const { file } = holding.product
    if (!file || bytes === undefined) {
      stored.push(holding)
      continue
    }
    const draft = await archive.files.create(file.key)
    await draft.write(bytes)
    stored.push({ ...holding, product: { ...holding.product, file: { ...file, ...await draft.commit() } } })
  }
  if (stored.length > 0) archive.truth.addBatch(stored)
}

async function tokenFor({ keys, truth, now, id }: Archive, url: string, subject: string): Promise<string> {
  const person = truth.findPerson(subject)
  if (!person) throw new Error(`nobody is called ${subject}`)
  return makeIdToken(keys, person, { issuer: `${url}/sso/oidc`, tokenId: id(), nowMs: now(), accessToken: 'test' })
}

/** Nothing in its place: a test that needs it gives it by `more`. */
function absent<T extends object>(name: string): T {
  return new Proxy({} as T, {
    get: (_target, property) => () => { throw new Error(`${name}.${String(property)} is not part of this test archive`) },
  })
}

/** One request over a connection of its own, the path as it stands. */
export function send(url: string, path: string, asked: Asked = {}, token?: string): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const headers = {
    ...token === undefined ? {} : { Authorization: `Bearer ${token}` },
    ...asked.body === undefined ? {} : {
      'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': String(Buffer.byteLength(asked.body)),
    },
    ...asked.headers,
  }
  const method = asked.method ?? (asked.body === undefined ? 'GET' : 'POST')
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Uint8Array[] = []
      response.on('data', (chunk: Uint8Array) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: bytes.toString(), bytes })
      })
    })
    sent.on('error', reject)
    sent.end(asked.body)
  })
}
