/**
 * Values on their way into PostgreSQL and out of it, all as its text format has them. Design §7; PostgreSQL
 * manual, "Frontend/Backend Protocol" and COPY ("Text Format").
 */
import type { BoundValue } from '@quipu/adql'
import { ArchiveError, assert, isoOfMicros } from '@quipu/vo'
import type { Cell, Field } from '@quipu/vo/votable'
import type { StoredColumn } from '../schema/catalog.ts'
import { isElements, readElements } from './array-text.ts'
import { checkedCell, INTEGER_RANGES } from './stored-value.ts'
import type { PublishedRow } from './truth.ts'

/** Types by their numbers in `pg_type`, which never change. */
export const OID = {
  boolean: 16, bigint: 20, integer: 23, text: 25, real: 700, double: 701, integers: 1007, textlike: 1043,
  timestamp: 1114,
} as const

export const ENGINE_TYPES: Readonly<Record<StoredColumn['type'], string>> = {
  text: 'text collate "C"', smallint: 'smallint', integer: 'integer', bigint: 'bigint', real: 'real',
  double: 'double precision', timestamp: 'timestamp', boolean: 'boolean',
}

/**
 * PostgreSQL's text cannot hold U+0000. It is kept as two U+0001, and a U+0001 as U+0001 U+0002: equal texts
 * stay equal and the order stays the order of code points.
 */
function toStoredText(text: string): string {
  // eslint-disable-next-line no-control-regex
  return /[\0\u0001]/.test(text) ? text.replaceAll('\u0001', '\u0001\u0002').replaceAll('\0', '\u0001\u0001')
    : text
}

function fromStoredText(text: string): string {
  if (!text.includes('\u0001')) return text
  return text.replace(/\u0001[\u0001\u0002]/g, (pair) => (pair === '\u0001\u0001' ? '\0' : '\u0001'))
}

const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/** `2016-09-26 04:15:07.252999`. */
function timestampText(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n
  return `${isoOfMicros(micros).slice(0, -1).replace('T', ' ')}${String(rest).padStart(3, '0')}`
}

/** A line of COPY for a row. Throws `holding_invalid` when a column cannot hold its cell. */
export function copyLine(
  columns: readonly StoredColumn[], cellOf: (column: StoredColumn) => PublishedRow[string] | undefined,
): string {
  return `${columns.map((column) => copyCell(column, cellOf(column))).join('\t')}\n`
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function copyCell(column: StoredColumn, value: PublishedRow[string] | undefined): string {
  const cell = checkedCell(column, value)
  switch (typeof cell) {
    case 'string': return toStoredText(cell).replace(/[\\\t\n\r]/g, (sign) => ESCAPES[sign] ?? sign)
    case 'number': return doubleText(column.type === 'real' ? Math.fround(cell) : cell)
    case 'bigint': return column.type === 'timestamp' ? timestampText(cell) : String(cell)
    case 'boolean': return cell ? 't' : 'f'
    default: return '\\N'
  }
}

/** A statement's values as text, and their types; nothing of them is ever SQL. */
export function bound(
  values: readonly BoundValue[],
): { readonly values: readonly (string | null)[]; readonly types: readonly number[] } {
  const pairs = values.map(boundValue)
  return { values: pairs.map(([text]) => text), types: pairs.map(([, type]) => type) }
}

function boundValue(value: BoundValue): readonly [string | null, number] {
  // A null takes its type from where it stands.
  if (value === null) return [null, 0]
  if (typeof value === 'string') return [toStoredText(value), OID.text]
  if (typeof value === 'boolean') return [value ? 't' : 'f', OID.boolean]
  if (typeof value === 'bigint') return [String(value), OID.bigint]
  if (typeof value === 'number') {
    const isInteger = Number.isInteger(value) && Math.abs(value) < 2 ** 31 && !Object.is(value, -0)
    return [doubleText(value), isInteger ? OID.integer : OID.double]
  }
  if ('integers' in value) return [`{${value.integers.join(',')}}`, OID.integers]
  return [timestampText(value.timestampMicros), OID.timestamp]
}

/** Reads the text of one value, which is not null, as a cell. */
export type ReadCell = (text: string) => Cell

/**
 * How to read a column of the result as the field that the statement promises. Types that stand for the same
 * value (NUMERIC of a sum) are read by value.
 * @param oid The engine's type of the column.
 */
export function cellReader(field: Field, oid: number): ReadCell {
  if (isElements(field)) return (text) => readElements(field, text)
  switch (field.datatype) {
    case 'long': return (text) => toInteger(text, INTEGER_RANGES.bigint, field)
    case 'int': return (text) => Number(toInteger(text, INTEGER_RANGES.integer, field))
    case 'short': return (text) => Number(toInteger(text, INTEGER_RANGES.smallint, field))
    case 'unsignedByte': return (text) => Number(toInteger(text, [0n, 255n], field))
    case 'float':
    case 'double':
      return oid === OID.real ? (text) => Math.fround(toDouble(text, field)) : (text) => toDouble(text, field)
    case 'boolean':
      return (text) => (text === 't' ? true : text === 'f' ? false : unreadable(field))
    case 'char':
    case 'unicodeChar':
      if (oid === OID.timestamp) return (text) => toTimestamp(text, field)
      if (oid === OID.boolean) return (text) => (text === 't' ? 'true' : 'false')
      return fromStoredText
    case 'bit': return (text) => Number(toInteger(text, [0n, 1n], field))
    case 'floatComplex':
    case 'doubleComplex':
      return () => unreadable(field)
  }
}

function toInteger(text: string, [least, greatest]: readonly [bigint, bigint], field: Field): bigint {
  const digits = /^(-?\d+)(\.0*)?$/.exec(text)?.[1]
  if (digits === undefined) return unreadable(field)
  const whole = BigInt(digits)
  if (whole >= least && whole <= greatest) return whole
  throw new ArchiveError('query_data', `a value of '${field.name}' is out of the range of ${field.datatype}`)
}

function toDouble(text: string, field: Field): number {
  const value = Number(text)
  return Number.isNaN(value) && text !== 'NaN' ? unreadable(field) : value
}

/** ESO's form, of milliseconds that are cut and not rounded. */
function toTimestamp(text: string, field: Field): string {
  const [, date, time, fraction = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?$/.exec(text) ?? []
  if (date !== undefined) return `${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
  throw new ArchiveError('query_data', `a value of '${field.name}' is not a time from the years 0001 to 9999`)
}

/** The statement promised another type than it gives: the compiler's mistake. Says no value. */
function unreadable(field: Field): never {
  assert(false, `another type was given for '${field.name}' (${field.datatype})`)
}
