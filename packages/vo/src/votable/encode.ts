/**
 * Rows of BINARY and BINARY2 streams, written. VOTable 1.4 §5.3, §5.4, §5.5, §6 (big-endian, sizes).
 *
 * BINARY has no flags for null: integers take their least value for it, which VALUES/@null announces, floats
 * NaN, booleans `?`, what has a length the length 0. Types without a value to spare are widened.
 */
import { assert } from '../assert.ts'
import { putText, putWideText, reserve } from './bytes.ts'
import type { ByteSink } from './bytes.ts'
import type { BinaryColumn, Serialization } from './binary.ts'
import { isArray, isText } from './cells.ts'
import type { Cell, Datatype, Field, Row } from './field.ts'

const NULLS = { short: -(2 ** 15), int: -(2 ** 31), long: -(2n ** 63n) } as const

/**
 * The columns as a stream declares them. Text is of any length: a bound would be misread by astropy before
 * 7.1, and a fixed size would cut. `char` is ASCII up to VOTable 1.5 and UTF-8 from 1.6 on (§2.1), so it is
 * written in UTF-8, and a column whose first rows, the `sample`, need more than ASCII is `unicodeChar`.
 */
export function binaryColumns(
  fields: readonly Field[], serialization: Serialization, sample: readonly Row[] = [],
): BinaryColumn[] {
  return fields.map((given, index) => {
    if (isText(given.datatype)) {
      const isWide = given.datatype === 'unicodeChar' || sample.some((row) => needsMore(row[index]))
      return { field: { ...given, datatype: isWide ? 'unicodeChar' : 'char', arraysize: '*' } }
    }
    if (serialization === 'BINARY2') return { field: given }
    const field = { ...given, datatype: widened(given) }
    const nullValue = nullOf(field.datatype)
    return nullValue === undefined ? { field } : { field, nullText: String(nullValue) }
  })
}

const ASCII = /^[\x00-\x7f]*$/

function needsMore(cell: Cell | undefined): boolean {
  return typeof cell === 'string' && !ASCII.test(cell)
}

function widened(field: Field): Datatype {
  if (field.datatype === 'unsignedByte') return 'short'
  return field.datatype === 'bit' && !isArray(field) ? 'boolean' : field.datatype
}

function nullOf(datatype: Datatype): number | bigint | undefined {
  return datatype === 'short' || datatype === 'int' || datatype === 'long' ? NULLS[datatype] : undefined
}

/** Writes one row. */
export type PutRow = (sink: ByteSink, row: Row) => void

/** How rows of these columns are written; `columns` come from `binaryColumns`. */
export function rowEncoder(columns: readonly BinaryColumn[], serialization: Serialization): PutRow {
  const puts = columns.map(columnEncoder)
  const flagBytes = serialization === 'BINARY2' ? Math.ceil(columns.length / 8) : 0
  return (sink, row) => {
    const flags = reserve(sink, flagBytes)
    if (flagBytes > 0) sink.bytes.fill(0, flags, flags + flagBytes)
    for (let index = 0; index < puts.length; index++) {
      const cell = row[index] ?? null
      // Bits count from the most significant one.
      if (cell === null && flagBytes > 0) sink.bytes[flags + (index >> 3)]! |= 0x80 >> (index & 7)
      puts[index]!(sink, cell)
    }
  }
}

type Put = (sink: ByteSink, cell: Cell) => void

function columnEncoder({ field, nullText }: BinaryColumn): Put {
  const { datatype } = field
  if (datatype === 'char') return counted(1, putText)
  if (datatype === 'unicodeChar') return counted(2, putWideText)
  const isComplex = datatype === 'floatComplex' || datatype === 'doubleComplex'
  if (isArray(field) || isComplex) return arrayEncoder(field, nullText)
  if (datatype === 'bit') {
    return (sink, cell) => {
      const at = reserve(sink, 1)
      sink.bytes[at] = cell === 1 || cell === true ? 0x80 : 0
    }
  }
  const { size, put, filler } = ELEMENTS[datatype]
  return (sink, cell) => {
    const at = reserve(sink, size)
    put(sink.view, at, cell === null ? filler : cell as Scalar)
  }
}

/** Text with the count of its units before it. */
function counted(unitBytes: number, putUnits: (sink: ByteSink, text: string) => number): Put {
  return (sink, cell) => {
    const at = reserve(sink, 4)
    const count = cell === null ? 0 : putUnits(sink, cell as string)
    assert(sink.at === at + 4 + count * unitBytes, 'the count of a text is that of its units')
    sink.view.setInt32(at, count)
  }
}

/** `reserve` may replace the view, so it comes first. */
function putCount(sink: ByteSink, count: number): void {
  const at = reserve(sink, 4)
  sink.view.setInt32(at, count)
}

function arrayEncoder(field: Field, nullText: string | undefined): Put {
  const { datatype, arraysize = '' } = field
  const isVariable = arraysize.includes('*')
  const per = datatype === 'floatComplex' || datatype === 'doubleComplex' ? 2 : 1
  const fixed = isVariable || !isArray(field) ? 1
    : arraysize.split('x').reduce((total, part) => total * Number(part), 1)
  if (datatype === 'bit') return bitsEncoder(isVariable ? undefined : fixed)
  const { size, put, filler } = ELEMENTS[datatype as keyof typeof ELEMENTS]
  const nothing = typeof filler === 'number' && Number.isNaN(filler) || datatype === 'boolean'
  return (sink, cell) => {
    const elements = (cell ?? []) as readonly (number | bigint | null)[]
    const length = isVariable ? elements.length : fixed * per
    if (isVariable) putCount(sink, length / per)
    let at = reserve(sink, length * size)
    for (let index = 0; index < length; index++, at += size) {
      const element = elements[index] ?? null
      assert(element !== null || nothing || nullText !== undefined || cell === null,
        `an array of ${datatype} has no null elements without VALUES/@null`)
      put(sink.view, at, element ?? filler)
    }
  }
}

function bitsEncoder(fixed: number | undefined): Put {
  return (sink, cell) => {
    const bits = (cell ?? []) as readonly (number | bigint | null)[]
    const length = fixed ?? bits.length
    if (fixed === undefined) putCount(sink, length)
    const count = Math.ceil(length / 8)
    const at = reserve(sink, count)
    sink.bytes.fill(0, at, at + count)
    for (let index = 0; index < length; index++) {
      if (Number(bits[index] ?? 0) === 1) sink.bytes[at + (index >> 3)]! |= 0x80 >> (index & 7)
    }
  }
}

type Scalar = number | bigint | boolean | null

interface Element {
  /** Bytes. */
  readonly size: number
  readonly put: (view: DataView, at: number, value: Scalar) => void
  /** What stands for null. */
  readonly filler: Scalar
}

const FLOAT: Element = { size: 4, put: (view, at, value) => view.setFloat32(at, Number(value)), filler: NaN }
const DOUBLE: Element = { size: 8, put: (view, at, value) => view.setFloat64(at, Number(value)), filler: NaN }

const ELEMENTS: Readonly<Record<Exclude<Datatype, 'bit' | 'char' | 'unicodeChar'>, Element>> = {
  boolean: {
    size: 1, filler: null,
    put: (view, at, value) => view.setUint8(at, value === null ? 0x3f : Number(value) === 1 ? 0x54 : 0x46),
  },
  unsignedByte: { size: 1, put: (view, at, value) => view.setUint8(at, Number(value)), filler: 0 },
  short: { size: 2, put: (view, at, value) => view.setInt16(at, Number(value)), filler: NULLS.short },
  int: { size: 4, put: (view, at, value) => view.setInt32(at, Number(value)), filler: NULLS.int },
  long: { size: 8, put: (view, at, value) => view.setBigInt64(at, BigInt(value ?? 0)), filler: NULLS.long },
  float: FLOAT,
  double: DOUBLE,
  floatComplex: FLOAT,
  doubleComplex: DOUBLE,
}
