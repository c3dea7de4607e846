import { ArchiveError } from '@quipu/vo'
import { describe, expect, test } from 'vitest'
import { ADQL_FUNCTIONS, checkQuery, parseDeclaration, parseQuery, runsOn } from '../src/index.ts'
import { TABLE_SET } from './support/observatory.ts'

const check = (text: string) => checkQuery(parseQuery(text), TABLE_SET)

function errorOf(text: string): { code: string; message: string } {
  try {
    check(text)
  } catch (error) {
    if (error instanceof ArchiveError) return { code: error.code, message: error.message }
    throw error
  }
  return { code: 'none', message: 'it was accepted' }
}

describe('mistakes', () => {
  test.each([
    ['SELECT a FROM dbo.rav', 'adql_unknown_table', "There is no table 'dbo.rav'; did you mean 'dbo.raw'? (line 1, column 15)"],
    ['SELECT a FROM nowhere', 'adql_unknown_table', 'TAP_SCHEMA.tables lists the tables'],
    ['SELECT a FROM duckdb_settings', 'adql_unknown_table', 'duckdb_settings'],
    ['SELECT * FROM archive.dbo_raw_protected', 'adql_unknown_table', 'archive.dbo_raw_protected'],
    ['SELECT * FROM memory.dbo.raw', 'adql_unknown_table', 'memory.dbo.raw'],
    ['SELECT "dp_id" FROM dbo."RAW"', 'adql_unknown_table', "'dbo.RAW'"],
    ['SELECT exposur FROM raw', 'adql_unknown_column', "raw has no column 'exposur'; did you mean 'exposure'? (line 1, column 8)"],
    ['SELECT r.exptime FROM raw r', 'adql_unknown_column', "r has no column 'exptime'; did you mean 'exp_start' or 'exposure'?"],
    ['SELECT exposure_time FROM raw', 'adql_unknown_column', "did you mean 'exposure'?"],
    ['SELECT raw.dp_id FROM raw r', 'adql_unknown_column', "No table in FROM is named 'raw'"],
    ['SELECT q.dp_id FROM raw', 'adql_unknown_column', "No table in FROM is named 'q'"],
    ['SELECT "DP_ID" FROM raw', 'adql_unknown_column', "did you mean 'dp_id'?"],
    ['SELECT dp_id FROM raw WHERE object = "NGC1533"', 'adql_unknown_column', "text stands in single quotes: 'NGC1533'"],
    ['SELECT dp_id FROM raw, ivoa.obscore', 'adql_unknown_column', "Several tables have a column 'dp_id'; write raw.dp_id"],
    ['SELECT run_id FROM raw', 'adql_unknown_column', "raw has no column 'run_id'"],
    ['SELECT r.batch FROM raw r', 'adql_unknown_column', 'batch'],
    ['SELECT * FROM raw WHERE dp_id_key IS NULL', 'adql_unknown_column', 'dp_id_key'],
    ['SELECT t0.c1 FROM raw', 'adql_unknown_column', "'t0'"],
    ['SELECT 1 FROM raw, raw', 'adql_unknown_table', "FROM has 'raw' twice"],
    ['SELECT x.* FROM raw', 'adql_unknown_table', "No table in FROM is named 'x'"],
    ['SELECT dp_id FROM raw WHERE n > 1 ', 'adql_unknown_column', "'n'"],
    ['SELECT SLEEP(5) FROM raw', 'adql_unknown_function', "There is no function 'SLEEP'"],
    ["SELECT current_setting('x') FROM raw", 'adql_unknown_function', 'current_setting'],
    ["SELECT quipu_area(s_region) FROM raw", 'adql_unknown_function', 'quipu_area'],
    ['SELECT SQRTT(1) FROM raw', 'adql_unknown_function', "did you mean 'SQRT'?"],
    ['SELECT SQRT(1, 2) FROM raw', 'adql_type', 'SQRT does not take 2 arguments; it is SQRT(x) -> DOUBLE'],
    ['SELECT ABS() FROM raw', 'adql_type', 'ABS does not take 0 arguments'],
    ["SELECT SQRT('a') FROM raw", 'adql_type', 'stands where a number must be'],
    ['SELECT ROUND(ra, ob_id) FROM raw', 'adql_type', 'whole number written out'],
    ['SELECT object + 1 FROM raw', 'adql_type', "'+' needs numbers, not text"],
    ['SELECT object || POINT(1, 2) FROM raw', 'adql_type', "'||' needs text, not a point"],
    ['SELECT * FROM raw WHERE object = 5', 'adql_type', 'cannot take text and a number'],
    ["SELECT * FROM raw WHERE ob_id = 'x'", 'adql_type', "The text 'x' stands where a number must be"],
    ["SELECT * FROM raw WHERE exp_start > 'yesterday'", 'adql_type', "'yesterday' is no time"],
    ['SELECT * FROM raw WHERE exp_start > object', 'adql_type', 'CAST(… AS TIMESTAMP)'],
    ['SELECT * FROM raw WHERE ra', 'adql_type', 'WHERE needs a condition, not a number'],
    ['SELECT * FROM raw WHERE CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3))', 'adql_type', 'write … = 1 in WHERE'],
    ['SELECT ra > 5 FROM raw', 'adql_type', 'SELECT takes values, not conditions'],
    ['SELECT 1/0 FROM raw', 'adql_type', 'A division by zero'],
    ['SELECT * FROM raw WHERE 1 = CONTAINS(ra, CIRCLE(1, 2, 3))', 'adql_type', 'CONTAINS needs a shape'],
    ['SELECT * FROM raw WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 300))', 'adql_type', '300 is not a radius'],
    ['SELECT * FROM raw WHERE 1 = CONTAINS(POINT(1, 95), CIRCLE(1, 2, 3))', 'adql_type', '95 is not a declination'],
    ["SELECT * FROM raw WHERE 1 = CONTAINS(POINT('ECLIPTIC', ra, dec), CIRCLE(1, 2, 3))", 'adql_unsupported', 'ECLIPTIC'],
    ['SELECT DISTANCE(object, POINT(1, 2)) FROM raw', 'adql_type', 'DISTANCE needs a shape or a column of regions'],
    ["SELECT IN_UNIT(ra, 'kg') FROM raw", 'adql_type', "'deg' cannot be brought to 'kg'"],
    ['SELECT ESO_INTERSECTION(s_region, ra) FROM raw', 'adql_type', 'ESO_INTERSECTION needs a shape, not a number'],
    ['SELECT instrument, COUNT(*) FROM raw', 'adql_grouping', "'instrument' stands beside an aggregate; name it in GROUP BY (line 1, column 8)"],
    ['SELECT object FROM raw GROUP BY instrument', 'adql_grouping', "'object' is neither in GROUP BY nor in an aggregate"],
    ['SELECT instrument FROM raw GROUP BY instrument ORDER BY ra', 'adql_grouping', "'ra'"],
    ['SELECT instrument FROM raw GROUP BY instrument HAVING ra > 1', 'adql_grouping', "'ra'"],
    ['SELECT instrument FROM raw r GROUP BY instrument HAVING EXISTS (SELECT 1 FROM ivoa.obscore WHERE em_min = r.ra)', 'adql_grouping', "'ra'"],
    ['SELECT * FROM raw WHERE COUNT(*) > 1', 'adql_grouping', 'use HAVING'],
    ['SELECT MAX(SUM(ra)) FROM raw', 'adql_grouping', 'SUM cannot stand in the argument of MAX'],
    ['SELECT COUNT(*) n FROM raw ORDER BY MAX(n)', 'adql_grouping', 'MAX cannot hold another aggregate'],
    ["SELECT 1 FROM raw WHERE 1 = INTERSECTS(s_region, REGION('BLOB 1 2'))", 'adql_type', "'BLOB 1 2' cannot be read"],
    ['SELECT SUM(*) FROM raw', 'adql_type', 'Only COUNT takes *'],
    ['SELECT DISTINCT object FROM raw ORDER BY ra', 'adql_grouping', 'ORDER BY of SELECT DISTINCT takes selected columns'],
    ['SELECT ra FROM raw ORDER BY 2', 'adql_unknown_column', 'the query selects 1 columns'],
    ['SELECT ra, dec FROM raw UNION SELECT ra FROM raw', 'adql_type', 'the same number of columns on both sides, not 2 and 1'],
    ['SELECT ra FROM raw UNION SELECT object FROM raw', 'adql_type', 'column 1 of UNION cannot take a number and text'],
    ['SELECT ra FROM raw WHERE ra IN (SELECT ra, dec FROM raw)', 'adql_type', 'gives 2 columns'],
    ['SELECT a.ra FROM raw a JOIN ivoa.obscore b USING (ra)', 'adql_unknown_column', "USING: a table of the join has no column 'ra'"],
    ['SELECT 1 FROM raw r, (SELECT r.ra FROM ivoa.obscore) x', 'adql_unknown_column', "No table in FROM is named 'r'"],
    ['WITH a AS (SELECT ra FROM raw), a AS (SELECT ra FROM raw) SELECT ra FROM a', 'adql_syntax', "WITH names 'a' twice"],
    ['WITH a AS (SELECT ra FROM a) SELECT ra FROM a', 'adql_unknown_table', "There is no table 'a'"],
  ])('%s', (text, code, message) => {
    const error = errorOf(text)
    expect(error.message).toContain(message)
    expect(error.message).toMatch(/\(line \d+, column \d+\)$/)
    expect(error.code).toBe(code)
  })
})

describe('columns of the result', () => {
  const names = (text: string) => check(text).columns.map((column) => column.name)

  test.each([
    ['SELECT DP_ID, r.Ra FROM raw r', ['dp_id', 'ra']],
    ['SELECT dp_id AS MyId, ra "R A" FROM raw', ['MyId', 'R A']],
    ['SELECT COUNT(*), COUNT(ra), max(ra), ra + 1, 5 FROM raw GROUP BY ra', ['COUNT_ALL', 'COUNT', 'MAX', 'col_4', 'col_5']],
    ['SELECT ra, ra, dec AS RA FROM raw', ['ra', 'ra_2', 'RA_3']],
    ['SELECT a.dp_id, b.dp_id FROM raw a, ivoa.obscore b', ['dp_id', 'dp_id_2']],
    ['SELECT * FROM TAP_SCHEMA.columns', ['table_name', 'column_name', 'datatype', 'size', 'std']],
    ['SELECT * FROM TAP_SCHEMA.keys JOIN TAP_SCHEMA.key_columns USING (key_id)', ['key_id', 'from_table', 'target_table', 'from_column', 'target_column']],
    ['SELECT * FROM TAP_SCHEMA.keys k, TAP_SCHEMA.key_columns', ['key_id', 'from_table', 'target_table', 'key_id_2', 'from_column', 'target_column']],
  ])('%s', (text, wanted) => { expect(names(text)).toEqual(wanted) })

  test('SELECT * gives the order of the table set, and what is known of each column', () => {
    const { columns, tables } = check('SELECT * FROM dbo.Raw')
    const published = TABLE_SET.schemas[0]?.tables[0]?.columns ?? []
    expect(columns.map((column) => column.name)).toEqual(published.map((column) => column.name))
    expect(columns[1]).toMatchObject({ name: 'dec', datatype: 'double', unit: 'deg', ucd: 'pos.eq.dec;meta.main', description: 'the dec' })
    expect(columns[1]).not.toHaveProperty('indexed')
    expect(tables).toEqual(['dbo.raw'])
  })

  test.each([
    ['SELECT COUNT(*) FROM raw', 'long', undefined], ['SELECT SUM(ob_id) FROM raw', 'long', undefined],
    ['SELECT AVG(ob_id) FROM raw', 'double', undefined], ['SELECT MAX(exp_start) FROM raw', 'char', 'timestamp'],
    ['SELECT period + 1 FROM raw', 'int', undefined], ['SELECT size_bytes + 1 FROM raw', 'long', undefined],
    ['SELECT exposure * 2 FROM raw', 'double', undefined], ['SELECT MAX(exposure) FROM raw', 'float', undefined],
    ['SELECT s_region FROM raw', 'char', 'adql:REGION'], ['SELECT GETDATE() FROM raw', 'char', 'timestamp'],
    ['SELECT CONTAINS(POINT(1,2), CIRCLE(1,2,3)) FROM raw', 'int', undefined], ['SELECT ob_id FROM raw UNION SELECT ra FROM raw', 'double', undefined],
  ])('%s is %s', (text, datatype, xtype) => {
    const [column] = check(text).columns
    expect([column?.datatype, column?.xtype]).toEqual([datatype, xtype])
  })

  test('a maximum keeps the unit', () => { expect(check('SELECT MAX(ra), AVG(exposure) FROM raw').columns.map((c) => c.unit)).toEqual(['deg', 's']) })
})

describe('what a column is measured in stays with it as long as it is that column', () => {
  const [dbo, ...others] = TABLE_SET.schemas
  const raw = dbo!.tables[0]!
  const systems: Readonly<Record<string, 'ICRS' | 'FK5' | 'utc'>> = { ra: 'ICRS', dec: 'FK5', exp_start: 'utc' }
  const columns = raw.columns.map((column) => ({ ...column, system: systems[column.name] }))
  const tableSet = { schemas: [{ ...dbo!, tables: [{ ...raw, columns }] }, ...others] }
  test.each([
    ['SELECT ra, dec AS d, exp_start, exposure FROM raw', ['ICRS', 'FK5', 'utc', undefined]],
    ['SELECT x.a FROM (SELECT ra AS a FROM raw) AS x', ['ICRS']],
    ['SELECT a.ra FROM raw AS a JOIN raw AS b ON a.dp_id = b.dp_id', ['ICRS']],
    ['SELECT ra + 1, MAX(exp_start) FROM raw GROUP BY ra', [undefined, undefined]],
    ['SELECT ra FROM raw UNION SELECT ra FROM raw', ['ICRS']],
    ['SELECT ra FROM raw UNION SELECT dec FROM raw', [undefined]],
  ])('%s', (text, expected) => {
    const checked = checkQuery(parseQuery(text), tableSet)
    expect(checked.columns.map(({ system }) => system)).toEqual(expected)
  })
})

test('a function of the catalogue that is not offered says why, and may be declared by another service', () => {
  expect(errorOf("SELECT ivo_simbadpoint('M 31') FROM raw")).toMatchObject({ code: 'adql_unsupported', message: expect.stringContaining('asks no other service') as string })
  expect(errorOf('SELECT ivo_histogram(ra, 0, 360, 4) FROM raw')).toMatchObject({ code: 'adql_unsupported', message: expect.stringContaining('GROUP BY FLOOR') as string })
  const functions = [parseDeclaration('ivo_simbadpoint(identifier VARCHAR) -> POINT')]
  expect(() => checkQuery(parseQuery("SELECT ivo_simbadpoint('M 31') FROM raw"), TABLE_SET, { functions, runnable: false })).not.toThrow()
})

test('every function that is offered runs on both engines', () => {
  const rows = [...ADQL_FUNCTIONS.values()].flatMap((row) => [row, ...row.forms ?? []]).filter(({ unsupported }) => unsupported === undefined)
  expect(rows.length).toBeGreaterThan(60)
  for (const row of rows) expect([row.declaration, runsOn(row, 'duckdb'), runsOn(row, 'postgres')]).toEqual([row.declaration, true, true])
})
