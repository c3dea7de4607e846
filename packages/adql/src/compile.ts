/**
 * Restricted tree → SQL of one dialect. Every name in it is generated or the engine's own; every text of the
 * caller is a bound value. Asserts that no published table is left bare. Design §4, §5, §7.
 */
import { assert } from '@quipu/vo'
import type {
  Expression, Output, QueryNode, Relation, RestrictedQuery, SelectNode, SetNode,
} from './checked.ts'
import { NOTHING_KNOWN, comparand, compileExpression } from './compile-expression.ts'
import type { Compiling, Known } from './compile-expression.ts'
import { shownOf } from './check-items.ts'
import { compileSource } from './compile-source.ts'
import type { Dialect } from './dialect.ts'
import { keyOf } from './grouping.ts'
import { EMPTY, commas, generated, integer, sql, toText } from './sql.ts'
import type { Sql } from './sql.ts'
import type { Bindings, Statement, TextMode } from './statement.ts'
import { isText } from './types.ts'
import { walkExpression } from './walk.ts'

export interface CompileOptions {
  readonly dialect: Dialect
  readonly textMode: TextMode
  readonly bindings: Bindings
  /** The most rows that the statement gives; a caller who asks one more than MAXREC sees an overflow. */
  readonly maxRows?: number | undefined
}

/** Compiles a query. Throws `adql_too_complex` when the SQL would grow without bound. */
export function compile(restricted: RestrictedQuery, options: CompileOptions): Statement {
  let count = 0
  const c: Compiling = {
    ...options,
    fresh: () => count++,
    query: (query, known) => compileQuery(query, c, known),
    foldedQuery: (query, known) => {
      const name = generated('n', c.fresh())
      return sql`SELECT ${c.dialect.fold(sql`${name}.c1`)} FROM (${compileQuery(query, c, known)}) AS ${name}`
    },
  }
  const { query, columns } = restricted
  const plain = isPlain(query)
  const cutAfter = plain ? lateLimit(query, options) : undefined
  const whole = asGiven(cutAfter === undefined ? query : withoutTop(query))
  const limit = cutAfter === undefined ? options.maxRows : undefined
  const { sql: text, values } = toText(compileQuery(whole, c, NOTHING_KNOWN, limit))
  const isBrief = (plain && isLookUp(query)) || leastLimit(query, options) <= BRIEF_ROWS
  return { sql: text, values, columns, isPlain: plain, cutAfter, isBrief }
}

const BRIEF_ROWS = 1_000

function isLookUp({ body }: QueryNode): boolean {
  return body.kind === 'select' && body.from.some((relation) =>
    relation.kind === 'source' && relation.leading !== undefined)
}

/** Infinite where there is none. */
function leastLimit({ body }: QueryNode, { maxRows }: CompileOptions): number {
  const own = body.kind === 'select' ? body.top : undefined
  return Math.min(...[own, maxRows].filter((limit) => limit !== undefined))
}

/** Undefined where there is no limit, or the engine is the better one to keep it. */
function lateLimit(query: QueryNode, options: CompileOptions): number | undefined {
  const limit = leastLimit(query, options)
  const most = options.dialect.cutsLate
  return most !== undefined && Number.isFinite(limit) && limit > most ? limit : undefined
}

const withoutTop = (query: QueryNode): QueryNode =>
  query.body.kind === 'select' ? { ...query, body: { ...query.body, top: undefined } } : query

/** Columns that are selected and not more are the text that they were sent as. */
function asGiven(query: QueryNode): QueryNode {
  const { body, result } = query
  if (body.kind !== 'select' || body.groupBy !== undefined || result !== undefined) return query
  const columns = body.columns.map((output) => ({ ...output, value: shownOf(output.value) }))
  return { ...query, body: { ...body, columns } }
}

/** Whether it is a selection from published tables, without more. */
function isPlain({ body, result, orderBy: order, with: tables, offset }: QueryNode): boolean {
  if (body.kind !== 'select' || result !== undefined || offset !== undefined) return false
  if (order.length + tables.length > 0 || body.groupBy !== undefined) return false
  const isTable = (relation: Relation): boolean => relation.kind === 'join'
    ? isTable(relation.left) && isTable(relation.right) : relation.kind === 'source'
  let hasQuery = false
  for (const expression of [...body.columns.map(({ value }) => value), ...body.where ? [body.where] : []]) {
    walkExpression(expression, (part) => { hasQuery ||= 'query' in part })
  }
  return !hasQuery && body.from.every(isTable)
}

function compileQuery(query: QueryNode, c: Compiling, known: Known, maxRows?: number): Sql {
  const tables = query.with.map((table) =>
    sql`${generated('q', table.table)} AS (${compileQuery(table.query, c, known)})`)
  const head = tables.length === 0 ? EMPTY : sql`WITH ${commas(tables)} `
  const { body } = query
  const own = body.kind === 'select' ? body.top : undefined
  const limits = [own, maxRows].filter((limit) => limit !== undefined)
  const limit = limits.length === 0 ? EMPTY : sql` LIMIT ${integer(Math.min(...limits))}`
  const offset = query.offset === undefined ? EMPTY : sql` OFFSET ${integer(query.offset)}`
  const tail = (names: Known) => sql`${orderBy(query, c, names)}${limit}${offset}`
  if (body.kind === 'select' && query.result === undefined) {
    return sql`${head}${compileSelect(body, c, known, query.orderBy, tail)}`
  }
  assert(query.result !== undefined, 'a set operator without a number for its result')
  const inner = body.kind === 'set' ? compileSet(body, c, known) : compileDistinct(body, c, known)
  const result = generated('t', query.result)
  return sql`${head}SELECT ${names(body.columns)} FROM (${inner}) AS ${result}${tail(known)}`
}

const column = (index: number): Sql => generated('c', index + 1)
const names = (columns: readonly Output[]): Sql => commas(columns.map((_, i) => column(i)))

function orderBy(query: QueryNode, c: Compiling, known: Known): Sql {
  if (query.orderBy.length === 0) return EMPTY
  const items = query.orderBy.map(({ value, descending }) =>
    sql`${constantAside(value, c, known)}${descending ? sql` DESC` : sql` ASC`} NULLS LAST`)
  return sql` ORDER BY ${commas(items)}`
}

// A bare number in ORDER BY would be read as the number of a column.
function constantAside(value: Expression, c: Compiling, known: Known): Sql {
  const compared = comparand(value, c, known)
  return value.kind === 'value' ? sql`CAST(${compared} AS VARCHAR)` : compared
}

function compileSelect(
  select: SelectNode, c: Compiling, known: Known, order: QueryNode['orderBy'], tail: (known: Known) => Sql,
): Sql {
  const from = commas(select.from.map((relation) => compileRelation(relation, c, known)))
  const where = select.where === undefined ? EMPTY : sql` WHERE ${compileExpression(select.where, c, known)}`
  if (select.groupBy === undefined) {
    return sql`SELECT ${outputs(select, c, known)} FROM ${from}${where}${tail(known)}`
  }
  // Keys and aggregates become columns of a sub-query, so that what is written over them, ordered by
  // them or asked of them in HAVING is plain SQL whatever the text mode.
  const grouped = groupedColumns(select, order, c, known)
  const name = generated('n', c.fresh())
  const inside = new Map(known)
  for (const { key, alias } of grouped.columns) inside.set(key, sql`${name}.${alias}`)
  const groupBy = grouped.keys.length === 0 ? EMPTY : sql` GROUP BY ${commas(grouped.keys)}`
  const columns = commas(grouped.columns.map(({ value, alias }) => sql`${value} AS ${alias}`))
  const inner = sql`SELECT ${columns} FROM ${from}${where}${groupBy}`
  const having = select.having === undefined ? EMPTY
    : sql` WHERE ${compileExpression(select.having, c, inside)}`
  return sql`SELECT ${outputs(select, c, inside)} FROM (${inner}) AS ${name}${having}${tail(inside)}`
}

interface GroupedColumn { readonly key: string; readonly value: Sql; readonly alias: Sql }

function groupedColumns(select: SelectNode, order: QueryNode['orderBy'], c: Compiling, known: Known) {
  const columns: GroupedColumn[] = []
  const keys: Sql[] = []
  const seen = new Set<string>()
  for (const key of select.groupBy ?? []) {
    if (seen.has(keyOf(key))) continue
    seen.add(keyOf(key))
    const compared = comparand(key, c, known)
    const folds = c.textMode === 'ignoreCase' && isText(key.type)
    const plain = compileExpression(key, c, known)
    keys.push(key.kind === 'value' ? sql`CAST(${compared} AS VARCHAR)` : compared)
    const value = folds || key.kind === 'value' ? sql`min(${plain})` : plain
    columns.push({ key: keyOf(key), value, alias: generated('g', columns.length + 1) })
  }
  const collect = (e: Expression): void => {
    if (seen.has(keyOf(e))) return
    if (e.kind === 'aggregate') {
      seen.add(keyOf(e))
      const alias = generated('a', columns.length + 1)
      columns.push({ key: keyOf(e), value: compileExpression(e, c, known), alias })
      return
    }
    for (const inner of e.args) collect(inner)
  }
  for (const output of select.columns) collect(output.value)
  if (select.having !== undefined) collect(select.having)
  for (const { value } of order) collect(value)
  if (columns.length === 0) columns.push({ key: '', value: sql`count(*)`, alias: generated('a', 1) })
  return { columns, keys }
}

const outputs = (select: SelectNode, c: Compiling, known: Known): Sql =>
  commas(select.columns.map((output, i) => sql`${compileExpression(output.value, c, known)} AS ${column(i)}`))

function compileDistinct(select: SelectNode, c: Compiling, known: Known): Sql {
  const inner = compileSelect(select, c, known, [], () => EMPTY)
  const name = generated('n', c.fresh())
  const { columns } = select
  if (!folds(columns, c)) return sql`SELECT DISTINCT ${names(columns)} FROM (${inner}) AS ${name}`
  return sql`SELECT ${representatives(columns)} FROM (${inner}) AS ${name} GROUP BY ${foldedKeys(columns, c)}`
}

const folds = (columns: readonly Output[], c: Compiling): boolean =>
  c.textMode === 'ignoreCase' && columns.some(isTextColumn)
const isTextColumn = (output: Output): boolean => isText(output.value.type) || output.value.type === 'point'

// Of rows that differ in case only, the first text by code point stands for all.
const representatives = (columns: readonly Output[]): Sql =>
  commas(columns.map((output, i) => (isTextColumn(output) ? least(i) : column(i))))
const least = (index: number): Sql => sql`min(${column(index)}) AS ${column(index)}`
const foldedKeys = (columns: readonly Output[], c: Compiling): Sql =>
  commas(columns.map((output, i) => (isTextColumn(output) ? c.dialect.fold(column(i)) : column(i))))

const OPERATORS = { union: sql`UNION`, except: sql`EXCEPT`, intersect: sql`INTERSECT` } as const

function compileSet(set: SetNode, c: Compiling, known: Known): Sql {
  const [left, right] = [side(set, set.left, c, known), side(set, set.right, c, known)]
  if (set.operator === 'union' && set.all) return sql`(${left}) UNION ALL (${right})`
  if (!folds(set.columns, c)) {
    return sql`(${left}) ${OPERATORS[set.operator]}${set.all ? sql` ALL` : EMPTY} (${right})`
  }
  return compileFoldedSet(set, left, right, c)
}

// Each side's columns in the types of the result.
function side(set: SetNode, query: QueryNode, c: Compiling, known: Known): Sql {
  const inner = compileQuery(query, c, known)
  const own = query.body.columns
  const isSame = own.every((output, i) => output.value.type === set.columns[i]?.value.type)
  if (isSame) return inner
  const name = generated('n', c.fresh())
  const cast = own.map((output, i) => {
    const wanted = set.columns[i]?.value.type ?? output.value.type
    const value = output.value.type === wanted || wanted === 'null' ? column(i)
      : c.dialect.cast(column(i), output.value.type, wanted, undefined)
    return sql`${value} AS ${column(i)}`
  })
  return sql`SELECT ${commas(cast)} FROM (${inner}) AS ${name}`
}

/**
 * Set operators that compare text without case: both sides in one table with a mark, grouped by the
 * folded columns. For ALL, rows of a group are numbered on each side, and the numbers compare too.
 */
function compileFoldedSet(set: SetNode, left: Sql, right: Sql, c: Compiling): Sql {
  const [a, b, all] = [generated('n', c.fresh()), generated('n', c.fresh()), generated('n', c.fresh())]
  const keys = foldedKeys(set.columns, c)
  const number = set.all ? sql`row_number() OVER (PARTITION BY ${keys})` : sql`0`
  const marked = (query: Sql, name: Sql, mark: Sql) =>
    sql`SELECT ${names(set.columns)}, ${mark} AS k0, ${number} AS k1 FROM (${query}) AS ${name}`
  const both = sql`${marked(left, a, sql`0`)} UNION ALL ${marked(right, b, sql`1`)}`
  // A row of the result is one of the left side; a union takes either.
  const ofLeft = set.columns.map((output, i) => {
    if (!isTextColumn(output)) return column(i)
    if (set.operator === 'union') return least(i)
    return sql`min(CASE WHEN k0 = 0 THEN ${column(i)} END) AS ${column(i)}`
  })
  const having = {
    union: EMPTY,
    except: sql` HAVING max(k0) = 0`,
    intersect: sql` HAVING min(k0) = 0 AND max(k0) = 1`,
  }[set.operator]
  return sql`SELECT ${commas(ofLeft)} FROM (${both}) AS ${all} GROUP BY ${keys}, k1${having}`
}

const JOINS = {
  inner: sql`INNER JOIN`, left: sql`LEFT JOIN`, right: sql`RIGHT JOIN`, full: sql`FULL JOIN`,
  cross: sql`CROSS JOIN`,
} as const

function compileRelation(relation: Relation, c: Compiling, known: Known): Sql {
  switch (relation.kind) {
    case 'table':
      assert(false, `the table ${relation.key} was not restricted`)
      break
    case 'source': return sql`(${compileSource(relation, c)}) AS ${generated('t', relation.id)}`
    case 'derived': return sql`(${compileQuery(relation.query, c, known)}) AS ${generated('t', relation.id)}`
    case 'common': return sql`${generated('q', relation.table)} AS ${generated('t', relation.id)}`
    case 'join': {
      const left = compileRelation(relation.left, c, known)
      const right = compileRelation(relation.right, c, known)
      const on = relation.on === undefined ? EMPTY : sql` ON ${compileExpression(relation.on, c, known)}`
      return sql`(${left} ${JOINS[relation.join]} ${right}${on})`
    }
  }
}
