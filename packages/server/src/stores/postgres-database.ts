/**
 * The database of the column copy on PostgreSQL: connections, the two roles, and what is made in it. Design
 * §5 (second wall), §6.
 *
 * The role that signs in owns everything and writes. Statements of callers run as `quipu_caller`, which may
 * read the published relations and nothing else; it cannot sign in.
 */
import type { TextMode } from '@quipu/adql'
import { ArchiveError } from '@quipu/vo'
import { Client, Pool } from 'pg'
import type { ClientConfig, PoolClient } from 'pg'
import { RELATION_SCHEMA } from '../access/rule.ts'
import { faultOf, stateOf } from './postgres-faults.ts'
import { FUNCTION_SCHEMA, functionDefinitions } from './postgres-functions.ts'
import { ENGINE_TYPES } from './postgres-values.ts'
import { qualified, quoted } from './relations.ts'
import type { Relation } from './relations.ts'

export const CALLER_ROLE = 'quipu_caller'

/** The comment on a schema that Quipu made, and may drop. */
const MARK = 'Quipu makes this schema anew when it has to; keep nothing of your own in it'
const OLDEST_VERSION = 130_000
/** One process writes. The number is Quipu's own, one lock a database. */
const WRITER_LOCK = 1_903_520_112
/** Ten a second: it may take a moment until a process that was killed is noticed. */
const LOCK_ATTEMPTS = 50

export interface DatabaseSettings {
  /** `postgresql://user@host/database`, without a password. */
  readonly url: string
  /** Undefined leaves it to PGPASSWORD and ~/.pgpass. */
  readonly password?: string | undefined
  /** How statements compare text, which is what indexes are for; without regard to case unless given. */
  readonly textMode?: TextMode | undefined
  /** Statements of callers that run at once; more wait. */
  readonly connections: number
}

export interface Database {
  /** Runs on the writing connection; callers of this take turns. */
  readonly write: <T>(work: (client: Client) => Promise<T>) => Promise<T>
  /** A connection for one statement of a caller; released by who asked. */
  readonly connect: () => Promise<PoolClient>
  /** Cancels what runs on a connection, by its process number. */
  readonly cancel: (processId: number) => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Connects, and makes the relations anew when there are none or those of another schema.
 * @throws ArchiveError `config_invalid`, saying what the database lacks; `archive_owned` when another
 * process writes into it.
 */
export async function openDatabase(
  settings: DatabaseSettings, relations: readonly Relation[],
): Promise<Database> {
  const config: ClientConfig = {
    connectionString: addressOf(settings), application_name: 'quipu', keepAlive: true,
  }
  const writer = openWriter(config)
  try {
    await writer.run(async (client) => {
      await checkServer(client)
      for (const name of [FUNCTION_SCHEMA, RELATION_SCHEMA]) await checkSchema(client, name)
      await makeCallerRole(client)
      await inTransaction(client, async () => {
        await makeFunctions(client)
        await makeRelations(client, relations, settings.textMode)
      })
    })
  } catch (error) {
    await writer.close()
    throw describeFault(error, settings.url)
  }
  const callers = new Pool({ ...config, max: settings.connections })
  // Apart, so that a full pool can still be cancelled.
  const cancellers = new Pool({ ...config, max: 1 })
  for (const pool of [callers, cancellers]) {
    // A connection that breaks is told by what is asked of it next, and not used again.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => { client.on('error', () => undefined) })
  }
  return {
    write: (work) => writer.run(work),
    connect: () => callers.connect(),
    cancel: async (processId) => {
      await cancellers.query('select pg_cancel_backend($1)', [processId])
    },
    close: async () => {
      await Promise.all([callers.end(), cancellers.end(), writer.close()])
    },
  }
}

/** The driver takes a password beside an address for none: it must be in it. */
function addressOf({ url, password }: DatabaseSettings): string {
  if (password === undefined) return url
  const address = new URL(url)
  address.searchParams.set('password', password)
  return address.href
}

interface Writer {
  readonly run: Database['write']
  readonly close: () => Promise<void>
}

/** One connection that holds the lock; a new one when it broke. */
function openWriter(config: ClientConfig): Writer {
  let current: Promise<Client> | undefined
  function open(): Promise<Client> {
    const client = new Client(config)
    const opened = connect(client)
    const forget = (): void => { if (current === opened) current = undefined }
    client.on('error', forget)
    client.on('end', forget)
    return opened
  }
  return {
    async run(work) {
      current ??= open()
      const opened = current
      try {
        return await work(await opened)
      } catch (error) {
        // A connection that could not be made is not kept.
        if (await opened.catch(() => undefined) === undefined && current === opened) current = undefined
        throw error
      }
    },
    async close() {
      const client = await current?.catch(() => undefined)
      await client?.end()
    },
  }
}

async function connect(client: Client): Promise<Client> {
  try {
    await client.connect()
    await takeLock(client)
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

async function takeLock(client: Client): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { rows } = await client.query<{ taken: boolean }>(
      `select pg_try_advisory_lock(${WRITER_LOCK}) as taken`)
    if (rows[0]?.taken === true) return
    if (attempt === LOCK_ATTEMPTS) {
      throw new ArchiveError('archive_owned',
        'another archive writes into the database of engine.postgresUrl')
    }
    await new Promise((resolve) => { setTimeout(resolve, 100) })
  }
}

async function checkServer(client: Client): Promise<void> {
  const { rows: [server] } = await client.query<{ version: number; encoding: string; super: boolean }>(
    `select current_setting('server_version_num')::int as version,
      current_setting('server_encoding') as encoding,
      (select rolsuper from pg_roles where rolname = current_user) as super`)
  if (server === undefined || server.version < OLDEST_VERSION) {
    throw invalid(`the server is older than PostgreSQL ${OLDEST_VERSION / 10_000}`)
  }
  if (server.encoding !== 'UTF8') throw invalid(`the database has the encoding ${server.encoding}, not UTF8`)
  // Whoever gets around the other wall must not find somebody there who can do anything.
  if (server.super) throw invalid('it signs in as a superuser; give the archive a role of its own')
}

async function makeCallerRole(client: Client): Promise<void> {
  const found = await client.query('select 1 from pg_roles where rolname = $1', [CALLER_ROLE])
  try {
    if (found.rows.length === 0) await client.query(`create role ${CALLER_ROLE} nologin`)
    const { rows } = await client.query<{ member: boolean }>(
      `select pg_has_role(current_user, $1, 'member') as member`, [CALLER_ROLE])
    if (rows[0]?.member !== true) await client.query(`grant ${CALLER_ROLE} to current_user`)
  } catch (error) {
    if (!stateOf(error).startsWith('42')) throw error
    throw invalid(`its role may not use the role ${CALLER_ROLE}: let an administrator run ` +
      `CREATE ROLE ${CALLER_ROLE} (if there is none) and GRANT ${CALLER_ROLE} TO the archive's role`)
  }
}

async function makeFunctions(client: Client): Promise<void> {
  await makeSchema(client, FUNCTION_SCHEMA)
  for (const definition of functionDefinitions()) await client.query(definition)
}

/** Statements that make an empty copy. They are its fingerprint too: another schema, another copy. */
function definitionOf(relations: readonly Relation[], textMode: TextMode = 'ignoreCase'): readonly string[] {
  return [
    `create table ${RELATION_SCHEMA}.batch (number integer not null)`,
    `create table ${RELATION_SCHEMA}.definition (text text not null)`,
    ...relations.flatMap((relation) => [
      `create table ${qualified(relation)} (${relation.columns
        .map((column) => `${quoted(column.name)} ${ENGINE_TYPES[column.type]}`).join(', ')})`,
      `create index on ${qualified(relation)} (dp_id_key)`,
      // As the dialect writes what it compares.
      ...relation.lookUps.map((name) => `create index on ${qualified(relation)}`
        + ` (${textMode === 'ignoreCase' ? `lower(${quoted(name)})` : quoted(name)})`),
      ...relation.keys.map(({ key }) => `create index on ${qualified(relation)} (${quoted(key)})`),
      `grant select on ${qualified(relation)} to ${CALLER_ROLE}`,
    ]),
  ]
}

async function makeRelations(
  client: Client, relations: readonly Relation[], textMode: TextMode | undefined,
): Promise<void> {
  const definition = definitionOf(relations, textMode)
  const fingerprint = definition.join(';\n')
  const known = await client.query(`select to_regclass('${RELATION_SCHEMA}.definition') is not null as known`)
  if ((known.rows[0] as { known: boolean }).known) {
    const { rows } = await client.query<{ text: string }>(`select text from ${RELATION_SCHEMA}.definition`)
    if (rows[0]?.text === fingerprint) return
  }
  await makeSchema(client, RELATION_SCHEMA)
  for (const sql of definition) await client.query(sql)
  await client.query(`insert into ${RELATION_SCHEMA}.definition values ($1)`, [fingerprint])
}

/** What is not Quipu's is never dropped. */
async function checkSchema(client: Client, name: string): Promise<void> {
  const { rows: [found] } = await client.query<{ comment: string | null }>(
    `select obj_description(oid, 'pg_namespace') as comment from pg_namespace where nspname = $1`, [name])
  if (found === undefined || found.comment === MARK) return
  throw invalid(`the database has a schema '${name}' that is not Quipu's; ` +
    'give the archive a database of its own')
}

/** An empty schema that the callers' role may look into, in the place of the one that was there. */
async function makeSchema(client: Client, name: string): Promise<void> {
  await client.query(`drop schema if exists ${name} cascade`)
  await client.query(`create schema ${name}`)
  await client.query(`comment on schema ${name} is '${MARK}'`)
  await client.query(`grant usage on schema ${name} to ${CALLER_ROLE}`)
}

export async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await work()
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

const invalid = (what: string): ArchiveError =>
  new ArchiveError('config_invalid', `engine.postgresUrl: ${what}`)

/** Why the database cannot be used, without the engine's words. */
function describeFault(error: unknown, url: string): unknown {
  const state = stateOf(error)
  const where = url.replace(/\?.*$/s, '')
  const because = (what: string) =>
    new ArchiveError('config_invalid', `engine.postgresUrl: ${where} ${what}`, { cause: error })
  const isRefused = /^28/.test(state) || (error instanceof Error && error.message.startsWith('SASL'))
  if (isRefused) {
    return because('refuses the role or its password (engine.postgresPasswordFile, PGPASSWORD or ~/.pgpass)')
  }
  if (state === '3D000') return because('names a database that does not exist')
  if (/^(08|57P|E[A-Z]{4,}$)/.test(state)) return because(`does not answer (${state})`)
  if (state === '42501') {
    return because('gives its role too few rights: it must own the database, or have CREATE on it')
  }
  return faultOf(error)
}
