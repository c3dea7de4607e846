import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkFits, keysOf, parseHeader } from '../../src/fits/index.ts'
import { fitsFormat } from '../../src/votable/index.ts'
import type { Cell, Field, Info, Row } from '../../src/votable/index.ts'
import { anyTable } from '../support/tables.ts'

function whole(fields: readonly Field[], rows: readonly Row[], overflow = false, infos: Info[] = []): Uint8Array {
  const measure = fitsFormat.measure(fields)
  const half = Math.ceil(rows.length / 2)
  const batches = [rows.slice(0, half), rows.slice(half)]
  for (const batch of batches) measure.add(batch)
  const writer = fitsFormat.writer(fields, measure.result(overflow), infos)
  return Buffer.concat([writer.head(), ...batches.map((batch) => writer.rows(batch)), writer.foot({ overflow })] as Uint8Array[])
}

/** The table's keys and the bytes of each row. */
function read(bytes: Uint8Array) {
  const first = parseHeader(bytes)
  const { cards, headerBytes } = parseHeader(bytes.subarray(first.headerBytes))
  const keys = keysOf(cards)
  const start = first.headerBytes + headerBytes
  const width = Number(keys['NAXIS1'])
  const rows = Array.from({ length: Number(keys['NAXIS2']) }, (_, i) => bytes.subarray(start + i * width, start + (i + 1) * width))
  return { keys, rows, cards }
}

test('a file of whole blocks, whose header and data agree', () => {
  fc.assert(fc.property(anyTable, ({ fields, rows }) => {
    const bytes = whole(fields, rows)
    expect(bytes.length % 2880).toBe(0)
    const { keys } = read(bytes)
    expect(keys).toMatchObject({ XTENSION: 'BINTABLE', NAXIS2: rows.length, TFIELDS: fields.length, PCOUNT: 0 })
    const dataBytes = Number(keys['NAXIS1']) * rows.length
    expect(checkFits(bytes).at(-1)).toMatchObject({ dataBytes })
  }), { numRuns: 200 })
})

const field = (datatype: Field['datatype'], arraysize?: string): Field => ({ name: 'x', datatype, arraysize })

test.each<[string, Field, Cell[], string, string | number | bigint | undefined, string[]]>([
  ['short', field('short'), [1, null, -1], 'I', -32768, ['0001', '8000', 'ffff']],
  ['unsignedByte, widened', field('unsignedByte'), [255, null], 'I', -32768, ['00ff', '8000']],
  ['int', field('int'), [258, null], 'J', -2147483648, ['00000102', '80000000']],
  ['long', field('long'), [2n ** 53n + 1n, null], 'K', -(2n ** 63n), ['0020000000000001', '8000000000000000']],
  ['float', field('float'), [1.5, null, Infinity], 'E', undefined, ['3fc00000', '7fc00000', '7f800000']],
  ['double', field('double'), [1.5, null], 'D', undefined, ['3ff8000000000000', '7ff8000000000000']],
  ['boolean', field('boolean'), [true, false, null], 'L', undefined, ['54', '46', '00']],
  ['bit', field('bit'), [1, 0, null], 'L', undefined, ['54', '46', '00']],
  ['text: as wide as the widest, NUL for null, a blank for the empty one', field('char', '*'), ['ab', null, ''], '2A', undefined, ['6162', '0000', '2000']],
  ['text beyond ASCII', field('unicodeChar', '*'), ['é🌟\tα\u0007'], '5A', undefined, ['653f203f3f']],
  ['array', field('short', '2'), [[1, 2], null], '2I', -32768, ['00010002', '80008000']],
  ['array of any length: filled up', field('double', '*'), [[1.5], null], 'D', undefined, ['3ff8000000000000', '7ff8000000000000']],
  ['bits', field('bit', '*'), [[1, 0, 1, 0, 0, 0, 0, 0, 1], [1]], '9X', undefined, ['a080', '8000']],
  ['complex', field('floatComplex'), [[1, -2]], 'C', undefined, ['3f800000c0000000']],
])('%s', (_, column, cells, form, nullValue, hex) => {
  const { keys, rows } = read(whole([column], cells.map((cell) => [cell])))
  // A number beyond 2^53 is read as its digits.
  expect([keys['TFORM1'], String(keys['TNULL1'])]).toEqual([form, String(nullValue)])
  expect(rows.map((row) => Buffer.from(row).toString('hex'))).toEqual(hex)
})

describe('the header', () => {
  test('names columns, units, what they are, and how the query ended', () => {
    const column: Field = { name: "it's ü", datatype: 'double', unit: 'deg', ucd: 'pos.eq.ra', description: 'd'.repeat(200) }
    const { keys, cards } = read(whole([column], [], true, [{ name: 'QUERY', value: `select ${'x'.repeat(100)}` }]))
    expect(keys).toMatchObject({ TTYPE1: "it's u", TUNIT1: 'deg', TUCD1: 'pos.eq.ra', TCOMM1: 'd'.repeat(68), QSTATUS: 'OVERFLOW' })
    expect(cards.filter(({ keyword }) => keyword === 'COMMENT')).toHaveLength(2)
    expect(read(whole([column], [])).keys['QSTATUS']).toBe('OK')
  })

  test('quotes, which are doubled on the card, and matrices', () => {
    const column: Field = { name: "'".repeat(60), datatype: 'int', arraysize: '2x3' }
    expect(read(whole([column], [[[1, 2, 3, 4, 5, 6]]])).keys).toMatchObject({ TTYPE1: "'".repeat(34), TDIM1: '(2,3)', TFORM1: '6J' })
  })

  test('no more columns than FITS has numbers for', () => {
    const many = Array.from({ length: 1000 }, (_, i): Field => ({ name: `c${i}`, datatype: 'int' }))
    expect(() => fitsFormat.measure(many)).toThrow(/999 columns, not 1000/)
    expect(read(whole(many.slice(0, 999), [])).keys['TFIELDS']).toBe(999)
  })
})
