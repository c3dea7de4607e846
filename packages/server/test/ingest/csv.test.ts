import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CSV_LIMITS, readCsv } from '../../src/ingest/csv.ts'
import type { CsvLimits, CsvRecord } from '../../src/ingest/csv.ts'

/** In pieces of a size, to put every border between two pieces. */
async function* pieces(text: string | Uint8Array, size = 1 << 20): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function read(text: string | Uint8Array, size?: number, limits: CsvLimits = CSV_LIMITS): Promise<CsvRecord[]> {
  const records: CsvRecord[] = []
  for await (const batch of readCsv(pieces(text, size), limits)) records.push(...batch)
  return records
}

const fields = async (text: string, size?: number) => (await read(text, size)).map((record) => record.fields)

describe('RFC 4180', () => {
  test.each<[string, string, (string | null)[][]]>([
    ['a line end at the end or not', 'a,b\n1,2', [['a', 'b'], ['1', '2']]],
    ['CRLF', 'a,b\r\n1,2\r\n', [['a', 'b'], ['1', '2']]],
    ['nothing is null, "" is empty', 'a,,""\n,,\n', [['a', null, ''], [null, null, null]]],
    ['quotes, commas and line ends in quotes', '"a ""b"", c","d\ne"\r\n"",x\n', [['a "b", c', 'd\ne'], ['', 'x']]],
    ['a last quoted field before CRLF and before the end', 'x,"a"\r\ny,"b"', [['x', 'a'], ['y', 'b']]],
    ['blanks are part of a field', ' a , b\n', [[' a ', ' b']]],
    ['a byte order mark is none of it', '\uFEFFa\n1\n', [['a'], ['1']]],
    ['beyond ASCII', 'µ,🔭\n', [['µ', '🔭']]],
    ['an empty line is a record of one null', 'a\n\nb\n', [['a'], [null], ['b']]],
    ['nothing at all', '', []],
  ])('%s', async (_, text, expected) => {
    expect(await fields(text)).toEqual(expected)
    // Wherever the pieces end.
    for (const size of [1, 2, 3, 5]) expect(await fields(text, size)).toEqual(expected)
  })

  test('records know their lines', async () => {
    expect((await read('a\n"b\n\nc"\nd\n')).map(({ line }) => line)).toEqual([1, 2, 5])
  })

  test('what is written is read again', async () => {
    const cell = fc.oneof(fc.constant(null), fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é') }))
    const write = (value: string | null): string => value === null ? '' : `"${value.replaceAll('"', '""')}"`
    await fc.assert(fc.asyncProperty(
      fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 5 }), fc.constantFrom('\n', '\r\n'), fc.integer({ min: 1, max: 9 }),
      async (rows, end, size) => {
        expect(await fields(rows.map((row) => row.map(write).join(',') + end).join(''), size)).toEqual(rows)
      }))
  })
})

describe('what is no CSV, or too much', () => {
  const limits = { fieldLength: 10, recordLength: 40, fields: 4 }
  test.each<[string, string | Uint8Array, string]>([
    ['a quote that is never closed', 'a\n"b\nc', 'line 2 has a quote that is never closed'],
    ['text after a closing quote', 'a,"b"c\n', 'line 1 has text after a closing quote'],
    ['a quote within a field', 'a,b"c\n', 'line 1 has a quote within a field'],
    ['bytes that are not UTF-8', Uint8Array.of(0x61, 0x0a, 0xff, 0x0a), 'line 1 or one soon after it is not UTF-8'],
    ['half a character at the end', Uint8Array.of(0x61, 0x0a, 0xc3), 'is not UTF-8'],
    ['too many fields', 'a,b\n1,2,3,4,5\n', 'line 2 has 5 fields; at most 4 are read'],
    ['a long field', 'a\nb\n12345678901\n', 'line 3 field 1 has 11 characters; at most 10 are read'],
    ['a long quoted field', `a\n"${'x'.repeat(11)}"\n`, 'line 2 field 1 has 11 characters'],
    ['a line without an end', `a\n${'x'.repeat(41)}`, 'line 2 begins a record of more than 40 characters'],
    ['a quoted field without an end', `a\n"${'\n'.repeat(41)}`, 'line 2 begins a record of more than 40 characters'],
  ])('%s', async (_, text, message) => {
    await expect(read(text, 7, limits)).rejects.toThrow(message)
    await expect(read(text, 7, limits)).rejects.toMatchObject({ code: 'holding_invalid' })
  })

  test('an endless line is given up soon, not collected', async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('a\n"')
      for (;;) yield new Uint8Array(65_536).fill(given++ % 2 === 0 ? 0x78 : 0x0a)
    }
    await expect((async () => { for await (const _ of readCsv(endless())); })()).rejects.toThrow('line 2 begins a record')
    expect(given * 65_536).toBeLessThan(3 * CSV_LIMITS.recordLength)
  })
})
