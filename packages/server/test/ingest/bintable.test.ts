import { describe, expect, test } from 'vitest'
import type { HeaderEntry } from '@quipu/vo/fits'
import { openBintable } from '../../src/ingest/bintable.ts'
import type { BintableRow } from '../../src/ingest/bintable.ts'
import { bintableFile, EVERY_COLUMN } from '../support/bintable.ts'
import type { TestColumn } from '../support/bintable.ts'

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(bytes: Uint8Array, size = 65_536) {
  const { names, rows } = await openBintable(pieces(bytes, size))
  const all: BintableRow[] = []
  for await (const batch of rows) all.push(...batch)
  return { names, rows: all }
}

describe('a binary table', () => {
  test.each([1, 7, 2880, 65_536])('has its rows, wherever the pieces of %i bytes end', async (size) => {
    const { names, rows } = await read(bintableFile(EVERY_COLUMN, 3), size)
    expect(names).toEqual(['ID', 'ra', 'dec', 'mag', 'epochs', 'name'])
    expect(rows).toEqual([
      { row: 1, cells: [9_007_199_254_740_993n, 0.1, -0, 70_000, null, 'star'] },
      { row: 2, cells: [9_007_199_254_740_994n, null, -0.5, null, 0, 'a'] },
      { row: 3, cells: [9_007_199_254_740_995n, 2.1, -1, 70_000, 1, null] },
    ])
  })

  test('bytes and logical values', async () => {
    const columns: TestColumn[] = [
      { name: 'b', form: 'B', width: 1, bytes: (view, at, row) => view.setUint8(at, 254 + row) },
      { name: 'l', form: 'L', width: 1, bytes: (view, at, row) => view.setUint8(at, [0x54, 0x46, 0][row] ?? 0) },
    ]
    const { rows } = await read(bintableFile(columns, 2))
    expect(rows.map(({ cells }) => cells)).toEqual([[254, true], [255, false]])
  })

  test('of many rows comes in parts', async () => {
    const { rows } = await openBintable(pieces(bintableFile(EVERY_COLUMN.slice(0, 1), 5_000), 10_000))
    const sizes: number[] = []
    for await (const batch of rows) sizes.push(batch.length)
    expect(sizes).toEqual([2_048, 2_048, 904])
  })

  test('without rows has none', async () => {
    expect((await read(bintableFile(EVERY_COLUMN, 0))).rows).toEqual([])
  })
})

describe('what cannot be read', () => {
  const one = (form: string, width: number, more: Record<string, string | number> = {}): TestColumn[] =>
    [{ name: 'x', form, width, more, bytes: () => undefined }]
  const change = (keyword: string, value: HeaderEntry['value']) => (entries: HeaderEntry[]) =>
    entries.map((entry) => entry.keyword === keyword ? { ...entry, value } : entry)
  test.each<[string, Uint8Array, RegExp]>([
    ['an array', bintableFile(one('3E', 12), 1), /column 1, 'x', is of the form '3E'; columns of one value are read/],
    ['a variable array', bintableFile(one('1PE(5)', 8), 1), /of the form '1PE\(5\)'/],
    ['complex numbers', bintableFile(one('1C', 8), 1), /of the form '1C'/],
    ['a scaled column', bintableFile(one('1I', 2, { TSCAL: 0.1 }), 1), /column 1, 'x', is scaled/],
    ['unsigned integers', bintableFile(one('1I', 2, { TZERO: 32_768 }), 1), /is scaled/],
    ['a form of nothing', bintableFile(one('0A', 1), 1), /of the form '0A'/],
    ['columns that do not fill a row', bintableFile(one('1J', 4), 2, change('NAXIS1', 8)), /columns are 4 bytes wide, but NAXIS1 is 8/],
    ['more columns than there are', bintableFile(one('1J', 4), 1, change('TFIELDS', 2)), /column 2, '', is of the form ''/],
    ['no column', bintableFile(one('1J', 4), 1, change('TFIELDS', 0)), /TFIELDS is not from 1 to 999/],
    ['a million columns', bintableFile(one('1J', 4), 1, change('TFIELDS', 1_000_000)), /TFIELDS/],
    ['a huge row', bintableFile(one('2000000A', 2_000_000), 0), /a row has 2000000 bytes; at most 1048576/],
    ['an image alone', bintableFile(one('1J', 4), 1, change('XTENSION', 'IMAGE')), /no binary table/],
    ['a table cut short', bintableFile(EVERY_COLUMN, 3_000).subarray(0, -20_000), /the table ends after row 2048 of 3000, or soon after/],
    ['a header cut short', bintableFile(EVERY_COLUMN, 1).subarray(0, 2880 * 3 + 80), /it has no binary table/],
    ['data cut short', bintableFile(EVERY_COLUMN, 1).subarray(0, 2880 + 3_000), /ends within a unit before its table/],
    ['a text beyond ASCII', bintableFile([{ name: 'x', form: '2A', width: 2, bytes: (view, at) => view.setUint8(at, 0xe9) }], 1), /not ASCII \(233\)/],
    ['nothing', new Uint8Array(0), /no binary table/],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(message)
    await expect(read(bytes)).rejects.toMatchObject({ code: 'holding_invalid' })
  })

  test('a header without an end is given up', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`SIMPLE  =                    T${' '.repeat(50)}`)
      for (;;) yield Buffer.from('COMMENT x'.padEnd(80))
    }
    await expect(openBintable(endless())).rejects.toThrow(/the header of unit 0 has no end/)
  })
})
