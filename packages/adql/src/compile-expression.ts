/** Expressions → SQL. Text compares by code point, or in mode `ignoreCase` with case folded. Design §7. */
import { assert } from '@quipu/vo'
import type { Aggregate, Expression, Operation, QueryNode, Shape, Value } from './checked.ts'
import { constantNumber } from './coerce.ts'
import type { CircleSql, Dialect, PointSql } from './dialect.ts'
import { fault } from './fault.ts'
import { keyOf } from './grouping.ts'
import { STC_WORDS, constantText, isShape, numbersOf } from './shapes.ts'
import { EMPTY, commas, generated, join, sql } from './sql.ts'
import type { Sql } from './sql.ts'
import type { Bindings, TextMode } from './statement.ts'
import { isText } from './types.ts'

/** What compiling carries along. */
export interface Compiling {
  readonly dialect: Dialect
  readonly textMode: TextMode
  readonly bindings: Bindings
  /** A number for a generated name that nothing else has. */
  readonly fresh: () => number
  readonly query: (query: QueryNode, known: Known) => Sql
  /** A query of one column, whose values are folded when text compares without case. */
  readonly foldedQuery: (query: QueryNode, known: Known) => Sql
}

/** Expressions that are already columns of a grouped sub-query, by `keyOf`. */
export type Known = ReadonlyMap<string, Sql>
export const NOTHING_KNOWN: Known = new Map()

/** The SQL of an expression as a value; shapes become STC-S text. */
export function compileExpression(e: Expression, c: Compiling, known: Known): Sql {
  const ready = known.size === 0 ? undefined : known.get(keyOf(e))
  if (ready !== undefined) return ready
  const each = (part: Expression) => compileExpression(part, c, known)
  switch (e.kind) {
    case 'column': return sql`${generated('t', e.relation)}.${generated('c', e.index + 1)}`
    case 'value': return compileValue(e, c.dialect)
    case 'bound':
      assert(e.name === 'now', 'a bound value that is not a time')
      return c.dialect.timestamp(c.bindings.now)
    case 'operation': return compileOperation(e, c, known)
    case 'call': {
      assert(e.row.sql !== undefined, 'a function without SQL')
      const call = e.row.sql[c.dialect.name]
      if (call === undefined) {
        throw fault('adql_unsupported', e.at, `${e.row.name} is not available on this archive's engine`)
      }
      return call(e.args.map(each), e.type)
    }
    case 'aggregate': return compileAggregate(e, c, known)
    case 'shape': return regionText(e, c, known)
    case 'exists': return sql`EXISTS (${c.query(e.query, known)})`
    case 'scalar': return sql`(${c.query(e.query, known)})`
    case 'inQuery': {
      const operand = part(e.args, 0)
      return isFolded(operand, c)
        ? sql`(${c.dialect.fold(each(operand))} IN (${c.foldedQuery(e.query, known)}))`
        : sql`(${each(operand)} IN (${c.query(e.query, known)}))`
    }
  }
}

function part(args: readonly Expression[], index: number): Expression {
  const found = args[index]
  assert(found !== undefined, 'an operand is missing')
  return found
}

function compileValue({ value, type }: Value, dialect: Dialect): Sql {
  if (value === null) return type === 'null' ? sql`NULL` : dialect.cast(sql`NULL`, 'null', type, undefined)
  switch (typeof value) {
    case 'string': return dialect.text(value)
    case 'boolean': return value ? sql`TRUE` : sql`FALSE`
    case 'bigint': return type === 'timestamp' ? dialect.timestamp(value) : dialect.number(value, type)
    case 'number': return dialect.number(value, type)
  }
}

const isFolded = (e: Expression, c: Compiling): boolean => c.textMode === 'ignoreCase' && isText(e.type)

/** The SQL by which values compare, group and sort. */
export function comparand(e: Expression, c: Compiling, known: Known): Sql {
  const value = compileExpression(e, c, known)
  return isFolded(e, c) ? c.dialect.fold(value) : value
}

const COMPARISONS = {
  '=': sql`=`, '<>': sql`<>`, '<': sql`<`, '>': sql`>`, '<=': sql`<=`, '>=': sql`>=`,
} as const
const ARITHMETIC = { '+': sql`+`, '-': sql`-`, '*': sql`*`, '||': sql`||` } as const

function compileOperation(e: Operation, c: Compiling, known: Known): Sql {
  const value = (index: number) => compileExpression(part(e.args, index), c, known)
  const compared = (index: number) => comparand(part(e.args, index), c, known)
  const all = () => e.args.map((arg) => compileExpression(arg, c, known))
  switch (e.operator) {
    case 'and': return sql`(${join(all(), sql` AND `)})`
    case 'or': return sql`(${join(all(), sql` OR `)})`
    case 'not': return sql`(NOT ${value(0)})`
    case '=': case '<>': case '<': case '>': case '<=': case '>=':
      return nearby(e, c, known) ?? sql`(${compared(0)} ${COMPARISONS[e.operator]} ${compared(1)})`
    case 'between': return sql`(${compared(0)} BETWEEN ${compared(1)} AND ${compared(2)})`
    case 'in': {
      const list = e.args.slice(1).map((arg) => comparand(arg, c, known))
      return sql`(${compared(0)} IN (${commas(list)}))`
    }
    case 'like': return c.dialect.like(compared(0), compared(1))
    case 'ilike': return c.dialect.like(c.dialect.lower(value(0)), c.dialect.lower(value(1)))
    case 'isNull': return sql`(${value(0)} IS NULL)`
    case '+': case '-': case '*': case '||': return sql`(${value(0)} ${ARITHMETIC[e.operator]} ${value(1)})`
    case '/': {
      const isNeverZero = (constantNumber(part(e.args, 1)) ?? 0) !== 0
      return c.dialect.divide(value(0), value(1), e.type, isNeverZero)
    }
    case 'negate': return sql`(- ${value(0)})`
    case 'coalesce': return sql`coalesce(${commas(all())})`
    case 'case': return compileCase(e, c, known)
    case 'cast': return c.dialect.cast(value(0), part(e.args, 0).type, e.type, e.length)
    case 'asInteger': return sql`CAST(${value(0)} AS INTEGER)`
    case 'contains': case 'intersects': return compileTest(e, c, known)
    case 'distance': {
      const [p, q] = [pointOf(part(e.args, 0), c, known), pointOf(part(e.args, 1), c, known)]
      return c.dialect.distance(p, q)
    }
    case 'area': return c.dialect.area(value(0))
    case 'inUnit': return e.args.length === 1 ? value(0) : sql`(${value(0)} * ${value(1)})`
  }
}

function compileCase(e: Operation, c: Compiling, known: Known): Sql {
  const parts = e.args.map((arg) => compileExpression(arg, c, known))
  const whens: Sql[] = []
  for (let i = 1; i < parts.length; i += 2) {
    whens.push(sql` WHEN ${parts[i - 1] ?? EMPTY} THEN ${parts[i] ?? EMPTY}`)
  }
  const otherwise = parts.length % 2 === 1 ? sql` ELSE ${parts.at(-1) ?? EMPTY}` : EMPTY
  return sql`CASE${join(whens, EMPTY)}${otherwise} END`
}

function compileAggregate(e: Aggregate, c: Compiling, known: Known): Sql {
  const [argument] = e.args
  if (argument === undefined) return sql`count(*)`
  const value = compileExpression(argument, c, known)
  const distinct = e.distinct ? sql`DISTINCT ` : EMPTY
  switch (e.name) {
    case 'COUNT': return sql`count(${distinct}${e.distinct ? comparand(argument, c, known) : value})`
    case 'AVG': return sql`avg(${distinct}${value})`
    case 'SUM': {
      const summed = sql`${distinct}${value}`
      return e.type === 'long' ? c.dialect.sumOfIntegers(summed) : sql`sum(${summed})`
    }
    case 'MIN': return isFolded(argument, c) ? c.dialect.extremeText('MIN', value) : sql`min(${value})`
    case 'IVO_STRING_AGG': {
      const delimiter = compileExpression(part(e.args, 1), c, known)
      return sql`string_agg(${distinct}${value}, ${delimiter} ORDER BY ${value})`
    }
    case 'MAX': return isFolded(argument, c) ? c.dialect.extremeText('MAX', value) : sql`max(${value})`
  }
}

function pointOf(e: Expression, c: Compiling, known: Known): PointSql {
  assert(e.kind === 'shape' && e.shape === 'point', 'a point that is not put together')
  const [ra, dec] = [part(e.args, 0), part(e.args, 1)]
  return { ra: compileExpression(ra, c, known), dec: compileExpression(dec, c, known) }
}

// DISTANCE(p, q) < r, either way round, is a circle: no arc sine, and an index where there is one.
function nearby(e: Operation, c: Compiling, known: Known): Sql | undefined {
  const [left, right] = [part(e.args, 0), part(e.args, 1)]
  const isFirst = left.kind === 'operation' && left.operator === 'distance'
  const distance = isFirst ? left : right
  const radius = isFirst ? right : left
  const operators = isFirst ? ['<', '<='] : ['>', '>=']
  const limit = constantNumber(radius)
  if (distance.kind !== 'operation' || distance.operator !== 'distance') return undefined
  if (!operators.includes(e.operator)) return undefined
  if (limit === undefined || limit < 0 || limit > 180) return undefined
  const [p, q] = [part(distance.args, 0), part(distance.args, 1)]
  const [point, center] = isConstant(p) ? [q, p] : [p, q]
  const circle = circleOf(center, radius, c, known)
  return c.dialect.within(pointOf(point, c, known), circle, !e.operator.includes('='))
}

const isConstant = (point: Expression): boolean =>
  point.args.every((arg) => constantNumber(arg) !== undefined)

function circleOf(center: Expression, radius: Expression, c: Compiling, known: Known): CircleSql {
  const [dec, degrees] = [constantNumber(part(center.args, 1)), constantNumber(radius)]
  return {
    center: pointOf(center, c, known),
    radius: compileExpression(radius, c, known),
    constant: dec === undefined || degrees === undefined ? undefined : { dec, radius: degrees },
  }
}

/** CONTAINS (inner, outer) and INTERSECTS. A point and a circle need no function of the engine. */
function compileTest(e: Operation, c: Compiling, known: Known): Sql {
  const [one, other] = [part(e.args, 0), part(e.args, 1)]
  const within = (point: Expression, { args }: Shape) =>
    c.dialect.within(pointOf(point, c, known), circleOf(part(args, 0), part(args, 1), c, known), false)
  if (isShape(one, 'point') && isShape(other, 'circle')) return within(one, other)
  const isMirrored = e.operator === 'intersects' && isShape(other, 'point')
  if (isMirrored && isShape(one, 'circle')) return within(other, one)
  if (isShape(one, 'point') && isShape(other, 'point')) {
    return sql`(${c.dialect.distance(pointOf(one, c, known), pointOf(other, c, known))} = 0)`
  }
  const [a, b] = [compileExpression(one, c, known), compileExpression(other, c, known)]
  return e.operator === 'contains' ? c.dialect.contains(b, a) : c.dialect.intersects(a, b)
}

// A constant shape is one bound text, so that an engine function can keep what it read of it.
function regionText(e: Shape, c: Compiling, known: Known): Sql {
  if (e.shape === 'stc') return compileExpression(part(e.args, 0), c, known)
  const text = constantText(e)
  if (text !== undefined) return c.dialect.text(text)
  const texts = numbersOf(e).map((number) =>
    c.dialect.cast(compileExpression(number, c, known), 'double', 'text', undefined))
  return sql`(${join([c.dialect.text(STC_WORDS[e.shape]), ...texts], sql` || ' ' || `)})`
}
