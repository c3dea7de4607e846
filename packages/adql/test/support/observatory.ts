/** A small observatory for tests: its table set, who may see what, and the same as a DuckDB database. */
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api'
import { BIGINT, DOUBLE, DuckDBInstance, DuckDBTimestampValue, INTEGER, LIST, TIMESTAMP, VARCHAR, listValue } from '@duckdb/node-api'
import type { Datatype } from '@quipu/vo/votable'
import type { Column, Table, TableSet } from '@quipu/vo/vosi'
import { registerSkyFunctions } from '../../../server/src/stores/duckdb-sky.ts'
import { checkQuery, compile, duckdb, parseQuery, restrict } from '../../src/index.ts'
import type { Bindings, BoundValue, Dialect, SourceColumn, Sources, Statement, TableSource, TextMode } from '../../src/index.ts'

const column = (name: string, datatype: Datatype, more: Partial<Column> = {}): Column => ({
  name, datatype, description: `the ${name}`, principal: true, indexed: false, std: false,
  ...(datatype === 'char' ? { arraysize: '*' } : {}), ...more,
})
const timestamp = (name: string) => column(name, 'char', { xtype: 'timestamp' })
const table = (schema: string, name: string, columns: Column[]): Table =>
  ({ schema, name, kind: 'table', title: name, description: name, columns, foreignKeys: [] })

const RAW = table('dbo', 'raw', [
  column('access_url', 'char'),
  column('dec', 'double', { unit: 'deg', ucd: 'pos.eq.dec;meta.main' }),
  column('dp_id', 'char', { ucd: 'meta.id;meta.main' }),
  timestamp('exp_start'),
  column('exposure', 'float', { unit: 's' }),
  column('instrument', 'char'),
  column('ob_id', 'int'),
  column('object', 'char'),
  column('period', 'short'),
  column('ra', 'double', { unit: 'deg', ucd: 'pos.eq.ra;meta.main' }),
  timestamp('release_date'),
  column('s_region', 'char', { xtype: 'adql:REGION' }),
  column('size_bytes', 'long', { unit: 'byte' }),
])
const OBSCORE = table('ivoa', 'ObsCore', [
  column('dp_id', 'char'), column('em_min', 'double', { unit: 'm' }), column('obs_collection', 'char'), column('target_name', 'char'),
])
const TABLES = table('TAP_SCHEMA', 'tables', [column('schema_name', 'char'), column('table_name', 'char'), column('table_index', 'int')])
const COLUMNS = table('TAP_SCHEMA', 'columns', [
  column('table_name', 'char'), column('column_name', 'char'), column('datatype', 'char'), column('"size"', 'int'), column('std', 'int'),
])
const KEYS = table('TAP_SCHEMA', 'keys', [column('key_id', 'char'), column('from_table', 'char'), column('target_table', 'char')])
const KEY_COLUMNS = table('TAP_SCHEMA', 'key_columns', [column('key_id', 'char'), column('from_column', 'char'), column('target_column', 'char')])

const ALL = [RAW, OBSCORE, TABLES, COLUMNS, KEYS, KEY_COLUMNS]
export const TABLE_SET: TableSet = {
  schemas: ['dbo', 'ivoa', 'TAP_SCHEMA'].map((name) =>
    ({ name, description: name, tables: ALL.filter((t) => t.schema === name) })),
}

const stored = (t: Table): Map<string, SourceColumn> => new Map(t.columns.map((c) =>
  [c.name, { kind: 'stored', column: c.name.replaceAll('"', '') } as const]))

function rawSource(parts: TableSource['parts']): TableSource {
  const columns = stored(RAW)
  columns.set('access_url', { kind: 'text', pieces: [{ bound: 'baseUrl' }, { text: '/file/' }, { stored: 'dp_id' }] })
  return { parts, columns }
}

const openSource = (t: Table, name: string): TableSource => ({ parts: [{ relation: ['archive', name] }], columns: stored(t) })
const byRun = (name: string, isAnonymous: boolean): TableSource['parts'] => [
  { relation: ['archive', `${name}_public`] },
  ...(isAnonymous ? [] : [{ relation: ['archive', `${name}_protected`], filter: { kind: 'among', column: 'run_id', values: 'grantedRuns' } } as const]),
]

/** What somebody with these runs sees; `null` is anonymous, `'nothing hidden'` reads a database without hidden rows. */
export function sourcesFor(runs: readonly number[] | null): Sources {
  return new Map([
    ['dbo.raw', rawSource(byRun('dbo_raw', runs === null))],
    ['ivoa.obscore', { parts: byRun('ivoa_obscore', runs === null), columns: stored(OBSCORE) }],
    ['tap_schema.tables', openSource(TABLES, 'tap_schema_tables')],
    ['tap_schema.columns', openSource(COLUMNS, 'tap_schema_columns')],
    ['tap_schema.keys', openSource(KEYS, 'tap_schema_keys')],
    ['tap_schema.key_columns', openSource(KEY_COLUMNS, 'tap_schema_key_columns')],
  ])
}

/** 2021-01-01T00:00:00Z. */
export const NOW = 1_609_459_200_000_000n

export function bindings(grantedRuns: readonly number[] = []): Bindings {
  return { baseUrl: 'http://quipu.test', now: NOW, grantedRuns }
}

export interface Asking { readonly runs?: readonly number[] | null; readonly textMode?: TextMode; readonly maxRows?: number }

export function statementOf(text: string, { runs = null, textMode = 'standard', maxRows }: Asking = {}, dialect: Dialect = duckdb): Statement {
  const checked = checkQuery(parseQuery(text), TABLE_SET)
  const restricted = restrict(checked, sourcesFor(runs))
  return compile(restricted, { dialect, textMode, bindings: bindings(runs ?? []), maxRows })
}

/** Rows of `dbo.raw`, `[dp_id, run or null if public, instrument, object, ra, dec, exposure, ob_id, period, exp_start, size]`. */
export type RawRow = readonly [string, number | null, string | null, string | null, number | null, number | null, number | null, number | null, number | null, string | null, bigint | null]

export const RAW_ROWS: readonly RawRow[] = [
  ['SPHER.2016-09-26T04:15:07.252', null, 'SPHERE', 'HD 135344B', 10, -20, 16, 100, 98, '2016-09-26 04:15:07.252', 8458560n],
  ['SPHER.2016-09-26T04:20:00.000', null, 'SPHERE', 'hd 135344b', 10.5, -20, 16, 100, 98, '2016-09-26 04:20:00', 8458560n],
  ['SPHER.2016-09-27T10:00:00.000', null, 'Sphere', 'LAMP', null, null, 2.5, null, 98, '2016-09-27 10:00:00', 100n],
  ['FORS2.2021-01-02T00:59:12.533', null, 'FORS2', 'NGC1533', 359.9, 89.9, 30, 200, 106, '2021-01-02 00:59:12.533', 5000000000n],
  ['FORS2.2021-01-02T01:00:00.000', null, 'FORS2', 'ngc1533', 0.1, 89.9, 60, 201, 106, '2021-01-02 01:00:00', 4000n],
  ['MUSE.2019-03-01T00:00:00.000', null, 'MUSE', null, 180, 0, 0, 0, 103, '2019-03-01 00:00:00', null],
  ['SPHER.2018-01-01T00:00:00.000', 1, 'SPHERE', 'SECRET ONE', 10, -20.001, 5, 5, 99, '2018-01-01 00:00:00', 55n],
  ['SPHER.2018-01-02T00:00:00.000', 1, 'SPHERE', 'NGC1533', 10, -20.002, 7, 7, 99, '2018-01-02 00:00:00', 77n],
  ['MUSE.2018-05-01T00:00:00.000', 2, 'MUSE', 'Secret Two', 181, 0, 9, 5, 101, '2018-05-01 00:00:00', 99n],
]

export type ObsRow = readonly [string, number | null, string, string | null, number | null]
export const OBS_ROWS: readonly ObsRow[] = [
  ['ADP.1', null, 'SPHERE', 'HD 135344B', 1e-6], ['ADP.2', null, 'vegas', 'NGC1533', 5e-7],
  ['ADP.3', 1, 'SPHERE', 'SECRET ONE', 2e-6], ['ADP.4', 2, 'MUSE', 'Secret Two', 4.8e-7],
]

const RAW_COLUMNS = `"dec" DOUBLE, dp_id VARCHAR, exp_start TIMESTAMP, exposure FLOAT, instrument VARCHAR, ob_id INTEGER, "object" VARCHAR,
  period SMALLINT, ra DOUBLE, release_date TIMESTAMP, s_region VARCHAR, size_bytes BIGINT, run_id INTEGER, batch INTEGER, dp_id_key VARCHAR`

/** A database of these rows, in DuckDB. */
export async function openObservatory(raw = RAW_ROWS, obs = OBS_ROWS): Promise<Observatory> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect()
  registerSkyFunctions(connection)
  await connection.run('CREATE SCHEMA archive')
  for (const kind of ['public', 'protected']) {
    await connection.run(`CREATE TABLE archive.dbo_raw_${kind} (${RAW_COLUMNS});
      CREATE TABLE archive.ivoa_obscore_${kind} (dp_id VARCHAR, em_min DOUBLE, obs_collection VARCHAR, target_name VARCHAR, run_id INTEGER, batch INTEGER, dp_id_key VARCHAR)`)
  }
  for (const [dpId, run, instrument, object, ra, dec, exposure, obId, period, start, size] of raw) {
    await connection.run(`INSERT INTO archive.dbo_raw_${run === null ? 'public' : 'protected'} VALUES
      ($1, $2, CAST($3 AS TIMESTAMP), $4, $5, $6, $7, $8, $9, CAST($3 AS TIMESTAMP) + INTERVAL 1 YEAR, $10, $11, $12, 1, $2)`, [
      dec, dpId, start, exposure, instrument, obId, object, period, ra,
      ra === null ? null : `POSITION J2000 ${ra} ${dec}`, size, run], { 3: VARCHAR, 1: DOUBLE, 9: DOUBLE, 5: VARCHAR, 7: VARCHAR, 10: VARCHAR, 12: INTEGER })
  }
  for (const [dpId, run, collection, target, emMin] of obs) {
    await connection.run(`INSERT INTO archive.ivoa_obscore_${run === null ? 'public' : 'protected'} VALUES ($1, $2, $3, $4, $5, 1, $1)`,
      [dpId, emMin, collection, target, run], { 5: INTEGER })
  }
  await connection.run(`
    CREATE TABLE archive.tap_schema_tables AS SELECT * FROM (VALUES ('dbo', 'dbo.raw', 1), ('ivoa', 'ivoa.ObsCore', 2)) t(schema_name, table_name, table_index);
    CREATE TABLE archive.tap_schema_columns AS SELECT * FROM (VALUES ('dbo.raw', 'dp_id', 'char', 32, 0), ('dbo.raw', 'ra', 'double', NULL, 0)) t(table_name, column_name, datatype, "size", std);
    CREATE TABLE archive.tap_schema_keys AS SELECT * FROM (VALUES ('k1', 'ivoa.ObsCore', 'dbo.raw')) t(key_id, from_table, target_table);
    CREATE TABLE archive.tap_schema_key_columns AS SELECT * FROM (VALUES ('k1', 'dp_id', 'dp_id')) t(key_id, from_column, target_column)`)
  return observatoryOf(connection)
}

export interface Observatory {
  readonly rows: (text: string, asking?: Asking) => Promise<unknown[][]>
  readonly run: (statement: Statement) => Promise<unknown[][]>
  readonly close: () => void | Promise<void>
}

function observatoryOf(connection: DuckDBConnection): Observatory {
  const run = async (statement: Statement) => {
    const values = statement.values.map(duckdbValue)
    const types = statement.values.map(duckdbType)
    const prepared = await connection.prepare(statement.sql)
    if (values.length > 0) prepared.bind(values, types)
    const reader = await prepared.runAndReadAll()
    return reader.getRows().map((row) => row.map(plain))
  }
  return { run, rows: (text, asking) => run(statementOf(text, asking)), close: () => connection.closeSync() }
}

function duckdbValue(value: BoundValue): DuckDBValue {
  if (typeof value !== 'object' || value === null) return value
  return 'integers' in value ? listValue([...value.integers]) : new DuckDBTimestampValue(value.timestampMicros)
}

function duckdbType(value: BoundValue) {
  if (typeof value === 'string') return VARCHAR
  if (typeof value === 'object' && value !== null) return 'integers' in value ? LIST(INTEGER) : TIMESTAMP
  return typeof value === 'bigint' ? BIGINT : DOUBLE
}

// Timestamps as text, everything else as it is.
const plain = (value: DuckDBValue): unknown => (value instanceof DuckDBTimestampValue ? value.toString() : value)
