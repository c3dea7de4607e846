import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns } from '../../src/stores/columns.ts'
import { openPostgresColumns } from '../../src/stores/postgres-columns.ts'
import type { PostgresSettings } from '../../src/stores/postgres-columns.ts'
import { columnsContract } from '../contract/columns.ts'
import { prefilterContract, SKY_TABLE } from '../contract/prefilter.ts'
import { ruleContract } from '../contract/rule.ts'
import { EVERY_TYPE, PUBLIC_TABLE, rowsOf, statement, truthRow } from '../support/columns.ts'
import { describePostgres, startPostgres } from '../support/postgres.ts'
import type { PostgresServer } from '../support/postgres.ts'

const settings = (url: string): PostgresSettings =>
  ({ url, stored: [EVERY_TYPE, PUBLIC_TABLE], connections: 8, statementSeconds: 60 })
const COUNT = statement('select count(*) from archive.dbo_every_public', { n: 'long' })
const never = new AbortController().signal

let server: PostgresServer
const fresh = async () => openPostgresColumns(settings(await server.freshUrl()))

describePostgres('PostgreSQL', () => {
  beforeAll(async () => { server = await startPostgres() })
  afterAll(async () => { await server.stop() })

  describe('contract', () => { columnsContract(fresh) })
  describe('the rule', () => { ruleContract(fresh) })
  describe('prefilter', () => {
    prefilterContract(async () => openPostgresColumns({ ...settings(await server.freshUrl()), stored: [SKY_TABLE] }), 200)
  })
  describe('the database', databaseTests)
  describe('the second wall', wallTests)
  describe('faults', faultTests)
})

function databaseTests(): void {
  test('keeps its rows and its number; another schema is made anew', async () => {
    const url = await server.freshUrl()
    const first = await openPostgresColumns(settings(url))
    await first.append(1, [truthRow('a', {})])
    await first.close()
    const again = await openPostgresColumns(settings(url))
    expect([await again.lastBatch(), await rowsOf(again, COUNT)]).toEqual([1, [[1n]]])
    await again.close()
    const stored = [{ ...EVERY_TYPE, columns: [...EVERY_TYPE.columns, { name: 'more', type: 'text' as const }] }]
    const other = await openPostgresColumns({ ...settings(url), stored })
    expect([await other.lastBatch(), await rowsOf(other, COUNT)]).toEqual([0, [[0n]]])
    await other.close()
  })

  test('has one writer', async () => {
    const url = await server.freshUrl()
    const first = await openPostgresColumns(settings(url))
    await expect(openPostgresColumns(settings(url))).rejects.toMatchObject({ code: 'archive_owned' })
    await first.close()
    const second = await openPostgresColumns(settings(url))
    await second.close()
  })

  test('is told what it lacks, in our words', async () => {
    const url = await server.freshUrl()
    const name = new URL(url).pathname.slice(1)
    await server.query('create schema archive; create table archive.mine (x integer)', name)
    const refused = (at: string) => openPostgresColumns(settings(at)).then(() => 'opened', (error: unknown) => error)
    expect(await refused(url)).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/schema 'archive'/) })
    expect(await server.query('select count(*) from archive.mine', name)).toEqual([['0']])
    expect(await refused(server.superUrl(name))).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/superuser/) })
    expect(await refused(url.replace(name, 'nowhere'))).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/does not exist/) })
    expect(await refused(url.replace('user=quipu', 'user=nobody'))).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/refuses/) })
    expect(await refused('postgresql://quipu@127.0.0.1:1/archive')).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/does not answer/) })
  })

  test('a role that may not make the callers\' role is told what to ask for; given it, it works', async () => {
    await server.query('create role plain login')
    await server.query('create database plain owner plain')
    const url = server.superUrl('plain').replace('user=postgres', 'user=plain')
    await expect(openPostgresColumns(settings(url))).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/GRANT quipu_caller/) })
    await server.query('grant quipu_caller to plain')
    const columns = await openPostgresColumns(settings(url))
    expect(await rowsOf(columns, COUNT)).toEqual([[0n]])
    await columns.close()
  })

  test('a role with a password is let in with it and told nothing more without', async () => {
    await server.query(`create role locked login createrole password 'p@ss w/rd?&#'`)
    await server.query('create database locked owner locked')
    await server.query('grant quipu_caller to locked')
    const locked = { ...settings(server.superUrl('locked').replace('user=postgres', 'user=locked')) }
    const columns = await openPostgresColumns({ ...locked, password: 'p@ss w/rd?&#' })
    expect(await rowsOf(columns, COUNT)).toEqual([[0n]])
    await columns.close()
    for (const password of ['wrong', '', undefined]) {
      const error = await openPostgresColumns({ ...locked, password }).then(() => undefined, (e: unknown) => e)
      expect(error).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(/^(?!.*wrong).*refuses the role or its password/) })
    }
  })

  test('connections that break are replaced', async () => {
    const columns = await fresh()
    await columns.append(1, [truthRow('a', {})])
    const stream = await columns.stream(statement('select n from generate_series(1, 100000) t(n)', { n: 'int' }), never)
    await server.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'quipu'`)
    await expect((async () => { for await (const _ of stream); })()).rejects.toMatchObject({ code: 'overloaded' })
    await columns.append(2, [truthRow('b', {})]).catch(() => columns.append(2, [truthRow('b', {})]))
    expect(await rowsOf(columns, COUNT)).toEqual([[2n]])
    expect(await columns.lastBatch()).toBe(2)
    await columns.close()
  })

  test('more statements than connections wait; one that gives up does not keep a place', async () => {
    const columns = await openPostgresColumns({ ...settings(await server.freshUrl()), connections: 1 })
    const numbers = statement('select n from generate_series(1, 10000) t(n)', { n: 'int' })
    const first = await columns.stream(numbers, never)
    await expect(columns.stream(numbers, AbortSignal.timeout(50))).rejects.toMatchObject({ name: 'TimeoutError' })
    const second = columns.stream(numbers, never)
    await first.close()
    let seen = 0
    for await (const batch of await second) seen += batch.length
    expect(seen).toBe(10_000)
    await columns.close()
  })

  test('closing the copy ends what still streams', async () => {
    const columns = await fresh()
    const stream = await columns.stream(statement('select n from generate_series(1, 1000000) t(n)', { n: 'long' }), never)
    const reading = (async () => { for await (const _ of stream); })()
    await Promise.all([expect(reading).rejects.toThrow('closed'), columns.close()])
  })
}

function wallTests(): void {
  let columns: Columns
  let name: string
  beforeAll(async () => {
    const url = await server.freshUrl()
    name = new URL(url).pathname.slice(1)
    columns = await openPostgresColumns(settings(url))
    await columns.append(1, [truthRow('a', {})])
    await server.query('create schema other; create table other.secret (x text); insert into other.secret values (\'hidden\')', name)
  })
  afterAll(async () => { await columns.close() })
  const attempt = (sql: string): Promise<unknown> =>
    rowsOf(columns, statement(sql, { x: 'char' })).then((rows) => ({ rows }), (error: unknown) => error)

  test.each([
    'select x from other.secret', 'select x from secret', 'select number::text as x from archive.batch', 'select text as x from archive.definition',
    `select pg_read_file('/etc/passwd') as x`, `select x from pg_ls_dir('/') t(x)`, 'select rolpassword as x from pg_authid', `select lo_import('/etc/passwd')::text as x`,
    'select 1::text as x; drop table archive.batch', `select 1::text as x) t; copy archive.dbo_every_public to program 'id'; select * from (select 1 as x`,
    `copy (select 1) to '/tmp/stolen.csv'`, `copy archive.dbo_every_public to stdout`, 'set role none', 'reset role', 'commit', 'rollback', 'begin', 'listen x', 'show all', 'explain select 1',
    `insert into archive.dbo_every_public ("id") values ('1') returning "id" as x`, 'delete from archive.batch returning number::text as x', 'update archive.batch set number = 1',
    `with w as (delete from archive.dbo_every_public returning "id") select "id" as x from w`, 'drop table archive.batch', 'create table archive.mine (x integer)', 'create temporary table mine (x integer)',
    'select "id" as x into mine from archive.dbo_every_public', `select "id" as x from archive.dbo_every_public for update`, `select nextval('archive.n')::text as x`,
    `select pg_terminate_backend(pid)::text as x from pg_stat_activity where pid <> pg_backend_pid() and usename = 'quipu'`, `select query_to_xml('select * from other.secret', true, true, '')::text as x`,
    `select query_to_xml('select * from archive.batch', true, true, '')::text as x`, `do $$ begin perform 1; end $$`, `grant quipu to quipu_caller`, 'alter role quipu superuser', `select set_config('transaction_read_only', 'off', true) as x`,
  ])('refused: %s', async (sql) => {
    const error = await attempt(sql)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toMatch(/passwd|archive\.|LINE|permission|secret|Error: .*Error:/)
  })

  test('what a statement sets does not outlive it, and opens nothing that is not the archive\'s own', async () => {
    await attempt(`select set_config('role', 'none', false) || set_config('search_path', 'archive', false) || set_config('statement_timeout', '1', false) as x`)
    for (let i = 0; i < 10; i++) {
      expect(await rowsOf(columns, statement(`select current_user::text || current_setting('search_path') || current_setting('statement_timeout')`, { x: 'char' })))
        .toEqual([['quipu_caller""1min']])
    }
    // Within the statement the role can be left, for that of the archive: which is why it is never a superuser.
    const escaped = await attempt(`select query_to_xml('select * from other.secret', true, true, '')::text as x from (select set_config('role', 'none', true) as r) t where r is not null`)
    expect(escaped).toBeInstanceOf(Error)
    const written = await attempt(`select query_to_xml('delete from archive.batch returning number', true, true, '')::text as x from (select set_config('role', 'none', true) as r) t where r is not null`)
    expect(written).toBeInstanceOf(Error)
  })

  test('nothing that was tried has left a trace', async () => {
    expect(await columns.lastBatch()).toBe(1)
    expect(await rowsOf(columns, COUNT)).toEqual([[1n]])
  })

  test('callers\' statements see nothing of what others ask', async () => {
    const busy = await columns.stream(statement(`select n::text || 'other caller' as x from generate_series(1, 50000) t(n)`, { x: 'char' }), never)
    const seen = await rowsOf(columns, statement(`select query from pg_stat_activity`, { x: 'char' }))
    await busy.close()
    expect(JSON.stringify(seen)).not.toMatch(/other caller/)
  })
}

function faultTests(): void {
  let columns: Columns
  let url: string
  beforeAll(async () => {
    url = await server.freshUrl()
    columns = await openPostgresColumns({ ...settings(url), statementSeconds: 1 })
  })
  afterAll(async () => { await columns.close() })

  test('the server\'s own limit of time stands behind ours', async () => {
    await expect(rowsOf(columns, statement('select pg_sleep(5)::text', { x: 'char' }))).rejects.toMatchObject({ code: 'query_timeout' })
  })

  test('a FULL JOIN that the server cannot do is refused by name', async () => {
    const asked = statement('select a.n from generate_series(1, 2) a(n) full join generate_series(1, 2) b(m) on a.n < b.m', { n: 'int' })
    await expect(rowsOf(columns, asked)).rejects.toMatchObject({ code: 'adql_unsupported', message: expect.stringMatching(/FULL JOIN/) })
  })

  test('no room for a connection is told as that', async () => {
    const limited = new URL(url).pathname.slice(1)
    await server.query(`alter database ${limited} connection limit 0`)
    const other = columns.stream(COUNT, never)
    const more = Promise.allSettled(Array.from({ length: 7 }, () => columns.stream(COUNT, never)))
    const errors = [await Promise.allSettled([other]), await more].flat().flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    await server.query(`alter database ${limited} connection limit -1`)
    expect(errors.length).toBeGreaterThan(0)
    for (const error of errors) expect(error).toMatchObject({ code: 'overloaded' })
  })

  test('text compares by code point, whatever the database does', async () => {
    await columns.append(1, ['b', 'B', 'a', 'Z', 'é', '_'].map((id) => truthRow(id, {})))
    const client = new Client({ connectionString: url })
    await client.connect()
    const own = await client.query<{ x: string }>(`select x from unnest(array['b', 'B', 'a', 'Z']) t(x) order by x`)
    await client.end()
    // Else the test would say nothing.
    expect(own.rows.map((row) => row.x).join('')).not.toBe('BZab')
    expect((await rowsOf(columns, statement('select "id" from archive.dbo_every_public order by "id"', { x: 'char' }))).flat().join('')).toBe('BZ_abé')
  })
}
