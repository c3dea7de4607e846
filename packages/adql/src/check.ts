/**
 * Tree → checked tree: tables and columns bound, types known, grouping and set rules kept, the columns of the
 * result named. ADQL 2.1 §2.2, §4.5, §4.6, §4.10. Pure: it knows the published tables and no rule of access.
 */
import type { Field } from '@quipu/vo/votable'
import type { Query, SyntaxBody, SyntaxExpression, SyntaxQuery } from './ast.ts'
import { Binder } from './binder.ts'
import type { CheckOptions, CommonTable, Context, KnownTables } from './binder.ts'
import { checkExpression } from './check-expression.ts'
import { bindFrom } from './check-from.ts'
import { checkItems } from './check-items.ts'
import type { CheckedQuery, Expression, Output, QueryNode, SelectNode, SetNode } from './checked.ts'
import { castTo, condition, unified, valueOf } from './coerce.ts'
import { fault } from './fault.ts'
import { checkGrouping, hasAggregate, keyOf } from './grouping.ts'
import { matches } from './scope.ts'
import type { Scope, ScopeTable, VisibleColumn } from './scope.ts'
import { fieldOfType, typeOfField } from './types.ts'

type SyntaxSelect = Extract<SyntaxBody, { kind: 'select' }>
type SyntaxSet = Extract<SyntaxBody, { kind: 'set' }>

/** What a query stands in: the scope around it and the tables of WITH that it may name. */
type Around = Pick<Context, 'binder' | 'common'> & { readonly scope: Scope | undefined }

/** A query and the columns that it gives. */
interface CheckedNode {
  readonly query: QueryNode
  readonly columns: readonly Output[]
  /** Whether it gives further columns, of which nothing is known. */
  readonly isOpen: boolean
}

/** Checks a query against the published tables. Throws the `adql_…` codes, with the place. */
export function checkQuery(query: Query, tables: KnownTables, options: CheckOptions = {}): CheckedQuery {
  const binder = new Binder(tables, options)
  const { query: node, columns } = checkQueryNode(query, { binder, common: [], scope: undefined })
  const fields = columns.map((column) => column.field)
  return { kind: 'checked', query: node, columns: fields, tables: binder.tables }
}

/** A sub-query: its names may be of the query around it. */
export function checkSubQuery(query: SyntaxQuery, around: Context): CheckedNode {
  return checkQueryNode(query, around)
}

/** A query, with the columns that it gives. */
export function checkQueryNode(query: SyntaxQuery, around: Around): CheckedNode {
  const tables: { table: number; query: QueryNode }[] = []
  let common = around.common
  for (const { name, query: inner } of query.with) {
    if (tables.length > 0 && common.slice(-tables.length).some((known) => matches(name, known.name))) {
      throw fault('adql_syntax', name.at, `WITH names '${name.text}' twice`)
    }
    const checked = checkQueryNode(inner, { binder: around.binder, common, scope: undefined })
    const table = around.binder.nextCommon()
    tables.push({ table, query: checked.query })
    const { columns, isOpen } = checked
    const entry: CommonTable = { name: name.text, table, columns, isOpen }
    common = [...common, entry]
  }
  const inside = { ...around, common }
  const { body, orderBy, result, isOpen } = query.body.kind === 'select'
    ? checkSelect(query.body, query.orderBy, inside)
    : checkSet(query.body, query.orderBy, inside)
  const node: QueryNode = { with: tables, body, orderBy, result, offset: query.offset }
  return { query: node, columns: body.columns, isOpen }
}

interface CheckedBody<B> {
  body: B
  orderBy: QueryNode['orderBy']
  result: number | undefined
  isOpen: boolean
}

type SyntaxOrder = SyntaxQuery['orderBy']

function checkSelect(select: SyntaxSelect, orderBy: SyntaxOrder, around: Around): CheckedBody<SelectNode> {
  const { binder, common } = around
  const from = bindFrom(select.from, around)
  const scope: Scope = { ...from.scope, parent: around.scope }
  const at = (clause: string, aggregates: boolean): Context => ({ binder, common, scope, clause, aggregates })
  const where = select.where === undefined ? undefined
    : condition(checkExpression(select.where, at('WHERE', false)), 'WHERE')
  const { columns, isOpen } = checkItems(select.items, at('SELECT', true))
  const aliased: Scope = { ...scope, aliases: columns }
  const inGroupBy = { ...at('GROUP BY', false), scope: aliased }
  const keys = select.groupBy.map((key) => checkKey(key, columns, inGroupBy, isOpen))
  const having = select.having === undefined ? undefined
    : condition(checkExpression(select.having, { ...at('HAVING', true), scope: aliased }), 'HAVING')
  const order = orderBy.map(({ value, descending }) => ({
    value: checkOrder(value, columns, { ...at('ORDER BY', true), scope: aliased }, isOpen), descending,
  }))
  const isGrouped = keys.length > 0 || having !== undefined
    || [...columns, ...order].some((column) => hasAggregate(column.value))
  // Of columns that nothing is known of, one may depend on another.
  const isChecked = isGrouped && !(binder.isOpen && keys.length > 0)
  if (isChecked) {
    const relations = new Set(from.ids)
    for (const column of columns) checkGrouping(column.value, keys, relations)
    if (having !== undefined) checkGrouping(having, keys, relations)
    for (const item of order) checkGrouping(item.value, keys, relations)
  }
  const body: SelectNode = {
    kind: 'select', distinct: select.distinct, top: select.top, columns, from: from.relations, where,
    groupBy: isGrouped ? keys : undefined, having,
  }
  if (!select.distinct || isOpen) return { body, orderBy: order, result: undefined, isOpen }
  const result = binder.nextRelation()
  const ofColumns = order.map((item, i) =>
    ({ ...item, value: ofResult(item.value, orderBy[i]?.value, columns, result) }))
  return { body, orderBy: ofColumns, result, isOpen }
}

// GROUP BY takes expressions (new in 2.1); wider than that, the number or the alias of a selected column.
function checkKey(
  key: SyntaxExpression, columns: readonly Output[], context: Context, isOpen: boolean,
): Expression {
  const checked = key.kind === 'integer' ? columnByNumber(key.digits, columns, key, 'GROUP BY', isOpen).value
    : checkExpression(key, context)
  if (hasAggregate(checked)) throw fault('adql_grouping', key.at, 'GROUP BY cannot hold an aggregate')
  if (checked.type !== 'condition') return checked
  throw fault('adql_type', key.at, 'GROUP BY needs a value, not a condition')
}

// A bare name is a selected column first (§2.2.5), then a column of FROM.
function checkOrder(
  e: SyntaxExpression, columns: readonly Output[], context: Context, isOpen: boolean,
): Expression {
  if (e.kind === 'integer') return columnByNumber(e.digits, columns, e, 'ORDER BY', isOpen).value
  const name = e.kind === 'column' && e.path.length === 1 ? e.path[0] : undefined
  const named = name === undefined ? undefined : columns.find((column) => matches(name, column.name))
  const checked = named?.value ?? checkExpression(e, context)
  if (checked.type === 'condition') throw fault('adql_type', e.at, 'ORDER BY needs a value, not a condition')
  if (checked.kind === 'shape') throw fault('adql_type', e.at, 'Shapes have no order')
  return checked
}

function columnByNumber(
  digits: string, columns: readonly Output[], e: SyntaxExpression, clause: string, isOpen: boolean,
): Output {
  const column = columns[Number(digits) - 1]
  if (column === undefined && isOpen && Number(digits) > 0) {
    const name = `col_${digits}`
    return { name, value: valueOf(null, 'unknown', e.at), field: { name, datatype: 'char' } }
  }
  if (column === undefined) {
    throw fault('adql_unknown_column', e.at,
      `${clause} ${digits}: the query selects ${columns.length} columns`)
  }
  return column
}

function ofResult(
  value: Expression, e: SyntaxExpression | undefined, columns: readonly Output[], result: number,
): Expression {
  const key = keyOf(value)
  const index = columns.findIndex((column) => keyOf(column.value) === key)
  const column = columns[index]
  if (column === undefined) {
    throw fault('adql_grouping', e?.at ?? value.at, 'ORDER BY of SELECT DISTINCT takes selected columns')
  }
  return resultColumn(column, result, index)
}

const resultColumn = (column: Output, relation: number, index: number): Expression => ({
  kind: 'column', relation, index, field: column.field,
  type: column.value.type, args: [], at: column.value.at,
})

/** §4.6: as many columns on both sides, of types that meet; names and meaning are those of the left. */
function checkSet(set: SyntaxSet, orderBy: SyntaxOrder, around: Around): CheckedBody<SetNode> {
  const left = checkQueryNode(set.left, around)
  const right = checkQueryNode(set.right, around)
  const word = set.operator.toUpperCase()
  const isOpen = left.isOpen || right.isOpen
  if (!isOpen && left.columns.length !== right.columns.length) {
    throw fault('adql_type', set.at,
      `${word} needs the same number of columns on both sides, `
      + `not ${left.columns.length} and ${right.columns.length}`)
  }
  const columns = left.columns.map((column, i): Output => {
    if (isOpen) return column
    const other = right.columns[i] ?? column
    const sides = [column.value, other.value].map(withoutText)
    const { type } = unified(sides, `column ${i + 1} of ${word}`, set.at)
    const system = column.field.system === other.field.system ? column.field.system : undefined
    const field = typeOfField(column.field) === type ? { ...column.field, system }
      : { ...column.field, system, ...pickType(fieldOfType(column.name, type)) }
    return { name: column.name, value: { ...column.value, type }, field }
  })
  const result = around.binder.nextRelation()
  const outputs = columns.map((column, i): VisibleColumn =>
    ({ name: column.name, value: resultColumn(column, result, i) }))
  const guess: ScopeTable['guess'] = isOpen ? ({ text }, at) => resultColumn(
    { name: text, value: valueOf(null, 'unknown', at), field: { name: text, datatype: 'char' } }, result, -1,
  ) : undefined
  const scope: Scope = { tables: [{ name: '', columns: outputs, guess }], columns: outputs }
  const selected = outputs.map((output, i) =>
    ({ ...output, field: columns[i]?.field ?? { name: output.name, datatype: 'char' as const } }))
  const context: Context = { ...around, scope, clause: 'ORDER BY', aggregates: false }
  const order = orderBy.map(({ value, descending }) =>
    ({ value: checkOrder(value, selected, context, isOpen), descending }))
  const { operator, all } = set
  const body: SetNode = { kind: 'set', operator, all, left: left.query, right: right.query, columns }
  return { body, orderBy: order, result, isOpen }
}

const pickType = ({ datatype, arraysize, xtype }: Field) => ({ datatype, arraysize, xtype })

// A text literal of one side cannot become the other side's type: it has been compiled as text.
const withoutText = (value: Expression): Expression =>
  (value.kind === 'value' && value.type === 'text' ? castTo({ ...value, value: null }, 'text') : value)
