/** Results as Parquet, read by DuckDB's own reader: a client that shares no code with the writer. */
import { DuckDBInstance } from '@duckdb/node-api'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Field, Row } from '@quipu/vo/votable'
import { parquetFormat } from '../../src/tap/parquet.ts'
import { form, makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
let folder: string
let instance: DuckDBInstance
beforeAll(async () => {
  archive = await makeTapArchive()
  folder = await mkdtemp(join(tmpdir(), 'quipu-parquet-'))
  instance = await DuckDBInstance.create(':memory:')
})
afterAll(async () => {
  instance.closeSync()
  await archive.close()
  await rm(folder, { recursive: true, force: true })
})

async function ask(sql: string): Promise<unknown[]> {
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson()
  } finally {
    connection.closeSync()
  }
}

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

const text = { datatype: 'char', arraysize: '*' } as const
const FIELDS: readonly Field[] = [
  { name: 'yes', datatype: 'boolean' }, { name: 'byte', datatype: 'unsignedByte' }, { name: 'short', datatype: 'short' },
  { name: 'int', datatype: 'int' }, { name: 'long', datatype: 'long' }, { name: 'float', datatype: 'float' },
  { name: 'double', datatype: 'double' }, { name: 'text', ...text }, { name: 'time', ...text, xtype: 'timestamp' },
  { name: 'list', datatype: 'double', arraysize: '*' },
]

test('every type has its own, and every null is one', async () => {
  const rows: Row[] = [
    [true, 255, -32768, 2147483647, -(2n ** 63n), 1.5, 0.1, 'α\n"', '2021-01-01T00:00:01.123456Z', [1, 2.5]],
    FIELDS.map(() => null),
    [false, 0, 32767, 0, 2n ** 63n - 1n, -0, 5e-324, '', '1900-01-01', []],
  ]
  const measure = parquetFormat.measure(FIELDS)
  measure.add(rows)
  const writer = parquetFormat.writer(FIELDS, measure.result(true))
  const path = await file('types.parquet', Buffer.concat([writer.head(), writer.rows(rows), writer.foot({})] as Uint8Array[]))
  expect((await ask(`DESCRIBE SELECT * FROM '${path}'`)).map((row) => (row as { column_type: string }).column_type)).toEqual([
    'BOOLEAN', 'UTINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'FLOAT', 'DOUBLE', 'VARCHAR', 'TIMESTAMP WITH TIME ZONE', 'DOUBLE[]',
  ])
  const got = await ask(`SELECT * EXCLUDE (time), epoch_us(time) AS time FROM '${path}'`)
  const micros = (iso: string): string => String(BigInt(Date.parse(iso)) * 1000n)
  expect(got).toEqual([
    { yes: true, byte: 255, short: -32768, int: 2147483647, long: String(-(2n ** 63n)), float: 1.5, double: 0.1, text: 'α\n"',
      time: String(BigInt(micros('2021-01-01T00:00:01.123Z')) + 456n), list: [1, 2.5] },
    { yes: null, byte: null, short: null, int: null, long: null, float: null, double: null, text: null, time: null, list: null },
    { yes: false, byte: 0, short: 32767, int: 0, long: String(2n ** 63n - 1n), float: -0, double: 5e-324, text: '',
      time: micros('1900-01-01'), list: [] },
  ])
  const kept = await ask(`SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata('${path}') ORDER BY 1`)
  expect(kept).toMatchObject([
    { key: 'IVOA.VOTable-Parquet.content', value: expect.stringMatching(/^<\?xml.*OVERFLOW.*<\/VOTABLE>\s*$/s) as string },
    { key: 'IVOA.VOTable-Parquet.version', value: '1.0' },
  ])
})

test('many rows of sync, in their order', async () => {
  const query = form({ LANG: 'ADQL', FORMAT: 'parquet', MAXREC: '100000', QUERY: 'SELECT a.n, a.n * b.n AS product FROM dbo.numbers a, dbo.numbers b WHERE b.n <= 33 ORDER BY b.n, a.n' })
  const answer = await fetch(`${archive.url}/tap_obs/sync?${query}`)
  const path = await file('sync.parquet', new Uint8Array(await answer.arrayBuffer()))
  const [seen] = await ask(`SELECT COUNT(*) AS rows, SUM(product) AS sum, COUNT(*) FILTER (n <> 1 + file_row_number % 3000) AS misplaced
    FROM read_parquet('${path}', file_row_number = true)`)
  expect(seen).toEqual({ rows: '99000', sum: String(3000 * 3001 / 2 * 33 * 34 / 2), misplaced: '0' })
  expect(answer.headers.get('x-vo-overflow')).toBeNull()
})

test('the result of a job, whole and in ranges', async () => {
  const created = await fetch(`${archive.url}/tap_obs/async`, {
    method: 'POST', redirect: 'manual', headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: form({ LANG: 'ADQL', PHASE: 'RUN', RESPONSEFORMAT: 'application/vnd.apache.parquet', MAXREC: '500', QUERY: 'SELECT n FROM dbo.numbers ORDER BY n' }),
  })
  const job = new URL(created.headers.get('location')!, archive.url).href
  await fetch(`${job}?WAIT=20`)
  const whole = await fetch(`${job}/results/result`, { headers: { 'Accept-Encoding': 'gzip' } })
  expect(Object.fromEntries(whole.headers)).toMatchObject({
    'content-type': 'application/vnd.apache.parquet', 'accept-ranges': 'bytes', 'x-vo-overflow': 'true',
  })
  expect(whole.headers.get('content-disposition')).toContain('.parquet"')
  const bytes = new Uint8Array(await whole.arrayBuffer())
  expect(Number(whole.headers.get('content-length'))).toBe(bytes.length)
  const part = await fetch(`${job}/results/result`, { headers: { Range: 'bytes=-4' } })
  expect([part.status, await part.text()]).toEqual([206, 'PAR1'])
  const path = await file('job.parquet', bytes)
  expect(await ask(`SELECT COUNT(*) AS rows, MAX(n) AS most FROM '${path}'`)).toEqual([{ rows: '500', most: 500 }])
})
