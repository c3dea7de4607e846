/** Bringing operands to types that go together; text literals become timestamps and numbers. ADQL 2.1 §3. */
import type { Place } from '@quipu/vo'
import { parseIsoMicros } from '@quipu/vo'
import type { Expression, Operation, Operator, Value } from './checked.ts'
import { fault, shown } from './fault.ts'
import { NAMES, commonType, isAnything, isNumber, isText } from './types.ts'
import type { Type } from './types.ts'

/** An operation node. */
export const operation = (
  operator: Operator, args: readonly Expression[], type: Type, at: Place, length?: number,
): Operation => ({ kind: 'operation', operator, args, type, at, ...(length === undefined ? {} : { length }) })

export const valueOf = (value: Value['value'], type: Type, at: Place): Value =>
  ({ kind: 'value', value, type, at, args: [] })

/** A cast node, or the expression itself when it has the type. */
export function castTo(expression: Expression, type: Type): Expression {
  if (expression.type === type || isAnything(expression.type) || type === 'unknown') return expression
  if (isText(expression.type) && isText(type)) return expression
  const constant = type === 'double' ? constantNumber(expression) : undefined
  if (constant !== undefined) return valueOf(constant, type, expression.at)
  return operation('cast', [expression], type, expression.at)
}

/** The micros of a timestamp literal: T or blank, Z or none. Throws `adql_type`. */
export function timestampValue(text: string, at: Place): Value {
  const micros = parseIsoMicros(text.trim())
  if (micros === undefined) {
    throw fault('adql_type', at,
      `'${shown(text)}' is no time; write '2016-09-26', '2016-09-26 04:15:07' or '2016-09-26T04:15:07.252Z'`)
  }
  return valueOf(micros, 'timestamp', at)
}

/** A text literal beside a timestamp or a number becomes one; anything else stays. */
export function adapt(expression: Expression, wanted: Type): Expression {
  if (expression.kind !== 'value' || expression.type !== 'text' || typeof expression.value !== 'string') {
    return expression
  }
  if (wanted === 'timestamp') return timestampValue(expression.value, expression.at)
  if (!isNumber(wanted)) return expression
  const text = expression.value.trim()
  if (/^[+-]?\d{1,18}$/.test(text)) return valueOf(BigInt(text), 'long', expression.at)
  const number = Number(text)
  if (text === '' || !Number.isFinite(number) || !/^[-+.\deE]+$/.test(text)) {
    throw fault('adql_type', expression.at,
      `The text '${shown(expression.value)}' stands where a number must be`)
  }
  return valueOf(number, 'double', expression.at)
}

/** Operands of a comparison in one type. Throws `adql_type` when they cannot be compared. */
export function comparable(operands: readonly Expression[], what: string, at: Place): readonly Expression[] {
  const wanted = operands.find((operand) => operand.type === 'timestamp' || isNumber(operand.type))?.type
  const adapted = wanted === undefined ? operands : operands.map((operand) => adapt(operand, wanted))
  let type: Type = 'null'
  for (const operand of adapted) {
    if (operand.type === 'point' || (operand.type === 'region' && operand.kind === 'shape')) {
      throw fault('adql_type', operand.at,
        `Shapes cannot be compared by ${what}; use CONTAINS, INTERSECTS or DISTANCE`)
    }
    if (operand.type === 'condition') {
      throw fault('adql_type', operand.at, `A condition stands where ${what} needs a value`)
    }
    const common = commonType(type, operand.type)
    if (common === undefined) throw fault('adql_type', at, mismatch(type, operand.type, what))
    type = common
  }
  // Single precision beside anything else is compared as double, as every engine but DuckDB does.
  const mixed = type === 'double' || type === 'float'
  if (!mixed) return adapted
  return adapted.map((operand) => (operand.type === 'float' ? castTo(operand, type) : operand))
}

function mismatch(a: Type, b: Type, what: string): string {
  const types = [a, b]
  const hint = types.includes('timestamp') && types.some(isText)
    ? '; CAST(… AS TIMESTAMP) makes a timestamp of text'
    : types.some(isNumber) && types.some(isText) ? '; text stands in single quotes, numbers without' : ''
  return `${what} cannot take ${NAMES[a]} and ${NAMES[b]}${hint}`
}

/** The values of a result in one type, as CASE, COALESCE and set operators need them. */
export function unified(
  values: readonly Expression[], what: string, at: Place,
): { values: readonly Expression[]; type: Type } {
  const wanted = values.find((value) => value.type === 'timestamp')?.type
  const adapted = wanted === undefined ? values : values.map((value) => adapt(value, wanted))
  let type: Type = 'null'
  for (const value of adapted) {
    if (value.type === 'condition') throw fault('adql_type', value.at, `A condition is no value of ${what}`)
    const common = commonType(type, value.type)
    if (common === undefined) throw fault('adql_type', at, mismatch(type, value.type, what))
    type = common
  }
  return { values: adapted.map((value) => castTo(value, type)), type }
}

/** An operand that must be a number. */
export function numeric(expression: Expression, what: string): Expression {
  const adapted = adapt(expression, 'double')
  if (isNumber(adapted.type) || isAnything(adapted.type)) return adapted
  throw fault('adql_type', adapted.at, `${what} needs numbers, not ${NAMES[adapted.type]}`)
}

/** An operand that must be text; timestamps are written out in ESO's form. */
export function textual(expression: Expression, what: string): Expression {
  if (isText(expression.type) || isAnything(expression.type)) return expression
  if (expression.type === 'timestamp') return castTo(expression, 'text')
  throw fault('adql_type', expression.at, `${what} needs text, not ${NAMES[expression.type]}`)
}

/** An operand that must be a condition. */
export function condition(expression: Expression, clause: string): Expression {
  if (expression.type === 'condition' || expression.type === 'boolean') return expression
  const geometric = expression.kind === 'operation' && expression.operator === 'asInteger'
  throw fault('adql_type', expression.at, geometric
    ? `CONTAINS and INTERSECTS are 1 or 0; write … = 1 in ${clause}`
    : `${clause} needs a condition, not ${NAMES[expression.type]}`)
}

/** The number that a constant is. */
export function constantNumber(expression: Expression): number | undefined {
  if (expression.kind !== 'value' || expression.type === 'timestamp') return undefined
  const { value } = expression
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined
}
