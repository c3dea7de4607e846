/** IN_UNIT and the units of expressions: ADQL 2.1 §4.9. */
import type { ArchiveError, Place } from '@quipu/vo'
import type { Expression, Operation } from './checked.ts'
import { castTo, constantNumber, numeric, operation, valueOf } from './coerce.ts'
import { fault, shown } from './fault.ts'
import { ADQL_FUNCTIONS } from './functions.ts'
import type { FunctionRow } from './functions.ts'
import { NO_UNIT, factorBetween, multiplied, parseUnit, raised } from './units.ts'
import type { Unit } from './units.ts'

/** `anything` is what a column gives of which nothing is known: every conversion of it may be right. */
export type Measure = Unit | 'none' | 'anything'

/** IN_UNIT(value, 'unit'): the value times a factor. Throws `adql_type` as §4.9.1 wants it. */
export function checkInUnit(
  args: readonly Expression[], at: Place,
  wrongCount: (row: FunctionRow, given: number, at: Place) => ArchiveError,
): Expression {
  const row = ADQL_FUNCTIONS.get('IN_UNIT')
  const [given, wanted] = args
  if (given === undefined || wanted === undefined || args.length !== 2) {
    throw row === undefined ? fault('adql_type', at, 'IN_UNIT takes a value and a unit')
      : wrongCount(row, args.length, at)
  }
  if (wanted.kind !== 'value' || typeof wanted.value !== 'string') {
    throw fault('adql_type', wanted.at, "IN_UNIT takes the unit written out, as in IN_UNIT(ra, 'rad')")
  }
  const to = parseUnit(wanted.value)
  if (to === undefined || wanted.value.trim() === '') {
    throw fault('adql_type', wanted.at,
      `'${shown(wanted.value)}' is no unit; VOUnits has units like m, km.s**-1, mas/yr`)
  }
  const value = numeric(given, 'IN_UNIT')
  const from = measureOf(value)
  if (from === 'none') {
    throw fault('adql_type', given.at,
      'IN_UNIT needs a value whose unit is known, such as a column that has one')
  }
  const factor = from === 'anything' ? 1 : factorBetween(from, to)
  if (factor === undefined) {
    throw fault('adql_type', at, `${unitText(value)} cannot be brought to '${shown(wanted.value)}'`)
  }
  return converted(value, factor, wanted.value.trim(), at)
}

const unitText = (value: Expression): string => {
  const text = textOfUnit(value)
  return text === undefined ? 'The unit of the value' : `'${shown(text)}'`
}

function converted(value: Expression, factor: number, unit: string, at: Place): Operation {
  const number = castTo(value, 'double')
  const scaled = factor === 1 ? [number] : [number, valueOf(factor, 'double', at)]
  return { ...operation('inUnit', scaled, 'double', at), unit }
}

const SAME_UNIT = new Set(['ABS', 'CEILING', 'FLOOR', 'MOD', 'ROUND', 'TRUNCATE', 'IVO_NORMAL_RANDOM'])
const FIXED_UNITS: Readonly<Record<string, string>> = {
  DEGREES: 'deg', RADIANS: 'rad', ACOS: 'rad', ASIN: 'rad', ATAN: 'rad', ATAN2: 'rad', DISTANCE: 'deg',
  COORD1: 'deg', COORD2: 'deg', ESO_INTERSECTION: 'deg**2', IVO_TO_JD: 'd', IVO_TO_MJD: 'd',
  IVO_HMS_TO_DEGREES: 'deg', IVO_DMS_TO_DEGREES: 'deg', COS: '', SIN: '', TAN: '', COT: '', EXP: '',
}

/** The unit of an expression, as far as columns and operators tell it. */
export function measureOf(e: Expression): Measure {
  switch (e.kind) {
    case 'column': return e.type === 'unknown' ? 'anything' : ofText(e.field.unit)
    case 'aggregate': return e.name === 'COUNT' ? 'none' : measureAt(e, 0)
    case 'scalar': return ofText(e.query.body.columns[0]?.field.unit)
    case 'call': return measureOfCall(e)
    case 'operation': return measureOfOperation(e)
    default: return 'none'
  }
}

const ofText = (text: string | undefined): Measure =>
  (text === undefined || text.trim() === '' ? 'none' : parseUnit(text) ?? 'none')

const measureAt = (e: Expression, index: number): Measure => {
  const arg = e.args[index]
  return arg === undefined ? 'none' : measureOf(arg)
}

function measureOfCall(e: Extract<Expression, { kind: 'call' }>): Measure {
  const { name } = e.row
  if (SAME_UNIT.has(name)) return measureAt(e, 0)
  if (name === 'SQRT') return powered(measureAt(e, 0), 0.5)
  if (name === 'POWER') {
    const power = e.args[1] === undefined ? undefined : constantNumber(e.args[1])
    return power === undefined ? 'none' : powered(measureAt(e, 0), power)
  }
  const fixed = FIXED_UNITS[name]
  if (fixed !== undefined) return parseUnit(fixed) ?? 'none'
  return e.row.section === 'declared' ? 'anything' : 'none'
}

const powered = (measure: Measure, power: number): Measure =>
  (typeof measure === 'string' ? measure : raised(measure, power))

function measureOfOperation(e: Operation): Measure {
  switch (e.operator) {
    case 'negate': case 'cast': return measureAt(e, 0)
    case 'inUnit': return ofText(e.unit)
    case 'distance': return ofText('deg')
    case 'area': return ofText('deg**2')
    case '+': case '-': case 'coalesce': return common(e.args)
    case 'case': {
      const last = e.args.length - 1
      return common(e.args.filter((_, i) => i % 2 === 1 || (i === last && i % 2 === 0)))
    }
    case '*': case '/': return product(measureAt(e, 0), measureAt(e, 1), e)
    default: return 'none'
  }
}

/** Numbers written out take the unit of what they stand beside. */
function common(args: readonly Expression[]): Measure {
  let found: Measure | undefined
  for (const arg of args) {
    if (arg.kind === 'value') continue
    const measure = measureOf(arg)
    if (typeof measure === 'string') return measure
    if (found === undefined) found = measure
    else if (typeof found !== 'string' && factorBetween(found, measure) !== 1) return 'none'
  }
  return found ?? 'none'
}

// A column without unit may be a pure number or one of which nobody wrote the unit; here it counts as pure
// beside one that has a unit.
function product(a: Measure, b: Measure, e: Operation): Measure {
  if (a === 'anything' || b === 'anything') return 'anything'
  if (a === 'none' && b === 'none') return 'none'
  const [left, right] = [a === 'none' ? NO_UNIT : a, b === 'none' ? NO_UNIT : b]
  return multiplied(left, e.operator === '/' ? raised(right, -1) : right)
}

/** The unit that a result column can be given: of what keeps or states it, spelled as it was. */
export function textOfUnit(e: Expression): string | undefined {
  const inner = e.args[0]
  switch (e.kind) {
    case 'column': return e.field.unit
    case 'aggregate': return e.name === 'COUNT' || inner === undefined ? undefined : textOfUnit(inner)
    case 'scalar': return e.query.body.columns[0]?.field.unit
    case 'call':
      if (SAME_UNIT.has(e.row.name) && inner !== undefined) return textOfUnit(inner)
      return FIXED_UNITS[e.row.name] || undefined
    case 'operation': break
    default: return undefined
  }
  switch (e.operator) {
    case 'inUnit': return e.unit
    case 'distance': return 'deg'
    case 'area': return 'deg**2'
    case 'negate': return inner === undefined ? undefined : textOfUnit(inner)
    case 'cast': return e.type === 'text' || inner === undefined ? undefined : textOfUnit(inner)
    case '+': case '-': case 'coalesce': {
      const texts = new Set(e.args.filter((arg) => arg.kind !== 'value').map(textOfUnit))
      const [only] = texts
      return texts.size === 1 ? only : undefined
    }
    default: return undefined
  }
}
