/** Queries that work for minutes, as many as may run: sign-in and files go on beside them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dataFolder, serving } from '../support/data-folder.ts'
import type { Serving } from '../support/data-folder.ts'

let archive: Serving
beforeAll(async () => { archive = await serving(await dataFolder('people: [{ subject: pi, password: pi-demo }]')) }, 60_000)
afterAll(() => archive.stop('SIGTERM'))

const columns = ['a', 'b', 'c', 'd', 'e']
const SLOW = `SELECT COUNT(*) FROM ${columns.map((name) => `TAP_SCHEMA.columns ${name}`).join(', ')} `
  + `WHERE SIN(${columns.map((name, i) => `${name}.column_index * ${i}.7`).join(' + ')}) > 0.99999`
const form = (more: Record<string, string> = {}) => new URLSearchParams({ LANG: 'ADQL', QUERY: SLOW, ...more })

test('whoever signs in or fetches a file does not wait for them', async () => {
  const quick = await fetch(`${archive.url}/tap_obs/async`, {
    method: 'POST', body: new URLSearchParams({ LANG: 'ADQL', QUERY: 'SELECT TOP 1 table_name FROM TAP_SCHEMA.tables', PHASE: 'RUN' }),
  })
  await expect.poll(async () => (await fetch(`${quick.url}/phase`)).text()).toBe('COMPLETED')
  const over = new AbortController()
  const queries = Array.from({ length: 16 }, () => fetch(`${archive.url}/tap_obs/sync`, { method: 'POST', body: form(), signal: over.signal }))
  const jobs = await Promise.all([1, 2].map(() => fetch(`${archive.url}/tap_obs/async`, { method: 'POST', body: form({ PHASE: 'RUN' }) })))
  await expect.poll(async () => (await fetch(`${archive.url}/tap_obs/sync`, { method: 'POST', body: form() })).status).toBe(503)
  for (const { url } of jobs) await expect.poll(async () => (await fetch(`${url}/phase`)).text()).toBe('EXECUTING')

  const start = performance.now()
  const token = await fetch(`${archive.url}/sso/oidc/token?grant_type=password&client_id=clientid&username=pi&password=pi-demo`)
  expect(token.status).toBe(200)
  const result = await fetch(`${quick.url}/results/result`)
  expect([result.status, await result.text()]).toEqual([200, expect.stringContaining('<TD>')])
  expect(performance.now() - start).toBeLessThan(10_000)

  over.abort()
  for (const query of queries) await expect(query).rejects.toThrow('aborted')
  for (const { url } of jobs) await fetch(url, { method: 'DELETE' })
}, 60_000)
