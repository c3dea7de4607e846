import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openRowCodec } from '../../src/votable/index.ts'
import { anyTable } from '../support/tables.ts'

test('every batch comes back as it was', () => {
  fc.assert(fc.property(anyTable, ({ fields, rows }) => {
    const codec = openRowCodec(fields)
    const batches = [rows.slice(0, 2), rows.slice(2)].map((batch) => codec.encode(batch))
    expect(batches.flatMap((bytes) => codec.decode(bytes))).toEqual(rows)
  }), { numRuns: 300 })
})

test('null and the empty text stay apart, and letters stay as they are', () => {
  const codec = openRowCodec([{ name: 't', datatype: 'char', arraysize: '4' }])
  const rows = [[null], [''], ['é🌟\u0001 and more']]
  expect(codec.decode(codec.encode(rows))).toEqual(rows)
})
