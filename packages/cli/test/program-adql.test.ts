import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeTables } from '@quipu/vo/vosi'
import { TABLE_SET } from '../../adql/test/support/observatory.ts'
import { adqlCheck } from './support/adql-check.ts'
import { newFolder, quipuProcess } from './support/quipu.ts'

function fileOf(name: string, text: string): string {
  const path = join(newFolder(), name)
  writeFileSync(path, text)
  return path
}

test('as a process: silent and 0 when valid, 1 and the message when not', async () => {
  expect(await quipuProcess(['adql', 'check'], { input: 'SELECT a FROM b -- fine' })).toEqual({ code: 0, out: '', err: '' })
  expect(await quipuProcess(['adql', 'check'], { input: 'SELECT a FROM b LIMIT 5' }))
    .toEqual({ code: 1, out: '', err: 'ADQL has no LIMIT; write SELECT TOP n … (line 1, column 17)\n' })
}, 30_000)

test('declarations, versions, extensions', async () => {
  expect((await adqlCheck('SELECT f(a) FROM b')).code).toBe(1)
  expect((await adqlCheck('SELECT f(a), g(a, 1) FROM b', ['--declare', 'f(x REAL) -> REAL', '--declare', 'g(REAL, INTEGER) -> REAL'])).code).toBe(0)
  expect((await adqlCheck('SELECT a FROM b OFFSET 3', ['--adql', '2.1'])).code).toBe(0)
  expect(await adqlCheck('SELECT a FROM b OFFSET 3', ['--adql', '2.0'])).toMatchObject({ code: 1 })
  expect((await adqlCheck('SELECT CASE WHEN a = 1 THEN 2 END FROM b', ['--extensions'])).code).toBe(0)
  expect((await adqlCheck('SELECT CASE WHEN a = 1 THEN 2 END FROM b')).code).toBe(1)
})

const RECORDS = JSON.stringify([
  { table_name: 'dbo.raw', column_name: 'ra', datatype: 'double', unit: 'deg' }, { table_name: 'dbo.raw', column_name: '"size"', datatype: 'int', unit: null },
  { table_name: 'dbo.raw', column_name: 'object', datatype: 'char', arraysize: '*', xtype: null },
])

describe.each([['a document of VOSI tables', 'tables.xml', writeTables(TABLE_SET, 'max')], ['rows of TAP_SCHEMA.columns', 'columns.json', RECORDS]])('--tables with %s', (_, name, text) => {
  const tables = ['--tables', fileOf(name, text)]
  test.each([
    ['SELECT ra FROM dbo.raw', 0, ''], ['SELECT RA FROM raw', 0, ''], ["SELECT IN_UNIT(ra, 'arcsec') FROM raw", 0, ''], ["SELECT ra FROM raw WHERE object = 'x'", 0, ''],
    ['SELECT rb FROM raw', 1, "raw has no column 'rb'; did you mean 'ra'?"], ['SELECT ra FROM dbo.rav', 1, "There is no table 'dbo.rav'; did you mean 'dbo.raw'?"],
    ["SELECT IN_UNIT(ra, 'kg') FROM raw", 1, "'deg' cannot be brought to 'kg'"], ['SELECT ra FROM raw WHERE object > 5', 1, "'>' cannot take text and a number"],
    ['SELECT object, MAX(ra) FROM raw GROUP BY ra', 1, "'object' is neither in GROUP BY nor in an aggregate"],
  ])('%s', async (query, code, message) => {
    expect(await adqlCheck(query, tables)).toEqual({ code, err: message === '' ? '' : expect.stringContaining(message) })
  })
})

test('options that cannot be used end with 64, before the query is read', async () => {
  const query = 'SELECT a FROM b'
  expect(await adqlCheck(query, ['--declare', 'f'])).toMatchObject({ code: 64, err: expect.stringContaining('declares no function') })
  expect(await adqlCheck(query, ['--tables', join(newFolder(), 'none.xml')])).toMatchObject({ code: 64, err: expect.stringContaining('ENOENT') })
  for (const text of ['<a/>', '{}', '[1]', 'nothing', '[', '<a']) expect((await adqlCheck(query, ['--tables', fileOf('x', text)])).code).toBe(64)
  expect(await adqlCheck(query, ['--adql', '3'])).toMatchObject({ code: 64 })
  expect(await adqlCheck(query, ['--none'])).toMatchObject({ code: 64 })
})
