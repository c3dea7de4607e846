import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryVotableWriter, openVotableTable, readVotable, resultTable } from '../../src/votable/index.ts'
import type { Field, Row } from '../../src/votable/index.ts'

const FIELDS: readonly Field[] = [{ name: 'n', datatype: 'int' }, { name: 't', datatype: 'char', arraysize: '*' }, { name: 'd', datatype: 'double', arraysize: '*' }]

const ROWS = fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 400 }), fc.array(fc.double(), { minLength: 1 })))

test('rows are the same whatever pieces their stream comes in', async () => {
  await fc.assert(fc.asyncProperty(ROWS, fc.integer({ min: 1, max: 700 }), fc.constantFrom('BINARY', 'BINARY2'), async (rows, size, form) => {
    const writer = binaryVotableWriter(FIELDS, form)
    const bytes = Buffer.concat([writer.head(), writer.rows(rows), writer.foot({})].map((piece) => Buffer.from(piece)))
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const read: Row[] = []
    for await (const batch of (await openVotableTable(pieces())).batches) read.push(...batch)
    expect(read).toEqual(resultTable(await readVotable(bytes)).rows)
  }))
})

test('a row that is longer than many pieces is read, and a stream that is cut or goes on is refused', async () => {
  const writer = binaryVotableWriter(FIELDS, 'BINARY2')
  const rows: Row[] = [[1, 'x', Array.from({ length: 300_000 }, (_, i) => i)], [2, 'y', [1]]]
  const text = [writer.head(), writer.rows(rows), writer.foot({})].map((piece) => Buffer.from(piece).toString()).join('')
  const read = async (document: string): Promise<number> => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < document.length; at += 5000) yield Buffer.from(document.slice(at, at + 5000))
    }
    let count = 0
    for await (const batch of (await openVotableTable(pieces())).batches) count += batch.length
    return count
  }
  expect(await read(text)).toBe(2)
  const end = text.indexOf('</STREAM>')
  await expect(read(`${text.slice(0, end - 4000).trimEnd()}${text.slice(end)}`)).rejects.toMatchObject({ code: 'document_invalid' })
  await expect(read(`${text.slice(0, end)}AAAA${'A'.repeat(40_000)}${text.slice(end)}`)).rejects.toMatchObject({ code: 'document_invalid' })
  await expect(read(text.slice(0, end))).rejects.toMatchObject({ code: 'document_invalid' })
})
