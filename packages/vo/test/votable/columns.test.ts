import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSink, written } from '../../src/votable/bytes.ts'
import { batchEncoder } from '../../src/votable/columns.ts'
import type { ColumnBatch, NumberColumn, TextColumn } from '../../src/votable/columns.ts'
import { binaryColumns, rowEncoder } from '../../src/votable/encode.ts'
import type { Cell, Datatype, Field, Row } from '../../src/votable/index.ts'
import { anyTable } from '../support/tables.ts'

const ARRAYS: Partial<Record<Datatype, (cells: readonly Cell[]) => NumberColumn['values']>> = {
  double: (cells) => Float64Array.from(cells as number[], Number), float: (cells) => Float32Array.from(cells as number[], Number),
  int: (cells) => Int32Array.from(cells as number[], Number), short: (cells) => Int16Array.from(cells as number[], Number),
  boolean: (cells) => Uint8Array.from(cells as number[], Number),
  long: (cells) => BigInt64Array.from(cells.map((cell) => BigInt((cell ?? 0) as bigint))),
}
const isText = ({ datatype }: Field): boolean => datatype === 'char' || datatype === 'unicodeChar'
const encoder = new TextEncoder()

/** The rows as an engine has them: null is a bit, and something else stands in its place. */
function batchOf(fields: readonly Field[], rows: readonly Row[]): ColumnBatch {
  const columns = fields.map((field, index): NumberColumn | TextColumn => {
    const cells = rows.map((row) => row[index] ?? null)
    const valid = new Uint8Array(Math.ceil(rows.length / 8))
    for (const [row, cell] of cells.entries()) if (cell !== null) valid[row >> 3]! |= 1 << (row & 7)
    const nulls = cells.includes(null) ? { valid } : {}
    if (isText(field)) {
      return { kind: 'text', bytes: Int32Array.from(cells, (cell) => cell === null ? 99 : encoder.encode(String(cell)).length), ...nulls }
    }
    return { kind: 'numbers', values: ARRAYS[field.datatype]!(cells.map((cell) => cell ?? 7)), ...nulls }
  })
  return { columns, texts: (row) => encoder.encode(fields.map((field, index) => isText(field) ? String(rows[row]![index] ?? '') : '').join('')) }
}

test.each(['BINARY', 'BINARY2'] as const)('%s from columns is, byte for byte, that from rows', (serialization) => {
  fc.assert(fc.property(anyTable, fc.boolean(), ({ fields, rows }, withSample) => {
    const columns = binaryColumns(fields, serialization, withSample ? rows : [])
    const put = batchEncoder(columns, serialization)
    const declared = columns.map(({ field }) => field)
    const isPlain = declared.every((field) => isText(field) || (field.arraysize === undefined && field.datatype in ARRAYS))
    if (put === undefined) {
      expect(isPlain).toBe(false)
      return
    }
    const plain = openSink(8)
    for (const row of rows) rowEncoder(columns, serialization)(plain, row)
    const sink = openSink(8)
    put(sink, batchOf(declared, rows), rows.length)
    expect(Buffer.from(written(sink)).toString('hex')).toBe(Buffer.from(written(plain)).toString('hex'))
  }), { numRuns: 1000 })
})

test('only the rows asked for; a mark of byte order in wide text stays', () => {
  const fields: Field[] = [{ name: 't', datatype: 'unicodeChar', arraysize: '*' }, { name: 'n', datatype: 'int' }]
  const rows: Row[] = [['\ufeffa', 1], [null, null], ['z', 3]]
  const columns = binaryColumns(fields, 'BINARY2')
  const sink = openSink()
  batchEncoder(columns, 'BINARY2')!(sink, batchOf(fields, rows), 2)
  const plain = openSink()
  for (const row of rows.slice(0, 2)) rowEncoder(columns, 'BINARY2')(plain, row)
  expect(written(sink)).toEqual(written(plain))
})
