import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openKeys } from '../../src/auth/keys.ts'
import { parseConfig } from '../../src/config.ts'
import { openFolderStore } from '../../src/stores/folder-files.ts'
import { openSqliteTruth } from '../../src/stores/sqlite-truth.ts'
import type { JobRecord } from '../../src/stores/truth.ts'
import { openTapParts, PEOPLE, SLOW } from '../support/tap.ts'
import type { Base } from '../support/tap.ts'

let dir = ''
const closers: (() => Promise<void>)[] = []
beforeEach(async () => { dir = await mkdtemp(join(tmpdir(), 'quipu-jobs-')) })
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
  await rm(dir, { recursive: true, force: true })
})

/** The stores of one process over the folder, with a runner that is not started. */
async function open(config = '') {
  const truth = openSqliteTruth(join(dir, 'truth.sqlite'))
  if (truth.lastBatch() === 0) {
    for (const run of PEOPLE.runs ?? []) truth.putRun(run)
    for (const { subject } of PEOPLE.people ?? []) {
      truth.putPerson({
        subject, name: subject, givenName: '', familyName: '', email: '', passwordHash: '', isOperator: false,
      })
    }
    for (const grant of PEOPLE.grants ?? []) truth.putGrant(grant)
    truth.addBatch(PEOPLE.holdings ?? [])
  }
  const made: Base = {
    config: parseConfig(config), now: () => Date.now(), id: () => randomUUID(), log: pino({ level: 'silent' }),
    truth, rules: [], keys: await openKeys(join(dir, 'keys')),
    files: await openFolderStore(join(dir, 'files')), results: await openFolderStore(join(dir, 'results')),
  }
  const { columns, jobs } = await openTapParts(made, dir)
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await jobs.stop()
    await columns.close()
    truth.close()
  }
  closers.push(close)
  return { ...made, jobs, close }
}

test('owners take turns, however many jobs one has', async () => {
  const opened = await open('tap: { runningJobs: 1 }')
  const queued = (owner: string | null, createdMs: number): JobRecord => job({ owner, createdMs, phase: 'QUEUED' })
  const jobs = [queued('pi', 1), queued('pi', 2), queued('pi', 3), queued('visitor', 4), queued(null, 5), queued('visitor', 6)]
  for (const one of jobs) opened.truth.putJob(one)
  const began: string[] = []
  const { changeJob } = opened.truth
  opened.truth.changeJob = (id, from, change) => {
    if (change.phase === 'EXECUTING') began.push(id)
    return changeJob(id, from, change)
  }
  await opened.jobs.start()
  for (const { id } of jobs) {
    while (opened.truth.findJob(id)?.phase !== 'COMPLETED') await opened.jobs.changed(id, opened.truth.findJob(id)!.phase, 5000, new AbortController().signal)
  }
  expect(began).toEqual([0, 3, 4, 1, 5, 2].map((i) => jobs[i]?.id))
})

function job(more: Partial<JobRecord> = {}): JobRecord {
  return {
    id: randomUUID(), service: 'tap_obs', owner: null, phase: 'PENDING', runLabel: null,
    createdMs: Date.now(), startedMs: null, endedMs: null, destructionMs: Date.now() + 3_600_000,
    executionSeconds: 60, parameters: { LANG: 'ADQL', QUERY: 'SELECT dp_id FROM dbo.raw', FORMAT: 'csv' },
    baseUrl: 'http://localhost:1', attempts: 0, result: null, error: null, ...more,
  }
}

async function keysOf(results: Base['results']): Promise<string[]> {
  const keys: string[] = []
  for await (const key of results.list('')) keys.push(key)
  return keys
}

type Opened = Awaited<ReturnType<typeof open>>

async function over({ jobs, truth }: Pick<Opened, 'jobs' | 'truth'>, id: string): Promise<JobRecord | undefined> {
  for (;;) {
    const found = truth.findJob(id)
    if (!found || !['QUEUED', 'EXECUTING'].includes(found.phase)) return found
    await jobs.changed(id, found.phase, 10_000, new AbortController().signal)
  }
}

test('a job and its result outlive the process', async () => {
  const first = await open()
  await first.jobs.start()
  const made = job({ owner: 'pi' })
  first.truth.putJob(made)
  expect(first.jobs.submit(made.id)).toBe(true)
  expect(first.jobs.submit(made.id)).toBe(false)
  expect(await over(first, made.id)).toMatchObject({ phase: 'COMPLETED', attempts: 1 })
  await first.close()

  const second = await open()
  await second.jobs.start()
  const found = second.truth.findJob(made.id)
  expect(found?.phase).toBe('COMPLETED')
  expect(found?.result?.runs).toHaveLength(1)
  const stat = await second.results.stat(found?.result?.key ?? '')
  expect(stat?.sizeBytes).toBe(found?.result?.sizeBytes)
})

test('an orderly stop puts the running job back, and it does not count as an attempt', async () => {
  const first = await open()
  await first.jobs.start()
  const made = job({ parameters: { LANG: 'ADQL', QUERY: SLOW } })
  first.truth.putJob(made)
  first.jobs.submit(made.id)
  expect(first.truth.findJob(made.id)?.phase).toBe('EXECUTING')
  await first.jobs.stop()
  expect(first.truth.findJob(made.id)).toMatchObject({ phase: 'QUEUED', attempts: 0, startedMs: null })
})

test('after a crash a job is run again, once', async () => {
  const first = await open()
  const [once, twice] = [job({ phase: 'EXECUTING', attempts: 1 }), job({ phase: 'EXECUTING', attempts: 2 })]
  const queued = job({ phase: 'QUEUED' })
  for (const one of [once, twice, queued]) first.truth.putJob(one)
  await first.jobs.start()
  expect(await over(first, once.id)).toMatchObject({ phase: 'COMPLETED', attempts: 2 })
  expect(await over(first, queued.id)).toMatchObject({ phase: 'COMPLETED', attempts: 1 })
  expect(first.truth.findJob(twice.id)).toMatchObject({
    phase: 'ERROR', error: { isTransient: true, message: expect.stringMatching(/stopped 2 times/) },
  })
})

test('results that no job names are swept at start; named ones stay', async () => {
  const first = await open()
  await first.jobs.start()
  const made = job()
  first.truth.putJob(made)
  first.jobs.submit(made.id)
  const done = await over(first, made.id)
  const orphan = await first.results.create('01234567-1.xml')
  await orphan.write('<left/>')
  await orphan.commit()
  await writeFile(join(dir, 'results', `.${randomUUID()}.part`), 'half')
  await first.close()

  const second = await open()
  await second.jobs.start()
  expect(await keysOf(second.results)).toEqual([done?.result?.key])
  expect(await readdir(join(dir, 'results'))).toEqual([done?.result?.key])
})

test('aborting and removing wait until the engine has let go, and leave nothing', async () => {
  const opened = await open('tap: { runningJobs: 1 }')
  await opened.jobs.start()
  const [slow, next] = [job({ parameters: { LANG: 'ADQL', QUERY: SLOW } }), job()]
  for (const one of [slow, next]) {
    opened.truth.putJob(one)
    opened.jobs.submit(one.id)
  }
  expect(opened.truth.findJob(next.id)?.phase).toBe('QUEUED')
  expect(await opened.jobs.abort(slow.id)).toBe(true)
  expect(await opened.jobs.abort(slow.id)).toBe(false)
  expect(await over(opened, next.id)).toMatchObject({ phase: 'COMPLETED' })
  for (const one of [slow, next]) await opened.jobs.remove(one.id)
  expect(await keysOf(opened.results)).toEqual([])
  expect(opened.truth.jobsIn(['ABORTED', 'COMPLETED'])).toEqual([])
})

test('rights are those of the moment in which the job runs', async () => {
  const opened = await open()
  await opened.jobs.start()
  const made = job({ owner: 'pi' })
  opened.truth.putJob(made)
  opened.truth.putGrant({ subject: 'pi', progId: '100.B-0002(A)', role: 'pi', endsMs: Date.now() - 1 })
  opened.jobs.submit(made.id)
  const done = await over(opened, made.id)
  const chunks = await opened.results.read(done?.result?.key ?? '', 0, (done?.result?.sizeBytes ?? 1) - 1).toArray()
  expect(Buffer.concat(chunks).toString().trim().split(/\r?\n/)).toHaveLength(4)
})

test('a job whose owner is gone, or whose result is too large, ends in ERROR', async () => {
  const opened = await open('tap: { resultBytes: 100 }')
  await opened.jobs.start()
  const [orphan, large] = [
    job({ owner: 'nobody' }),
    job({ parameters: { LANG: 'ADQL', QUERY: 'SELECT n FROM dbo.numbers', FORMAT: 'csv' } }),
  ]
  for (const [made, says] of [[orphan, /owner/], [large, /larger than 100 bytes/]] as const) {
    opened.truth.putJob(made)
    opened.jobs.submit(made.id)
    expect((await over(opened, made.id))?.error?.message).toMatch(says)
  }
  expect(await keysOf(opened.results)).toEqual([])
})

test('a job over its destruction time is forgotten with its result', async () => {
  const opened = await open()
  await opened.jobs.start()
  const made = job({ destructionMs: Date.now() + 1500 })
  opened.truth.putJob(made)
  opened.jobs.submit(made.id)
  await over(opened, made.id)
  await new Promise((resolve) => setTimeout(resolve, 1600))
  await opened.jobs.sweep()
  expect(opened.truth.findJob(made.id)).toBeUndefined()
  expect(await keysOf(opened.results)).toEqual([])
})
