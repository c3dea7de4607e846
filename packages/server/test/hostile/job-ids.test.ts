/** Guessed job ids: what cannot be guessed, and what a guess gives. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let server: TapArchive
beforeAll(async () => { server = await makeTapArchive() })
afterAll(() => server.close())

const form = (query: string) => new URLSearchParams({ LANG: 'ADQL', QUERY: query }).toString()
const jobOf = async (as?: string): Promise<string> => new URL(
  (await server.ask('/tap_obs/async', { as, body: form("SELECT dp_id FROM dbo.raw WHERE object = 'my secret target'") })).headers.location ?? '').pathname

test('ids have 122 random bits, and none follows from another', async () => {
  const ids = []
  for (let i = 0; i < 50; i++) ids.push((await jobOf()).split('/').at(-1) ?? '')
  expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true)
  for (const part of [0, 1, 3, 4]) expect(new Set(ids.map((id) => id.split('-')[part])).size).toBeGreaterThan(45)
})

test('a job of a person is nobody else\'s, known id or not; the list shows each their own', async () => {
  const path = await jobOf('pi')
  for (const as of [undefined, 'visitor', 'operator']) {
    for (const child of ['', '/parameters', '/parameters/QUERY', '/results/result', '/error', '/owner']) {
      const answer = await server.ask(path + child, { as })
      expect([answer.status, answer.body.includes('secret target')]).toEqual([404, false])
    }
    const list = await server.ask('/tap_obs/async', { as })
    expect(list.body).not.toContain(path.split('/').at(-1))
  }
  expect((await server.ask(path, { as: 'pi' })).body).toContain('secret target')
})

test('ids are compared whole: no prefix, pattern, case or path finds one', async () => {
  const path = await jobOf()
  const id = path.split('/').at(-1) ?? ''
  for (const guess of [id.slice(0, -1), `${id.slice(0, 8)}%25`, '%25', '_'.repeat(36), id.toUpperCase(), `${id}%00`, `%20${id}`, `x%2f..%2f${id}`, `' or 1=1 --`.replaceAll(' ', '%20')]) {
    expect([guess, (await server.ask(`/tap_obs/async/${guess}`)).status]).toEqual([guess, 404])
  }
  expect((await server.ask(`/tap_cat/async/${id}`)).status).toBe(404)
  expect((await server.ask(path)).status).toBe(200)
})

test('a guess leaves a line, the same for a job of somebody and for none', async () => {
  const path = await jobOf('pi')
  server.audit.length = 0
  for (const guess of [path, '/tap_obs/async/00000000-0000-4000-8000-000000000000']) await server.ask(guess, { as: 'visitor' })
  expect(server.audit.map(({ action, subject, outcome, detail }) => [action, subject, outcome, detail])).toEqual([
    ['job', 'visitor', 'job_not_found', `job=${path.split('/').at(-1)}`], ['job', 'visitor', 'job_not_found', 'job=00000000-0000-4000-8000-000000000000'],
  ])
})

test('no answer about a job may be kept by a proxy', async () => {
  const path = await jobOf()
  for (const child of ['', '/phase', '/parameters', '/results']) {
    expect((await server.ask(path + child)).headers['cache-control']).toBe('no-store')
  }
})
