import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns } from '../../src/stores/columns.ts'
import { openDuckdbColumns } from '../../src/stores/duckdb-columns.ts'
import { columnsContract } from '../contract/columns.ts'
import { prefilterContract, SKY_TABLE } from '../contract/prefilter.ts'
import { EVERY_TYPE, rowsOf, SETTINGS, statement, temporaryPath, truthRow } from '../support/columns.ts'

const folder = temporaryPath('')
let n = 0
const fresh = (): string => `${folder.path}/${n++}.duckdb`
afterAll(() => { folder.remove() })

describe('contract', () => { columnsContract(() => openDuckdbColumns(fresh(), SETTINGS)) })

const COUNT = statement('select count(*) from archive.dbo_every_public', { n: 'long' })

describe('the file', () => {
  test('keeps its rows and its number; another schema or a damaged file is made anew', async () => {
    const path = fresh()
    const first = await openDuckdbColumns(path, SETTINGS)
    await first.append(1, [truthRow('a', {})])
    await first.close()
    const again = await openDuckdbColumns(path, SETTINGS)
    expect([await again.lastBatch(), await rowsOf(again, COUNT)]).toEqual([1, [[1n]]])
    await again.close()
    const stored = [{ ...EVERY_TYPE, columns: [...EVERY_TYPE.columns, { name: 'more', type: 'text' as const }] }]
    const other = await openDuckdbColumns(path, { ...SETTINGS, stored })
    expect([await other.lastBatch(), await rowsOf(other, COUNT)]).toEqual([0, [[0n]]])
    await other.close()
    writeFileSync(path, 'no database')
    const damaged = await openDuckdbColumns(path, SETTINGS)
    expect(await damaged.lastBatch()).toBe(0)
    await damaged.close()
  })
})

describe('the second wall', () => {
  let columns: Columns
  beforeAll(async () => { columns = await openDuckdbColumns(fresh(), SETTINGS) })
  afterAll(async () => { await columns.close() })
  const attempt = (sql: string): Promise<unknown> =>
    rowsOf(columns, statement(sql, { x: 'char' })).then((rows) => ({ rows }), (error: unknown) => error)

  test.each([
    `select content as x from read_text('/etc/passwd')`, `select column0 as x from read_csv('/etc/passwd')`,
    `select file as x from glob('/*')`, `select x from '/etc/passwd' t(x)`,
    `select 1 as x) t; copy archive.dbo_every_public to '/tmp/stolen.csv'; select * from (select 1 as x`,
    `copy (select 1) to '/tmp/stolen.csv'`, `attach '/tmp/other.duckdb'`, 'set threads = 64', 'pragma database_list',
    'install httpfs', 'load httpfs', `export database '/tmp/stolen'`, 'checkpoint', 'commit',
    'insert into archive.dbo_every_public (id) values (1) returning id', 'delete from archive.batch returning 1',
    'drop table archive.batch', 'create table archive.mine (x integer)', `select getenv('HOME') as x`,
    `update archive.batch set number = 1`,
  ])('refused: %s', async (sql) => {
    const error = await attempt(sql)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toMatch(/passwd|archive\.|LINE|Error: .*Error:/)
  })

  test('nothing that was tried has left a trace', async () => {
    expect(await columns.lastBatch()).toBe(0)
    expect(await rowsOf(columns, COUNT)).toEqual([[0n]])
  })
})

test('a statement that says so ends after its rows, in every form, though the engine has more', async () => {
  const columns = await openDuckdbColumns(fresh(), SETTINGS)
  const asked = { ...statement('select n from range(100000) t(n)', { n: 'long' }), cutAfter: 20_001 }
  const never = new AbortController().signal
  const stream = await columns.stream(asked, never)
  let [rows, lines, cells] = [0, 0, 0]
  for await (const batch of stream) rows += batch.length
  for await (const { count } of await stream.again?.text('CSV') ?? []) lines += count
  for await (const { count } of await stream.again?.columns() ?? []) cells += count
  expect([rows, lines, cells]).toEqual([20_001, 20_001, 20_001])
  await columns.close()
})

test('a statement that says it is brief gives the same rows: a few at once, many as a stream', async () => {
  const columns = await openDuckdbColumns(fresh(), SETTINGS)
  const asked = (n: number) => ({ ...statement(`select n from range(${n}) t(n) order by n desc`, { n: 'long' }), isBrief: true })
  for (const n of [0, 1, 1_024, 1_025, 5_000]) {
    expect(await rowsOf(columns, asked(n))).toEqual(Array.from({ length: n }, (_, i) => [BigInt(n - 1 - i)]))
  }
  const failing = { ...statement(`select cast('x' || n as integer) as n from range(3) t(n)`, { n: 'int' }), isBrief: true }
  await expect(rowsOf(columns, failing)).rejects.toMatchObject({ code: 'query_data' })
  const slow = { ...statement('select count(*) from range(100000) a, range(10000000) b where a.range + b.range < 0', { n: 'long' }), isBrief: true }
  await expect(rowsOf(columns, slow, AbortSignal.timeout(100))).rejects.toMatchObject({ name: 'TimeoutError' })
  await columns.close()
})

test('closing the copy ends what still streams', async () => {
  const columns = await openDuckdbColumns(fresh(), SETTINGS)
  const stream = await columns.stream(statement('select n from range(5000000) t(n)', { n: 'long' }), new AbortController().signal)
  const reading = (async () => { for await (const _ of stream); })()
  await Promise.all([expect(reading).rejects.toThrow('closed'), columns.close()])
})

describe('regions', () => {
  let columns: Columns
  beforeAll(async () => { columns = await openDuckdbColumns(fresh(), SETTINGS) })
  afterAll(async () => { await columns.close() })

  test('are computed on every connection; what is null or no region is null', async () => {
    const asked = statement(`select r, quipu_contains('CIRCLE ICRS 10 10 2', r), quipu_intersects(r, 'CIRCLE ICRS 10 10 2'),
      quipu_area(r) > 0 from (values ('POSITION J2000 10 11'), ('CIRCLE ICRS 13 10 1.5'), ('nonsense'), (null)) t(r)`,
    { r: 'char', contains: 'boolean', intersects: 'boolean', area: 'boolean' })
    expect(await rowsOf(columns, asked)).toEqual([
      ['POSITION J2000 10 11', true, true, false], ['CIRCLE ICRS 13 10 1.5', false, true, true],
      ['nonsense', null, null, null], [null, null, null, null],
    ])
  })

  test('closing in the middle of them does not hang', async () => {
    for (let i = 0; i < 3; i++) {
      const asked = statement(`select quipu_contains('CIRCLE ICRS 10 10 2', concat('POSITION J2000 ', cast(n % 360 as text), ' 1')),
        repeat('wide', 200) from range(100000) t(n)`, { x: 'boolean', wide: 'char' })
      const stream = await columns.stream(asked, new AbortController().signal)
      for await (const _ of stream) break
    }
  })
})

test('a query over its memory and its space on disk is told so, and the next one runs', async () => {
  const columns = await openDuckdbColumns(fresh(), { ...SETTINGS, memoryBytes: 60e6, spillBytes: 1e6 })
  const greedy = statement(`select n, repeat(cast(n as text), 30) as s from generate_series(1, 2000000) t(n)
    order by s desc`, { n: 'long', s: 'char' })
  await expect(rowsOf(columns, greedy).then((rows) => rows.length)).rejects.toMatchObject({ code: 'overloaded' })
  expect(await rowsOf(columns, COUNT)).toEqual([[0n]])
  await columns.close()
})

describe('prefilter', () => { prefilterContract(() => openDuckdbColumns(fresh(), { ...SETTINGS, stored: [SKY_TABLE] }), 120) })
