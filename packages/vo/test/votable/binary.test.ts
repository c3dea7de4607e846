import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readBase64 } from '../../src/votable/base64.ts'
import { readBinary } from '../../src/votable/binary.ts'
import type { Cell, Field } from '../../src/votable/index.ts'
import { anyTable, encode } from '../support/tables.ts'

const decode = (fields: Field[], bytes: number[], serialization: 'BINARY' | 'BINARY2', nullText?: string) =>
  readBinary(Uint8Array.from(bytes), fields.map((field) => ({ field, nullText })), serialization, 100)

test('BINARY2 gives what was encoded, for every datatype and null', () => {
  fc.assert(fc.property(anyTable, (table) => {
    const bytes = readBase64(encode(table, 'BINARY2'), 'it')
    const rows = readBinary(bytes, table.fields.map((field) => ({ field })), 'BINARY2', 100)
    expect(rows).toEqual(table.rows)
  }), { numRuns: 300 })
})

test('BINARY gives the same, but has null only where a length can be 0', () => {
  fc.assert(fc.property(anyTable, (table) => {
    const rows = readBinary(readBase64(encode(table, 'BINARY'), 'it'), table.fields.map((field) => ({ field })), 'BINARY', 100)
    expect(rows.length).toBe(table.rows.length)
    rows.forEach((row, i) => row.forEach((cell, j) => {
      const given = table.rows[i]?.[j]
      if (given !== null) expect(cell).toEqual(given)
      else if (table.fields[j]?.arraysize === '*') expect(cell).toBe(null)
    }))
  }))
})

const int: Field = { name: 'i', datatype: 'int' }

test.each<[string, Field[], number[], Cell[][]]>([
  ['flags: the first column is the highest bit', new Array<Field>(9).fill({ name: 'b', datatype: 'unsignedByte' }),
    [0x80, 0x80, 1, 2, 3, 4, 5, 6, 7, 8, 9], [[null, 2, 3, 4, 5, 6, 7, 8, null]]],
  ['NUL ends fixed text', [{ name: 'c', datatype: 'char', arraysize: '4' }], [0, 0x61, 0x62, 0, 0x63], [['ab']]],
  ['an empty text is not null', [{ name: 'c', datatype: 'char', arraysize: '*' }], [0, 0, 0, 0, 0], [['']]],
  ['one character', [{ name: 'c', datatype: 'char' }], [0, 0x61], [['a']]],
  ['unicode', [{ name: 'c', datatype: 'unicodeChar', arraysize: '*' }], [0, 0, 0, 0, 1, 0x03, 0xb1], [['α']]],
  ['boolean', [{ name: 'b', datatype: 'boolean' }], [0, 0x54, 0, 0x66, 0, 0x3f, 0, 0x20, 0, 0x31],
    [[true], [false], [null], [null], [true]]],
  ['two rows', [int], [0, 0, 0, 0, 1, 0, 0xff, 0xff, 0xff, 0xff], [[1], [-1]]],
  ['no rows', [int], [], []],
])('BINARY2: %s', (_, fields, bytes, rows) => { expect(decode(fields, bytes, 'BINARY2')).toEqual(rows) })

test('VALUES null is honoured, in hexadecimal too', () => {
  expect(decode([int], [0, 0, 0, 7, 0, 0, 0, 8], 'BINARY', '7')).toEqual([[null], [8]])
  expect(decode([int], [0x80, 0, 0, 0], 'BINARY', '0x80000000')).toEqual([[null]])
})

test.each<[string, Field[], number[]]>([
  ['ends in a number', [int], [0, 0, 0]],
  ['ends in the flags', new Array<Field>(9).fill({ name: 'b', datatype: 'unsignedByte' }), [0]],
  ['a length beyond the end', [{ name: 'c', datatype: 'char', arraysize: '*' }], [0, 0, 0, 1, 0, 0x61]],
  ['a huge length', [{ name: 'd', datatype: 'double', arraysize: '*' }], [0, 0x7f, 0xff, 0xff, 0xff]],
  ['a negative length', [{ name: 'd', datatype: 'double', arraysize: '*' }], [0, 0xff, 0xff, 0xff, 0xff]],
  ['a huge length of bits', [{ name: 'd', datatype: 'bit', arraysize: '*' }], [0, 0x7f, 0xff, 0xff, 0xff]],
  ['a negative length of text', [{ name: 'd', datatype: 'char', arraysize: '*' }], [0, 0x80, 0, 0, 0]],
  ['a fixed size beyond the end', [{ name: 'd', datatype: 'double', arraysize: '999999999x99999' }], [0, 0]],
  ['a size that is no size', [{ name: 'd', datatype: 'double', arraysize: 'many' }], [0, 0]],
  ['a size beyond counting', [{ name: 'd', datatype: 'double', arraysize: '9999999999x9999999999' }], [0, 0]],
])('refuses a stream with %s', (_, fields, bytes) => {
  expect(() => decode(fields, bytes, 'BINARY2')).toThrow(expect.objectContaining({ code: 'document_invalid' }))
})

test('rows of no bytes end, and so do too many rows', () => {
  const nothing: Field = { name: 'n', datatype: 'int', arraysize: '0' }
  expect(() => decode([nothing], [1], 'BINARY')).toThrow(expect.objectContaining({ code: 'document_invalid' }))
  expect(() => decode([], [1], 'BINARY2')).toThrow(expect.objectContaining({ code: 'document_invalid' }))
  const byte: Field = { name: 'n', datatype: 'unsignedByte' }
  expect(() => decode([byte], new Array<number>(101).fill(1), 'BINARY')).toThrow(expect.objectContaining({ code: 'document_too_large' }))
})

test('any bytes end in rows or an error of ours', () => {
  fc.assert(fc.property(anyTable, fc.uint8Array({ maxLength: 60 }), (table, bytes) => {
    try {
      readBinary(bytes, table.fields.map((field) => ({ field })), 'BINARY2', 1000)
    } catch (error) {
      expect(error).toMatchObject({ name: 'ArchiveError' })
    }
  }))
})
