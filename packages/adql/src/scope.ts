/** Which columns and tables a name can mean, and finding the one. ADQL 2.1 §2.1.5 to §2.1.7, §2.2. */
import type { Place } from '@quipu/vo'
import type { Identifier } from './ast.ts'
import type { Expression } from './checked.ts'
import { didYouMean, fault, shown } from './fault.ts'

export interface VisibleColumn { readonly name: string; readonly value: Expression }

/** A table of FROM under the name that the query gives it. */
export interface ScopeTable {
  /** Empty for a sub-query without alias. */
  readonly name: string
  /** Of a published table without alias. */
  readonly schema?: string | undefined
  readonly columns: readonly VisibleColumn[]
  /** Whether `*` stands for more columns than these. */
  readonly isOpen?: boolean
  /** Makes a column that is not among these, where columns are taken as they come. */
  readonly guess?: ((name: Identifier, at: Place, sureness: 'sure' | 'unsure') => Expression) | undefined
}

export interface Scope {
  readonly tables: readonly ScopeTable[]
  /** What a bare name and `*` see: columns of USING once. */
  readonly columns: readonly VisibleColumn[]
  /** Of the query around, for correlated sub-queries. */
  readonly parent?: Scope | undefined
  /** Where a name that no table has is looked up: aliases of the selected columns. */
  readonly aliases?: readonly VisibleColumn[] | undefined
}

// By name in lower case; a scope's columns are looked through once for each name of a query.
const indexes = new WeakMap<readonly VisibleColumn[], ReadonlyMap<string, readonly VisibleColumn[]>>()

function named(columns: readonly VisibleColumn[], identifier: Identifier): readonly VisibleColumn[] {
  let index = indexes.get(columns)
  if (index === undefined) {
    const made = new Map<string, VisibleColumn[]>()
    for (const column of columns) {
      const key = column.name.toLowerCase()
      const same = made.get(key)
      if (same === undefined) made.set(key, [column])
      else same.push(column)
    }
    indexes.set(columns, index = made)
  }
  const found = index.get(identifier.text.toLowerCase()) ?? []
  return identifier.delimited ? found.filter((column) => column.name === identifier.text) : found
}

/** Names compare without case unless the caller quoted them. */
export const matches = (identifier: Identifier, name: string): boolean =>
  (identifier.delimited ? identifier.text === name : identifier.text.toLowerCase() === name.toLowerCase())

export const pathText = (path: readonly Identifier[]): string =>
  shown(path.map((part) => part.text).join('.'))

/** The column that a path means. Throws `adql_unknown_column` when none or several are meant. */
export function findColumn(scope: Scope, path: readonly Identifier[], at: Place): Expression {
  const name = path.at(-1)
  if (name === undefined) throw fault('adql_unknown_column', at, 'A column without a name')
  const qualifier = path.slice(0, -1)
  for (let level: Scope | undefined = scope; level !== undefined; level = level.parent) {
    const found = qualifier.length === 0
      ? findBare(level, name, at)
      : findQualified(level, qualifier, name, at)
    if (found !== undefined) return found
  }
  throw unknownColumn(scope, qualifier, name, at)
}

function findBare(scope: Scope, name: Identifier, at: Place): Expression | undefined {
  const found = named(scope.columns, name)
  if (found.length > 1) {
    const owners = scope.tables
      .filter((table) => named(table.columns, name).length > 0)
      .map((table) => table.name).filter((owner) => owner !== '')
    const example = owners[0] === undefined ? '' : `; write ${owners[0]}.${shown(name.text)}`
    throw fault('adql_unknown_column', at, `Several tables have a column '${shown(name.text)}'${example}`)
  }
  const known = found[0]?.value ?? named(scope.aliases ?? [], name)[0]?.value
  if (known !== undefined) return known
  const open = scope.tables.filter((table) => table.guess !== undefined)
  return open[0]?.guess?.(name, at, open.length > 1 ? 'unsure' : 'sure')
}

function findQualified(
  scope: Scope, qualifier: readonly Identifier[], name: Identifier, at: Place,
): Expression | undefined {
  const table = findTable(scope, qualifier, at)
  if (table === undefined) return undefined
  const found = named(table.columns, name)
  if (found.length > 1) {
    throw fault('adql_unknown_column', at, `'${table.name}' has several columns '${shown(name.text)}'`)
  }
  const column = found[0]?.value ?? table.guess?.(name, at, 'sure')
  if (column === undefined) throw noColumn(table, name, at)
  return column
}

const noColumn = (table: ScopeTable, name: Identifier, at: Place) => fault('adql_unknown_column', at,
  `${table.name === '' ? 'The sub-query' : table.name} has no column '${shown(name.text)}'`
  + didYouMean(name.text, table.columns.map((column) => column.name)))

/** The table that `raw` or `dbo.raw` means at one level, if any. */
export function findTable(scope: Scope, path: readonly Identifier[], at: Place): ScopeTable | undefined {
  const name = path.at(-1)
  const schema = path.at(-2)
  if (name === undefined || path.length > 3) return undefined
  const isOf = (table: ScopeTable) => {
    if (schema === undefined) return true
    // Of a table without description the schema may be what it wants.
    if (table.schema === undefined) return table.guess !== undefined
    return matches(schema, table.schema) && (path.length === 2 || table.guess !== undefined)
  }
  const found = scope.tables.filter((table) => table.name !== '' && matches(name, table.name) && isOf(table))
  if (found.length > 1 && found.every((table) => table.guess === undefined)) {
    throw fault('adql_unknown_column', at,
      `Several tables in FROM are named '${pathText(path)}'; give them aliases`)
  }
  return found[0]
}

function unknownColumn(scope: Scope, qualifier: readonly Identifier[], name: Identifier, at: Place) {
  if (qualifier.length > 0) {
    const names = scope.tables.map((table) => table.name).filter((text) => text !== '')
    return fault('adql_unknown_column', at,
      `No table in FROM is named '${pathText(qualifier)}'${didYouMean(qualifier.at(-1)?.text ?? '', names)}`)
  }
  const only = scope.tables.length === 1 ? scope.tables[0] : undefined
  const known = [...scope.columns, ...(scope.aliases ?? [])].map((column) => column.name)
  const near = didYouMean(name.text, known)
  const quoted = name.delimited && near === ''
    ? `; text stands in single quotes: '${shown(name.text.replaceAll("'", "''"))}'` : ''
  const owner = only === undefined || only.name === '' ? 'No table in FROM has a column'
    : `${only.name} has no column`
  return fault('adql_unknown_column', at, `${owner} '${shown(name.text)}'${near}${quoted}`)
}
