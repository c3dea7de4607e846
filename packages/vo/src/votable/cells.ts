/**
 * One cell as text and back, a converter for each column. VOTable 1.4 §2.1, §5.1, §5.5, §6 (TABLEDATA).
 *
 * Null is the empty text for every type (§5.5), so '' comes back as null. An array of booleans holds 1, 0
 * and null; a complex number is an array of two.
 */
import { assert } from '../assert.ts'
import type { Cell, Datatype, Field } from './field.ts'

/** Whether the field's cells are arrays. `1` means the same as absent (VOTable 1.3 Erratum 3). */
export function isArray(field: Field): boolean {
  return field.arraysize !== undefined && field.arraysize !== '1' && field.arraysize !== ''
}

export function isText(datatype: Datatype): datatype is 'char' | 'unicodeChar' {
  return datatype === 'char' || datatype === 'unicodeChar'
}

/**
 * A double in as few digits as give the same double, always with a point or an exponent: `5.0`, `0.0001`,
 * `1e-07`, `1e+16`, `-0.0`; `NaN`, `+Inf`, `-Inf` (VOTable 1.4 §6). DuckDB writes numbers so, and where it
 * writes rows itself they must be these bytes.
 */
export function doubleText(value: number): string {
  const size = Math.abs(value)
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value)
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  if (Number.isNaN(value)) return 'NaN'
  if (size === Infinity) return value > 0 ? '+Inf' : '-Inf'
  // JavaScript's exponent has no leading zero.
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2')
}

const SMALLEST_NORMAL_FLOAT = 2 ** -126

/**
 * The nearest 4-byte float in as few digits as give the same float, in the form of `doubleText`: 0.1, not
 * 0.10000000149011612. Where that leaves a choice (two texts as short and as near; a short one
 * half-way to the
 * next float), it is written as the double that it is too.
 */
export function floatText(value: number): string {
  const float = Math.fround(value)
  const isExact = Number.isInteger(float) && Math.abs(float) < 2 ** 24
  if (isExact || !Number.isFinite(float)) return doubleText(float)
  // Six digits survive any normal float, so fewer need no try of their own: zeros at the end go.
  for (let digits = Math.abs(float) < SMALLEST_NORMAL_FLOAT ? 1 : 6; digits < 9; digits++) {
    const nearest = Number(float.toPrecision(digits))
    if (isHalfWay(nearest, float)) return doubleText(float)
    const short = Math.fround(nearest) === float ? nearest : nextShort(float, digits)
    if (Math.fround(short) !== float) continue
    const longer = float.toPrecision(digits + 1)
    const isTie = short !== float && Number(longer) === float && /5(e|$)/.test(longer)
    return doubleText(isTie ? float : short)
  }
  return doubleText(Number(float.toPrecision(9)))
}

const words = new Uint32Array(1)
const floats = new Float32Array(words.buffer)

/** The next number of so many digits above the float: a power of two reaches farther up than down. */
function nextShort(float: number, digits: number): number {
  const [mantissa = '', exponent = ''] = Math.abs(float).toExponential(digits - 1).split('e')
  const above = `${Number(mantissa.replace('.', '')) + 1}e${Number(exponent) - digits + 1}`
  return Math.sign(float) * Number(above)
}

/** Whether the number lies between the float and its neighbour: whose it is depends on who reads it. */
function isHalfWay(short: number, float: number): boolean {
  if (short === float) return false
  floats[0] = float
  words[0]! += Math.abs(short) > Math.abs(float) ? 1 : -1
  return short === (float + floats[0]!) / 2
}

type ToText = (cell: NonNullable<Cell>) => string

/** How a column's cells are written, not yet escaped. The cell is not null. Chosen once a column. */
export function cellWriter(field: Field): ToText {
  if (isText(field.datatype)) return String
  if (field.datatype === 'floatComplex' || field.datatype === 'doubleComplex' || isArray(field)) {
    return (cell) => arrayText(field.datatype, cell)
  }
  switch (field.datatype) {
    case 'double': return (cell) => doubleText(Number(cell))
    case 'float': return (cell) => floatText(Number(cell))
    case 'boolean': return (cell) => cell === true || cell === 1 ? 'true' : 'false'
    case 'bit': return (cell) => cell === true || cell === 1 ? '1' : '0'
    default: return String
  }
}

function arrayText(datatype: Datatype, cell: NonNullable<Cell>): string {
  assert(Array.isArray(cell), `a cell of an array of ${datatype} is not an array`)
  const elements = cell as readonly (number | bigint | null)[]
  if (datatype === 'bit') return elements.map((bit) => Number(bit) === 1 ? '1' : '0').join('')
  return elements.map((element) => elementText(datatype, element)).join(' ')
}

function elementText(datatype: Datatype, element: number | bigint | null): string {
  switch (datatype) {
    case 'double': case 'doubleComplex': return element === null ? 'NaN' : doubleText(Number(element))
    case 'float': case 'floatComplex': return element === null ? 'NaN' : floatText(Number(element))
    case 'boolean': return element === null ? '?' : Number(element) === 1 ? 'T' : 'F'
    default:
      assert(element !== null, `an array of ${datatype} has no null elements without VALUES/@null`)
      return String(element)
  }
}

/** How a column's cells are read; undefined is returned for text that the type does not have. */
export type FromText = (text: string) => Cell | undefined

/** The reader of a column's TD. `nullText` is VALUES/@null. */
export function cellReader(field: Field, nullText?: string): FromText {
  if (isText(field.datatype)) return (text) => text === '' || text === nullText ? null : text
  const scalar = scalarReader(field.datatype)
  const nullScalar = nullText === undefined ? undefined : scalar(nullText.trim())
  const element = (text: string) => {
    const value = scalar(text)
    return value === nullScalar && value !== undefined ? null : value
  }
  const isComplex = field.datatype === 'floatComplex' || field.datatype === 'doubleComplex'
  if (isArray(field) || isComplex) {
    return (text) => arrayOf(elementsOf(field.datatype, text), element)
  }
  return (text) => {
    const trimmed = text.trim()
    return trimmed === '' ? null : element(trimmed)
  }
}

function elementsOf(datatype: Datatype, text: string): string[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  if (datatype === 'bit') return trimmed.replace(/\s+/g, '').split('')
  if (datatype === 'boolean' && /^[tf01?]+$/i.test(trimmed)) return trimmed.split('')
  return trimmed.split(/\s+/)
}

function arrayOf(elements: readonly string[], read: (text: string) => Scalar | undefined): Cell | undefined {
  if (elements.length === 0) return null
  const values: (number | bigint | null)[] = []
  for (const text of elements) {
    const value = read(text)
    if (value === undefined) return undefined
    values.push(typeof value === 'boolean' ? Number(value) : value)
  }
  return values
}

type Scalar = number | bigint | boolean | null

function scalarReader(datatype: Datatype): (text: string) => Scalar | undefined {
  switch (datatype) {
    case 'boolean': return booleanOf
    case 'bit': return (text) => text === '0' ? 0 : text === '1' ? 1 : undefined
    case 'unsignedByte': return (text) => integerOf(text, 0, 255, 0)
    case 'short': return (text) => integerOf(text, -(2 ** 15), 2 ** 15 - 1, 2 ** 16)
    case 'int': return (text) => integerOf(text, -(2 ** 31), 2 ** 31 - 1, 2 ** 32)
    case 'long': return longOf
    case 'float': case 'floatComplex': return (text) => {
      const value = doubleOf(text)
      return value === undefined ? undefined : Math.fround(value)
    }
    default: return doubleOf
  }
}

function booleanOf(text: string): boolean | null | undefined {
  switch (text.toLowerCase()) {
    case 't': case '1': case 'true': return true
    case 'f': case '0': case 'false': return false
    case '?': case '': return null
    default: return undefined
  }
}

/** Hexadecimal is the bit pattern: 0xffff is a short of -1. */
function integerOf(text: string, min: number, max: number, wrap: number): number | undefined {
  let value = /^[+-]?\d+$/.test(text) || /^0x[\da-f]+$/i.test(text) ? Number(text) : NaN
  if (/^0x/i.test(text) && value > max && value < wrap) value -= wrap
  // Adding 0 makes -0, which no integer is, 0.
  return value >= min && value <= max ? value + 0 : undefined
}

function longOf(text: string): bigint | undefined {
  if (text.length > 40) return undefined
  const hex = /^0x[\da-f]+$/i.test(text)
  if (!hex && !/^[+-]?\d+$/.test(text)) return undefined
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  const signed = hex && value < 2n ** 64n ? BigInt.asIntN(64, value) : value
  return signed === BigInt.asIntN(64, signed) ? signed : undefined
}

function doubleOf(text: string): number | undefined {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  switch (text.toLowerCase()) {
    case 'nan': return NaN
    case 'inf': case '+inf': case 'infinity': case '+infinity': return Infinity
    case '-inf': case '-infinity': return -Infinity
    default: return undefined
  }
}
