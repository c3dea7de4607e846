/** One value of a published column, from a header or a record. Timestamps are ISO text with Z. */
import { isoOfMicros, parseIsoMicros } from '@quipu/vo'
import type { ColumnEntry } from '../schema/model.ts'

export type Given = string | number | boolean | bigint
export type Stored = string | number | bigint | null

/** Thrown and caught within ingest: the value does not fit its column. */
export class Misfit extends Error {
  override readonly name = 'Misfit'
}

const INTEGER_RANGE = { short: [-32_768, 32_767], int: [-2_147_483_648, 2_147_483_647] } as const
const LONG = 2n ** 63n

/** The value in the form of the column's type. Throws `Misfit`. */
export function storedValue(type: ColumnEntry['type'], given: Given): Stored {
  switch (type) {
    case 'text':
    case 'region': return String(given)
    case 'timestamp': {
      const micros = typeof given === 'string' ? parseIsoMicros(given) : undefined
      if (micros === undefined) throw new Misfit(`'${given}' is not a time such as 2016-09-26T04:15:07.252`)
      return isoOfMicros(micros)
    }
    case 'short':
    case 'int': {
      const [least, most] = INTEGER_RANGE[type]
      const value = numberOf(given)
      if (!Number.isInteger(value) || value < least || value > most) {
        throw new Misfit(`'${given}' is not an integer from ${least} to ${most}`)
      }
      return value
    }
    case 'long': {
      const value = bigintOf(given)
      if (value === undefined || value < -LONG || value >= LONG) {
        throw new Misfit(`'${given}' is not a 64-bit integer`)
      }
      return value
    }
    case 'float':
    case 'double': {
      const value = numberOf(given)
      if (!Number.isFinite(value)) throw new Misfit(`'${given}' is not a number`)
      return value
    }
  }
}

/** A header's value as the column's entry reads it: words mapped, text prefixed, numbers scaled. */
export function headerValue(entry: ColumnEntry, given: Given): Stored {
  let value: Given | undefined = given
  if (entry.values) value = entry.values[String(given)]
  if (value === undefined) return null
  if (entry.prefix !== undefined) value = entry.prefix + String(value)
  if (entry.scale !== undefined) value = scaled(numberOf(value), entry.scale)
  return storedValue(entry.type, value)
}

/** 776.55 nm is 7.7655e-7 m, not 7.765499999999999e-7: a power of ten moves the point. */
function scaled(value: number, scale: number): number {
  const exponent = Math.log10(scale)
  if (Number.isInteger(exponent) && Number.isFinite(value)) {
    const [digits = '', power = '0'] = value.toExponential().split('e')
    return Number(`${digits}e${Number(power) + exponent}`)
  }
  return value * scale
}

function numberOf(given: Given): number {
  if (typeof given === 'number') return given
  if (typeof given === 'bigint') return Number(given)
  if (typeof given === 'boolean') return Number(given)
  const isNumber = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?\s*$/.test(given)
  return isNumber ? Number(given.replace(/[dD]/, 'e')) : NaN
}

function bigintOf(given: Given): bigint | undefined {
  if (typeof given === 'bigint') return given
  if (typeof given === 'number') return Number.isSafeInteger(given) ? BigInt(given) : undefined
  return typeof given === 'string' && /^[+-]?\d{1,19}$/.test(given) ? BigInt(given) : undefined
}
