import { request } from 'node:http'
import { parseHeader, keysOf } from '@quipu/vo/fits'
import { queryStatus, readVotable, recordsOf, resultTable } from '@quipu/vo/votable'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FORMATS } from '../../src/tap/formats.ts'
import { form, makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive({ config: 'tap: { resultBytes: 1000000 }' }) })
afterAll(() => archive.close())

const ALL = 'SELECT dp_id, access_url, exposure, object, size_bytes, exp_start FROM dbo.raw ORDER BY dp_id'
const NUMBERS = 'SELECT n FROM dbo.numbers ORDER BY n'

/** Runs the query as a job; the path of its result. */
async function asJob(adql: string, more: Record<string, string>): Promise<string> {
  const made = await archive.ask('/tap_obs/async', { body: form({ LANG: 'ADQL', QUERY: adql, PHASE: 'RUN', ...more }) })
  const path = made.headers.location?.slice(archive.url.length) ?? ''
  await archive.ask(`${path}?WAIT=20&PHASE=QUEUED`)
  const done = await archive.ask(`${path}?WAIT=20&PHASE=EXECUTING`)
  expect(done.body).toContain('COMPLETED')
  return `${path}/results/result`
}

describe.each(FORMATS.map((format) => [format.aliases[0] ?? '', format] as const))('%s', (alias, format) => {
  test('is the same document from sync and as a job, under the type that was asked for', async () => {
    const sync = await archive.query(ALL, { RESPONSEFORMAT: alias })
    expect([sync.status, sync.headers['content-type']]).toEqual([200, format.mediaType])
    expect(sync.headers['content-disposition']).toContain(`result.${format.extension}`)
    const stored = await archive.ask(await asJob(ALL, { RESPONSEFORMAT: alias }))
    expect([stored.status, stored.headers['content-type']]).toEqual([200, format.mediaType])
    expect(Buffer.from(stored.bytes).equals(sync.bytes)).toBe(true)
    expect(stored.headers['x-vo-overflow']).toBeUndefined()
  })

  test('says that it was cut, in itself or in a header; with MAXREC=0 too', async () => {
    for (const MAXREC of ['3', '0']) {
      const cut = await archive.query(NUMBERS, { RESPONSEFORMAT: alias, MAXREC })
      expect([cut.status, cut.headers['x-vo-overflow']]).toEqual([200, 'true'])
      expect(cut.bytes.toString().includes('OVERFLOW') || cut.body.includes('OVERFLOW')).toBe(format.tellsEnding)
      const stored = await archive.ask(await asJob(NUMBERS, { RESPONSEFORMAT: alias, MAXREC }))
      expect(stored.headers['x-vo-overflow']).toBe('true')
    }
    const whole = await archive.query(NUMBERS, { RESPONSEFORMAT: alias, MAXREC: '3000' })
    expect([whole.headers['x-vo-overflow'], whole.body.includes('OVERFLOW')]).toEqual([undefined, false])
  })

  test('is a document without rows when there are none', async () => {
    const answer = await archive.query('SELECT n FROM dbo.numbers WHERE n < 0', { RESPONSEFORMAT: alias })
    expect([answer.status, answer.bytes.length > 0]).toEqual([200, true])
  })
})

test.each(['votable/b', 'votable/b2', 'votable/td'])('%s holds the same rows, over many batches', async (RESPONSEFORMAT) => {
  const document = await readVotable((await archive.query(NUMBERS, { RESPONSEFORMAT })).bytes)
  expect(resultTable(document).rows.map(([n]) => n)).toEqual(Array.from({ length: 3000 }, (_, i) => i + 1))
  const rows = recordsOf(resultTable(await readVotable((await archive.query(ALL, { RESPONSEFORMAT })).bytes)))
  expect(rows[0]).toMatchObject({ object: 'NGC 1 & "co"', size_bytes: 9007199254740993n, exposure: 0.5 })
  expect(rows[2]).toMatchObject({ object: null, size_bytes: null })
})

test('FITS and JSON hold the rows', async () => {
  const fits = (await archive.query(NUMBERS, { FORMAT: 'fits', MAXREC: '2500' })).bytes
  const first = parseHeader(fits)
  expect(keysOf(parseHeader(fits.subarray(first.headerBytes)).cards)).toMatchObject({ NAXIS2: 2500, TTYPE1: 'n', QSTATUS: 'OVERFLOW' })
  const json = JSON.parse((await archive.query(NUMBERS, { FORMAT: 'json', MAXREC: '2500' })).body) as { data: number[][]; query_status: string }
  expect([json.data.length, json.data[2499], json.query_status]).toEqual([2500, [2500], 'OVERFLOW'])
})

test('a page of results loads and runs nothing, sync and as a job', async () => {
  for (const answer of [await archive.query(ALL, { FORMAT: 'html' }), await archive.ask(await asJob(ALL, { FORMAT: 'html' }))]) {
    expect(answer.headers['content-security-policy']).toMatch(/default-src 'none'/)
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    expect(answer.body).toContain(`<a href="${archive.url}/dataPortal/file/T.2021-01-01T00:00:01.000"`)
    expect(answer.body).toContain('NGC 1 &amp; &quot;co&quot;')
  }
})

test('a cut that is known only behind the rows stands in a trailer of CSV', async () => {
  const trailersOf = (MAXREC: string) => new Promise<[string | undefined, NodeJS.Dict<string>]>((resolve, reject) => {
    const body = form({ LANG: 'ADQL', QUERY: NUMBERS, FORMAT: 'csv', MAXREC })
    const sent = request(`${archive.url}/tap_obs/sync`, { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }, (response) => {
      response.resume().on('end', () => resolve([response.headers.trailer, response.trailers])).on('error', reject)
    })
    sent.on('error', reject).end(body)
  })
  expect(await trailersOf('2500')).toEqual(['X-VO-Overflow', { 'x-vo-overflow': 'true' }])
  expect(await trailersOf('3000')).toEqual(['X-VO-Overflow', { 'x-vo-overflow': 'false' }])
})

test('rows lead to their links where the result has the id of a product (DataLink 1.1 §4)', async () => {
  const document = await readVotable((await archive.query(ALL)).body)
  const descriptor = document.resources.find((resource) => resource.utype === 'adhoc:service')
  expect(descriptor).toMatchObject({ type: 'meta' })
  expect(descriptor?.params.map(({ name, value }) => [name, value])).toEqual([
    ['standardID', 'ivo://ivoa.net/std/DataLink#links-1.1'], ['accessURL', `${archive.url}/datalink/links`],
    ['contentType', 'application/x-votable+xml;content=datalink'],
  ])
  const [input] = descriptor?.groups ?? []
  expect(input?.name).toBe('inputParams')
  const field = resultTable(document).fields.find(({ name }) => name === 'dp_id')
  expect(input?.params).toMatchObject([{ name: 'ID', value: '', ref: field?.id }])
  expect((await readVotable((await archive.query(NUMBERS)).body)).resources).toHaveLength(1)
})

test('a failure on the data is an error with a status, whatever the format', async () => {
  for (const { aliases } of FORMATS) {
    const answer = await archive.query("SELECT CAST(object AS INTEGER) AS x FROM dbo.raw", { FORMAT: aliases[0] ?? '' })
    expect([aliases[0], answer.status]).toEqual([aliases[0], 400])
    expect(queryStatus(await readVotable(answer.body)).status).toBe('ERROR')
  }
})

test('a result that is kept apart has the limit of a stored one, and leaves nothing behind', async () => {
  const adql = "SELECT dp_id || ' and much more text than that of a number' AS t FROM dbo.raw, dbo.numbers"
  const answer = await archive.query(adql, { FORMAT: 'text', MAXREC: '100000' })
  expect(answer.status).toBe(200)
  const wide = await archive.query(`SELECT a.t || b.t || b.t || b.t AS t FROM (${adql}) AS a, (SELECT TOP 2 dp_id || dp_id AS t FROM dbo.raw) AS b`, { FORMAT: 'text', MAXREC: '100000' })
  expect(wide.status).toBe(413)
  const left: string[] = []
  for await (const key of archive.archive.results.list('spool/')) left.push(key)
  expect(left).toEqual([])
})
