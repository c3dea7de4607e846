import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readJob } from '@quipu/vo/uws'
import { expect, test } from 'vitest'
import { dataFolder, serving } from '../support/data-folder.ts'

const QUICK = 'SELECT table_name FROM TAP_SCHEMA.tables'
/** Some seconds of work on any archive. */
const SLOW = 'SELECT COUNT(*) AS c FROM TAP_SCHEMA.columns a, TAP_SCHEMA.columns b, TAP_SCHEMA.columns c '
  + 'WHERE SIN(a.column_index * 1.1 + b.column_index * 1.3 + c.column_index * 1.7) > 0.99'

async function create(url: string, QUERY: string): Promise<string> {
  const answer = await fetch(`${url}/tap_obs/async`, {
    method: 'POST', redirect: 'manual', body: new URLSearchParams({ LANG: 'ADQL', QUERY, PHASE: 'RUN', FORMAT: 'csv' }),
  })
  return new URL(answer.headers.get('location') ?? '').pathname
}

const jobAt = async (url: string, path: string, query = '') => readJob(await (await fetch(`${url}${path}${query}`)).text())

async function over(url: string, path: string) {
  for (;;) {
    const job = await jobAt(url, path, '?WAIT=30')
    if (!['QUEUED', 'EXECUTING'].includes(job.phase)) return job
  }
}

test('an archive that is killed while jobs run keeps what was acknowledged and runs the rest again', {
  timeout: 300_000,
}, async () => {
  const dir = await dataFolder()
  const first = await serving(dir)
  const done = await create(first.url, QUICK)
  expect((await over(first.url, done)).phase).toBe('COMPLETED')
  const result = await (await fetch(`${first.url}${done}/results/result`)).text()
  const slow = [await create(first.url, SLOW), await create(first.url, SLOW)]
  const waiting = await create(first.url, QUICK)
  while ((await jobAt(first.url, slow[1] ?? '')).phase !== 'EXECUTING') await new Promise((resolve) => setTimeout(resolve, 5))
  await first.stop('SIGKILL')

  const second = await serving(dir)
  expect(await (await fetch(`${second.url}${done}/results/result`)).text()).toBe(result)
  for (const path of [...slow, waiting]) expect([path, (await over(second.url, path)).phase]).toEqual([path, 'COMPLETED'])
  expect(readdirSync(join(dir, 'results'))).toHaveLength(4)
  expect(await second.stop('SIGTERM')).toBe(0)
})
