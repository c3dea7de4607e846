import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonWriter } from '../../src/votable/index.ts'
import type { Cell, Ending, Field, Row } from '../../src/votable/index.ts'
import { anyTable } from '../support/tables.ts'

interface Written { metadata: Record<string, string>[]; data: unknown[][]; query_status?: string; query_message?: string }

function whole(fields: readonly Field[], rows: readonly Row[], ending: Ending = {}): string {
  const writer = jsonWriter(fields)
  const half = Math.ceil(rows.length / 2)
  return writer.head() + writer.rows(rows.slice(0, half)) + writer.rows(rows.slice(half)) + writer.foot(ending)
}

test('the shape is that of ESO: metadata without what is empty, then data', () => {
  const fields: Field[] = [
    { name: 'dp_id', datatype: 'char', arraysize: '*', ucd: 'meta.id', description: 'an "id"', unit: '' },
    { name: 'exp_start', datatype: 'char', arraysize: '*', xtype: 'timestamp' },
  ]
  expect(JSON.parse(whole(fields, [['A', null]]))).toEqual({
    metadata: [
      { name: 'dp_id', description: 'an "id"', datatype: 'char', arraysize: '*', ucd: 'meta.id' },
      { name: 'exp_start', datatype: 'char', arraysize: '*', xtype: 'timestamp' },
    ],
    data: [['A', null]],
  })
  expect(Object.keys((JSON.parse(whole(fields, [])) as Written).metadata[0]!)).toEqual(['name', 'description', 'datatype', 'arraysize', 'ucd'])
})

test.each<[Ending, Partial<Written>]>([
  [{}, {}], [{ overflow: false }, {}], [{ overflow: true }, { query_status: 'OVERFLOW' }],
  [{ overflow: true, error: 'it "broke"' }, { query_status: 'ERROR', query_message: 'it "broke"' }],
])('a result that ended with %j says so behind its data', (ending, more) => {
  expect(JSON.parse(whole([{ name: 'n', datatype: 'int' }], [[1]], ending))).toEqual({
    metadata: [{ name: 'n', datatype: 'int' }], data: [[1]], ...more,
  })
})

test('a long keeps its digits in the text', () => {
  expect(whole([{ name: 'n', datatype: 'long' }], [[9007199254740993n], [-(2n ** 63n)]])).toMatch(/\[9007199254740993\],\s*\[-9223372036854775808\]/)
})

test('every table is JSON with its cells; what is no number there is null', () => {
  fc.assert(fc.property(anyTable, ({ fields, rows }) => {
    const { data } = JSON.parse(whole(fields, rows)) as Written
    expect(data.map((row) => row.map((cell, i) => rounded(cell, fields[i]!))))
      .toEqual(rows.map((row) => row.map((cell, i) => asJson(cell, fields[i]!))))
  }), { numRuns: 300 })
})

/** A float is written in as few digits as give the same float. */
function rounded(cell: unknown, field: Field): unknown {
  if (Array.isArray(cell)) return cell.map((value) => rounded(value, field))
  return typeof cell === 'number' && field.datatype.startsWith('float') ? Math.fround(cell) : cell
}

function asJson(cell: Cell, field: Field): unknown {
  if (Array.isArray(cell)) return (cell as Cell[]).map((value) => asJson(field.datatype === 'boolean' && value !== null ? value === 1 : value, field))
  if (typeof cell === 'bigint') return Number(cell)
  return typeof cell === 'number' && !Number.isFinite(cell) ? null : cell
}
