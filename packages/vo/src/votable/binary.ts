/**
 * Rows of BINARY and BINARY2 streams, read. VOTable 1.4 §5.3, §5.4, §6 (big-endian, sizes, NUL ends text).
 *
 * Every length in the stream is checked against what is left before anything is allocated.
 */
import { ArchiveError } from '../errors.ts'
import { cellReader, isArray, isText } from './cells.ts'
import type { Cell, Datatype, Field, Row } from './field.ts'

interface Cursor { readonly bytes: Uint8Array; readonly view: DataView; at: number }

/** What the reader must know of a column. */
export interface BinaryColumn {
  readonly field: Field
  /** VALUES/@null, which BINARY needs for integers. */
  readonly nullText?: string | undefined
}

/** BINARY2 starts a row with flags for null, BINARY has none. */
export type Serialization = 'BINARY' | 'BINARY2'

/** The rows of a decoded stream. Throws `document_invalid`, or `document_too_large` over `maxRows`. */
export function readBinary(
  bytes: Uint8Array, columns: readonly BinaryColumn[], serialization: Serialization, maxRows: number,
): Row[] {
  return openBinary(columns, serialization, maxRows)(bytes, true).rows
}

/**
 * Reads whole rows from the start of what has come so far, and says how many bytes they took.
 * @param isEnd Nothing more comes, so a row that is not whole is a fault.
 */
export type ReadRows = (bytes: Uint8Array, isEnd: boolean) => { readonly rows: Row[]; readonly used: number }

/** A stream that comes in pieces. The reader throws as `readBinary` does. */
export function openBinary(
  columns: readonly BinaryColumn[], serialization: Serialization, maxRows: number,
): ReadRows {
  const isBinary2 = serialization === 'BINARY2'
  const readers = columns.map(({ field, nullText }) => columnReader(field, nullText, !isBinary2))
  const flagBytes = isBinary2 ? Math.ceil(columns.length / 8) : 0
  let count = 0
  return (bytes, isEnd) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const cursor: Cursor = { bytes, view, at: 0 }
    const rows: Row[] = []
    while (cursor.at < bytes.length) {
      const start = cursor.at
      try {
        const flags = take(cursor, flagBytes)
        const row = readers.map((read, index) => {
          const value = read(cursor)
          return flagBytes > 0 && bitAt(bytes, flags, index) === 1 ? null : value
        })
        if (++count > maxRows) {
          throw new ArchiveError('document_too_large', `the VOTable has over ${maxRows} rows`)
        }
        rows.push(row)
      } catch (error) {
        if (!(error instanceof Truncated)) throw error
        if (!isEnd) return { rows, used: start }
        const what = `the ${serialization} stream ends, or has a wrong length, in row ${count + 1}`
        throw new ArchiveError('document_invalid', what)
      }
      if (cursor.at === start) {
        throw new ArchiveError('document_invalid', `rows of the ${serialization} stream are empty`)
      }
    }
    return { rows, used: bytes.length }
  }
}

class Truncated extends Error {}

/** Bits count from the most significant one. */
function bitAt(bytes: Uint8Array, start: number, index: number): number {
  return (bytes[start + (index >> 3)] ?? 0) >> (7 - (index & 7)) & 1
}

/** The place of the next `length` bytes, which are there. */
function take(cursor: Cursor, length: number): number {
  const at = cursor.at
  if (!(length >= 0) || length > cursor.bytes.length - at) throw new Truncated()
  cursor.at = at + length
  return at
}

type Read = (cursor: Cursor) => Cell

function columnReader(field: Field, nullText: string | undefined, emptyIsNull: boolean): Read {
  const count = counter(field)
  const { datatype } = field
  if (isText(datatype)) return textReader(field, count, nullText, emptyIsNull)
  const readScalar = cellReader({ ...field, arraysize: undefined })
  const nullValue = nullText === undefined ? undefined : readScalar(nullText)
  const nullOf = (value: number | bigint | boolean | null) => value === nullValue ? null : value
  if (datatype === 'bit') return bitReader(count, isArray(field), emptyIsNull)
  const element = ELEMENTS[datatype]
  const isComplex = datatype === 'floatComplex' || datatype === 'doubleComplex'
  if (!isArray(field) && !isComplex) {
    return (cursor) => nullOf(element.read(cursor, take(cursor, element.size)))
  }
  const per = isComplex ? 2 : 1
  return (cursor) => {
    const length = count(cursor) * per
    let at = take(cursor, length * element.size)
    const values: (number | bigint | null)[] = []
    for (let index = 0; index < length; index++, at += element.size) {
      const value = nullOf(element.read(cursor, at))
      values.push(typeof value === 'boolean' ? Number(value) : value)
    }
    return length === 0 && emptyIsNull ? null : values
  }
}

/**
 * How many elements a cell has: by the field, or by the 4 bytes before it where the last dimension is
 * variable.
 */
function counter(field: Field): (cursor: Cursor) => number {
  const size = isArray(field) ? field.arraysize ?? '' : '1'
  if (size.includes('*')) return (cursor) => cursor.view.getInt32(take(cursor, 4))
  const product = size.split('x').reduce((total, part) => total * Number(part.trim() || NaN), 1)
  if (!Number.isSafeInteger(product) || product < 0) {
    throw new ArchiveError('document_invalid', `field '${field.name}' has the arraysize '${size}'`)
  }
  return () => product
}

function textReader(
  field: Field, count: (cursor: Cursor) => number, nullText: string | undefined, emptyIsNull: boolean,
): Read {
  const unit = field.datatype === 'unicodeChar' ? 2 : 1
  const decoder = new TextDecoder(unit === 2 ? 'utf-16be' : 'utf-8', { ignoreBOM: true })
  return (cursor) => {
    const length = count(cursor) * unit
    const at = take(cursor, length)
    const text = decoder.decode(cursor.bytes.subarray(at, at + length))
    const end = text.indexOf('\0')
    const value = end < 0 ? text : text.slice(0, end)
    return value === '' && emptyIsNull || value === nullText ? null : value
  }
}

function bitReader(count: (cursor: Cursor) => number, array: boolean, emptyIsNull: boolean): Read {
  return (cursor) => {
    const length = count(cursor)
    const at = take(cursor, Math.ceil(length / 8))
    const bits = Array.from({ length }, (_, index) => bitAt(cursor.bytes, at, index))
    if (length === 0 && emptyIsNull) return null
    return array ? bits : bits[0] ?? null
  }
}

interface Element {
  /** Bytes. */
  readonly size: number
  readonly read: (cursor: Cursor, at: number) => number | bigint | boolean | null
}

const FLOAT: Element = { size: 4, read: ({ view }, at) => view.getFloat32(at) }
const DOUBLE: Element = { size: 8, read: ({ view }, at) => view.getFloat64(at) }

const ELEMENTS: Readonly<Record<Exclude<Datatype, 'bit' | 'char' | 'unicodeChar'>, Element>> = {
  boolean: { size: 1, read: ({ view }, at) => booleanOf(view.getUint8(at)) },
  unsignedByte: { size: 1, read: ({ view }, at) => view.getUint8(at) },
  short: { size: 2, read: ({ view }, at) => view.getInt16(at) },
  int: { size: 4, read: ({ view }, at) => view.getInt32(at) },
  long: { size: 8, read: ({ view }, at) => view.getBigInt64(at) },
  float: FLOAT,
  double: DOUBLE,
  floatComplex: FLOAT,
  doubleComplex: DOUBLE,
}

/** T, t, 1; F, f, 0; anything else (`?`, blank, NUL) is null. */
function booleanOf(byte: number): boolean | null {
  if (byte === 0x54 || byte === 0x74 || byte === 0x31) return true
  return byte === 0x46 || byte === 0x66 || byte === 0x30 ? false : null
}
