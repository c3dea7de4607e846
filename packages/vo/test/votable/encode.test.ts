import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openSink, written } from '../../src/votable/bytes.ts'
import { readBinary } from '../../src/votable/binary.ts'
import { binaryColumns, rowEncoder } from '../../src/votable/encode.ts'
import type { Cell, Field, Row } from '../../src/votable/index.ts'
import { anyTable, encode } from '../support/tables.ts'

function stream(fields: readonly Field[], rows: readonly Row[], serialization: 'BINARY' | 'BINARY2'): Uint8Array {
  const put = rowEncoder(binaryColumns(fields, serialization), serialization)
  const sink = openSink(8)
  for (const row of rows) put(sink, row)
  return written(sink)
}

test('BINARY2 is, byte for byte, what an encoder without shared code writes', () => {
  fc.assert(fc.property(anyTable, (table) => {
    const withoutNulls = { ...table, rows: table.rows.filter((row) => !row.includes(null)) }
    expect(Buffer.from(stream(table.fields, withoutNulls.rows, 'BINARY2')).toString('base64'))
      .toBe(encode(withoutNulls, 'BINARY2').replaceAll('\n', ''))
  }), { numRuns: 300 })
})

test.each(['BINARY', 'BINARY2'] as const)('%s gives the cells and every null back', (serialization) => {
  fc.assert(fc.property(anyTable, ({ fields, rows }) => {
    const columns = binaryColumns(fields, serialization)
    const back = readBinary(stream(fields, rows, serialization), columns, serialization, 100)
    expect(back).toEqual(rows.map((row) => row.map((cell, i) => expected(fields[i]!, cell, serialization))))
  }), { numRuns: 500 })
})

/** What BINARY cannot hold: a null of a float is NaN, of a fixed array its elements' nulls; a bit is a boolean. */
function expected(field: Field, cell: Cell, serialization: 'BINARY' | 'BINARY2'): Cell {
  if (serialization === 'BINARY2') return cell
  const { datatype, arraysize } = field
  const isComplex = datatype.endsWith('Complex')
  const isFloat = datatype === 'float' || datatype === 'double'
  if (datatype === 'bit' && arraysize === undefined) return cell === null ? null : cell === 1
  if (cell === null) {
    const count = arraysize === '3' ? 3 : arraysize === '2x2' ? 4 : isComplex ? 2 : 0
    if (count > 0) return new Array<number | null>(count).fill(isFloat || isComplex ? NaN : datatype === 'bit' ? 0 : null)
    return isFloat && arraysize === undefined ? NaN : null
  }
  const least = { short: -32768, int: -(2 ** 31), long: -(2n ** 63n) }[datatype as string]
  if (cell === least) return null
  return Array.isArray(cell) ? (cell as (number | bigint)[]).map((value) => value === least ? null : value) : cell
}

describe('nulls and texts', () => {
  const text: Field = { name: 't', datatype: 'char', arraysize: '8*' }
  const wide: Field = { name: 'w', datatype: 'unicodeChar', arraysize: '*' }

  test.each([
    ['null and the empty text stay apart in BINARY2', 'BINARY2', [[null], ['']], [[null], ['']]],
    ['and meet in BINARY', 'BINARY', [[null], ['']], [[null], [null]]],
    ['letters beyond ASCII', 'BINARY2', [['α Cen 🌟'], ['é'.repeat(50)]], [['α Cen 🌟'], ['é'.repeat(50)]]],
    ['control characters stay, NUL goes', 'BINARY2', [['a\u0000b\u0001\tc'], [`${'x'.repeat(60)}\u0000`]], [['ab\u0001\tc'], ['x'.repeat(60)]]],
    ['longer than its bound', 'BINARY2', [['123456789']], [['123456789']]],
  ] as const)('%s', (_, serialization, rows, back) => {
    for (const field of [text, wide]) {
      const columns = binaryColumns([field], serialization)
      expect(readBinary(stream([field], rows, serialization), columns, serialization, 10)).toEqual(back)
    }
  })

  test('text is declared of any length, integers in BINARY with their null, bytes as shorts', () => {
    const fields: Field[] = [text, { name: 'n', datatype: 'long' }, { name: 'b', datatype: 'unsignedByte' }, { name: 'd', datatype: 'double' }]
    expect(binaryColumns(fields, 'BINARY').map(({ field, nullText }) => [field.datatype, field.arraysize, nullText])).toEqual([
      ['char', '*', undefined], ['long', undefined, '-9223372036854775808'], ['short', undefined, '-32768'], ['double', undefined, undefined],
    ])
    expect(binaryColumns(fields, 'BINARY2').every(({ nullText }) => nullText === undefined)).toBe(true)
  })

  test('a column whose first rows need more than ASCII is declared so, the others not', () => {
    const fields: Field[] = [text, { ...text, name: 'u' }, { name: 'n', datatype: 'int' }]
    const columns = binaryColumns(fields, 'BINARY2', [['plain\u0001', 'x', 1], [null, 'é', null]])
    expect(columns.map(({ field }) => field.datatype)).toEqual(['char', 'unicodeChar', 'int'])
  })

  test('flags of nine columns take two bytes, the first column the highest bit', () => {
    const fields = Array.from({ length: 9 }, (_, i): Field => ({ name: `b${i}`, datatype: 'boolean' }))
    const row: Row = [null, true, false, null, true, true, true, true, null]
    expect([...stream(fields, [row], 'BINARY2')]).toEqual([0x90, 0x80, 0x3f, 0x54, 0x46, 0x3f, 0x54, 0x54, 0x54, 0x54, 0x3f])
  })
})
