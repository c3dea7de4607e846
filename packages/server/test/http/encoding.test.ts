import { gunzipSync } from 'node:zlib'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encoded, takesGzip } from '../../src/http/encoding.ts'
import type { Reply } from '../../src/http/route.ts'
import { form, makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

// RFC 9110 §12.5.3.
test.each<[string | undefined, boolean]>([
  [undefined, false], ['', false], ['gzip', true], ['GZIP;q=0.5', true], ['x-gzip', true], ['deflate, gzip, br', true],
  ['gzip;q=0', false], ['gzip; q=0.000', false], ['*', true], ['*;q=0', false], ['gzip;q=0, *', false], ['identity, *;q=0', false],
  ['identity', false], ['br', false], ['gzipped', false],
])('Accept-Encoding: %s', (header, takes) => { expect(takesGzip(header)).toBe(takes) })

const takes = { 'accept-encoding': 'gzip' }
const reply = (body: Reply['body'], headers: Record<string, string> = {}): Reply => ({ status: 200, headers, body: body!, encodable: { leastBytes: 0 } })

async function bytesOf(body: Reply['body']): Promise<Buffer> {
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as string)
  const pieces: Uint8Array[] = []
  for await (const piece of body as AsyncIterable<Uint8Array | string>) pieces.push(Buffer.from(piece as string))
  return Buffer.concat(pieces)
}

describe('a stream', () => {
  async function* pieces(count: number, state: { closed?: boolean; given: number }): AsyncGenerator<string> {
    try {
      for (; state.given < count; state.given++) yield `piece ${state.given} ${'x'.repeat(2000)}\n`
    } finally {
      state.closed = true
    }
  }

  test('is coded piece by piece: the first is out before the third is asked for', async () => {
    const state = { given: 0 }
    const { headers, body } = await encoded(reply(pieces(100, state)), 'GET', takes)
    expect(headers).toMatchObject({ 'Content-Encoding': 'gzip', Vary: 'Authorization, Cookie, Accept-Encoding' })
    const iterator = (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
    expect((await iterator.next()).value?.length).toBeGreaterThan(0)
    expect(state.given).toBeLessThan(3)
    await iterator.return?.()
    expect(state).toMatchObject({ closed: true })
  })

  test('comes out as it went in', async () => {
    const { body } = await encoded(reply(pieces(100, { given: 0 })), 'GET', takes)
    expect(gunzipSync(await bytesOf(body)).toString()).toBe((await bytesOf(pieces(100, { given: 0 }))).toString())
  })

  test('that fails, fails', async () => {
    async function* failing(): AsyncGenerator<string> {
      yield 'x'.repeat(5000)
      throw new Error('late')
    }
    const { body } = await encoded(reply(failing()), 'GET', takes)
    await expect(bytesOf(body)).rejects.toThrow('late')
  })

  test('that is short is sent as it is', async () => {
    async function* short(): AsyncGenerator<string> { yield* ['a', 'b'] }
    const { headers, body } = await encoded(reply(short()), 'GET', takes)
    expect([headers['Content-Encoding'], (await bytesOf(body)).toString()]).toEqual([undefined, 'ab'])
  })
})

test.each<[string, Reply, string, Record<string, string>]>([
  ['what is not to be coded', { status: 200, headers: {}, body: 'x'.repeat(9999) }, 'GET', takes],
  ['a short text', reply('x'.repeat(1000)), 'GET', takes],
  ['a caller who takes none', reply('x'.repeat(9999)), 'GET', {}],
  ['HEAD', reply('x'.repeat(9999)), 'HEAD', takes],
  ['a range', reply('x'.repeat(9999)), 'GET', { ...takes, range: 'bytes=0-' }],
  ['another status', { ...reply('x'.repeat(9999)), status: 206 }, 'GET', takes],
])('%s is left alone', async (_, given, method, headers) => {
  const { headers: sent, body } = await encoded(given, method, headers)
  expect([sent['Content-Encoding'], body]).toEqual([undefined, given.body])
})

test('a coded text has its own length and tag, and no ranges', async () => {
  const { headers, body } = await encoded(reply('x'.repeat(9999), { 'ETag': '"a"', 'Content-Length': '9999', 'Accept-Ranges': 'bytes' }), 'GET', takes)
  expect(headers).toEqual({ 'ETag': 'W/"a"', 'Content-Encoding': 'gzip', 'Vary': 'Authorization, Cookie, Accept-Encoding' })
  expect(gunzipSync(body as Uint8Array).toString()).toBe('x'.repeat(9999))
})

describe('over HTTP', () => {
  let archive: TapArchive
  beforeAll(async () => { archive = await makeTapArchive() })
  afterAll(() => archive.close())
  const gzip = { 'Accept-Encoding': 'gzip, deflate' }
  const NUMBERS = 'SELECT n FROM dbo.numbers ORDER BY n'

  test.each(['votable', 'votable/b2', 'csv', 'json', 'text', 'html', 'tsv'])('%s is the same, coded or not', async (FORMAT) => {
    const body = form({ LANG: 'ADQL', QUERY: NUMBERS, FORMAT })
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', ...gzip }
    const plain = await archive.ask('/tap_obs/sync', { body })
    const coded = await archive.ask('/tap_obs/sync', { body, headers })
    expect([coded.headers['content-encoding'], coded.headers['content-type']]).toEqual(['gzip', plain.headers['content-type']])
    expect(coded.bytes.length).toBeLessThan(plain.bytes.length / 2)
    expect(gunzipSync(coded.bytes).equals(plain.bytes)).toBe(true)
    expect(coded.headers['transfer-encoding']).toBe('chunked')
  })

  test('FITS, errors and small answers are not coded; tables are', async () => {
    const fits = await archive.ask(`/tap_obs/sync?${form({ LANG: 'ADQL', QUERY: NUMBERS, FORMAT: 'fits' })}`, { headers: gzip })
    const error = await archive.ask('/tap_obs/sync?LANG=ADQL&QUERY=nonsense', { headers: gzip })
    const up = await archive.ask('/tap_obs/availability', { headers: gzip })
    expect([fits, error, up].map((answer) => answer.headers['content-encoding'])).toEqual([undefined, undefined, undefined])
    const tables = await archive.ask('/tap_obs/tables', { headers: gzip })
    expect([tables.headers['content-encoding'], Number(tables.headers['content-length'])]).toEqual(['gzip', tables.bytes.length])
  })

  test('a result of a job: coded when it is great; tag, range and length as they are without', async () => {
    const job = async (adql: string): Promise<string> => {
      const made = await archive.ask('/tap_obs/async', { body: form({ LANG: 'ADQL', QUERY: adql, PHASE: 'RUN', MAXREC: '100000' }) })
      const path = made.headers.location?.slice(archive.url.length) ?? ''
      while (/QUEUED|EXECUTING/.test((await archive.ask(`${path}/phase`)).body)) await sleep(20)
      return `${path}/results/result`
    }
    const great = await job('SELECT a.dp_id, a.access_url, n FROM dbo.numbers, dbo.raw AS a')
    const plain = await archive.ask(great)
    expect(plain.bytes.length).toBeGreaterThan(1024 * 1024)
    const coded = await archive.ask(great, { headers: gzip })
    expect([coded.status, coded.headers['content-encoding'], coded.headers.etag]).toEqual([200, 'gzip', `W/${plain.headers.etag}`])
    expect(Number(coded.headers['content-length'])).toBe(coded.bytes.length)
    expect(gunzipSync(coded.bytes).equals(plain.bytes)).toBe(true)
    for (const tag of [coded.headers.etag ?? '', plain.headers.etag ?? '']) {
      const again = await archive.ask(great, { headers: { ...gzip, 'If-None-Match': tag } })
      expect([again.status, again.headers.etag]).toEqual([304, coded.headers.etag])
    }
    const part = await archive.ask(great, { headers: { ...gzip, Range: 'bytes=10-19' } })
    expect([part.status, part.headers['content-encoding'], part.headers.etag, part.body]).toEqual([206, undefined, plain.headers.etag, plain.body.slice(10, 20)])
    const small = await archive.ask(await job(NUMBERS.replace('SELECT', 'SELECT TOP 50')), { headers: gzip })
    expect([small.headers['content-encoding'], Number(small.headers['content-length'])]).toEqual([undefined, small.bytes.length])
  })
})
