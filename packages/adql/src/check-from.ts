/** FROM: tables, sub-queries and joins become relations with numbers, and bring names. ADQL 2.1 §2.2.2. */
import type { Place } from '@quipu/vo'
import type { Column, Table } from '@quipu/vo/vosi'
import type { Identifier, SyntaxRelation } from './ast.ts'
import { bareName, keyOfTable } from './binder.ts'
import type { Binder, CommonTable, Context } from './binder.ts'
import { checkExpression } from './check-expression.ts'
import { checkQueryNode } from './check.ts'
import type { Expression, Output, Relation } from './checked.ts'
import { comparable, condition, operation, unified } from './coerce.ts'
import { didYouMean, fault, shown } from './fault.ts'
import { JOIN_WITHOUT_CONDITION } from './parser.ts'
import { matches, pathText } from './scope.ts'
import type { Scope, ScopeTable, VisibleColumn } from './scope.ts'
import { typeOfField } from './types.ts'

interface Around {
  readonly binder: Binder
  readonly common: readonly CommonTable[]
  readonly scope: Scope | undefined
}

interface Bound {
  readonly relation: Relation
  readonly tables: readonly ScopeTable[]
  readonly columns: readonly VisibleColumn[]
  readonly ids: readonly number[]
}

/** All that FROM brings. Throws when two tables have one name. */
export function bindFrom(from: readonly SyntaxRelation[], around: Around) {
  const bound = from.map((relation) => bind(relation, around))
  const tables = bound.flatMap((part) => part.tables)
  checkNames(tables, from[0]?.at ?? { line: 1, column: 1 })
  return {
    relations: bound.map((part) => part.relation),
    scope: { tables, columns: bound.flatMap((part) => part.columns) },
    ids: bound.flatMap((part) => part.ids),
  }
}

function checkNames(tables: readonly ScopeTable[], at: Place): void {
  const seen = new Set<string>()
  for (const { name, schema } of tables) {
    const key = `${schema ?? ''}.${name}`.toLowerCase()
    // What is taken as it comes may differ by what the query leaves out.
    const isKnown = tables.every((table) => table.guess === undefined)
    if (name !== '' && isKnown && seen.has(key)) {
      throw fault('adql_unknown_table', at, `FROM has '${shown(name)}' twice; give each an alias`)
    }
    seen.add(key)
  }
}

function bind(relation: SyntaxRelation, around: Around): Bound {
  switch (relation.kind) {
    case 'table': return bindTable(relation, around)
    case 'derived': return bindDerived(relation, around)
    case 'join': return bindJoin(relation, around)
  }
}

function bindTable(relation: Extract<SyntaxRelation, { kind: 'table' }>, around: Around): Bound {
  const [only] = relation.path
  const common = relation.path.length === 1 && only !== undefined
    ? around.common.findLast((table) => matches(only, table.name)) : undefined
  const id = around.binder.nextRelation()
  if (common !== undefined) {
    const columns = outputColumns(common.columns, id, relation.at)
    const guess = around.binder.isOpen ? guessing(around.binder, id) : undefined
    const { isOpen } = common
    const table: ScopeTable = { name: relation.alias?.text ?? common.name, columns, isOpen, guess }
    return { relation: { kind: 'common', id, table: common.table }, tables: [table], columns, ids: [id] }
  }
  if (around.binder.isOpen) return bindAnyTable(relation, id, around.binder)
  const table = around.binder.findTable(relation.path, relation.at)
  const isUpload = table.isUpload === true
  const columns = table.columns.map((column, index) =>
    publishedColumn(column, id, index, relation.at, isUpload))
  const scoped = relation.alias === undefined
    ? { name: table.name, schema: table.schema, columns } : { name: relation.alias.text, columns }
  const used = around.binder.usedOf(id)
  return { relation: tableRelation(table, id, used), tables: [scoped], columns, ids: [id] }
}

/** A table that is taken as it comes. */
function bindAnyTable(
  relation: Extract<SyntaxRelation, { kind: 'table' }>, id: number, binder: Binder,
): Bound {
  const [name, schema] = [relation.path.at(-1)?.text ?? '', relation.path.at(-2)?.text]
  const guess = guessing(binder, id)
  const scoped: ScopeTable = relation.alias === undefined ? { name, schema, columns: [], isOpen: true, guess }
    : { name: relation.alias.text, columns: [], isOpen: true, guess }
  const node: Relation = {
    kind: 'table', id, key: pathText(relation.path).toLowerCase(), columns: [], used: binder.usedOf(id),
  }
  return { relation: node, tables: [scoped], columns: [], ids: [id] }
}

const guessing = (binder: Binder, relation: number): NonNullable<ScopeTable['guess']> =>
  ({ text }, at, guess) => ({
    kind: 'column', relation, index: binder.numberOf(text), field: { name: text, datatype: 'char' },
    type: 'unknown', args: [], at, guess,
  })

const tableRelation = (table: Table, id: number, used: ReadonlySet<number>): Relation =>
  ({ kind: 'table', id, key: keyOfTable(table), columns: table.columns.map((column) => column.name), used })

function publishedColumn(
  column: Column, relation: number, index: number, at: Place, isUpload: boolean,
): VisibleColumn {
  const { datatype, arraysize, xtype, unit, ucd, utype, description, system } = column
  const name = bareName(column.name)
  const field = { name, datatype, arraysize, xtype, unit, ucd, utype, description, system }
  const type = typeOfField(column)
  const value = { kind: 'column', relation, index, field, args: [], at } as const
  if (!isUpload || type !== 'timestamp') return { name, value: { ...value, type } }
  const text: Expression = { ...value, type: 'text' }
  return { name, value: { ...operation('cast', [text], type, at), isShownAsGiven: true } }
}

const outputColumns = (columns: readonly Output[], relation: number, at: Place): readonly VisibleColumn[] =>
  columns.map(({ name, field, value }, index) => {
    // A point that a sub-query gives has become text, as every shape does.
    const type = value.type === 'point' ? 'region' : value.type
    return { name, value: { kind: 'column', relation, index, field, type, args: [], at } }
  })

function bindDerived(relation: Extract<SyntaxRelation, { kind: 'derived' }>, around: Around): Bound {
  // A sub-query of FROM sees nothing of its neighbours, only what is around the whole query.
  const { query, columns: outputs, isOpen } = checkQueryNode(relation.query, around)
  const id = around.binder.nextRelation()
  const columns = outputColumns(outputs, id, relation.at)
  const guess = around.binder.isOpen ? guessing(around.binder, id) : undefined
  const table: ScopeTable = { name: relation.alias?.text ?? '', columns, isOpen, guess }
  return { relation: { kind: 'derived', id, query }, tables: [table], columns, ids: [id] }
}

type SyntaxJoin = Extract<SyntaxRelation, { kind: 'join' }>

function bindJoin(relation: SyntaxJoin, around: Around): Bound {
  const left = bind(relation.left, around)
  const right = bind(relation.right, around)
  const tables = [...left.tables, ...right.tables]
  const ids = [...left.ids, ...right.ids]
  const { condition: on } = relation
  if (on.kind === 'none') {
    const isOuter = relation.join !== 'inner' && relation.join !== 'cross'
    if (isOuter && around.binder.options.runnable !== false) {
      throw fault('adql_syntax', relation.at, JOIN_WITHOUT_CONDITION)
    }
    const joined: Relation = { kind: 'join', join: 'cross', left: left.relation, right: right.relation }
    return { relation: joined, tables, ids, columns: [...left.columns, ...right.columns] }
  }
  checkNames(tables, relation.at)
  if (on.kind === 'on') {
    const columns = [...left.columns, ...right.columns]
    const scope: Scope = { tables, columns, parent: around.scope }
    const context: Context = { ...around, scope, clause: 'ON', aggregates: false }
    const value = condition(checkExpression(on.value, context), 'ON')
    const { join } = relation
    const joined: Relation = { kind: 'join', join, left: left.relation, right: right.relation, on: value }
    return { relation: joined, tables, ids, columns }
  }
  const names = on.kind === 'using' ? on.names : sharedNames(left, right, relation.at)
  return { ...mergeJoin(relation, left, right, names, around), tables, ids }
}

const sharedNames = (left: Bound, right: Bound, at: Place): readonly Identifier[] =>
  left.columns
    .filter((column) => right.columns.some((other) => other.name.toLowerCase() === column.name.toLowerCase()))
    .map((column) => ({ text: column.name, delimited: false, at }))

/** USING and NATURAL: equal columns once and first, then the rest of the left, then of the right. */
function mergeJoin(
  relation: SyntaxJoin, left: Bound, right: Bound, names: readonly Identifier[], around: Around,
) {
  const merged: VisibleColumn[] = []
  const equal: Expression[] = []
  const gone = new Set<VisibleColumn>()
  for (const name of names) {
    const [a, b] = [sideColumn(left, name), sideColumn(right, name)]
    gone.add(a).add(b)
    around.binder.use(a.value)
    around.binder.use(b.value)
    equal.push(operation('=', comparable([a.value, b.value], 'USING', name.at), 'condition', name.at))
    merged.push({ name: a.name, value: mergedValue(relation, a, b, name.at) })
  }
  const rest = [...left.columns, ...right.columns].filter((column) => !gone.has(column))
  const only = equal.length === 1 ? equal[0] : operation('and', equal, 'condition', relation.at)
  const on = equal.length === 0 ? undefined : only
  const join = on === undefined ? 'cross' : relation.join
  const joined: Relation = { kind: 'join', join, left: left.relation, right: right.relation, on }
  return { relation: joined, columns: [...merged, ...rest] }
}

function mergedValue(relation: SyntaxJoin, a: VisibleColumn, b: VisibleColumn, at: Place): Expression {
  if (relation.join === 'right') return b.value
  if (relation.join !== 'full') return a.value
  const { values, type } = unified([a.value, b.value], 'USING', at)
  return operation('coalesce', values, type, at)
}

function sideColumn(side: Bound, name: Identifier): VisibleColumn {
  const found = side.columns.filter((column) => matches(name, column.name))
  const open = side.tables.find((table) => table.guess !== undefined)
  const guess = open?.guess?.(name, name.at, 'unsure')
  const column = found[0] ?? (guess === undefined ? undefined : { name: name.text, value: guess })
  if (column === undefined || found.length > 1) {
    const names = side.columns.map((known) => known.name)
    throw fault('adql_unknown_column', name.at, found.length > 1
      ? `USING: several tables on one side have '${shown(name.text)}'`
      : `USING: a table of the join has no column '${shown(name.text)}'${didYouMean(name.text, names)}`)
  }
  return column
}
