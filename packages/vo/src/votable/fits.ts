/**
 * A result as a FITS binary table, written. FITS 4.0 §7.3 (BINTABLE, TFORM, TNULL, TDIM), §4.2; the keywords
 * TUCDn and TCOMMn are those of STIL.
 *
 * Nulls: TNULL of integers, NaN of floats, a zero byte of logicals, a NUL as the first character of text; an
 * empty text is a blank. Text is as wide as its widest cell. FITS holds printable ASCII only (§7.3.3.1):
 * letters lose their accents, and what is left becomes a question mark.
 */
import { ArchiveError } from '../errors.ts'
import { paddingAfter, writeHeader } from '../fits/write.ts'
import type { HeaderEntry } from '../fits/write.ts'
import { openSink, reserve, written } from './bytes.ts'
import { isArray, isText } from './cells.ts'
import type { Cell, Datatype, Field, Info } from './field.ts'
import { openMeasure } from './measured.ts'
import type { Measured, MeasuredFormat } from './measured.ts'

export const FITS_TYPE = 'application/fits'

/** §7.3.1: TFIELDS. */
const MAX_FIELDS = 999
/** Between the quotes of a value on its card. */
const VALUE_CHARACTERS = 68
const COMMENTARY_CHARACTERS = 72

/** A FITS file with one table. The row count stands before the rows, so they are read twice. */
export const fitsFormat: MeasuredFormat = {
  mediaType: FITS_TYPE,
  extension: 'fits',
  measure(fields) {
    if (fields.length > MAX_FIELDS) {
      throw new ArchiveError('parameter_invalid',
        `a FITS table holds ${MAX_FIELDS} columns, not ${fields.length}; ask for fewer, or for VOTable`)
    }
    return openMeasure(fields.map(widthOf), fields.map(() => 1))
  },
  writer(fields, measured, infos = []) {
    const columns = fields.map((field, index) => columnOf(field, measured.widths[index] ?? 1))
    const rowBytes = columns.reduce((total, { bytes }) => total + bytes, 0)
    const sink = openSink()
    return {
      mediaType: FITS_TYPE,
      extension: 'fits',
      head: () => joined([
        writeHeader([
          { keyword: 'SIMPLE', value: true, comment: 'conforms to FITS 4.0' },
          { keyword: 'BITPIX', value: 8 }, { keyword: 'NAXIS', value: 0 },
          { keyword: 'EXTEND', value: true },
        ]),
        writeHeader(tableHeader(columns, rowBytes, measured, infos)),
      ]),
      rows(batch) {
        sink.at = 0
        for (const row of batch) {
          let at = reserve(sink, rowBytes)
          for (let index = 0; index < columns.length; index++) {
            const { put, bytes } = columns[index]!
            put(sink.view, at, row[index] ?? null)
            at += bytes
          }
        }
        return written(sink).slice()
      },
      foot: () => paddingAfter(measured.rows * rowBytes),
    }
  },
}

type Put = (view: DataView, at: number, cell: Cell) => void

interface Column {
  readonly field: Field
  /** TFORM. */
  readonly form: string
  /** Of one cell. */
  readonly bytes: number
  readonly nullValue: number | bigint | undefined
  readonly put: Put
}

function columnOf(field: Field, width: number): Column {
  const { datatype } = field
  if (isText(datatype)) {
    return { field, form: `${width}A`, bytes: width, nullValue: undefined, put: textPut(width) }
  }
  const count = countOf(field, width)
  if (datatype === 'bit' && isArray(field)) {
    const bytes = Math.ceil(count / 8)
    return { field, form: `${count}X`, bytes, nullValue: undefined, put: bitsPut(count) }
  }
  const element = ELEMENTS[datatype === 'bit' ? 'boolean' : datatype]
  const { letter, size, nullValue, put } = element
  const isComplex = datatype === 'floatComplex' || datatype === 'doubleComplex'
  const elements = isComplex ? count * 2 : count
  const bytes = elements * size
  const form = `${count === 1 ? '' : count}${letter}`
  if (!isArray(field) && !isComplex) return { field, form, bytes, nullValue, put }
  return {
    field, form, bytes, nullValue,
    put(view, at, cell) {
      const values = (cell ?? []) as readonly (number | bigint | null)[]
      for (let index = 0; index < elements; index++) put(view, at + index * size, values[index] ?? null)
    },
  }
}

/** Of elements, where each cell is filled up to the longest. */
function countOf({ arraysize, ...field }: Field, width: number): number {
  if (!isArray({ ...field, arraysize }) || arraysize === undefined) return 1
  if (arraysize.includes('*')) return width
  return arraysize.split('x').reduce((total, part) => total * Number(part), 1)
}

function widthOf(field: Field): ((cell: NonNullable<Cell>) => number) | undefined {
  if (isText(field.datatype)) return (cell) => asciiOf(cell as string).length
  if (!isArray(field)) return undefined
  const per = field.datatype === 'floatComplex' || field.datatype === 'doubleComplex' ? 2 : 1
  return (cell) => (cell as readonly unknown[]).length / per
}

const PRINTABLE = /^[\x20-\x7e]*$/

function asciiOf(text: string): string {
  if (PRINTABLE.test(text)) return text
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll(/[\t\r\n]/g, ' ')
    .replaceAll(/[^\x20-\x7e]/gu, '?')
}

function textPut(width: number): Put {
  return (view, at, cell) => {
    const text = cell === null ? '' : asciiOf(cell as string) || ' '
    for (let index = 0; index < width; index++) {
      view.setUint8(at + index, index < text.length ? text.charCodeAt(index) : 0)
    }
  }
}

function bitsPut(count: number): Put {
  return (view, at, cell) => {
    const bits = (cell ?? []) as readonly (number | bigint | null)[]
    for (let byte = 0; byte * 8 < count; byte++) {
      let value = 0
      for (let bit = 0; bit < 8; bit++) value = value << 1 | Number(Number(bits[byte * 8 + bit] ?? 0) === 1)
      view.setUint8(at + byte, value)
    }
  }
}

interface Element {
  readonly letter: string
  /** Bytes. */
  readonly size: number
  readonly nullValue: number | bigint | undefined
  readonly put: (view: DataView, at: number, value: Cell) => void
}

/** Bytes are widened: all their values may occur, so none is left for null. */
const SHORT: Element = {
  letter: 'I', size: 2, nullValue: -(2 ** 15),
  put: (view, at, value) => view.setInt16(at, value === null ? -(2 ** 15) : Number(value)),
}
const float = (letter: string): Element => ({
  letter, size: 4, nullValue: undefined,
  put: (view, at, value) => view.setFloat32(at, value === null ? NaN : Number(value)),
})
const double = (letter: string): Element => ({
  letter, size: 8, nullValue: undefined,
  put: (view, at, value) => view.setFloat64(at, value === null ? NaN : Number(value)),
})

const ELEMENTS: Readonly<Record<Exclude<Datatype, 'bit' | 'char' | 'unicodeChar'>, Element>> = {
  boolean: {
    letter: 'L', size: 1, nullValue: undefined,
    put: (view, at, value) => view.setUint8(at, value === null ? 0 : Number(value) === 1 ? 0x54 : 0x46),
  },
  unsignedByte: SHORT,
  short: SHORT,
  int: {
    letter: 'J', size: 4, nullValue: -(2 ** 31),
    put: (view, at, value) => view.setInt32(at, value === null ? -(2 ** 31) : Number(value)),
  },
  long: {
    letter: 'K', size: 8, nullValue: -(2n ** 63n),
    put: (view, at, value) => view.setBigInt64(at, value === null ? -(2n ** 63n) : BigInt(value as bigint)),
  },
  float: float('E'),
  double: double('D'),
  floatComplex: float('C'),
  doubleComplex: double('M'),
}

function tableHeader(
  columns: readonly Column[], rowBytes: number, { rows, overflow }: Measured, infos: readonly Info[],
): HeaderEntry[] {
  return [
    { keyword: 'XTENSION', value: 'BINTABLE' }, { keyword: 'BITPIX', value: 8 },
    { keyword: 'NAXIS', value: 2 },
    { keyword: 'NAXIS1', value: rowBytes, comment: 'bytes of a row' },
    { keyword: 'NAXIS2', value: rows, comment: 'rows' },
    { keyword: 'PCOUNT', value: 0 }, { keyword: 'GCOUNT', value: 1 },
    { keyword: 'TFIELDS', value: columns.length, comment: 'columns' },
    ...columns.flatMap((column, index) => columnEntries(column, String(index + 1))),
    { keyword: 'EXTNAME', value: 'RESULT' },
    overflow
      ? { keyword: 'QSTATUS', value: 'OVERFLOW', comment: 'QUERY_STATUS: there are more rows than these' }
      : { keyword: 'QSTATUS', value: 'OK', comment: 'QUERY_STATUS' },
    ...commentary(infos.map(({ name, value }) => `${name}: ${value}`)),
  ]
}

function columnEntries({ field, form, nullValue }: Column, index: string): HeaderEntry[] {
  const { name, unit, ucd, description, arraysize = '' } = field
  const isPlane = /^\d+(x\d+)+$/.test(arraysize)
  return [
    { keyword: `TTYPE${index}`, value: valueOf(name) },
    { keyword: `TFORM${index}`, value: form },
    ...nullValue === undefined ? [] : [{ keyword: `TNULL${index}`, value: nullValue }],
    ...isPlane ? [{ keyword: `TDIM${index}`, value: `(${arraysize.replaceAll('x', ',')})` }] : [],
    ...textEntry(`TUNIT${index}`, unit), ...textEntry(`TUCD${index}`, ucd),
    ...textEntry(`TCOMM${index}`, description),
  ]
}

function textEntry(keyword: string, text: string | undefined): HeaderEntry[] {
  return text === undefined || text === '' ? [] : [{ keyword, value: valueOf(text) }]
}

/** As much of a text as a card takes; quotes are doubled there. */
function valueOf(text: string): string {
  let value = asciiOf(text).slice(0, VALUE_CHARACTERS)
  while (value.replaceAll("'", "''").length > VALUE_CHARACTERS) value = value.slice(0, -1)
  return value
}

function commentary(texts: readonly string[]): HeaderEntry[] {
  return texts.flatMap((text) => {
    const pieces = asciiOf(text).match(new RegExp(`.{1,${COMMENTARY_CHARACTERS}}`, 'g')) ?? []
    return pieces.map((value) => ({ keyword: 'COMMENT', value }))
  })
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
