/** A column copy in a temporary folder, and statements for it without a compiler. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BoundValue, Statement } from '@quipu/adql'
import type { Datatype, Field, Row } from '@quipu/vo/votable'
import type { StoredTable } from '../../src/schema/catalog.ts'
import type { Columns } from '../../src/stores/columns.ts'
import type { DuckdbSettings } from '../../src/stores/duckdb-columns.ts'
import type { PublishedRow, Run, TruthRow } from '../../src/stores/truth.ts'

export const EVERY_TYPE: StoredTable = {
  name: 'dbo.every', rule: 'run', columns: [
    { name: 'id', type: 'text' }, { name: 'short', type: 'smallint' }, { name: 'int', type: 'integer' },
    { name: 'long', type: 'bigint' }, { name: 'float', type: 'real' }, { name: 'double', type: 'double' },
    { name: 'time', type: 'timestamp' }, { name: 'yes', type: 'boolean' },
  ],
}
export const PUBLIC_TABLE: StoredTable = {
  name: 'TAP_SCHEMA.tables', rule: 'public', columns: [{ name: 'table_name', type: 'text' }, { name: 'size', type: 'integer' }],
}
export const SETTINGS: DuckdbSettings = {
  stored: [EVERY_TYPE, PUBLIC_TABLE], memoryBytes: 400e6, threads: 2, spillBytes: 1e9,
}

export const EVERY_FIELDS: readonly Field[] = fields({
  id: 'char', short: 'short', int: 'int', long: 'long', float: 'float', double: 'double', time: 'char', yes: 'boolean',
})

export function fields(types: Readonly<Record<string, Datatype>>): Field[] {
  return Object.entries(types).map(([name, datatype]) => ({ name, datatype }))
}

export function statement(sql: string, types: Readonly<Record<string, Datatype>>, values: readonly BoundValue[] = []): Statement {
  return { sql, values, columns: fields(types) }
}

export function truthRow(dpId: string, row: PublishedRow, run: Run | null = null, table = 'dbo.every'): TruthRow {
  return { table, dpId, run, row: { id: dpId, ...row } }
}

export async function rowsOf(columns: Columns, asked: Statement, signal = new AbortController().signal): Promise<Row[]> {
  const rows: Row[] = []
  for await (const batch of await columns.stream(asked, signal)) rows.push(...batch)
  return rows
}

/** A path in a folder of its own, and how to remove it. */
export function temporaryPath(name: string): { path: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'quipu-'))
  return { path: join(dir, name), remove: () => { rmSync(dir, { recursive: true }) } }
}
