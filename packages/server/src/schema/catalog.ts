/**
 * The published tables of one archive, by TAP service, as read from schema/*.yaml: what callers see, and
 * what lies behind. Design §5, §13; TAP 1.1 §4; VODataService 1.2 §3.3.
 */
import type { Filter, HiddenKey, SourceColumn, SourcePart, Sources, TableSource } from '@quipu/adql'
import { ArchiveError, assert } from '@quipu/vo'
import type { Column, Schema, Table, TableSet } from '@quipu/vo/vosi'
import type { Principal } from '../access/principal.ts'
import { discoverSource } from '../access/rule.ts'
import type { ProductKind, PublishedRow } from '../stores/truth.ts'
import { readSchema } from './model.ts'
import type {
  CatalogueEntry, ColumnEntry, SchemaFile, SchemaText, TableEntry, ViewsEntry,
} from './model.ts'
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
  /** Text columns by which rows are looked up one at a time; each has an index. */
  readonly lookUps?: readonly string[] | undefined
  /** Hidden columns with the keys of others, by which an engine finds candidates. The first orders rows. */
  readonly keys?: readonly HiddenKey[] | undefined
}

/** How rows of a table are made at ingest. */
export interface IngestTable {
  /** `dbo.raw`. */
  readonly name: string
  /**
   * Holdings of this kind have a row; `catalogue`: the rows are those of the files of its products;
   * undefined: only what a record gives.
   */
  readonly holds: ProductKind | 'catalogue' | undefined
  /** The column that names the run; undefined when the table is everybody's. */
  readonly runColumn: string | undefined
  /** Stored columns with their entries, by name. */
  readonly columns: ReadonlyMap<string, ColumnEntry>
  /** A row of nulls. Copies of it are several times as fast to fill as a row made column by column. */
  readonly blank: PublishedRow
}

/** What one TAP service publishes. A query of the service knows of nothing else. */
export interface ServiceCatalog {
  readonly tableSet: TableSet
  /** How each published table is read by this caller: the SQL reading of the rule `discover`. */
  sourcesFor(principal: Principal): Sources
  /** Rows of its TAP_SCHEMA, made from the same entries. By the name that is published. */
  tapSchemaRows(): TapSchemaRows
}

export interface Catalog {
  /** By the first part of their paths: `tap_obs`. At least one. */
  readonly services: ReadonlyMap<string, ServiceCatalog>
  readonly stored: readonly StoredTable[]
  /** Tables that ingest fills, by name. */
  readonly ingest: ReadonlyMap<string, IngestTable>
  /** Rows of every service's TAP_SCHEMA, by the name of the stored table. */
  tapSchemaRows(): TapSchemaRows
}

/** The service of a schema that names none. */
export const DEFAULT_SERVICE = 'tap_obs'

/** One published table or view with all that the catalog knows of it. */
interface Published {
  readonly stored: StoredTable
  readonly columns: ReadonlyMap<string, SourceColumn>
  /** A view's own condition. */
  readonly filter: Filter | undefined
}

interface NamedFile { readonly name: string; readonly entry: SchemaFile }

/**
 * Makes the catalog from the files of a schema folder. The schema TAP_SCHEMA is in every service, stored
 * apart in each.
 * @param options.authority `ivo://eso.org`: what `{authority}` stands for.
 * @throws ArchiveError `config_invalid`, naming file and entry.
 */
export function openCatalog(files: readonly SchemaText[], options: { readonly authority: string }): Catalog {
  const entries = files.map((file) => ({ name: file.name, entry: readSchema(file) }))
  checkSchemaNames(entries)
  const named = entries.flatMap(({ entry }) => isTapSchema(entry) ? [] : [entry.service ?? DEFAULT_SERVICE])
  const made = new Map([...new Set(named.length > 0 ? named : [DEFAULT_SERVICE])].sort().map((service) => {
    const own = entries.filter(({ entry }) =>
      isTapSchema(entry) || (entry.service ?? DEFAULT_SERVICE) === service)
    return [service, openService(service, own, options.authority)] as const
  }))
  const ingest = entries.flatMap(({ entry }) => Object.entries(entry.tables).map(([table, base]) =>
    ingestTable(`${entry.schema}.${table}`, base, options.authority)))
  return {
    services: made,
    stored: [...made.values()].flatMap(({ stored }) => stored),
    ingest: new Map(ingest.map((table) => [table.name, table])),
    tapSchemaRows: () => new Map([...made].flatMap(([service, catalog]) =>
      [...catalog.tapSchemaRows()].map(([table, rows]) => [storedName(service, table), rows] as const))),
  }
}

function isTapSchema({ schema }: Pick<SchemaFile, 'schema'>): boolean {
  return schema.toUpperCase() === 'TAP_SCHEMA'
}

/** Schemas differ in more than case, over all services: ingest and records name tables without a service. */
function checkSchemaNames(entries: readonly NamedFile[]): void {
  const seen = new Set<string>()
  for (const { name: where, entry } of entries) {
    const lower = entry.schema.toLowerCase()
    if (seen.has(lower)) throw invalid(where, `schema ${entry.schema} is described twice`)
    seen.add(lower)
    if (isTapSchema(entry) && entry.service !== undefined) {
      throw invalid(where, `${entry.schema} is in every service, so it names none`)
    }
  }
}

/** `TAP_SCHEMA.tables` of a second service is the stored table `tap_cat_TAP_SCHEMA.tables`. */
function storedName(service: string, table: string): string {
  return service !== DEFAULT_SERVICE && /^TAP_SCHEMA\./i.test(table) ? `${service}_${table}` : table
}

/** The schemas of one service. */
function openService(
  service: string, files: readonly NamedFile[], authority: string,
): ServiceCatalog & { readonly stored: readonly StoredTable[] } {
  const hasCatalogues = files.some(({ entry }) =>
    Object.values(entry.tables).some((table) => table.catalogue))
  const entries = files.map(({ name, entry }) => ({ name, entry: shownOf(entry, hasCatalogues) }))
  const bases = new Map(entries.flatMap(({ entry }) =>
    Object.entries(entry.tables).map(([name, table]) => [`${entry.schema}.${name}`, table] as const)))
  const published = new Map<string, Published>()
  const stored: StoredTable[] = []
  const schemas = entries.map(({ name: where, entry }) => {
    for (const [table, base] of Object.entries(entry.tables)) {
      const name = `${entry.schema}.${table}`
      checkTable(where, name, base, bases)
      const made = storedTable(storedName(service, name), base)
      stored.push(made)
      const columns = sourceColumns(base, authority)
      published.set(name.toLowerCase(), { stored: made, columns, filter: undefined })
    }
    return schemaOf(where, entry, bases)
  })
  for (const { name: where, entry } of entries) {
    for (const views of entry.viewsOf) addViews(where, entry.schema, views, published)
  }
  const tableSet = { schemas: schemas.sort(byPlace) }
  const catalogues = hasCatalogues ? cataloguesOf(bases) : undefined
  return {
    tableSet, stored,
    sourcesFor: (principal) =>
      new Map([...published].map(([name, table]) => [name, sourceOf(table, principal)] as const)),
    tapSchemaRows: () => makeTapSchemaRows(tableSet, reservedNames(bases), catalogues),
  }
}

/** Without the columns that only a service with catalogues has. */
function shownOf(entry: SchemaFile, hasCatalogues: boolean): SchemaFile {
  if (hasCatalogues || !isTapSchema(entry)) return entry
  return {
    ...entry,
    tables: Object.fromEntries(Object.entries(entry.tables).map(([name, table]) => [name, {
      ...table,
      columns: Object.fromEntries(Object.entries(table.columns).filter(([, column]) => !column.onlyWith)),
    }])),
  }
}

function cataloguesOf(bases: ReadonlyMap<string, TableEntry>): ReadonlyMap<string, CatalogueEntry> {
  return new Map([...bases].flatMap(([name, { catalogue }]) => catalogue ? [[name, catalogue] as const] : []))
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
    lookUps: Object.entries(table.columns).filter(([, entry]) => isLookUp(entry)).map(([column]) => column),
    keys: [...skyKeysOf(table), ...textKeysOf(table)],
  }
}

/** A text of which a row has its own: the engine takes long to gather many rows by an index. */
const isLookUp = ({ computed, indexed, type, ucd }: ColumnEntry): boolean =>
  computed === undefined && indexed && type === 'text' && /^meta\.id(;meta\.main)?$/.test(ucd ?? '')

/** Identifiers that many rows share, such as the run. */
function textKeysOf({ columns }: TableEntry): readonly HiddenKey[] {
  return Object.entries(columns)
    .filter(([, entry]) => entry.computed === undefined && entry.indexed && entry.type === 'text'
      && !isLookUp(entry) && /^meta\.id(?!;instr)/.test(entry.ucd ?? ''))
    .map(([name]) => ({ key: `@${name}`, text: name }))
}

/** The one position of a table (the main one, where there are more), and its footprint. */
function skyKeysOf(table: TableEntry): readonly HiddenKey[] {
  const stored = Object.entries(table.columns).filter(([, entry]) => entry.computed === undefined)
  const only = (ucd: string): string | undefined => {
    const all = stored.filter(([, entry]) => entry.type === 'double' && entry.ucd?.split(';')[0] === ucd)
    const main = all.filter(([, entry]) => entry.ucd?.includes('meta.main'))
    const [found, ...more] = main.length > 0 ? main : all
    return more.length === 0 ? found?.[0] : undefined
  }
  const [ra, dec] = [only('pos.eq.ra'), only('pos.eq.dec')]
  const [region, ...regions] = stored.filter(([, entry]) => entry.type === 'region').map(([name]) => name)
  return [
    ...ra === undefined || dec === undefined ? [] : [{ key: '@position', ra, dec }],
    ...region === undefined || regions.length > 0 ? [] : [{ key: '@footprint', region }],
  ]
}

function ingestTable(name: string, table: TableEntry, authority: string): IngestTable {
  const columns = Object.entries(table.columns).filter(([, entry]) => entry.computed === undefined)
    .map(([column, entry]) => [column, entry.prefix === undefined
      ? entry : { ...entry, prefix: entry.prefix.replaceAll('{authority}', authority) }] as const)
  return {
    name, holds: table.holds, runColumn: table.rule === 'public' ? undefined : table.rule.run,
    columns: new Map(columns), blank: Object.fromEntries(columns.map(([column]) => [column, null])),
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
  return { parts, columns: table.columns, keys: table.stored.keys }
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
    unit: entry.unit, ucd: entry.ucd, utype: entry.utype, system: entry.system,
    description: entry.description,
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
