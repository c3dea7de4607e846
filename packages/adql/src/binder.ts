/** What a check carries along: the published tables, numbers of relations, which columns are read. */
import type { Place } from '@quipu/vo'
import type { Table, TableSet } from '@quipu/vo/vosi'
import type { Identifier } from './ast.ts'
import type { Expression, Output } from './checked.ts'
import { didYouMean, fault } from './fault.ts'
import type { FunctionRow } from './functions.ts'
import { matches, pathText } from './scope.ts'
import type { Scope } from './scope.ts'

/** A table of WITH: its number and the columns that it gives. */
export interface CommonTable {
  readonly name: string
  readonly table: number
  readonly columns: readonly Output[]
  /** Whether it has columns that nothing is known of. */
  readonly isOpen: boolean
}

export interface CheckOptions {
  /** Functions beside Quipu's own; several of one name are its forms. */
  readonly functions?: readonly FunctionRow[]
  /** Whether valid ADQL that Quipu does not run is refused; it is unless this is false. */
  readonly runnable?: boolean
  /** 2.0 has coordinate systems in front of every shape, and fewer functions. */
  readonly version?: '2.0' | '2.1'
}

/** `'any'`: every table counts as known, with every column. The checked query cannot be run then. */
export type KnownTables = TableSet | 'any'

/** Where an expression stands: what its names mean and whether aggregates may be in it. */
export interface Context {
  readonly binder: Binder
  readonly scope: Scope
  readonly common: readonly CommonTable[]
  /** Named in messages: `WHERE`. */
  readonly clause: string
  readonly aggregates: boolean
}

/** `"size"` is published with its quotes (TAP 1.1 §4): the name is what is inside. */
export const bareName = (published: string): string =>
  (/^".*"$/.test(published) ? published.slice(1, -1).replaceAll('""', '"') : published)

/** One check's state. */
export class Binder {
  readonly options: CheckOptions
  /** Whether tables that are not known are taken as they come. */
  readonly isOpen: boolean
  readonly #tables: readonly Table[]
  readonly #names = new Map<string, number>()
  readonly #declared = new Map<string, FunctionRow[]>()
  readonly #used = new Map<number, Set<number>>()
  readonly #read = new Set<string>()
  #relations = 0
  #commons = 0

  constructor(tables: KnownTables, options: CheckOptions) {
    this.options = options
    this.isOpen = tables === 'any'
    this.#tables = tables === 'any' ? [] : tables.schemas.flatMap((schema) => schema.tables)
    for (const row of options.functions ?? []) {
      const name = row.name.toUpperCase()
      this.#declared.set(name, [...this.#declared.get(name) ?? [], row])
    }
  }

  /** What the caller declared of a function, by its name in upper case. */
  declaredFunctions(name: string): readonly FunctionRow[] { return this.#declared.get(name) ?? [] }

  get declaredNames(): Iterable<string> { return this.#declared.keys() }

  /** A number for a name of which nothing else is known; the same for the same name. */
  numberOf(name: string): number {
    const key = name.toLowerCase()
    const known = this.#names.get(key) ?? this.#names.size
    this.#names.set(key, known)
    return known
  }

  nextRelation(): number { return this.#relations++ }
  nextCommon(): number { return this.#commons++ }
  get tables(): readonly string[] { return [...this.#read].sort() }

  /** The columns read of a relation: a set that grows while the check goes on. */
  usedOf(relation: number): ReadonlySet<number> {
    const known = this.#used.get(relation) ?? new Set<number>()
    this.#used.set(relation, known)
    return known
  }

  /** Notes that the columns of an expression are read. */
  use(expression: Expression): Expression {
    if (expression.kind === 'column') this.#used.get(expression.relation)?.add(expression.index)
    for (const part of expression.args) this.use(part)
    return expression
  }

  /** The published table of a path: `dbo.raw`, or `raw` when only one schema has it. */
  findTable(path: readonly Identifier[], at: Place): Table {
    const name = path.at(-1)
    const schema = path.at(-2)
    const whole = path.map((part) => part.text).join('.').toLowerCase()
    const found = name === undefined || path.length > 3 ? [] : this.#tables.filter((table) =>
      // A service may publish a name with more dots than one.
      (path.length < 3 && matches(name, table.name)
        && (schema === undefined || matches(schema, table.schema)))
      || (table.name.includes('.') && [table.name, `${table.schema}.${table.name}`].includes(whole)))
    const table = found[0]
    if (found.length > 1) {
      const choices = found.map((choice) => `${choice.schema}.${choice.name}`).join(' and ')
      throw fault('adql_unknown_table', at, `'${pathText(path)}' may be ${choices}; name the schema`)
    }
    if (table === undefined) throw this.#unknownTable(path, at)
    this.#read.add(keyOfTable(table))
    return table
  }

  #unknownTable(path: readonly Identifier[], at: Place) {
    const whole = this.#tables.map((table) => `${table.schema}.${table.name}`)
    if (path.length === 2 && path[0]?.text.toUpperCase() === UPLOAD_SCHEMA) {
      const names = this.#tables.filter((table) => table.isUpload).map((table) => table.name)
      const sent = names.length === 0 ? '; no table came with the query: send UPLOAD=name,uri'
        : didYouMean(path[1]?.text ?? '', names) || `; it came with ${names.slice(0, 10).join(', ')}`
      return fault('adql_unknown_table', at, `There is no uploaded table '${pathText(path)}'${sent}`)
    }
    const near = path.length > 1
      ? didYouMean(path.map((part) => part.text).join('.'), whole)
      : didYouMean(path[0]?.text ?? '', this.#tables.map((table) => table.name))
    return fault('adql_unknown_table', at,
      `There is no table '${pathText(path)}'${near === '' ? '; TAP_SCHEMA.tables lists the tables' : near}`)
  }
}

/** The schema of tables that come with a query (TAP 1.1 §2.7.6). */
export const UPLOAD_SCHEMA = 'TAP_UPLOAD'

/** `dbo.raw`: how `Sources` names a table. */
export const keyOfTable = (table: Pick<Table, 'schema' | 'name'>): string =>
  `${table.schema}.${table.name}`.toLowerCase()
