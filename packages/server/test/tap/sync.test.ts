import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { form, makeTapArchive, readResult, SLOW } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive({ config: 'tap: { defaultRows: 4, maxRows: 1000 }' }) })
afterAll(() => archive.close())

const ALL = 'SELECT dp_id FROM dbo.raw ORDER BY dp_id'

describe('the same query comes by GET and POST, with the names in any case (TAP 1.1 §2.1, DALI 1.1 §3.1)', () => {
  test.each([
    { why: 'GET', path: `?${form({ LANG: 'ADQL', QUERY: ALL })}` },
    { why: 'GET with REQUEST of TAP 1.0', path: `?${form({ REQUEST: 'doQuery', VERSION: '1.0', LANG: 'ADQL-2.0', QUERY: ALL })}` },
    { why: 'POST', body: form({ lang: 'ADQL-2.1', query: ALL, DUMMY: 'ignore-me' }) },
    { why: 'POST with the query in the address', path: `?${form({ QUERY: ALL })}`, body: form({ LANG: 'ADQL' }) },
  ])('$why', async ({ path = '', body }) => {
    const answer = await archive.ask(`/tap_obs/sync${path}`, { body })
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/x-votable+xml')
    const { status, rows } = await readResult(answer)
    expect({ status, count: rows.length }).toEqual({ status: 'OK', count: 3 })
  })
})

test('the document carries the query, the metadata of columns and values as they are', async () => {
  const adql = `SELECT dp_id, access_url, exposure, object, size_bytes, exp_start AS "Start" FROM dbo.raw ORDER BY dp_id`
  const answer = await archive.query(adql)
  expect(answer.body).toContain('name="QUERY"')
  expect(answer.body).toMatch(/<FIELD[^>]* name="exposure"[^>]*unit="s"/)
  const { rows } = await readResult(answer)
  expect(rows[0]).toEqual({
    dp_id: 'T.2021-01-01T00:00:01.000', access_url: `${archive.url}/dataPortal/file/T.2021-01-01T00:00:01.000`,
    exposure: 0.5, object: 'NGC 1 & "co"', size_bytes: 9007199254740993n, Start: '2021-01-01T00:00:01.000Z',
  })
  expect(rows[2]).toMatchObject({ object: null, size_bytes: null })
})

test('CSV has a header line and quotes where needed', async () => {
  const answer = await archive.query('SELECT dp_id, object, size_bytes FROM dbo.raw ORDER BY dp_id', { FORMAT: 'csv' })
  expect(answer.headers['content-type']).toBe('text/csv;header=present')
  expect(answer.body.replaceAll('\r', '').trim().split('\n')).toEqual([
    'dp_id,object,size_bytes', 'T.2021-01-01T00:00:01.000,"NGC 1 & ""co""",9007199254740993',
    'T.2021-01-01T00:00:02.000,NGC 2,2', 'T.2021-01-01T00:00:03.000,,',
  ])
})

// TAP 1.1 §2.7.4, DALI 1.1 §3.4.4; the table of numbers has 3000 rows, the default is 4, the most 1000.
test.each([
  { why: 'the default cuts', top: '', maxrec: undefined, rows: 4, status: 'OVERFLOW' },
  { why: 'MAXREC cuts', top: '', maxrec: '3', rows: 3, status: 'OVERFLOW' },
  { why: 'TOP below MAXREC is no overflow', top: 'TOP 3', maxrec: '10', rows: 3, status: 'OK' },
  { why: 'TOP as great as MAXREC neither', top: 'TOP 3', maxrec: '3', rows: 3, status: 'OK' },
  { why: 'TOP above MAXREC is', top: 'TOP 9', maxrec: '3', rows: 3, status: 'OVERFLOW' },
  { why: 'MAXREC=0 is metadata and overflow', top: '', maxrec: '0', rows: 0, status: 'OVERFLOW' },
  { why: 'above the hard limit is the hard limit', top: '', maxrec: '99999999999', rows: 1000, status: 'OVERFLOW' },
])('$why', async ({ top, maxrec, rows, status }) => {
  const answer = await archive.query(`SELECT ${top} n FROM dbo.numbers`, maxrec === undefined ? {} : { MAXREC: maxrec })
  const read = await readResult(answer)
  expect({ rows: read.rows.length, status: read.status }).toEqual({ rows, status })
  expect(answer.body).toMatch(/<FIELD[^>]* name="n"/)
})

describe('rows are those that the caller may know of', () => {
  test.each([
    { as: undefined, count: 3 }, { as: 'visitor', count: 3 }, { as: 'pi', count: 5 }, { as: 'operator', count: 5 },
  ])('$as sees $count', async ({ as, count }) => {
    const { rows } = await readResult(await archive.query(ALL, { MAXREC: '10' }, as))
    expect(rows).toHaveLength(count)
    const counted = await readResult(await archive.query("SELECT COUNT(*) AS c FROM dbo.raw WHERE prog_id = '100.B-0002(A)'", {}, as))
    expect(counted.rows).toEqual([{ c: BigInt(count - 3) }])
  })

  test('a bad token is 401, not fewer rows', async () => {
    const answer = await archive.ask(`/tap_obs/sync?${form({ LANG: 'ADQL', QUERY: ALL })}`, {
      headers: { Authorization: 'Bearer a.b.c' },
    })
    expect(answer.status).toBe(401)
    expect((await readResult(answer)).status).toBe('ERROR')
  })
})

describe('what is wrong is 400 in a VOTable, with the place', () => {
  test.each([
    { QUERY: 'SELECT dp_id FRM dbo.raw', says: /line 1, column \d+/ },
    { QUERY: 'SELECT\n  dp_idd FROM dbo.raw', says: /dp_idd.*line 2, column 3/s },
    { QUERY: 'SELECT x FROM dbo.nothing', says: /dbo\.nothing/ },
    { QUERY: 'SELECT 1 FROM dbo.raw', LANG: 'OOBLECK', says: /unknown query language/ },
    { QUERY: ALL, MAXREC: '-1', says: /MAXREC/ },
    { QUERY: ALL, RESPONSEFORMAT: 'ascii', says: /use votable/ },
    { QUERY: ALL, UPLOAD: 't,ftp://example.org/x', says: /param:, http: and https: can/ },
    { QUERY: '', says: /QUERY is missing/ },
  ])('$QUERY: $says', async ({ says, ...parameters }) => {
    const answer = await archive.ask('/tap_obs/sync', { body: form({ LANG: 'ADQL', ...parameters } as Record<string, string>) })
    expect(answer.status).toBe(400)
    expect(answer.headers['content-type']).toBe('application/x-votable+xml')
    const { status, message } = await readResult(answer)
    expect(status).toBe('ERROR')
    expect(message).toMatch(says)
    expect(message).not.toMatch(/raw_public|archive\./)
  })
})

test('HEAD answers as GET would, and runs nothing', async () => {
  const answer = await archive.ask(`/tap_obs/sync?${form({ LANG: 'ADQL', QUERY: SLOW, FORMAT: 'csv' })}`, { method: 'HEAD' })
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toBe('text/csv;header=present')
  expect(answer.body).toBe('')
})
