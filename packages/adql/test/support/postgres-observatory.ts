/** The observatory of observatory.ts in PostgreSQL, by the server's adapter. */
import { openPostgresColumns } from '../../../server/src/stores/postgres-columns.ts'
import type { StoredColumn, StoredTable } from '../../../server/src/schema/catalog.ts'
import type { TruthRow } from '../../../server/src/stores/truth.ts'
import { postgres } from '../../src/index.ts'
import { OBS_ROWS, RAW_ROWS, statementOf } from './observatory.ts'
import type { Observatory } from './observatory.ts'

const columns = (text: string): StoredColumn[] => text.split(' ').map((pair) => {
  const [name, type] = pair.split(':')
  return { name: name ?? '', type: (type ?? 'text') as StoredColumn['type'] }
})
const STORED: readonly StoredTable[] = [
  {
    name: 'dbo.raw', rule: 'run', columns: columns('dec:double dp_id exp_start:timestamp exposure:real instrument ob_id:integer object ' +
      'period:smallint ra:double release_date:timestamp s_region size_bytes:bigint'),
  },
  { name: 'ivoa.ObsCore', rule: 'run', columns: columns('dp_id em_min:double obs_collection target_name') },
  { name: 'TAP_SCHEMA.tables', rule: 'public', columns: columns('schema_name table_name table_index:integer') },
  { name: 'TAP_SCHEMA.columns', rule: 'public', columns: columns('table_name column_name datatype size:integer std:integer') },
  { name: 'TAP_SCHEMA.keys', rule: 'public', columns: columns('key_id from_table target_table') },
  { name: 'TAP_SCHEMA.key_columns', rule: 'public', columns: columns('key_id from_column target_column') },
]

const runOf = (run: number | null) => (run === null ? null : { runId: run, progId: `P${run}`, metadataPublic: false })

export async function openPostgresObservatory(url: string, raw = RAW_ROWS, obs = OBS_ROWS): Promise<Observatory> {
  const copy = await openPostgresColumns({ url, stored: STORED, connections: 4, statementSeconds: 60 })
  const rows: TruthRow[] = raw.map(([dpId, run, instrument, object, ra, dec, exposure, obId, period, start, size]) => ({
    table: 'dbo.raw', dpId, run: runOf(run), row: {
      dec, dp_id: dpId, exp_start: start, exposure, instrument, ob_id: obId, object, period, ra, size_bytes: size,
      release_date: start === null ? null : start.replace(/^\d+/, (year) => String(Number(year) + 1)),
      s_region: ra === null ? null : `POSITION J2000 ${ra} ${dec}`,
    },
  }))
  rows.push(...obs.map(([dpId, run, collection, target, emMin]) => ({
    table: 'ivoa.ObsCore', dpId, run: runOf(run), row: { dp_id: dpId, em_min: emMin, obs_collection: collection, target_name: target },
  })))
  await copy.append(1, rows)
  await copy.replace('TAP_SCHEMA.tables', [
    { schema_name: 'dbo', table_name: 'dbo.raw', table_index: 1 }, { schema_name: 'ivoa', table_name: 'ivoa.ObsCore', table_index: 2 }])
  await copy.replace('TAP_SCHEMA.columns', [
    { table_name: 'dbo.raw', column_name: 'dp_id', datatype: 'char', size: 32, std: 0 }, { table_name: 'dbo.raw', column_name: 'ra', datatype: 'double', size: null, std: 0 }])
  await copy.replace('TAP_SCHEMA.keys', [{ key_id: 'k1', from_table: 'ivoa.ObsCore', target_table: 'dbo.raw' }])
  await copy.replace('TAP_SCHEMA.key_columns', [{ key_id: 'k1', from_column: 'dp_id', target_column: 'dp_id' }])
  const run: Observatory['run'] = async (statement) => {
    const isTime = statement.columns.map((field) => field.xtype === 'timestamp')
    const found: unknown[][] = []
    for await (const batch of await copy.stream(statement, new AbortController().signal)) {
      found.push(...batch.map((row) => row.map((cell, i) => (isTime[i] === true && typeof cell === 'string' ? engineForm(cell) : cell))))
    }
    return found
  }
  return { run, rows: (text, asking) => run(statementOf(text, asking, postgres)), close: () => copy.close() }
}

// Times as DuckDB writes them, which is how they are expected.
const engineForm = (text: string) => text.replace('T', ' ').replace('Z', '').replace(/\.?0+$/, (end) => (end.startsWith('.') ? '' : end))
