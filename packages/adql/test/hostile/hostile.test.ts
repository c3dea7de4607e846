/** Queries that want what they must not have: the engine's own tables, hidden columns, SQL of their own, all memory. */
import { ArchiveError } from '@quipu/vo'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openObservatory, statementOf } from '../support/observatory.ts'
import type { Observatory } from '../support/observatory.ts'

let observatory: Observatory
beforeAll(async () => { observatory = await openObservatory() })
afterAll(() => observatory.close())

function codeOf(text: string): string {
  try {
    statementOf(text)
  } catch (error) {
    if (error instanceof ArchiveError) return error.code
    throw error
  }
  return 'accepted'
}

describe('size', () => {
  test.each([
    ['10 MB of white space', `SELECT ra FROM raw${' '.repeat(10_000_000)}`],
    ['10 MB of text', `SELECT ra FROM raw WHERE object = '${'x'.repeat(10_000_000)}'`],
    ['100 000 parentheses', `SELECT ra FROM raw WHERE ${'('.repeat(100_000)}1=1${')'.repeat(100_000)}`],
    ['50 000 ANDs', `SELECT ra FROM raw WHERE ra = 1${' AND ra = 1'.repeat(50_000)}`],
    ['100 000 open parentheses', '('.repeat(100_000)],
    ['100 000 signs', `SELECT ra ${'+ 1 '.repeat(100_000)} FROM raw`],
    ['20 000 sums', `SELECT ra ${'+ 1 '.repeat(20_000)} FROM raw`],
    ['20 000 products', `SELECT ra ${'* 1 '.repeat(20_000)} FROM raw`],
    ['10 000 sub-queries in one another', `${'SELECT ra FROM ('.repeat(10_000)}raw${')'.repeat(10_000)}`],
    ['10 000 functions in one another', `SELECT ${'ABS('.repeat(10_000)}ra${')'.repeat(10_000)} FROM raw`],
    ['10 000 cases in one another', `SELECT ${'CASE WHEN 1=1 THEN '.repeat(10_000)}ra${' END'.repeat(10_000)} FROM raw`],
    ['10 000 unions', `SELECT ra FROM raw${' UNION SELECT ra FROM raw'.repeat(10_000)}`],
    ['5 000 joins', `SELECT 1 FROM raw a0${Array.from({ length: 5000 }, (_, i) => ` JOIN raw a${i + 1} ON 1=1`).join('')}`],
    ['divisions that double', `SELECT ${'1/('.repeat(80)}ob_id${')'.repeat(80)} FROM raw`],
    ['1 MB of a list', `SELECT ra FROM raw WHERE ob_id IN (${Array.from({ length: 150_000 }, (_, i) => i).join()})`],
    ['49 000 columns', `SELECT ra${',ra'.repeat(49_000)} FROM raw`],
    ['9 000 times all columns', `SELECT *${',*'.repeat(9_000)} FROM raw`],
    ['20 000 keys', `SELECT ra FROM raw GROUP BY ra${',ra'.repeat(20_000)}`],
    ['20 000 keys of the order', `SELECT ra FROM raw ORDER BY ra${',ra'.repeat(20_000)}`],
    ['30 000 tables', `SELECT 1 FROM raw${Array.from({ length: 30_000 }, (_, i) => `,raw a${i}`).join('')}`],
    ['remainders that double', `SELECT ${'MOD(1,'.repeat(80)}ob_id${')'.repeat(80)} FROM raw`],
  ])('%s', (_, text) => {
    const before = process.cpuUsage()
    expect(codeOf(text)).toBe('adql_too_complex')
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(2_000)
  })

  test.each([
    ['500 ANDs', `SELECT ob_id FROM raw WHERE ob_id = 200${' AND ob_id > 1'.repeat(500)}`],
    ['50 000 NOTs', `SELECT ob_id FROM raw WHERE ${'NOT '.repeat(50_000)}ob_id = 200`],
    ['5 000 values of IN', `SELECT ob_id FROM raw WHERE ob_id IN (${Array.from({ length: 5_000 }, (_, i) => i + 150).join()}) AND ob_id < 201`],
    ['2 000 texts of IN', `SELECT ob_id FROM raw WHERE dp_id IN (${Array.from({ length: 2_000 }, (_, i) => `'x${i}'`).join()}, 'FORS2.2021-01-02T00:59:12.533')`],
    ['100 sums', `SELECT ob_id${' + 0'.repeat(100)} FROM raw WHERE ob_id = 200`],
    ['90 parentheses', `SELECT ob_id FROM raw WHERE ${'('.repeat(90)}ob_id = 200${')'.repeat(90)}`],
    ['45 sub-queries', `${'SELECT ob_id FROM ('.repeat(45)}SELECT ob_id FROM raw WHERE ob_id = 200${')'.repeat(45)}`],
    ['90 functions', `SELECT ${'ABS('.repeat(90)}ob_id${')'.repeat(90)} FROM raw WHERE ob_id = 200`],
    ['30 unions', `SELECT ob_id FROM raw WHERE ob_id = 200${' UNION SELECT ob_id FROM raw WHERE ob_id = 200'.repeat(30)}`],
  ])('%s run', async (_, text) => {
    expect(await observatory.rows(text)).toEqual([[200]])
  }, 30_000)
})

describe('what is not published', () => {
  test.each([
    'SELECT * FROM duckdb_settings()', "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", 'SELECT * FROM "/etc/passwd"',
    'SELECT * FROM information_schema.tables', 'SELECT * FROM pragma_database_list', 'PRAGMA database_list', 'SELECT * FROM sqlite_master',
    'SELECT * FROM archive.dbo_raw_protected', 'SELECT * FROM "archive"."dbo_raw_protected"', 'SELECT * FROM dbo_raw_protected',
    'SELECT run_id FROM raw', 'SELECT "run_id" FROM raw', 'SELECT a.run_id FROM (SELECT * FROM raw) a', 'SELECT ra FROM raw ORDER BY run_id',
    'SELECT batch FROM raw', 'SELECT dp_id_key FROM raw', 'SELECT rowid FROM raw', 'SELECT COUNT(run_id) FROM raw', 'SELECT n0.g1 FROM raw',
    'SELECT 1 FROM raw JOIN ivoa.obscore USING (run_id)', "SELECT getenv('HOME') FROM raw", 'SELECT version() FROM raw',
    "COPY raw TO '/tmp/x'", 'ATTACH \'x\' AS y', 'SELECT ra FROM raw; DROP TABLE raw', 'INSTALL httpfs', 'SET memory_limit = 1',
    "SELECT ra FROM raw WHERE object = $1", 'SELECT ra FROM raw WHERE object = ?', 'SELECT ra FROM raw /* x */', 'SELECT ra::text FROM raw', 'SELECT t FROM raw t',
  ])('%s', (text) => {
    expect(codeOf(text)).toMatch(/^adql_(syntax|unknown_table|unknown_column|unknown_function)$/)
  })

  test('a natural join does not join by hidden columns', async () => {
    expect(await observatory.rows('SELECT COUNT(*) FROM raw NATURAL JOIN TAP_SCHEMA.tables')).toEqual([[12n]])
  })
})

describe('quotes and strange characters are only values', () => {
  test.each([
    "x'; DROP TABLE archive.dbo_raw_public; --", "'", "''", '"', '\\', "\\'; --", '$1', '%', '\u202e', '\ud800', 'é\u0301', '😀', '\n', '/* */', ';',
  ])('text %j', async (value) => {
    const quoted = value.replaceAll("'", "''")
    const statement = statementOf(`SELECT dp_id FROM raw WHERE object = '${quoted}'`)
    expect(statement.values).toContain(value)
    expect(statement.sql).toMatch(/^[\w\s"(),.=$]+$/)
    expect(await observatory.run(statement)).toEqual([])
  })

  test.each(['a"; DROP TABLE x; --', "it's", 'c1', 't0', 'n0', 'Ä ö', '😀', 'a\nb', 'select', '$1'])('alias %j', async (alias) => {
    const quoted = `"${alias.replaceAll('"', '""')}"`
    const statement = statementOf(`SELECT ${quoted}.ob_id AS ${quoted} FROM raw ${quoted} WHERE ${quoted}.ob_id = 200 ORDER BY ${quoted}`)
    expect(statement.columns.map((column) => column.name)).toEqual([alias])
    expect(statement.sql).not.toContain('DROP')
    expect(await observatory.run(statement)).toEqual([[200]])
  })

  test('a table alias that is a generated name meets none', async () => {
    expect(await observatory.rows('SELECT t1.ob_id AS c2 FROM raw t1, raw t0 WHERE t1.ob_id = 200 AND t0.ob_id = 0 GROUP BY t1.ob_id ORDER BY c2')).toEqual([[200]])
  })

  test('U+0000 is refused', () => { expect(codeOf("SELECT ra FROM raw WHERE object = 'a\0b'")).toBe('adql_syntax') })
  test('a full width quote is no quote', () => { expect(codeOf('SELECT ra FROM raw WHERE object = ＇a＇')).toBe('adql_syntax') })
  test('the long s is no S', () => { expect(codeOf('ſELECT ra FROM raw')).toBe('adql_syntax') })
  test('the Kelvin sign is no k', () => { expect(codeOf('SELECT "\u212aey_id" FROM TAP_SCHEMA.keys')).toBe('adql_unknown_column') })
})
