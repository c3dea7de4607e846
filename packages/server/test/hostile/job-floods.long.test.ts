/** Jobs made to fill the archive: many of them, large ones, large results. Who signed in can still work. */
import { afterEach, expect, test } from 'vitest'
import type { TestArchive } from '../support/archive.ts'
import { makeTapArchive } from '../support/tap.ts'

let server: TestArchive
afterEach(() => server.close())

const post = (as: string | undefined, form: Record<string, string>, path = '/tap_obs/async') =>
  server.ask(path, { as, body: new URLSearchParams(form).toString() })
const pathOf = (location: string | undefined) => new URL(location ?? '').pathname

test('anonymous jobs that wait leave room for people, and a person for the others', async () => {
  server = await makeTapArchive({ config: 'tap: { queuedJobs: 10 }' })
  const statuses: number[] = []
  for (let i = 0; i < 8; i++) statuses.push((await post(undefined, {})).status)
  expect(statuses).toEqual([303, 303, 303, 303, 303, 503, 503, 503])
  const refused = await post(undefined, {})
  expect(refused.headers['retry-after']).toBeDefined()
  expect(refused.body).toContain('5 anonymous jobs are waiting')
  for (let i = 0; i < 5; i++) expect((await post('pi', {})).status).toBe(303)
  expect((await post('pi', {})).body).toContain('10 jobs are waiting')
})

test('jobs that are over count too, until they are deleted', async () => {
  server = await makeTapArchive({ config: 'tap: { keptJobs: 3 }' })
  const made = []
  for (let i = 0; i < 3; i++) {
    const path = pathOf((await post('pi', { LANG: 'ADQL', QUERY: 'SELECT TOP 1 n FROM dbo.numbers' })).headers.location)
    made.push(path)
    await post('pi', { PHASE: 'ABORT' }, `${path}/phase`)
  }
  const { body } = await post('pi', {})
  expect(body).toContain('3 of your jobs are kept')
  expect(body).toContain(`the oldest that is over is ${made[0]!.split('/').at(-1)}, ABORTED`)
  expect((await post('visitor', {})).status).toBe(303)
  await server.ask(made[0]!, { as: 'pi', method: 'DELETE' })
  expect((await post('pi', {})).status).toBe(303)
})

test('a job takes little more than a query, whatever its parameters are called and however they come', async () => {
  server = await makeTapArchive({ config: 'tap: { queryBytes: 1000 }' })
  expect((await post(undefined, { JUNK: 'x'.repeat(100_000) })).status).toBe(413)
  expect((await post(undefined, Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`p${i}`, 'x'])))).status).toBe(413)
  const path = pathOf((await post(undefined, { QUERY: 'SELECT 1' })).headers.location)
  expect((await post(undefined, { A: 'x'.repeat(15_000) }, path)).status).toBe(303)
  expect((await post(undefined, { B: 'x'.repeat(15_000) }, path)).status).toBe(413)
})

test('results together have a bound, and room comes back when a job is deleted', async () => {
  server = await makeTapArchive({ config: 'tap: { keptBytes: 6000 }' })
  const run = async () => {
    const form = { LANG: 'ADQL', QUERY: 'SELECT TOP 800 n FROM dbo.numbers', FORMAT: 'csv', PHASE: 'RUN' }
    const path = pathOf((await post('pi', form)).headers.location)
    await expect.poll(async () => (await server.ask(`${path}/phase`, { as: 'pi' })).body, { timeout: 10_000 }).toMatch(/COMPLETED|ERROR/)
    return { path, phase: (await server.ask(`${path}/phase`, { as: 'pi' })).body }
  }
  const first = await run()
  expect(first.phase).toBe('COMPLETED')
  const second = await run()
  expect(second.phase).toBe('ERROR')
  expect((await server.ask(`${second.path}/error`, { as: 'pi' })).body).toContain('TransientFault: the results of all jobs')
  await server.ask(first.path, { as: 'pi', method: 'DELETE' })
  expect((await run()).phase).toBe('COMPLETED')
})
