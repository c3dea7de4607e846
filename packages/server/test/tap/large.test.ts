import { describe, expect, test } from 'vitest'
import { csvWriter, jsonWriter } from '@quipu/vo/votable'
import type { Piece, Row, RowWriter } from '@quipu/vo/votable'
import type { Again, BatchStream, TextRows } from '../../src/stores/columns.ts'
import { LARGE_ROWS, piecesOf } from '../../src/tap/large.ts'
import type { Limited } from '../../src/tap/large.ts'

const FIELDS = [{ name: 'n', datatype: 'int' as const }]
const BATCH = 1_000
const numbers = (from: number, count: number): Row[] => Array.from({ length: count }, (_, i) => [from + i])

/** As the source of a query cuts them. */
async function* batchesOf(total: number, limited: Limited, log: string[] = []): AsyncGenerator<Row[]> {
  try {
    for (let at = 0; at < total; at += BATCH) {
      const rows = numbers(at, Math.min(BATCH, total - at))
      const room = limited.maxRows - at
      if (rows.length > room) limited.overflow = true
      if (room > 0) yield rows.slice(0, room)
      if (limited.overflow === true) return
    }
    limited.overflow = false
  } finally {
    log.push('first closed')
  }
}

function engine(total: number, log: string[], failAt = Infinity): Again {
  const writer = csvWriter(FIELDS)
  async function* rows(): AsyncGenerator<TextRows> {
    for (let at = 0; at < total; at += BATCH) {
      if (at >= failAt) throw new Error('a value failed')
      const count = Math.min(BATCH, total - at)
      yield { count, bytes: (n) => Buffer.from(`E${writer.rows(numbers(at, n))}`) }
    }
  }
  const stream = (): BatchStream<TextRows> => ({ [Symbol.asyncIterator]: rows, close: async () => { log.push('second closed') } })
  return { text: async (form) => { log.push(form); return stream() }, columns: async () => undefined }
}

async function documentOf(total: number, maxRows: number, writer: RowWriter = csvWriter(FIELDS), again?: Again | 'none', log: string[] = []) {
  const limited: Limited = { maxRows, overflow: undefined }
  const pieces: Piece[] = []
  const opened: unknown[] = []
  const chosen = again === 'none' ? undefined : again ?? engine(total, log)
  for await (const piece of piecesOf(writer, batchesOf(total, limited, log), limited, chosen, (stream) => opened.push(stream))) pieces.push(piece)
  const text = pieces.map((piece) => typeof piece === 'string' ? piece : Buffer.from(piece).toString()).join('')
  return { text, overflow: limited.overflow, log, opened: opened.length }
}

const plain = (total: number): string => csvWriter(FIELDS).rows(numbers(0, total))

describe('small results never ask the engine twice', () => {
  test.each([[0], [1], [BATCH], [2 * BATCH]])('%d rows', async (total) => {
    expect(await documentOf(total, 1e6)).toEqual({ text: plain(total), overflow: false, log: ['first closed'], opened: 0 })
  })
  test('nor do those that MAXREC makes small', async () => {
    expect(await documentOf(50_000, 2_500)).toMatchObject({ text: plain(2_500), overflow: true, opened: 0 })
  })
})

describe('large ones come from the engine, from the beginning', () => {
  test.each([[3 * BATCH], [10 * BATCH + 7]])('%d rows', async (total) => {
    const { text, ...rest } = await documentOf(total, 1e6)
    expect(text.replaceAll('E', '')).toBe(plain(total))
    expect(text).toMatch(/^E0/)
    expect(rest).toEqual({ overflow: false, log: ['CSV', 'first closed', 'second closed'], opened: 1 })
  })
  test.each([[5_000, 5_000, false], [5_000, 4_999, true], [50_000, 3_000, true], [50_000, 3_001, true]])(
    '%d rows with MAXREC %d', async (total, maxRows, overflow) => {
      const { text, ...rest } = await documentOf(total, maxRows)
      expect(text.replaceAll('E', '')).toBe(plain(Math.min(total, maxRows)))
      expect(rest).toMatchObject({ overflow, opened: 1 })
      expect(rest.log.at(-1)).toBe('second closed')
    })
  test('a failure of the second is thrown, after its rows', async () => {
    await expect(documentOf(9_000, 1e6, undefined, engine(9_000, [], 5_000))).rejects.toThrow('a value failed')
  })
})

test('who cannot begin anew writes the rows held back', async () => {
  const { text, log } = await documentOf(5_000, 1e6, csvWriter(FIELDS), { text: async () => undefined, columns: async () => undefined })
  expect(text).toBe(plain(5_000))
  expect(log).toEqual(['first closed'])
  expect((await documentOf(5_000, 1e6, csvWriter(FIELDS), 'none')).text).toBe(plain(5_000))
})

test('a writer that no engine writes like gets rows, none held back', async () => {
  const { text, opened } = await documentOf(5_000, 1e6, jsonWriter(FIELDS))
  expect([text.split('\n').length, opened]).toEqual([5_001, 0])
  expect(LARGE_ROWS).toBeLessThan(5_000)
})
