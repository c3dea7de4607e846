/** Pages of other origins: what a browser sends by itself must change nothing, and give nothing away. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let server: TapArchive
let cookie: string
beforeAll(async () => {
  server = await makeTapArchive()
  cookie = `quipu-${new URL(server.url).port}=${await server.tokenOf('pi')}`
})
afterAll(() => server.close())

const BASIC = `Basic ${Buffer.from('pi:pi-demo').toString('base64')}`
const FOREIGN = [
  { Origin: 'https://evil.example' }, { Origin: 'null' }, { Origin: 'http://127.0.0.1' }, { 'Sec-Fetch-Site': 'cross-site' },
  { 'Sec-Fetch-Site': 'same-site', Origin: 'http://other.localhost' },
]
const body = new URLSearchParams({ LANG: 'ADQL', QUERY: 'SELECT dp_id FROM dbo.raw', PHASE: 'RUN' }).toString()
const jobs = async (): Promise<number> => (await server.ask('/tap_obs/async', { as: 'pi' })).body.split('jobref ').length - 1

test('a form of another page makes no job with somebody\'s cookie or remembered password, and changes none', async () => {
  const made = await server.ask('/tap_obs/async', { body: body.replace('&PHASE=RUN', ''), headers: { Cookie: cookie } })
  expect(made.status).toBe(303)
  const job = new URL(made.headers.location ?? '').pathname
  const before = await jobs()
  for (const foreign of FOREIGN) {
    for (const own of [{ Cookie: cookie }, { Authorization: BASIC }]) {
      const headers = { ...foreign, ...own }
      const answers = [
        await server.ask('/tap_obs/async', { body, headers }), await server.ask('/tap_obs/sync', { body, headers }),
        await server.ask(job, { body: 'ACTION=DELETE', headers }), await server.ask(`${job}/phase`, { body: 'PHASE=RUN', headers }),
        await server.ask(job, { method: 'DELETE', headers }),
      ]
      expect(answers.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
      for (const answer of answers) expect(answer.body).not.toMatch(/HIDDEN|T\.2021/)
    }
  }
  expect(await jobs()).toBe(before)
  expect((await server.ask(`${job}/phase`, { as: 'pi' })).body).toBe('PENDING')
})

test('a page of this origin may, and so may a token from anywhere', async () => {
  const origin = { Origin: server.url, 'Sec-Fetch-Site': 'same-origin' }
  expect((await server.ask('/tap_obs/sync', { body, headers: { Cookie: cookie, ...origin } })).body).toContain('T.2021-01-02')
  expect((await server.ask('/tap_obs/sync', { as: 'pi', body, headers: { Origin: 'https://portal.example' } })).body).toContain('T.2021-01-02')
})

test('no answer lets a page of another origin read with credentials', async () => {
  for (const headers of [{ Cookie: cookie, Origin: 'https://evil.example' }, { Origin: 'https://evil.example' }]) {
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await server.ask('/tap_obs/capabilities', { method, headers })
      expect([answer.headers['access-control-allow-origin'], answer.headers['access-control-allow-credentials']]).toEqual(['*', undefined])
    }
  }
})
