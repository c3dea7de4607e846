import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { run } from '../support/data-folder.ts'
import { anyOf, archiveWith, filesIn, nightOf, serve, truthOf, until } from '../support/processes.ts'
import type { JobRecord } from '../../src/stores/truth.ts'

const ROWS = 400
const QUICK = 'SELECT COUNT(*) AS c FROM dbo.raw'
const PAIRS = 'SELECT a.dp_id, b.dp_id AS other FROM dbo.raw a, dbo.raw b'
/** Seconds on one processor. */
const MIDDLING = 'SELECT COUNT(*) AS c FROM dbo.raw a, dbo.raw b, dbo.raw c'
  + ' WHERE SIN(a.mjd_obs + b.mjd_obs) + COS(c.mjd_obs) < 9'
/** Hours. */
const ENDLESS = 'SELECT COUNT(*) AS c FROM dbo.raw a, dbo.raw b, dbo.raw c, dbo.raw d, dbo.raw e'
  + ' WHERE SIN(a.mjd_obs + b.mjd_obs) + COS(c.mjd_obs + d.mjd_obs) > e.mjd_obs'

async function archive(config: string): Promise<string> {
  const dir = await archiveWith(config)
  const { folder } = await nightOf(0, { files: 0, rows: ROWS })
  expect(await run('ingest', dir, folder)).toMatchObject({ code: 0 })
  return dir
}

/** The path of an acknowledged job: 303 with its place. */
async function create(url: string, query: string, more: Record<string, string> = {}): Promise<string> {
  const body = new URLSearchParams({ LANG: 'ADQL', FORMAT: 'csv', QUERY: query, ...more })
  const answer = await fetch(`${url}/tap_obs/async`, { method: 'POST', body, redirect: 'manual' })
  const place = answer.headers.get('Location')
  if (answer.status !== 303 || place === null) throw new Error(`${answer.status}: ${await answer.text()}`)
  return new URL(place).pathname
}

async function phase(url: string, path: string): Promise<string> {
  const answer = await fetch(`${url}${path}/phase`)
  return answer.status === 200 ? answer.text() : `${answer.status}`
}

async function result(url: string, path: string): Promise<{ status: number; etag: string | null; text: string }> {
  const answer = await fetch(`${url}${path}/results/result`)
  return { status: answer.status, etag: answer.headers.get('ETag'), text: await answer.text() }
}

const idOf = (path: string): string => path.split('/').at(-1) ?? ''

function jobOf(dir: string, path: string): JobRecord | undefined {
  return truthOf(dir).jobs.get(idOf(path))
}

/** Of drafts and of results that no job names there are none. */
function checkResults(dir: string): void {
  const named = [...truthOf(dir).jobs.values()].flatMap((job) => job.result?.key ?? [])
  expect(filesIn(dir, 'results')).toEqual(named.sort())
}

describe('a server that is killed', { timeout: 300_000 }, () => {
  test('has every job again, in its phase; what ran runs again; what was done is the same', async () => {
    const dir = await archive('tap: { runningJobs: 1, jobSeconds: 3600 }\n')
    let server = await serve(dir)
    const pending = await create(server.url, QUICK)
    const completed = await create(server.url, PAIRS, { PHASE: 'RUN', MAXREC: '5000' })
    await until(async () => await phase(server.url, completed) === 'COMPLETED', 'the first job completes')
    const before = await result(server.url, completed)
    const executing = await create(server.url, MIDDLING, { PHASE: 'RUN' })
    const queued = await create(server.url, QUICK, { PHASE: 'RUN', RUNID: 'mine' })
    await until(async () => await phase(server.url, executing) !== 'QUEUED', 'the second job begins')
    await server.kill()
    expect([pending, completed, executing, queued].map((path) => jobOf(dir, path)?.phase))
      .toEqual(['PENDING', 'COMPLETED', 'EXECUTING', 'QUEUED'])

    server = await serve(dir)
    checkResults(dir)
    expect(await phase(server.url, pending)).toBe('PENDING')
    expect(await result(server.url, completed)).toEqual(before)
    for (const path of [executing, queued]) {
      await until(async () => await phase(server.url, path) === 'COMPLETED', 'what was begun completes', 120_000)
    }
    expect((await result(server.url, executing)).text.trim()).toBe(`c\r\n${ROWS ** 3}`)
    expect((await result(server.url, queued)).text.trim()).toBe(`c\r\n${ROWS}`)
    expect(jobOf(dir, executing)).toMatchObject({ attempts: 2 })
    expect(jobOf(dir, queued)).toMatchObject({ attempts: 1, runLabel: 'mine' })
    await fetch(`${server.url}${pending}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'RUN' }) })
    await until(async () => await phase(server.url, pending) === 'COMPLETED', 'the waiting job completes')
    checkResults(dir)
    await server.kill()
  })

  test('begins a job twice, not for ever: then it is ERROR, with the reason', async () => {
    const dir = await archive('tap: { runningJobs: 1, jobSeconds: 3600 }\n')
    let server = await serve(dir)
    const job = await create(server.url, ENDLESS, { PHASE: 'RUN' })
    const after = await create(server.url, QUICK, { PHASE: 'RUN' })
    for (let attempts = 1; attempts <= 2; attempts++) {
      await until(() => jobOf(dir, job)?.phase === 'EXECUTING', 'the job is begun')
      expect(jobOf(dir, job)).toMatchObject({ attempts })
      await server.kill()
      server = await serve(dir)
    }
    expect(await phase(server.url, job)).toBe('ERROR')
    expect(await (await fetch(`${server.url}${job}`)).text()).toMatch(/stopped 2 times while this job ran/)
    // It holds nobody else up.
    await until(async () => await phase(server.url, after) === 'COMPLETED', 'the next job completes')
    await server.kill()
  })

  test('leaves no half of a result, and writes it anew', async () => {
    const dir = await archive('tap: { jobSeconds: 3600 }\n')
    let server = await serve(dir)
    const job = await create(server.url, `${PAIRS}, dbo.raw c`, { PHASE: 'RUN', MAXREC: '400000' })
    await until(() => filesIn(dir, 'results').length > 0, 'a result is being written')
    await sleep(50)
    await server.kill()
    expect(filesIn(dir, 'results')).toEqual([expect.stringMatching(/^\..*\.part$/)])
    server = await serve(dir)
    expect(await phase(server.url, job)).toMatch(/QUEUED|EXECUTING|COMPLETED/)
    await until(async () => await phase(server.url, job) === 'COMPLETED', 'the job completes', 120_000)
    checkResults(dir)
    const { text } = await result(server.url, job)
    expect(text.trim().split('\n')).toHaveLength(400_001)
    await server.kill()
  })

  test('leaves nothing of what the engine had put aside on disk', async () => {
    const dir = await archive('engine: { memoryBytes: 250000000 }\n')
    const aside = (): number => {
      const names = existsSync(join(dir, 'columns.duckdb.spill')) ? readdirSync(join(dir, 'columns.duckdb.spill')) : []
      return names.length
    }
    let server = await serve(dir)
    let id = ''
    // With little memory a query may end before it puts anything aside: then another one does.
    await until(async () => {
      if (truthOf(dir).jobs.get(id)?.phase !== 'EXECUTING') {
        const query = `${PAIRS}, dbo.raw c ORDER BY a.dp_id, b.dp_id`
        id = idOf(await create(server.url, query, { PHASE: 'RUN', MAXREC: '15000000' }))
      }
      return aside() > 0
    }, 'the engine puts something aside')
    await server.kill()
    expect(aside()).toBeGreaterThan(0)
    server = await serve(dir)
    await fetch(`${server.url}/tap_obs/async/${id}`, { method: 'DELETE', redirect: 'manual' })
    expect(await server.stop()).toMatchObject({ code: 0 })
    expect(aside()).toBe(0)
  })

  test('in a storm of new jobs: each one that was acknowledged is there', async () => {
    const dir = await archive('tap: { queuedJobs: 100000 }\n')
    const acknowledged: { path: string; isRun: boolean }[] = []
    for (let round = 0; round < 3; round++) {
      const server = await serve(dir)
      const clients = Array.from({ length: 8 }, async (_, client) => {
        for (let n = 0; n < 500; n++) {
          const isRun = (n + client) % 4 === 0
          try {
            const path = await create(server.url, QUICK, isRun ? { PHASE: 'RUN' } : {})
            acknowledged.push({ path, isRun })
          } catch {
            return
          }
        }
      })
      const count = acknowledged.length
      await until(() => acknowledged.length > count + 8, 'jobs are acknowledged')
      await sleep(anyOf(0, 700))
      await server.kill()
      await Promise.all(clients)
    }
    const server = await serve(dir)
    const { jobs } = truthOf(dir)
    expect(acknowledged.filter(({ path }) => !jobs.has(idOf(path)))).toEqual([])
    for (const { path, isRun } of acknowledged.slice(-100)) {
      if (isRun) await until(async () => await phase(server.url, path) === 'COMPLETED', 'each job completes')
      else expect(await phase(server.url, path)).toBe('PENDING')
    }
    await until(() => [...truthOf(dir).jobs.values()].every((job) => /PENDING|COMPLETED/.test(job.phase)), 'all jobs settle')
    checkResults(dir)
    expect(await server.stop()).toMatchObject({ code: 0 })
  })
})
