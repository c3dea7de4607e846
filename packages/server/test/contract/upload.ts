/** Tables that come with a query, on any engine. TAP 1.1 §2.7.6; conformance chapter 8. */
import { gzipSync } from 'node:zlib'
import { readVotable, resultTable } from '@quipu/vo/votable'
import type { Field, Row } from '@quipu/vo/votable'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readResult } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'
import { document, ints, sync, t1 } from '../support/upload.ts'
import type { Part } from '../support/upload.ts'

/** The limits that the archive is to have. */
export const UPLOAD_CONFIG = 'tap: { uploadRows: 3000, uploadBytes: 3000000 }'

export function uploadContract(make: () => Promise<TapArchive>): void {
let archive: TapArchive
beforeAll(async () => { archive = await make() })
afterAll(() => archive.close())
const ask = (query: string, parts: readonly Part[], as?: string) => sync(archive, query, parts, as)

test('a table comes with the query, in any order of parts, and is joined with those of the archive', async () => {
  const file: Part = { name: 'f', value: ints(2, 3, 9999), file: true }
  const names: Part = { name: 'UPLOAD', value: 't1,param:f' }
  for (const parts of [[file, names], [names, file], [{ ...file, file: false }, names]]) {
    const answer = await ask('SELECT a.n FROM dbo.numbers AS a JOIN TAP_UPLOAD.T1 AS u ON u.n = a.n ORDER BY a.n', parts)
    expect(await readResult(answer)).toMatchObject({ status: 'OK', rows: [{ n: 2 }, { n: 3 }] })
  }
})

test('several tables: one parameter each, or one with semicolons (TAP 1.0)', async () => {
  const files: Part[] = [{ name: 'x', value: ints(1, 2), file: true }, { name: 'y', value: ints(2, 3), file: true }]
  for (const uploads of [['a,param:x', 'b,param:y'], ['a,param:x;b,param:y'], ['a,param:x;', ' b , param:y ']]) {
    const answer = await ask('SELECT a.n FROM TAP_UPLOAD.a AS a JOIN tap_upload.B AS b ON a.n = b.n',
      [...files, ...uploads.map((value) => ({ name: 'UPLOAD', value }))])
    expect((await readResult(answer)).rows).toEqual([{ n: 2 }])
  }
})

const EVERY: readonly Field[] = [
  { name: 'boolean', datatype: 'boolean' }, { name: 'bit', datatype: 'bit' }, { name: 'bits', datatype: 'bit', arraysize: '*' },
  { name: 'unsignedByte', datatype: 'unsignedByte', ucd: 'meta.code' }, { name: 'bytes', datatype: 'unsignedByte', arraysize: '3' },
  { name: 'short', datatype: 'short' }, { name: 'int', datatype: 'int', unit: 's', utype: 'a:b.c' }, { name: 'long', datatype: 'long' },
  { name: 'longs', datatype: 'long', arraysize: '*' }, { name: 'float', datatype: 'float' }, { name: 'double', datatype: 'double' },
  { name: 'doubles', datatype: 'double', arraysize: '2x*' }, { name: 'complex', datatype: 'doubleComplex' },
  { name: 'complexes', datatype: 'floatComplex', arraysize: '*' }, { name: 'char', datatype: 'char' },
  { name: 'chars', datatype: 'char', arraysize: '*', description: 'Some "text" & more' }, { name: 'wide', datatype: 'unicodeChar', arraysize: '*' },
  { name: 'time', datatype: 'char', arraysize: '*', xtype: 'timestamp' }, { name: 'point', datatype: 'double', arraysize: '2', xtype: 'point' },
  { name: 'circle', datatype: 'double', arraysize: '3', xtype: 'circle' }, { name: 'polygon', datatype: 'float', arraysize: '*', xtype: 'polygon' },
  { name: 'interval', datatype: 'double', arraysize: '2', xtype: 'interval' }, { name: 'booleans', datatype: 'boolean', arraysize: '*' },
  { name: 'select', datatype: 'int' }, { name: 'a b', datatype: 'int' }, { name: '1st', datatype: 'int' }, { name: 'A', datatype: 'int' },
  { name: 'a', datatype: 'int' }, { name: '"q"', datatype: 'int' },
]
const EVERY_ROWS: readonly Row[] = [
  [true, 1, [1, 0, 1, 1], 255, [0, 128, 255], -32768, -2147483648, -9223372036854775807n, [1n, -9007199254740993n], Math.fround(0.1), 0.1 + 0.2,
    [1.5, -0, NaN, Infinity], [1e-300, -1e300], [Math.fround(1.1), 2], 'x', 'Größe <&>', '日本 ♥', '2021-01-01T00:00:01.123456', [10.5, -20.25],
    [10, 20, 0.5], [1, 2, 3, 4, 5, 6].map(Math.fround), [1, 2], [1, 0, null], 1, 2, 3, 4, 5, 6],
  [false, 0, [0], 0, [1, 2, 3], 0, 0, 0n, [0n], NaN, NaN, [1, 2], [0, 0], [1, 2], 'y', 'z', 'z', '2021-01-01', [0, 0], [0, 0, 1],
    [1, 2, 3, 4, 5, 6], [0, 1], [0], 1, 2, 3, 4, 5, 6],
  EVERY.map(({ name, datatype, arraysize }) => arraysize && !/char/i.test(datatype) || ['complex'].includes(name) ? null : null),
]

describe('every type survives SELECT * with all that is known of it (TAP 1.1 §2.7.6)', () => {
  test.each(['TABLEDATA', 'BINARY2'] as const)('in %s', async (form) => {
    const answer = await ask('SELECT * FROM TAP_UPLOAD.t1', [...t1(document(EVERY, EVERY_ROWS, form)), { name: 'RESPONSEFORMAT', value: 'votable/b2' }])
    expect(answer.body).not.toContain('ERROR')
    const table = resultTable(await readVotable(answer.bytes))
    const sent = resultTable(await readVotable(document(EVERY, EVERY_ROWS, form)))
    expect(table.rows).toEqual(sent.rows)
    const plain = (fields: readonly Field[]) => fields.map(({ name, datatype, arraysize, unit, ucd, utype, xtype, description }) =>
      ({ name: name === 'a' || name === 'A' ? 'a' : name, datatype: datatype === 'unicodeChar' ? 'char' : datatype, arraysize: /char/i.test(datatype) ? '*' : arraysize, unit, ucd, utype, xtype, description: description || undefined }))
    expect(plain(table.fields).filter(({ name }) => !name.startsWith('a'))).toEqual(plain(sent.fields).filter(({ name }) => !name.startsWith('a')))
  })
})

test('columns whose names are no identifiers are written in quotes; case tells them apart', async () => {
  const answer = await ask('SELECT "select" AS s, "a b" AS ab, "1st" AS f, "A" AS up, "a" AS lo, """q""" AS q FROM TAP_UPLOAD.t1 WHERE "a b" = 2', t1(document(EVERY, EVERY_ROWS)))
  expect((await readResult(answer)).rows[0]).toEqual({ s: 1, ab: 2, f: 3, up: 4, lo: 5, q: 6 })
})

test('numbers, times and regions of an upload take part in conditions', async () => {
  const counts: [string, number][] = [
    ['"time" > \'2021-01-01T00:00:00.5\'', 1], ['"time" = \'2021-01-01\'', 1], ['"double" BETWEEN 0 AND 1', 1], ['"unsignedByte" = 255', 1],
    ['1 = CONTAINS("point", CIRCLE(10.5, -20.25, 0.1))', 1], ['1 = CONTAINS(POINT(10, 20.2), "circle")', 1],
    ['1 = INTERSECTS("polygon", CIRCLE(3, 4, 1))', 2], ['DISTANCE("point", POINT(0, 0)) < 0.1', 1], ['COORD1("point") = 10.5', 1],
    ['1 = CONTAINS(POINT("double", "float"), CIRCLE(0.3, 0.1, 1))', 1], ['chars LIKE \'Gr%\'', 1], ['"bit" = 1', 1],
  ]
  for (const [condition, count] of counts) {
    const answer = await ask(`SELECT COUNT(*) AS c FROM TAP_UPLOAD.t1 WHERE ${condition}`, t1(document(EVERY, EVERY_ROWS)))
    expect([condition, answer.status === 200 ? (await readResult(answer)).rows : answer.body]).toEqual([condition, [{ c: BigInt(count) }]])
  }
})

test('no rows is a table; a gzip stream is read', async () => {
  for (const file of [ints(), document([{ name: 'n', datatype: 'int' }], [], 'BINARY'), gzipSync(ints())]) {
    expect((await readResult(await ask('SELECT n FROM TAP_UPLOAD.t1', t1(file)))).rows).toEqual([])
  }
})

test.each([
  ['a name with a dot', [{ name: 'UPLOAD', value: 'a.b,param:f' }], 400, /no name of a table/],
  ['a quoted name', [{ name: 'UPLOAD', value: '"t",param:f' }], 400, /no name of a table/],
  ['a digit in front', [{ name: 'UPLOAD', value: '1t,param:f' }], 400, /no name of a table/],
  ['a reserved word', [{ name: 'UPLOAD', value: 'select,param:f' }], 400, /reserved/],
  ['no URI', [{ name: 'UPLOAD', value: 't1' }], 400, /name,uri/],
  ['another scheme', [{ name: 'UPLOAD', value: 't1,file:///etc/passwd' }], 400, /param:, http: and https:/],
  ['two names that differ in case only', [{ name: 'UPLOAD', value: 't1,param:f;T1,param:f' }], 400, /twice/],
  ['no such part', [{ name: 'UPLOAD', value: 't1,param:g' }], 400, /no such part/],
  ['two parts of the name', [...t1(ints(1)), { name: 'f', value: ints(2), file: true }], 400, /2 parts/],
  ['no VOTable', t1('name,ra\nx,1\n'), 400, /upload &apos;t1&apos;/],
  ['a DOCTYPE', t1('<!DOCTYPE x [<!ENTITY a "aaaa">]><VOTABLE>&a;</VOTABLE>'), 400, /DOCTYPE/],
  ['no table', t1('<VOTABLE/>'), 400, /no table/],
  ['a table that is cut', t1(Buffer.from(ints(1, 2, 3)).subarray(0, -40)), 400, /upload &apos;t1&apos;/],
  ['a broken gzip stream', t1(gzipSync(ints(1, 2, 3)).subarray(0, -12)), 400, /unpacked/],
  ['the same column twice', t1(document([{ name: 'n', datatype: 'int' }, { name: 'n', datatype: 'int' }], [[1, 2]])), 400, /two columns/],
  ['too many rows', t1(ints(...Array.from({ length: 3001 }, (_, i) => i))), 413, /over 3000 rows/],
  ['a gzip bomb', t1(gzipSync(Buffer.concat([Buffer.from('<VOTABLE><RESOURCE><TABLE><DESCRIPTION>'), Buffer.alloc(50_000_000, 32)]))), 413, /3000000 bytes/],
  ['too many columns', t1(document(Array.from({ length: 1001 }, (_, i) => ({ name: `c${i}`, datatype: 'int' as const })), [])), 413, /1001 columns/],
  ['a loopback address', [{ name: 'UPLOAD', value: 't1,http://127.0.0.1:1/x' }], 400, /nothing is fetched/],
] as const)('%s is refused with words', async (_, parts, status, words) => {
  const answer = await ask('SELECT n FROM TAP_UPLOAD.t1', parts)
  expect([answer.status, answer.body]).toEqual([status, expect.stringMatching(words)])
  expect(answer.body).toContain('QUERY_STATUS')
})

test('a table that was not uploaded is named, with what is near', async () => {
  const answer = await ask('SELECT * FROM TAP_UPLOAD.t2', t1(ints(1)))
  expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('TAP_UPLOAD.t2')])
  expect(answer.body).toContain('t1')
})

test('an uploaded raw is not dbo.raw, and shows nobody more of it', async () => {
  const parts = [{ name: 'UPLOAD', value: 'raw,param:f' }, { name: 'f', value: ints(7), file: true }]
  expect((await readResult(await ask('SELECT * FROM TAP_UPLOAD.raw', parts))).rows).toEqual([{ n: 7 }])
  expect((await readResult(await ask('SELECT COUNT(*) AS c FROM dbo.raw', parts))).rows).toEqual([{ c: 3n }])
  expect((await readResult(await ask('SELECT COUNT(*) AS c FROM dbo.raw', parts, 'pi'))).rows).toEqual([{ c: 5n }])
  expect((await ask('SELECT COUNT(*) AS c FROM raw', parts)).status).toBe(400)
  expect((await readResult(await ask('SELECT r.dp_id FROM dbo.raw AS r RIGHT JOIN TAP_UPLOAD.raw AS u ON r.dp_id LIKE \'T%4.000\'', parts))).rows).toEqual([{ dp_id: null }])
})

test('nothing of it is left or listed', async () => {
  await ask('SELECT * FROM TAP_UPLOAD.t1', t1(ints(1)))
  expect((await archive.query('SELECT * FROM TAP_UPLOAD.t1')).status).toBe(400)
  expect((await archive.ask('/tap_obs/tables')).body).not.toMatch(/TAP_UPLOAD/i)
  expect((await readResult(await archive.query('SELECT table_name FROM TAP_SCHEMA.tables WHERE table_name LIKE \'%UPLOAD%\''))).rows).toEqual([])
  const left: string[] = []
  for await (const key of archive.archive.results.list('')) left.push(key)
  expect(left).toEqual([])
})
}
