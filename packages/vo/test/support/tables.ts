/** Tables of every datatype for fast-check, and an encoder of BINARY streams that shares no code with the reader. */
import fc from 'fast-check'
import type { Cell, Datatype, Field, Row } from '../../src/votable/index.ts'

const isLegal = (text: string): string => text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')

const words = fc.oneof(
  fc.string({ unit: 'binary' }).map(isLegal),
  fc.constantFrom('NULL', 'NaN', ' x ', '\t', '\r\n', '<TD>', '&amp;', ']]>', '"', "a'b", 'α Cen 🌟', '\u0085', '1,2'),
).filter((text) => text !== '')

const float = fc.float({ noDefaultInfinity: false }).map((value) => value)
const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })

const scalars: Record<Datatype, fc.Arbitrary<Exclude<Cell, null>>> = {
  boolean: fc.boolean(),
  bit: fc.constantFrom(0, 1),
  unsignedByte: fc.integer({ min: 0, max: 255 }),
  short: fc.integer({ min: -32768, max: 32767 }),
  int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  long,
  float,
  double: fc.double(),
  char: words,
  unicodeChar: words,
  floatComplex: fc.tuple(float, float),
  doubleComplex: fc.tuple(fc.double(), fc.double()),
}

const elements: Partial<Record<Datatype, fc.Arbitrary<number | bigint | null>>> = {
  boolean: fc.constantFrom(0, 1, null),
  bit: fc.constantFrom(0, 1),
  unsignedByte: fc.integer({ min: 0, max: 255 }),
  short: fc.integer({ min: -32768, max: 32767 }),
  int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  long,
  float,
  double: fc.double(),
}

const name = fc.oneof(fc.constantFrom('ra', 'dp_id', '"size"', '__proto__', 'α'), words)

function column(datatype: Datatype): fc.Arbitrary<{ field: Field; cell: fc.Arbitrary<Cell> }> {
  const array = elements[datatype]
  const isText = datatype === 'char' || datatype === 'unicodeChar'
  const scalar = { arraysize: isText ? '*' : undefined, cell: scalars[datatype] as fc.Arbitrary<Cell> }
  const shapes = array === undefined ? [scalar] : [
    scalar,
    { arraysize: '*', cell: fc.array(array, { minLength: 1, maxLength: 5 }) as fc.Arbitrary<Cell> },
    { arraysize: '3', cell: fc.array(array, { minLength: 3, maxLength: 3 }) as fc.Arbitrary<Cell> },
    { arraysize: '2x2', cell: fc.array(array, { minLength: 4, maxLength: 4 }) as fc.Arbitrary<Cell> },
  ]
  return fc.tuple(fc.constantFrom(...shapes), name, fc.option(words, { nil: undefined })).map(([shape, title, text]) => ({
    field: { name: title, datatype, arraysize: shape.arraysize, description: text?.trim() || undefined, unit: text, ucd: 'meta.id' },
    cell: fc.option(shape.cell, { freq: 4 }),
  }))
}

export interface GivenTable { readonly fields: Field[]; readonly rows: Row[] }

/** A table with one to six columns of any type and up to five rows. */
export const anyTable: fc.Arbitrary<GivenTable> = fc
  .array(fc.constantFrom(...Object.keys(scalars) as Datatype[]).chain(column), { minLength: 1, maxLength: 6 })
  .chain((columns) => fc
    .array(fc.tuple(...columns.map(({ cell }) => cell)), { maxLength: 5 })
    .map((rows) => ({ fields: columns.map(({ field }) => field), rows })))

/** The rows as a BINARY2 or BINARY stream, in base64 with line breaks. */
export function encode({ fields, rows }: GivenTable, serialization: 'BINARY' | 'BINARY2'): string {
  const bytes: number[] = []
  for (const row of rows) {
    if (serialization === 'BINARY2') {
      const flags = new Array<number>(Math.ceil(fields.length / 8)).fill(0)
      row.forEach((cell, i) => { if (cell === null) flags[i >> 3]! |= 0x80 >> (i & 7) })
      bytes.push(...flags)
    }
    row.forEach((cell, i) => bytes.push(...encodeCell(fields[i]!, cell)))
  }
  return Buffer.from(bytes).toString('base64').replace(/(.{76})/g, '$1\n')
}

function encodeCell(field: Field, cell: Cell): number[] {
  const { datatype, arraysize } = field
  if (datatype === 'char' || datatype === 'unicodeChar') {
    const unit = datatype === 'char' ? 1 : 2
    const text = cell === null ? '' : String(cell)
    const bytes = [...(unit === 1 ? Buffer.from(text, 'utf8') : Buffer.from(text, 'utf16le').swap16())]
    return [...big(4, (view) => view.setInt32(0, bytes.length / unit)), ...bytes]
  }
  const isComplex = datatype.endsWith('Complex')
  const fixed = arraysize === '3' ? 3 : arraysize === '2x2' ? 4 : isComplex ? 2 : 1
  const list = cell === null ? new Array<number>(arraysize === '*' ? 0 : fixed).fill(0)
    : Array.isArray(cell) ? cell as (number | bigint | null)[] : [cell as number | bigint | boolean]
  const count = arraysize === '*' ? big(4, (view) => view.setInt32(0, list.length)) : []
  if (datatype === 'bit') {
    const packed = new Array<number>(Math.ceil(list.length / 8)).fill(0)
    list.forEach((bit, i) => { if (Number(bit) === 1) packed[i >> 3]! |= 0x80 >> (i & 7) })
    return [...count, ...packed]
  }
  return [...count, ...list.flatMap((value) => encodeElement(datatype, value as number | bigint | boolean | null))]
}

function encodeElement(datatype: Datatype, value: number | bigint | boolean | null): number[] {
  const number = Number(value ?? 0)
  switch (datatype) {
    case 'boolean': return [value === null ? 0x3f : number === 1 ? 0x54 : 0x46]
    case 'unsignedByte': return [number]
    case 'short': return big(2, (view) => view.setInt16(0, number))
    case 'int': return big(4, (view) => view.setInt32(0, number))
    case 'long': return big(8, (view) => view.setBigInt64(0, BigInt(value ?? 0)))
    case 'float': case 'floatComplex': return big(4, (view) => view.setFloat32(0, number))
    default: return big(8, (view) => view.setFloat64(0, number))
  }
}

function big(size: number, set: (view: DataView) => void): number[] {
  const bytes = new Uint8Array(size)
  set(new DataView(bytes.buffer))
  return [...bytes]
}
