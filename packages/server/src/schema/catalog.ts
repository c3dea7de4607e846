/**
 * The published tables of one archive, as read from schema/*.yaml: what callers see, and what lies
 * behind. Design §5, §13; TAP 1.1 §4; VODataService 1.2 §3.3.
 */
import type { Filter, SourceColumn, SourcePart, Sources, TableSource } from '@quipu/adql'
import { ArchiveError, assert } from '@quipu/vo'
import type { Column, Schema, Table, TableSet } from '@quipu/vo/vosi'
import type { Principal } from '../access/principal.ts'
import { discoverSource } from '../access/rule.ts'
import type { ProductKind } from '../stores/truth.ts'
import { readSchema } from './model.ts'
import type { ColumnEntry, SchemaFile, SchemaText, TableEntry, ViewsEntry } from './model.ts'
import { makeTapSchemaRows } from './tap-schema.ts'
import type { TapSchemaRows } from './tap-schema.ts'

/** A relation of the column copy and its columns, for the engine's DDL. */
export interface StoredColumn {
  readonly name: string
  readonly type: 'text' | 'smallint' | 'integer' | 'bigint' | 'real' | 'double' | 'timestamp' | 'boolean'
}

/** A table whose rows are stored. `rule` decides which relations it has (design §5). */
export interface StoredTable {
  /** `dbo.raw`. */
  readonly name: string
  /** `public`: one relation. `run`: a public and a protected one, told apart by the row's run. */
  readonly rule: 'public' | 'run'
  readonly columns: readonly StoredColumn[]
}

/** How rows of a table are made at ingest. */
export interface IngestTable {
  /** `dbo.raw`. */
  readonly name: string
  /** Holdings of this kind have a row; undefined: only what a record gives. */
  readonly holds: ProductKind | undefined
  /** The column that names the run; undefined when the table is everybody's. */
  readonly runColumn: string | undefined
  /** Stored columns with their entries, by name. */
  readonly columns: ReadonlyMap<string, ColumnEntry>
}

export interface Catalog {
  readonly tableSet: TableSet
  readonly stored: readonly StoredTable[]
  /** Tables that ingest fills, by name. */
  readonly ingest: ReadonlyMap<string, IngestTable>
  /** How each published table is read by this caller: the SQL reading of the rule `discover`. */
  sourcesFor(principal: Principal): Sources
  /** Rows of TAP_SCHEMA's tables, made from the same entries. By table name. */
  tapSchemaRows(): TapSchemaRows
}

/** One published table or view with all that the catalog knows of it. */
interface Published {
  readonly stored: StoredTable
  readonly columns: ReadonlyMap<string, SourceColumn>
  /** A view's own condition. */
  readonly filter: Filter | undefined
}

/**
 * Makes the catalog from the files of a schema folder.
 * @param options.authority `ivo://eso.org`: what `{authority}` stands for.
 * @throws ArchiveError `config_invalid`, naming file and entry.
 */
export function openCatalog(files: readonly SchemaText[], options: { readonly authority: string }): Catalog {
  const schemas: Schema[] = []
  const published = new Map<string, Published>()
  const stored: StoredTable[] = []
  const ingest = new Map<string, IngestTable>()
  const entries = files.map((file) => ({ name: file.name, entry: readSchema(file) }))
  const bases = new Map(entries.flatMap(({ entry }) =>
    Object.entries(entry.tables).map(([name, table]) => [`${entry.schema}.${name}`, table] as const)))
  for (const { name: where, entry } of entries) {
    if (schemas.some((schema) => schema.name.toLowerCase() === entry.schema.toLowerCase())) {
      throw invalid(where, `schema ${entry.schema} is described twice`)
    }
    for (const [table, base] of Object.entries(entry.tables)) {
      const name = `${entry.schema}.${table}`
      checkTable(where, name, base, bases)
      const made = storedTable(name, base)
      stored.push(made)
      const columns = sourceColumns(base, options.authority)
      published.set(name.toLowerCase(), { stored: made, columns, filter: undefined })
      ingest.set(name, ingestTable(name, base, options.authority))
    }
    schemas.push(schemaOf(where, entry, bases))
  }
  const tableSet = { schemas: schemas.sort(byPlace) }
  for (const { name: where, entry } of entries) {
    for (const views of entry.viewsOf) addViews(where, entry.schema, views, published)
  }
  const reserved = reservedNames(bases)
  return {
    tableSet, stored, ingest,
    sourcesFor: (principal) =>
      new Map([...published].map(([name, table]) => [name, sourceOf(table, principal)] as const)),
    tapSchemaRows: () => makeTapSchemaRows(tableSet, reserved),
  }
}

/** TAP_SCHEMA last, as it describes the others. */
function byPlace(a: Schema, b: Schema): number {
  const late = (schema: Schema) => schema.name.toUpperCase() === 'TAP_SCHEMA' ? 1 : 0
  return late(a) - late(b) || (a.name < b.name ? -1 : 1)
}

function checkTable(
  where: string, name: string, table: TableEntry, bases: ReadonlyMap<string, TableEntry>,
): void {
  const known = Object.keys(table.columns)
  const lower = known.map((column) => column.toLowerCase())
  const twice = lower.find((column, i) => lower.indexOf(column) !== i)
  if (twice !== undefined) throw invalid(where, `${name} has the column ${twice} twice`)
  if (table.rule !== 'public' && !known.includes(table.rule.run)) {
    throw invalid(where, `${name}: its rule names the column ${table.rule.run}, which it does not have`)
  }
  for (const [column, entry] of Object.entries(table.columns)) {
    for (const [, piece = ''] of entry.computed?.matchAll(/\{(\w+)\}/g) ?? []) {
      if (piece === 'base' || piece === 'authority') continue
      const source = table.columns[piece]
      if (!source) throw invalid(where, `${name}.${column} is computed from ${piece}, which is no column`)
      if (source.computed !== undefined || source.type !== 'text') {
        throw invalid(where, `${name}.${column} is computed from ${piece}, which is not a stored text`)
      }
    }
  }
  for (const key of table.foreignKeys) {
    const target = bases.get(key.target)
    for (const [from, to] of Object.entries(key.columns)) {
      if (!table.columns[from] || !target?.columns[to]) {
        throw invalid(where, `${name}: its foreign key from ${from} to ${key.target}.${to} lacks one of them`)
      }
    }
  }
}

const ENGINE_TYPES = {
  text: 'text', region: 'text', timestamp: 'timestamp', short: 'smallint', int: 'integer', long: 'bigint',
  float: 'real', double: 'double',
} as const satisfies Record<ColumnEntry['type'], StoredColumn['type']>

function storedTable(name: string, table: TableEntry): StoredTable {
  return {
    name, rule: table.rule === 'public' ? 'public' : 'run',
    columns: Object.entries(table.columns).filter(([, entry]) => entry.computed === undefined)
      .map(([column, entry]) => ({ name: column, type: ENGINE_TYPES[entry.type] })),
  }
}

function ingestTable(name: string, table: TableEntry, authority: string): IngestTable {
  const columns = Object.entries(table.columns).filter(([, entry]) => entry.computed === undefined)
    .map(([column, entry]) => [column, entry.prefix === undefined
      ? entry : { ...entry, prefix: entry.prefix.replaceAll('{authority}', authority) }] as const)
  return {
    name, holds: table.holds, runColumn: table.rule === 'public' ? undefined : table.rule.run,
    columns: new Map(columns),
  }
}

function sourceColumns(table: TableEntry, authority: string): Map<string, SourceColumn> {
  const columns = new Map<string, SourceColumn>()
  for (const [name, entry] of Object.entries(table.columns)) {
    columns.set(name, entry.computed === undefined
      ? { kind: 'stored', column: name }
      : { kind: 'text', pieces: piecesOf(entry.computed.replaceAll('{authority}', authority)) })
  }
  return columns
}

function piecesOf(template: string): Extract<SourceColumn, { kind: 'text' }>['pieces'] {
  return template.split(/(\{\w+\})/).filter((piece) => piece !== '').map((piece) => {
    if (piece === '{base}') return { bound: 'baseUrl' }
    return /^\{\w+\}$/.test(piece) ? { stored: piece.slice(1, -1) } : { text: piece }
  })
}

function addViews(where: string, schema: string, views: ViewsEntry, published: Map<string, Published>): void {
  const base = published.get(views.of.toLowerCase())
  assert(base, 'schemaOf has found the table of the views')
  for (const [view, values] of Object.entries(views.views)) {
    const name = `${schema}.${view}`.toLowerCase()
    if (published.has(name)) throw invalid(where, `${name} is described twice`)
    const tests = values.map((value) => ({ kind: 'equals', column: views.where, value } as const))
    const columns = views.columns.map((column) => {
      const source = base.columns.get(column)
      assert(source, 'schemaOf has found the columns of the views')
      return [column, source] as const
    })
    published.set(name, {
      stored: base.stored, columns: new Map(columns),
      filter: tests.length === 1 ? tests[0] : { kind: 'any', of: tests },
    })
  }
}

function sourceOf(table: Published, principal: Principal): TableSource {
  const parts = discoverSource(table.stored, principal).map((part): SourcePart => {
    if (table.filter === undefined) return part
    const filter: Filter = part.filter ? { kind: 'all', of: [part.filter, table.filter] } : table.filter
    return { ...part, filter }
  })
  return { parts, columns: table.columns }
}

function schemaOf(where: string, entry: SchemaFile, bases: ReadonlyMap<string, TableEntry>): Schema {
  const tables: Table[] = Object.entries(entry.tables).map(([name, table]) => ({
    schema: entry.schema, name, kind: 'table', title: table.title, description: table.description,
    utype: table.utype,
    columns: Object.entries(table.columns).map(([column, c]) => columnOf(column, c)),
    foreignKeys: table.foreignKeys.map((key) => ({
      target: key.target, description: key.description,
      columns: Object.entries(key.columns).map(([from, to]) => ({ from, to })),
    })),
  }))
  for (const views of entry.viewsOf) {
    const base = bases.get(views.of)
    if (!base) throw invalid(where, `views of ${views.of}, which is no table`)
    if (base.columns[views.where]?.computed !== undefined || !base.columns[views.where]) {
      throw invalid(where, `${views.of} stores no column ${views.where}`)
    }
    const columns = views.columns.map((name) => {
      const found = base.columns[name]
      if (!found) throw invalid(where, `${views.of} has no column ${name} for its views`)
      return columnOf(name, found)
    })
    for (const [name, values] of Object.entries(views.views)) {
      tables.push({
        schema: entry.schema, name, kind: 'view', title: '', columns, foreignKeys: [],
        description: views.description.replaceAll('{view}', values[0] ?? name),
      })
    }
  }
  return { name: entry.schema, description: entry.description, tables }
}

const WIRE_TYPES = {
  text: { datatype: 'char' }, timestamp: { datatype: 'char', xtype: 'timestamp' },
  region: { datatype: 'char', xtype: 'adql:REGION' }, short: { datatype: 'short' }, int: { datatype: 'int' },
  long: { datatype: 'long' }, float: { datatype: 'float' }, double: { datatype: 'double' },
} as const satisfies Record<ColumnEntry['type'], Pick<Column, 'datatype' | 'xtype'>>

function columnOf(name: string, entry: ColumnEntry): Column {
  const wire = WIRE_TYPES[entry.type]
  return {
    name, ...wire,
    ...wire.datatype === 'char' ? { arraysize: entry.size === undefined ? '*' : `${entry.size}*` } : {},
    unit: entry.unit, ucd: entry.ucd, utype: entry.utype, description: entry.description,
    principal: entry.principal, indexed: entry.indexed, std: entry.std,
  }
}

/** `schema.table.column` of the columns that a query must write in double quotes. */
function reservedNames(bases: ReadonlyMap<string, TableEntry>): ReadonlySet<string> {
  return new Set([...bases].flatMap(([table, entry]) => Object.entries(entry.columns)
    .filter(([, column]) => column.reserved).map(([column]) => `${table}.${column}`)))
}

function invalid(where: string, what: string): ArchiveError {
  return new ArchiveError('config_invalid', `${where}: ${what}`)
}
