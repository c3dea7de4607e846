/** Values on their way into the column copy and out of it. Design §7; VOTable 1.4 §2.1 (datatypes). */
import {
  DuckDBDecimalValue, DuckDBListValue, DuckDBTimestampValue, DuckDBTypeId, INTEGER, LIST,
} from '@duckdb/node-api'
import type { DuckDBDataChunk, DuckDBPreparedStatement, DuckDBValue } from '@duckdb/node-api'
import type { BoundValue } from '@quipu/adql'
import { ArchiveError, assert, isoOfMicros } from '@quipu/vo'
import type { Cell, Field, Row } from '@quipu/vo/votable'
import type { StoredColumn } from '../schema/catalog.ts'
import { isElements, readElements } from './array-text.ts'
import { checkedCell, INTEGER_RANGES } from './stored-value.ts'
import type { PublishedRow } from './truth.ts'

/** The engine's value of a published cell. Throws `holding_invalid` when the column cannot hold it. */
export function storedValue(column: StoredColumn, value: PublishedRow[string] | undefined): DuckDBValue {
  const cell = checkedCell(column, value)
  return column.type === 'timestamp' && typeof cell === 'bigint' ? new DuckDBTimestampValue(cell) : cell
}

/** Binds a statement's values, each by its own type; nothing of them is ever SQL. */
export function bindValues(prepared: DuckDBPreparedStatement, values: readonly BoundValue[]): void {
  for (const [i, value] of values.entries()) bindValue(prepared, i + 1, value)
}

function bindValue(prepared: DuckDBPreparedStatement, at: number, value: BoundValue): void {
  if (value === null) prepared.bindNull(at)
  else if (typeof value === 'string') prepared.bindVarchar(at, value)
  else if (typeof value === 'boolean') prepared.bindBoolean(at, value)
  else if (typeof value === 'bigint') prepared.bindBigInt(at, value)
  else if (typeof value === 'number') {
    if (Number.isInteger(value) && Math.abs(value) < 2 ** 31) prepared.bindInteger(at, value)
    else prepared.bindDouble(at, value)
  } else if ('integers' in value) prepared.bindList(at, new DuckDBListValue(value.integers), LIST(INTEGER))
  else prepared.bindTimestamp(at, new DuckDBTimestampValue(value.timestampMicros))
}

/** Reads one value of the engine, which is not null, as a cell. */
export type ReadCell = (value: DuckDBValue) => Cell

/**
 * How to read a column of the result as the field that the statement promises. Engine types that stand
 * for the same value (HUGEINT of a sum, DECIMAL of a literal) are read by value.
 */
export function cellReader(field: Field, typeId: DuckDBTypeId): ReadCell {
  if (isElements(field)) return (value) => readElements(field, String(value))
  switch (field.datatype) {
    case 'long': return (value) => toInteger(value, INTEGER_RANGES.bigint, field)
    case 'int': return (value) => Number(toInteger(value, INTEGER_RANGES.integer, field))
    case 'short': return (value) => Number(toInteger(value, INTEGER_RANGES.smallint, field))
    case 'unsignedByte': return (value) => Number(toInteger(value, [0n, 255n], field))
    case 'float':
    case 'double': return (value) => toDouble(value, field)
    case 'boolean':
      return (value) => typeof value === 'boolean' ? value : unreadable(field, value)
    case 'char':
    case 'unicodeChar':
      if (typeId === DuckDBTypeId.VARCHAR) return (value) => value as string
      if (typeId === DuckDBTypeId.TIMESTAMP) return (value) => toTimestamp(value, field)
      return (value) => isPlain(value) ? String(value) : unreadable(field, value)
    case 'bit': return (value) => Number(toInteger(value, [0n, 1n], field))
    case 'floatComplex':
    case 'doubleComplex':
      return (value) => unreadable(field, value)
  }
}

/** Rows of one chunk. Readers come one a column; columns of the chunk beyond them are left out. */
export function rowsOf(chunk: DuckDBDataChunk, readers: readonly ReadCell[], count: number): Row[] {
  const rows: Cell[][] = Array.from({ length: count }, () => new Array<Cell>(readers.length).fill(null))
  for (const [c, read] of readers.entries()) {
    const vector = chunk.getColumnVector(c)
    for (let r = 0; r < count; r++) {
      const value = vector.getItem(r)
      if (value !== null) rows[r]![c] = read(value)
    }
  }
  return rows
}

function isPlain(value: DuckDBValue): value is string | number | bigint | boolean {
  return typeof value !== 'object'
}

function toInteger(value: DuckDBValue, [least, greatest]: readonly [bigint, bigint], field: Field): bigint {
  const whole = value instanceof DuckDBDecimalValue ? wholeOf(value)
    : typeof value === 'number' && Number.isInteger(value) ? BigInt(value)
      : typeof value === 'bigint' ? value : undefined
  if (whole === undefined) return unreadable(field, value)
  if (whole >= least && whole <= greatest) return whole
  throw new ArchiveError('query_data', `a value of '${field.name}' is out of the range of ${field.datatype}`)
}

function wholeOf({ value, scale }: DuckDBDecimalValue): bigint | undefined {
  const unit = 10n ** BigInt(scale)
  return value % unit === 0n ? value / unit : undefined
}

function toDouble(value: DuckDBValue, field: Field): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  // By its text: dividing the scaled integer would round twice.
  return value instanceof DuckDBDecimalValue ? Number(value.toString()) : unreadable(field, value)
}

function toTimestamp(value: DuckDBValue, field: Field): string {
  if (!(value instanceof DuckDBTimestampValue)) return unreadable(field, value)
  if (value.micros <= -INFINITE || value.micros >= INFINITE) {
    throw new ArchiveError('query_data', `a value of '${field.name}' is not a time`)
  }
  return isoOfMicros(value.micros)
}

/** What the engine keeps for its infinite times. */
const INFINITE = 2n ** 63n - 1n

/** The statement promised another type than it gives: the compiler's mistake. Says no value. */
function unreadable(field: Field, value: DuckDBValue): never {
  assert(false, `a ${value?.constructor.name ?? 'null'} was given for '${field.name}' (${field.datatype})`)
}
