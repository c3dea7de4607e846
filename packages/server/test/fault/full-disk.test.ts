import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ingestFolder } from '../../src/ingest/ingest.ts'
import type { FileStore } from '../../src/stores/files.ts'
import type { JobRecord, Truth } from '../../src/stores/truth.ts'
import { fitsBytes, folderOf, FRAME, ingestArchive, rawCards } from '../support/ingest.ts'
import { form, makeTapArchive, readResult } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive | undefined
afterEach(async () => {
  await archive?.close()
  archive = undefined
})

const QUICK = 'SELECT TOP 3 n FROM dbo.numbers'
const OTHER = 'SPHER.2016-09-26T04:12:45.603'

function full(): never {
  throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })
}

type Writable = { -readonly [K in keyof Truth]: Truth[K] }

/** Lets no job into the phase while `full.is`; ERROR neither, as a disk that is full takes nothing. */
function fillWhen(made: TapArchive, phases: readonly JobRecord['phase'][]): { is: boolean; met: number } {
  const state = { is: true, met: 0 }
  const truth = made.archive.truth as Writable
  const { changeJob } = truth
  truth.changeJob = (id, from, change) => {
    if (!state.is || change.phase === undefined || !phases.includes(change.phase)) return changeJob(id, from, change)
    state.met += 1
    return full()
  }
  return state
}

async function keysOf(files: FileStore): Promise<string[]> {
  const keys: string[] = []
  for await (const key of files.list('')) keys.push(key)
  return keys
}

async function create(made: TapArchive): Promise<string> {
  const answer = await made.ask('/tap_obs/async', { body: form({ LANG: 'ADQL', QUERY: QUICK, PHASE: 'RUN' }) })
  expect(answer.status).toBe(303)
  return answer.headers.location?.split('/').at(-1) ?? ''
}

async function settled(made: TapArchive, id: string, phase: JobRecord['phase']): Promise<JobRecord | undefined> {
  for (let i = 0; i < 100 && made.archive.truth.findJob(id)?.phase !== phase; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return made.archive.truth.findJob(id)
}

test('a job whose end cannot be written is ERROR as soon as it can, without its result', async () => {
  archive = await makeTapArchive()
  const disk = fillWhen(archive, ['COMPLETED', 'ERROR'])
  const id = await create(archive)
  for (let i = 0; i < 100 && disk.met < 2; i++) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(archive.archive.truth.findJob(id)).toMatchObject({ phase: 'EXECUTING' })
  await archive.jobs.sweep()
  expect(archive.archive.truth.findJob(id)).toMatchObject({ phase: 'EXECUTING' })
  disk.is = false
  await archive.jobs.sweep()
  expect(archive.archive.truth.findJob(id)).toMatchObject({
    phase: 'ERROR', result: null, error: { isTransient: true, message: expect.stringMatching(/could not write how/) },
  })
  expect(await readdir(join(archive.dir, 'results'))).toEqual([])
  expect(await settled(archive, await create(archive), 'COMPLETED')).toMatchObject({ phase: 'COMPLETED' })
})

test('a job that cannot be begun waits, and is begun by a later sweep', async () => {
  archive = await makeTapArchive()
  const disk = fillWhen(archive, ['EXECUTING'])
  const id = await create(archive)
  expect(disk.met).toBe(1)
  expect(archive.archive.truth.findJob(id)).toMatchObject({ phase: 'QUEUED' })
  disk.is = false
  await archive.jobs.sweep()
  expect(await settled(archive, id, 'COMPLETED')).toMatchObject({ phase: 'COMPLETED', attempts: 1 })
})

test('a job that cannot be kept is refused with 503, and the caller is told why', async () => {
  archive = await makeTapArchive()
  const truth = archive.archive.truth as Writable
  truth.putJob = full
  const answer = await archive.ask('/tap_obs/async', { body: form({ LANG: 'ADQL', QUERY: QUICK }) })
  expect(answer.status).toBe(503)
  expect(answer.headers['retry-after']).toBeDefined()
  expect((await readResult(answer)).message).toMatch(/disk of this archive is full/)
})

test('an ingest that the truth does not take leaves none of its files, and all of the others', async () => {
  const made = await ingestArchive()
  await ingestFolder(made, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))
  const keys = (): Promise<string[]> => keysOf(made.files)
  const before = await keys()
  expect(before).toHaveLength(1)
  const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)), 'b.fits': fitsBytes(rawCards(OTHER)) })
  const truth: Truth = { ...made.truth, addBatch: full }
  await expect(ingestFolder({ ...made, truth }, folder)).rejects.toMatchObject({
    code: 'overloaded', message: expect.stringMatching(/full: nothing was taken in/),
  })
  expect(await keys()).toEqual(before)
  expect(await ingestFolder(made, folder)).toMatchObject({ added: 1, replaced: 1 })
})

test('an ingest whose rows the tables do not take says that it is kept; the next one shows it', async () => {
  const made = await ingestArchive()
  const first = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) })
  const cause = new Error('IO Error: No space left on device')
  const columns = { ...made.columns, append: async () => { throw cause } }
  await expect(ingestFolder({ ...made, columns }, first)).rejects.toMatchObject({
    code: 'overloaded', message: expect.stringMatching(/batch 1 is kept/),
  })
  await ingestFolder(made, await folderOf({ 'b.fits': fitsBytes(rawCards(OTHER)) }))
  expect([...made.columns.rows.keys()].sort()).toEqual([OTHER, FRAME])
})

test.each(['reading', 'copying', 'writing'] as const)('an ingest that is stopped while %s is as if never begun', async (step) => {
  const made = await ingestArchive()
  const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)), 'b.fits': fitsBytes(rawCards(OTHER)) })
  const stop = new AbortController()
  const reason = new Error('enough')
  const ingest = ingestFolder(made, folder, {
    signal: stop.signal,
    progress(progress) {
      if (progress.step === step && (progress.done === 1 || step === 'writing')) stop.abort(reason)
    },
  })
  await expect(ingest).rejects.toBe(reason)
  expect(await keysOf(made.files)).toEqual([])
  expect(made.truth.lastBatch()).toBe(0)
})
