/** Expressions with names bound and types known. ADQL 2.1 §2.2.3 to §2.3.5, §3, §4.3 to §4.9. */
import type { Place } from '@quipu/vo'
import type { Comparison, Identifier, SyntaxExpression } from './ast.ts'
import type { Context } from './binder.ts'
import { checkCall } from './check-call.ts'
import { checkShapeCast } from './check-geometry.ts'
import { checkSubQuery } from './check.ts'
import type { Expression, Operator } from './checked.ts'
import {
  adapt, castTo, comparable, condition, constantNumber, numeric, operation, textual, timestampValue,
  unified, valueOf,
} from './coerce.ts'
import { fault, shown } from './fault.ts'
import { findColumn, findTable, pathText } from './scope.ts'
import type { Scope } from './scope.ts'
import { CAST_TYPES, NAMES, arithmeticType, isAnything, isInteger, isNumber, isText } from './types.ts'
import type { Type } from './types.ts'

type Of<K extends SyntaxExpression['kind']> = Extract<SyntaxExpression, { kind: K }>

/** Checks an expression where it stands. Throws the `adql_…` codes, with the place. */
export function checkExpression(e: SyntaxExpression, context: Context): Expression {
  const checked = checkTyped(e, context)
  // Where columns have no types, literals and functions tell nothing either: an engine may convert.
  const isScalar = isNumber(checked.type) || checked.type === 'text' || checked.type === 'timestamp'
  return context.binder.isOpen && isScalar ? { ...checked, type: 'unknown' } : checked
}

function checkTyped(e: SyntaxExpression, context: Context): Expression {
  const each = (part: SyntaxExpression) => checkExpression(part, context)
  const test = (operator: Operator, args: readonly Expression[]) =>
    operation(operator, args, 'condition', e.at)
  switch (e.kind) {
    case 'column': return context.binder.use(checkColumn(e, context))
    case 'text': return valueOf(e.value, 'text', e.at)
    case 'integer': return checkInteger(e.digits, e.at)
    case 'decimal': return valueOf(e.value, 'double', e.at)
    case 'timestamp': return timestampValue(e.text, e.at)
    case 'boolean': return valueOf(e.value, 'boolean', e.at)
    case 'null': return valueOf(null, 'null', e.at)
    case 'negate': return negated(numeric(each(e.operand), "'-'"), e.at)
    case 'binary': return checkBinary(e, each(e.left), each(e.right))
    case 'compare': {
      const [left, right] = [each(e.left), each(e.right)]
      const isOfShapes = [left, right].some(({ type }) => type === 'point' || type === 'region')
      // Valid ADQL by its grammar, and of no use here.
      const isKept = isOfShapes && (e.operator === '=' || e.operator === '<>')
      if (isKept && context.binder.options.runnable === false) return test(e.operator, [left, right])
      return checkComparison(e, left, right)
    }
    case 'and': case 'or':
      return test(e.kind, e.of.map((part) => condition(each(part), e.kind.toUpperCase())))
    case 'not': return test('not', [condition(each(e.operand), 'NOT')])
    case 'between':
      return test('between', comparable([e.operand, e.low, e.high].map(each), 'BETWEEN', e.at))
    case 'in': return test('in', comparable([e.operand, ...e.list].map(each), 'IN', e.at))
    case 'inQuery': return checkInQuery(e, context)
    case 'like': {
      const args = [textual(each(e.operand), 'LIKE'), textual(each(e.pattern), 'LIKE')]
      return test(e.ignoreCase ? 'ilike' : 'like', args)
    }
    case 'isNull': return test('isNull', [each(e.operand)])
    case 'exists': {
      const { query } = checkSubQuery(e.query, context)
      const id = context.binder.nextRelation()
      return { kind: 'exists', id, query, args: [], type: 'condition', at: e.at }
    }
    case 'scalar': return checkScalar(e, context)
    case 'call': return checkCall(e, context)
    case 'case': return checkCase(e, context)
    case 'cast': return checkCast(e, each(e.operand))
  }
}

function checkColumn(e: Of<'column'>, context: Context): Expression {
  const { binder } = context
  if (binder.isOpen && e.path.length > 1 && !isTableKnown(e.path.slice(0, -1), context, e.at)) {
    const name = pathText(e.path)
    return {
      kind: 'column', relation: -1, index: binder.numberOf(name), field: { name, datatype: 'char' },
      type: 'unknown', args: [], at: e.at, guess: 'unsure',
    }
  }
  const found = findColumn(context.scope, e.path, e.at)
  return { ...found, at: e.at }
}

function isTableKnown(path: readonly Identifier[], context: Context, at: Place): boolean {
  for (let level: Scope | undefined = context.scope; level !== undefined; level = level.parent) {
    if (findTable(level, path, at) !== undefined) return true
  }
  return false
}

function checkInteger(digits: string, at: Place): Expression {
  const value = digits.length > 20 ? undefined : BigInt(digits)
  if (value === undefined || value > 9_223_372_036_854_775_807n) {
    const number = Number(digits)
    if (Number.isFinite(number)) return valueOf(number, 'double', at)
    throw fault('adql_type', at, `The number ${shown(digits)} is too large`)
  }
  return valueOf(value, value > 2_147_483_647n ? 'long' : 'int', at)
}

function negated(operand: Expression, at: Place): Expression {
  const constant = operand.kind === 'value' ? operand.value : undefined
  const isConstant = typeof constant === 'bigint' || typeof constant === 'number'
  if (isConstant) return valueOf(-constant, operand.type, at)
  const type = operand.type === 'null' ? 'double' : arithmeticType(operand.type, 'int')
  return operation('negate', [castTo(operand, type)], type, at)
}

function checkBinary(e: Of<'binary'>, left: Expression, right: Expression): Expression {
  if (e.operator === '||') {
    const sides = [left, right].map((side) => {
      if (isNumber(side.type) || side.type === 'timestamp') return castTo(side, 'text')
      if (side.type === 'text' || isAnything(side.type) || isColumnOfRegions(side)) return side
      throw fault('adql_type', side.at, `'||' needs text, not ${NAMES[side.type]}`)
    })
    return operation('||', sides, 'text', e.at)
  }
  const [a, b] = [numeric(left, `'${e.operator}'`), numeric(right, `'${e.operator}'`)]
  const type = a.type === 'null' && b.type === 'null' ? 'double'
    : arithmeticType(a.type === 'null' ? b.type : a.type, b.type === 'null' ? a.type : b.type)
  if (e.operator === '/' && constantNumber(b) === 0) throw fault('adql_type', e.at, 'A division by zero')
  return operation(e.operator, [castTo(a, type), castTo(b, type)], type, e.at)
}

const isColumnOfRegions = ({ type, kind }: Expression) => type === 'region' && kind === 'column'

const MIRRORED: Record<Comparison, Comparison> = {
  '=': '=', '<>': '<>', '<': '>', '>': '<', '<=': '>=', '>=': '<=',
}
const HOLDS: Record<Comparison, (a: number, b: number) => boolean> = {
  '=': (a, b) => a === b, '<>': (a, b) => a !== b, '<': (a, b) => a < b, '>': (a, b) => a > b,
  '<=': (a, b) => a <= b, '>=': (a, b) => a >= b,
}

function checkComparison(e: Of<'compare'>, left: Expression, right: Expression): Expression {
  // CONTAINS(…) = 1, either way round, is the condition itself, so that engines can use it as one.
  const asCondition = truthTest(left, e.operator, right, e.at)
    ?? truthTest(right, MIRRORED[e.operator], left, e.at)
  if (asCondition !== undefined) return asCondition
  if (left.type === 'boolean' !== (right.type === 'boolean')) {
    const [flag, other] = left.type === 'boolean' ? [left, right] : [right, left]
    if (isNumber(other.type)) return checkComparison(e, asInteger(left, flag), asInteger(right, flag))
  }
  return operation(e.operator, comparable([left, right], `'${e.operator}'`, e.at), 'condition', e.at)
}

const asInteger = (side: Expression, flag: Expression): Expression =>
  (side === flag ? operation('asInteger', [side], 'int', side.at) : side)

function truthTest(
  test: Expression, operator: Comparison, value: Expression, at: Place,
): Expression | undefined {
  const inner = test.kind === 'operation' && test.operator === 'asInteger' ? test.args[0] : undefined
  const wanted = inner === undefined ? undefined : constantNumber(adapt(value, 'int'))
  if (inner === undefined || wanted === undefined) return undefined
  const [whenTrue, whenFalse] = [HOLDS[operator](1, wanted), HOLDS[operator](0, wanted)]
  if (whenTrue === whenFalse) return undefined
  return whenTrue ? inner : operation('not', [inner], 'condition', at)
}

function checkInQuery(e: Of<'inQuery'>, context: Context): Expression {
  const operand = checkExpression(e.operand, context)
  const { query, columns, isOpen } = checkSubQuery(e.query, context)
  const column = columns[0]
  if (isOpen) return { kind: 'inQuery', id: -1, query, args: [operand], type: 'condition', at: e.at }
  if (column === undefined || columns.length !== 1) {
    throw fault('adql_type', e.at, `The sub-query of IN gives ${columns.length} columns; it must give one`)
  }
  const [adapted] = comparable([operand, column.value], 'IN', e.at)
  const id = context.binder.nextRelation()
  return { kind: 'inQuery', id, query, args: [adapted ?? operand], type: 'condition', at: e.at }
}

function checkScalar(e: Of<'scalar'>, context: Context): Expression {
  const { query, columns, isOpen } = checkSubQuery(e.query, context)
  const column = columns[0]
  if (isOpen) return { kind: 'scalar', id: -1, query, args: [], type: 'unknown', at: e.at }
  if (column === undefined || columns.length !== 1) {
    throw fault('adql_type', e.at, `A sub-query as a value gives ${columns.length} columns; it must give one`)
  }
  const id = context.binder.nextRelation()
  return { kind: 'scalar', id, query, args: [], type: column.value.type, at: e.at }
}

function checkCase(e: Of<'case'>, context: Context): Expression {
  const operand = e.operand === undefined ? undefined : checkExpression(e.operand, context)
  const conditions = e.branches.map(({ when }) => {
    const checked = checkExpression(when, context)
    if (operand === undefined) return condition(checked, 'WHEN')
    return operation('=', comparable([operand, checked], 'CASE', when.at), 'condition', when.at)
  })
  const thens = e.branches.map(({ then }) => checkExpression(then, context))
  const otherwise = e.otherwise === undefined ? [] : [checkExpression(e.otherwise, context)]
  const { values, type } = unified([...thens, ...otherwise], 'CASE', e.at)
  const args = conditions.flatMap((when, i) => [when, values[i] ?? when])
  return operation('case', [...args, ...values.slice(conditions.length)], type, e.at)
}

/** ADQL 2.1 §4.7.1: numbers to numbers and text, text to everything, timestamps to text. */
function checkCast(e: Of<'cast'>, operand: Expression): Expression {
  const to = CAST_TYPES[e.to]
  const from = operand.type
  if (to === 'point' || to === 'region') return checkShapeCast(e.to.toUpperCase(), operand, e.at)
  const allowed = isAnything(from) || from === 'text' || to === from
    || (isNumber(from) && (isNumber(to) || to === 'text'))
    || (to === 'text' && (from === 'timestamp' || from === 'region' || from === 'boolean'))
  if (!allowed) throw fault('adql_type', e.at, `CAST makes no ${e.to.toUpperCase()} of ${NAMES[from]}`)
  if (to === 'timestamp' && operand.kind === 'value' && typeof operand.value === 'string') {
    return timestampValue(operand.value, operand.at)
  }
  return operation('cast', [operand], to, e.at, e.length)
}

/** The name of an output that has no alias: a column's own, a function's, or a number. */
export function outputName(e: SyntaxExpression, number: number): string {
  if (e.kind === 'column') return e.path.at(-1)?.text ?? pathText(e.path)
  if (e.kind === 'call') return e.star ? `${e.name.text.toUpperCase()}_ALL` : e.name.text.toUpperCase()
  return e.kind === 'cast' ? 'CAST' : `col_${number}`
}
