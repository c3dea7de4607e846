/** Calls of functions and aggregates: which form is meant, what its arguments become. ADQL 2.1 §2.2.3, §4. */
import { ArchiveError } from '@quipu/vo'
import type { Place } from '@quipu/vo'
import type { SyntaxExpression } from './ast.ts'
import type { Context } from './binder.ts'
import { checkExpression } from './check-expression.ts'
import { checkGeometry, checkTransform } from './check-geometry.ts'
import { checkInUnit } from './check-unit.ts'
import type { Aggregate, Call, Expression } from './checked.ts'
import {
  adapt, castTo, constantNumber, numeric, operation, textual, unified,
} from './coerce.ts'
import { didYouMean, fault, shown } from './fault.ts'
import { ADQL_FUNCTIONS } from './functions.ts'
import type { ArgumentKind, FunctionRow } from './functions.ts'
import { hasAggregate } from './grouping.ts'
import { NAMES, arithmeticType, isAnything, isInteger } from './types.ts'
import type { Type } from './types.ts'

type SyntaxCall = Extract<SyntaxExpression, { kind: 'call' }>

/** A call of a function by its name. Throws `adql_unknown_function`, `adql_type`, `adql_grouping`. */
export function checkCall(e: SyntaxCall, context: Context): Expression {
  const { binder } = context
  const name = e.name.text.toUpperCase()
  const row = ADQL_FUNCTIONS.get(name)
  const declared = binder.declaredFunctions(name)
  if (row === undefined && declared.length === 0) {
    const known = [...ADQL_FUNCTIONS.keys(), ...binder.declaredNames]
    throw fault('adql_unknown_function', e.at,
      `There is no function '${shown(e.name.text)}'${didYouMean(name, known)}`)
  }
  if (row?.unsupported !== undefined && declared.length === 0) {
    throw fault('adql_unsupported', e.at, `${row.name} is not available: ${row.unsupported}`)
  }
  if (row?.kind === 'aggregate' || row?.isAggregate === true) return checkAggregate(e, row, context)
  if (e.star || e.distinct) {
    throw fault('adql_syntax', e.at, `Only aggregates take ${e.star ? '*' : 'DISTINCT'}, not ${name}`)
  }
  if (row?.isSince21 === true && binder.options.version === '2.0') {
    throw fault('adql_syntax', e.at, `ADQL 2.0 has no ${name}; ADQL 2.1 has`)
  }
  // Without knowing types nobody can say what a function makes of an aggregate.
  const inside = binder.isOpen ? { ...context, aggregates: true } : context
  const args = e.args.map((arg) => checkExpression(arg, inside))
  for (const arg of args) {
    if (arg.type === 'condition') throw fault('adql_type', arg.at, `${name} needs values, not a condition`)
  }
  const isOffered = row !== undefined && row.unsupported === undefined
  const forms = isOffered ? [row, ...row.forms ?? [], ...declared] : declared
  return firstThatFits(forms, (form) => checkForm(form, args, e.at, context))
}

/** What the first form that takes the arguments makes of them; else the complaint that tells the most. */
function firstThatFits(
  forms: readonly FunctionRow[], check: (form: FunctionRow) => Expression,
): Expression {
  let complaint: ArchiveError | undefined
  for (const form of forms) {
    try {
      return check(form)
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error
      // That a form is of another length tells less than what is wrong with an argument.
      if (complaint === undefined || error.message.includes(' does not take ') === false) complaint = error
    }
  }
  throw complaint ?? new ArchiveError('internal_error', 'a function without a form')
}

function checkForm(
  row: FunctionRow, args: readonly Expression[], at: Place, { binder }: Context,
): Expression {
  if (row.section === 'declared') return callOf(row, args, at)
  switch (row.name) {
    case 'COALESCE': {
      if (args.length === 0) throw wrongCount(row, args.length, at)
      const { values, type } = unified(args, 'COALESCE', at)
      return operation('coalesce', values, type, at)
    }
    case 'IN_UNIT': return checkInUnit(args, at, wrongCount)
    case 'GETDATE':
      checkCount(row, args.length, at)
      return { kind: 'bound', name: 'now', type: 'timestamp', args: [], at }
    case 'IVO_NOCASEMATCH': {
      checkCount(row, args.length, at)
      const test = operation('ilike', args.map((arg) => textual(arg, row.name)), 'condition', at)
      return operation('asInteger', [test], 'int', at)
    }
    case 'IVO_GEOM_TRANSFORM': return checkTransform(callOf(row, args, at))
    default:
      return row.kind === 'geometry' ? checkGeometry(row.name, args, at, binder.options)
        : callOf(row, args, at)
  }
}

/** A call with its arguments brought to what the row wants. */
export function callOf(row: FunctionRow, args: readonly Expression[], at: Place): Call {
  checkCount(row, args.length, at)
  const last = row.args.at(-1) ?? 'any'
  let brought = args.map((arg, i) => argument(arg, row.args[i] ?? last, row.name))
  if (row.result !== 'number') return { kind: 'call', row, args: brought, type: row.result, at }
  let type: Type = 'int'
  for (const arg of brought) type = arithmeticType(type, arg.type === 'null' ? 'double' : arg.type)
  brought = brought.map((arg) => castTo(arg, type))
  return { kind: 'call', row, args: brought, type, at }
}

function checkCount(row: FunctionRow, given: number, at: Place): void {
  const { length } = row.args
  const isVariadic = row.isVariadic === true
  const least = length - (row.optional ?? 0) - (isVariadic ? 1 : 0)
  if (given < least || (given > length && !isVariadic)) throw wrongCount(row, given, at)
}

const wrongCount = (row: FunctionRow, given: number, at: Place) => fault('adql_type', at,
  `${row.name} does not take ${given} ${given === 1 ? 'argument' : 'arguments'}; it is ${
    [row, ...row.forms ?? []].map(({ declaration }) => declaration).join(' or ')}`)

/** Engines choose a function by its arguments, and NULL has no type by itself. */
const NULLS: Partial<Record<ArgumentKind, Type>> = {
  double: 'double', integer: 'int', text: 'text', timestamp: 'timestamp', point: 'region', geometry: 'region',
}

function argument(given: Expression, kind: ArgumentKind, name: string): Expression {
  const type = given.type === 'null' ? NULLS[kind] : undefined
  if (type !== undefined && given.kind === 'value') return { ...given, type }
  switch (kind) {
    case 'any': return given
    case 'double': return castTo(numeric(given, name), 'double')
    case 'number': return numeric(given, name)
    case 'text': return textual(given, name)
    case 'word':
      if (given.kind === 'value' && typeof given.value === 'string') return given
      throw fault('adql_type', given.at, `${name} needs a text in quotes here`)
    case 'integer': {
      const number = numeric(given, name)
      if (isInteger(number.type) || isAnything(number.type)) return number
      throw fault('adql_type', given.at, `${name} needs a whole number here`)
    }
    case 'digits': {
      const number = constantNumber(given)
      if (number !== undefined && Number.isInteger(number) && Math.abs(number) <= 2_147_483_647) return given
      throw fault('adql_type', given.at, `${name} needs a whole number written out here`)
    }
    case 'timestamp': {
      const time = adapt(given, 'timestamp')
      if (time.type === 'timestamp' || isAnything(time.type)) return time
      throw fault('adql_type', given.at, `${name} needs a timestamp, not ${NAMES[given.type]}`)
    }
    case 'point':
      if (given.type === 'point' || isColumnOfRegions(given) || isAnything(given.type)) return given
      throw fault('adql_type', given.at, `${name} needs a point, not ${NAMES[given.type]}`)
    case 'geometry':
      if (given.type === 'point' || given.type === 'region' || isAnything(given.type)) return given
      throw fault('adql_type', given.at, `${name} needs a shape, not ${NAMES[given.type]}`)
  }
}

// Each of its rows may be a point.
const isColumnOfRegions = (given: Expression): boolean => given.type === 'region' && given.kind !== 'shape'

function checkAggregate(e: SyntaxCall, row: FunctionRow, context: Context): Expression {
  const name = row.name as Aggregate['name']
  if (!context.aggregates) {
    throw fault('adql_grouping', e.at,
      `${name} cannot stand in ${context.clause}${context.clause === 'WHERE' ? '; use HAVING' : ''}`)
  }
  if (e.star) {
    if (name !== 'COUNT') throw fault('adql_type', e.at, `Only COUNT takes *, not ${name}`)
    return { kind: 'aggregate', name, distinct: false, args: [], type: 'long', at: e.at }
  }
  const wanted = row.args.length
  if (e.args.length !== wanted) {
    throw fault('adql_type', e.at,
      `${name} takes ${wanted === 1 ? 'one argument' : `${wanted} arguments`}, not ${e.args.length}`)
  }
  const inside: Context = { ...context, aggregates: false, clause: `the argument of ${name}` }
  const [inner, ...rest] = e.args.map((arg) => checkExpression(arg, inside))
  if (inner === undefined) throw fault('adql_type', e.at, `${name} takes one argument, not 0`)
  if (inner.type === 'condition') throw fault('adql_type', inner.at, `${name} needs a value, not a condition`)
  if (hasAggregate(inner)) throw fault('adql_grouping', inner.at, `${name} cannot hold another aggregate`)
  const { arg, type } = aggregateType(name, inner)
  const others = rest.map((other, i) => argument(other, row.args[i + 1] ?? 'any', name))
  return { kind: 'aggregate', name, distinct: e.distinct, args: [arg, ...others], type, at: e.at }
}

function aggregateType(name: Aggregate['name'], inner: Expression): { arg: Expression; type: Type } {
  if (name === 'COUNT') return { arg: inner, type: 'long' }
  if (name === 'IVO_STRING_AGG') return { arg: textual(inner, name), type: 'text' }
  if (name === 'MIN' || name === 'MAX') {
    const isShape = inner.kind === 'shape' || inner.type === 'point'
    if (isShape) throw fault('adql_type', inner.at, `${name} cannot order shapes`)
    return { arg: inner, type: inner.type }
  }
  const number = numeric(inner, name)
  if (name === 'SUM' && isInteger(number.type)) return { arg: number, type: 'long' }
  return { arg: castTo(number, 'double'), type: 'double' }
}
