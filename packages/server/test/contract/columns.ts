/**
 * What every adapter of the column copy does. `open` gives a fresh, empty one with the tables of
 * test/support/columns.ts. The statements here are SQL that both engines speak.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns } from '../../src/stores/columns.ts'
import { EVERY_FIELDS, rowsOf, statement, truthRow } from '../support/columns.ts'

const OPEN = 'archive.dbo_every_public'
const CLOSED = 'archive.dbo_every_protected'
const never = new AbortController().signal

export function columnsContract(open: () => Promise<Columns>): void {
  let columns: Columns
  beforeAll(async () => { columns = await open() })
  afterAll(async () => { await columns.close() })
  const every = (where = ''): ReturnType<typeof rowsOf> => rowsOf(columns, {
    sql: `select "id", "short", "int", "long", "float", "double", "time", "yes" from ${OPEN} ${where} order by "id"`,
    values: [], columns: EVERY_FIELDS,
  })
  const idsOf = async (relation: string): Promise<string> =>
    (await rowsOf(columns, statement(`select "id" from ${relation} order by "id"`, { id: 'char' }))).join(' ')

  test('every datatype comes back as the cell that the wire wants', async () => {
    await columns.append(1, [
      truthRow('a', { short: -32_768, int: 2_147_483_647, long: 9_223_372_036_854_775_807n, float: 0.1, double: 5e-324, time: '2016-09-26T04:15:07.252Z', yes: true }),
      truthRow('b', { short: null, int: null, long: null, float: null, double: null, time: null, yes: null }),
      truthRow('c', { short: 0, int: 0, long: 7, float: NaN, double: -Infinity, time: '1950-01-01', yes: false }),
      truthRow('d', { double: -0, time: 1_474_863_307_252_999n }),
    ])
    expect(await every()).toEqual([
      ['a', -32_768, 2_147_483_647, 9_223_372_036_854_775_807n, Math.fround(0.1), 5e-324, '2016-09-26T04:15:07.252Z', true],
      ['b', null, null, null, null, null, null, null],
      ['c', 0, 0, 7n, NaN, -Infinity, '1950-01-01T00:00:00.000Z', false],
      ['d', null, null, null, null, -0, '2016-09-26T04:15:07.252Z', null],
    ])
    expect(await columns.lastBatch()).toBe(1)
  })

  test.each(['', ' ', 'µ é ℵ 🔭', 'a\u0000b', '\u0001\u0007\u001f\u007f', 'tab\tnew\nline\r', `'; drop table x; --`, '"', '\\', '<&>]]>', 'x'.repeat(70_000)])(
    'text stays as it is: %j', async (text) => {
      const asked = statement('select v from (select cast($1 as text) as v) t', { v: 'char' }, [text])
      expect(await rowsOf(columns, asked)).toEqual([[text]])
    })

  test('text that was stored stays as it is, and an empty one is not null', async () => {
    const last = await columns.lastBatch()
    const texts = ['', 'a\u0000b', 'µ🔭\u0001', '\\N', 'NULL']
    await columns.append(last + 1, texts.map((id) => ({ table: 'dbo.every', dpId: 'texts', run: null, row: { id } })))
    const asked = statement(`select "id" from ${OPEN} where dp_id_key = $1`, { id: 'char' }, ['texts'])
    expect((await rowsOf(columns, asked)).flat().sort()).toEqual(texts.sort())
    await columns.append(last + 2, [], ['texts'])
  })

  test('values are bound by their types', async () => {
    const asked = statement(`select "id" from ${OPEN} where "id" = $1 or "double" = $2 or "long" = $3 or
      "time" = $4 or ("yes" and $5) or "int" in (select unnest($6)) order by "id"`, { id: 'char' }, [
      'b', 5e-324, 7n, { timestampMicros: 1_474_863_307_252_999n }, false, { integers: [1, 2_147_483_647] }])
    expect((await rowsOf(columns, asked)).flat()).toEqual(['a', 'b', 'c', 'd'])
    const none = statement(`select "id" from ${OPEN} where "int" in (select unnest($1))`, { id: 'char' }, [{ integers: [] }])
    expect(await rowsOf(columns, none)).toEqual([])
  })

  test('integers of any width, and decimals, are read by value', async () => {
    const asked = statement(`select sum("long"), cast(7 as decimal(18, 0)), cast(1.5 as decimal(9, 3)), count(*),
      null, cast(3 as smallint) from (select cast(5 as bigint) as "long" union all select 4) t`,
    { a: 'long', b: 'int', c: 'double', d: 'long', e: 'char', f: 'long' })
    expect(await rowsOf(columns, asked)).toEqual([[9n, 7, 1.5, 2n, null, 3n]])
  })

  test('no rows, and more than one batch, end the same way', async () => {
    expect(await rowsOf(columns, statement(`select "id" from ${OPEN} where false`, { id: 'char' }))).toEqual([])
    const batches = await columns.stream(statement('select n from generate_series(1, 5000) t(n) order by n desc', { n: 'int' }), never)
    const sizes: number[] = []
    const all: unknown[] = []
    for await (const batch of batches) {
      sizes.push(batch.length)
      all.push(...batch.flat())
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2_048)
    expect(all).toEqual(Array.from({ length: 5_000 }, (_, i) => 5_000 - i))
  })

  describe('batches', () => {
    const closed = { runId: 5, progId: 'P', metadataPublic: false }
    const opened = { runId: 6, progId: 'Q', metadataPublic: true }

    test('rows of a run go where its metadata belong, and a product leaves nothing behind', async () => {
      const last = await columns.lastBatch()
      await columns.append(last + 1, [truthRow('m1', {}, closed), truthRow('m2', {}, opened), truthRow('m3', {})])
      expect(await idsOf(CLOSED)).toBe('m1')
      expect(await idsOf(OPEN)).toBe('a b c d m2 m3')
      await columns.append(last + 2, [truthRow('m1', {}, { ...closed, metadataPublic: true }), truthRow('m2', {}, closed)], ['m3'])
      expect(await idsOf(CLOSED)).toBe('m2')
      expect(await idsOf(OPEN)).toBe('a b c d m1')
      const runs = await rowsOf(columns, statement(`select run_id from ${CLOSED}`, { run: 'int' }))
      expect(runs).toEqual([[5]])
    })

    test('a batch that is in is not appended again; one that would leave a gap is a bug', async () => {
      const last = await columns.lastBatch()
      const before = await idsOf(OPEN)
      await columns.append(last, [truthRow('again', {})])
      await expect(columns.append(last + 2, [truthRow('gap', {})])).rejects.toThrow('missing')
      expect(await idsOf(OPEN)).toBe(before)
      expect(await columns.lastBatch()).toBe(last)
    })

    test('a batch with a value that does not fit is as if never begun', async () => {
      const last = await columns.lastBatch()
      const before = await idsOf(OPEN)
      const bad = [truthRow('a', { int: 1 }), truthRow('x', { int: 2 ** 31 })]
      await expect(columns.append(last + 1, bad)).rejects.toMatchObject({ code: 'holding_invalid' })
      expect(await idsOf(OPEN)).toBe(before)
      expect(await columns.lastBatch()).toBe(last)
    })

    test('rows of tables that are not stored are left out; columns that are absent are null', async () => {
      const last = await columns.lastBatch()
      await columns.append(last + 1, [truthRow('z', {}), truthRow('z', {}, null, 'dbo.unknown')])
      expect(await every(`where "id" = 'z'`)).toEqual([['z', null, null, null, null, null, null, null]])
    })

    test('rows of a file are appended as they are read, and go with their product', async () => {
    const last = await columns.lastBatch()
    async function* parts(count: number) {
      for (let at = 0; at < count; at += 1_500) {
        yield Array.from({ length: Math.min(1_500, count - at) }, (_, i) => ({ table_name: `t${at + i}`, size: at + i }))
      }
    }
    const sums = async () => rowsOf(columns, statement(
      'select count(*), sum(size), count(distinct dp_id_key) from archive.tap_schema_tables', { n: 'long', sum: 'long', ids: 'long' }))
    await columns.append(last + 1, [], [], [{ table: 'TAP_SCHEMA.tables', dpId: 'file', rows: parts(5_000) }])
    expect(await sums()).toEqual([[5_000n, 12_497_500n, 1n]])
    await columns.append(last + 2, [], [], [
      { table: 'TAP_SCHEMA.tables', dpId: 'file', rows: parts(3) }, { table: 'TAP_SCHEMA.tables', dpId: 'other', rows: parts(0) },
    ])
    expect(await sums()).toEqual([[3n, 3n, 1n]])
    await columns.append(last + 3, [], ['file'])
    expect(await sums()).toEqual([[0n, null, 0n]])
  })

  test('a file that cannot be read to its end leaves nothing of its batch', async () => {
    const last = await columns.lastBatch()
    async function* broken() {
      yield [{ table_name: 'first', size: 1 }]
      throw new Error('gone')
    }
    const appended = columns.append(last + 1, [truthRow('beside', {})], [], [{ table: 'TAP_SCHEMA.tables', dpId: 'f', rows: broken() }])
    await expect(appended).rejects.toThrow('gone')
    expect(await columns.lastBatch()).toBe(last)
    expect(await idsOf(OPEN)).not.toContain('beside')
    expect(await rowsOf(columns, statement('select table_name from archive.tap_schema_tables', { t: 'char' }))).toEqual([])
  })

  test('the service\'s own tables are replaced whole', async () => {
      const asked = statement('select table_name, size from archive.tap_schema_tables order by 1', { name: 'char', size: 'int' })
      await columns.replace('TAP_SCHEMA.tables', [{ table_name: 'dbo.raw', size: 1 }, { table_name: 'a', size: null }])
      expect(await rowsOf(columns, asked)).toEqual([['a', null], ['dbo.raw', 1]])
      await columns.replace('TAP_SCHEMA.tables', [{ table_name: 'b', size: 2 }])
      expect(await rowsOf(columns, asked)).toEqual([['b', 2]])
    })

    test('thousands of rows in well under a second; emptied in one piece', async () => {
      const last = await columns.lastBatch()
      const many = Array.from({ length: 5_000 }, (_, i) => truthRow(`n${i}`, { int: i, double: i / 3, time: '2020-01-01T00:00:00Z' }))
      // Time of the processor, not of the clock: other tests run beside this one.
      const started = process.cpuUsage()
      await columns.append(last + 1, many)
      expect(process.cpuUsage(started).user).toBeLessThan(1_000_000)
      await columns.append(last + 2, many)
      expect(await rowsOf(columns, statement(`select count(*) from ${OPEN} where dp_id_key like 'n%'`, { n: 'int' }))).toEqual([[5_000]])
      await columns.clear()
      expect(await columns.lastBatch()).toBe(0)
      expect(await idsOf(OPEN)).toBe('')
    })
  })

  streamContract(() => columns)
}

function streamContract(columnsOf: () => Columns): void {
  describe('ends', () => {
    const rows = (expression: string, n = 1_000_000): ReturnType<typeof statement> =>
      statement(`select ${expression} as n from generate_series(1, ${n}) t(n)`, { n: 'long' })

    test('a value that fails after many rows fails the result, with words that help and none of the engine\'s', async () => {
      const asked = rows(`cast(case when n = 900000 then 'secret' else cast(n as text) end as bigint)`)
      const stream = await columnsOf().stream(asked, never)
      let seen = 0
      const failing = (async () => { for await (const batch of stream) seen += batch.length })()
      await expect(failing).rejects.toMatchObject({ code: 'query_data', message: expect.stringMatching(/CAST/) })
      await expect(failing).rejects.not.toMatchObject({ message: expect.stringMatching(/secret|select|LINE/i) })
      expect(seen).toBeGreaterThan(0)
      expect(seen).toBeLessThan(900_000)
    })

    test.each([
      [`cast('x' as integer)`, /CAST/], ['9223372036854775807 + n', /range/], ['cast(sqrt(0 - n) as bigint)', /function/],
      ['(select n from generate_series(1, 2) u(n))', /sub-query/],
    ])('a value that fails at once is answered before the first row: %s', async (expression, message) => {
      const error = await columnsOf().stream(rows(expression, 10), never).then(() => undefined, (e: unknown) => e)
      expect(error).toMatchObject({ code: 'query_data', message: expect.stringMatching(message) })
    })

    test('a sum beyond 64 bits is an error, not another number', async () => {
      const asked = statement('select sum(v) from (select 9223372036854775807 as v union all select 1) t', { s: 'long' })
      await expect(rowsOf(columnsOf(), asked)).rejects.toMatchObject({ code: 'query_data' })
    })

    test('what only we can be wrong about is a bare error, without the engine\'s words', async () => {
      const error: unknown = await columnsOf().stream(statement('select nothing from nowhere', { n: 'int' }), never)
        .then(() => undefined, (e: unknown) => e)
      expect(error).not.toHaveProperty('code')
      expect(String(error)).not.toMatch(/nowhere|nothing/)
    })

    test('an abort between rows throws the signal\'s reason', async () => {
      const stop = new AbortController()
      const stream = await columnsOf().stream(rows('n', 5_000_000), stop.signal)
      const reason = new Error('enough')
      await expect((async () => {
        for await (const _ of stream) stop.abort(reason)
      })()).rejects.toBe(reason)
    })

    test('an abort while the engine works ends it at once', async () => {
      const stop = new AbortController()
      const reason = new Error('too long')
      const startedMs = performance.now()
      setTimeout(() => { stop.abort(reason) }, 100)
      const slow = statement(`select count(*) from generate_series(1, 3000000) a(n), generate_series(1, 300000) b(m)
        where n * m % 7919 = 3`, { n: 'long' })
      await expect(columnsOf().stream(slow, stop.signal)).rejects.toBe(reason)
      expect(performance.now() - startedMs).toBeLessThan(15_000)
    })

    test('what was aborted before it began is not begun', async () => {
      await expect(columnsOf().stream(rows('n'), AbortSignal.abort(new Error('no')))).rejects.toThrow('no')
    })

    test('aborts at any moment, many at once: never a silent end, never a dead process', async () => {
      await Promise.all(Array.from({ length: 40 }, async (_, i) => {
        const stop = new AbortController()
        const reason = new Error(`stop ${i}`)
        const timer = setTimeout(() => { stop.abort(reason) }, i * 4)
        let seen = 0
        const error: unknown = await (async () => {
          for await (const batch of await columnsOf().stream(rows('n', 300_000), stop.signal)) seen += batch.length
        })().then(() => undefined, (e: unknown) => e)
        clearTimeout(timer)
        if (error === undefined) expect(seen).toBe(300_000)
        else expect(error).toBe(reason)
      }))
    })

    test('closed early, twice, or while a batch is awaited: quiet, and the copy goes on', async () => {
      const left = await columnsOf().stream(rows('n'), never)
      for await (const _ of left) break
      await left.close()
      const unread = await columnsOf().stream(rows('n'), never)
      await Promise.all([unread.close(), unread.close()])
      await expect((async () => { for await (const _ of unread); })()).rejects.toThrow('closed')
      const awaited = await columnsOf().stream(rows('n'), never)
      const reading = (async () => { for await (const _ of awaited); })()
      await Promise.all([expect(reading).rejects.toThrow('closed'), awaited.close()])
      expect(await rowsOf(columnsOf(), rows('n', 3))).toEqual([[1n], [2n], [3n]])
    })
  })
}
