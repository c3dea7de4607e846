import { randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../support/data-folder.ts'
import { fitsBytes, folderOf, FRAME, rawCards } from '../support/ingest.ts'
import {
  archiveWith, ask, column, filesIn, ingestBySocket, nightOf, serve, truthOf, until,
} from '../support/processes.ts'
import type { Server } from '../support/processes.ts'

/** Beside what the machine takes for an end with nothing to do: it may be at much else. */
const MOST_MS = 5_000
const BIG = 'ADP.2020-01-01T00:00:00.000'
const BYTES = randomBytes(24 * 1024 * 1024)
const QUICK = 'SELECT COUNT(*) AS c FROM dbo.raw'
const MANY = 'SELECT a.dp_id, b.dp_id AS other FROM dbo.raw a, dbo.raw b, dbo.raw c'
/** No row for hours. */
const ENDLESS = 'SELECT COUNT(*) AS c FROM dbo.raw a, dbo.raw b, dbo.raw c, dbo.raw d, dbo.raw e'
  + ' WHERE SIN(a.mjd_obs + b.mjd_obs) + COS(c.mjd_obs + d.mjd_obs) > e.mjd_obs'

let dir = ''
let server: Server | undefined
/** Milliseconds that an end takes when there is nothing to end. */
let idleMs = 0
beforeAll(async () => {
  dir = await archiveWith('tap: { jobSeconds: 3600, runningJobs: 1 }\n')
  const big = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)), 'big.tar': BYTES }, [
    { dpId: BIG, kind: 'ancillary', category: 'ANCILLARY.TAR', parent: FRAME, file: 'big.tar', modified: '2010-06-01' },
  ])
  for (const folder of [big, (await nightOf(0, { files: 0, rows: 300 })).folder]) {
    expect(await run('ingest', dir, folder)).toMatchObject({ code: 0, err: '' })
  }
  for (let i = 0; i < 2; i++) idleMs = Math.max(idleMs, (await (await serve(dir)).stop()).ms)
}, 240_000)
afterEach(() => server?.kill())

async function create(url: string, query: string): Promise<string> {
  const body = new URLSearchParams({ LANG: 'ADQL', FORMAT: 'csv', QUERY: query, PHASE: 'RUN' })
  const answer = await fetch(`${url}/tap_obs/async`, { method: 'POST', body, redirect: 'manual' })
  expect(answer.status).toBe(303)
  return new URL(answer.headers.get('Location') ?? '').pathname
}

const jobOf = (path: string) => truthOf(dir).jobs.get(path.split('/').at(-1) ?? '')

/** Reads an answer to its end; how it failed, if it did. */
async function readAll(answer: Response): Promise<{ bytes: Buffer; failure: unknown }> {
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of answer.body ?? []) chunks.push(chunk)
    return { bytes: Buffer.concat(chunks), failure: undefined }
  } catch (failure) {
    return { bytes: Buffer.concat(chunks), failure }
  }
}

describe('SIGTERM', { timeout: 240_000 }, () => {
  test('while a job runs: the server ends at once; the job is kept, and begins again', async () => {
    server = await serve(dir)
    const { url } = server
    const job = await create(url, ENDLESS)
    const next = await create(url, QUICK)
    await until(() => jobOf(job)?.phase === 'EXECUTING', 'the job runs')
    const waiting = fetch(`${url}${job}?WAIT=40`)
    await sleep(200)
    const { code, ms } = await server.stop()
    expect(code).toBe(0)
    expect(ms).toBeLessThan(2_000 + 3 * idleMs)
    // Who waited for the job was answered.
    expect((await waiting).status).toBe(200)
    // An orderly end is no failed attempt.
    expect([jobOf(job), jobOf(next)]).toMatchObject([{ phase: 'QUEUED', attempts: 0 }, { phase: 'QUEUED', attempts: 0 }])
    server = await serve(dir)
    await until(() => jobOf(job)?.phase === 'EXECUTING', 'the job runs again')
    await fetch(`${server.url}${job}`, { method: 'DELETE', redirect: 'manual' })
    await until(() => jobOf(next)?.phase === 'COMPLETED', 'the other one is done')
    expect(jobOf(job)).toBeUndefined()
  })

  test('with readers of every kind: within five seconds, and none of them takes what came for the whole', async () => {
    server = await serve(dir)
    const { url } = server
    const stream = await ask(url, MANY, { MAXREC: '15000000' })
    const votable = await ask(url, MANY, { MAXREC: '15000000', FORMAT: 'votable' })
    const reading = [readAll(stream), readAll(votable)]
    const silent = ask(url, ENDLESS).then(({ status }) => status, () => 'cut')
    const stalled = createConnection(Number(new URL(url).port), '127.0.0.1').pause()
    stalled.on('error', () => undefined)
    stalled.write(`GET /dataPortal/file/${BIG} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n\r\n`)
    const idle = createConnection(Number(new URL(url).port), '127.0.0.1')
    idle.on('error', () => undefined)
    await sleep(500)
    const { code, ms } = await server.stop()
    expect(code).toBe(0)
    expect(ms).toBeLessThan(MOST_MS + 3 * idleMs)
    for (const { bytes, failure } of await Promise.all(reading)) {
      expect(failure).toBeInstanceOf(Error)
      expect(bytes.length).toBeGreaterThan(10_000)
      expect(bytes.toString()).not.toContain('</VOTABLE>')
    }
    expect(await silent).not.toBe(200)
    stalled.destroy()
    idle.destroy()
  })

  test('during a download that is soon over: it is let end', async () => {
    server = await serve(dir)
    const answer = await fetch(`${server.url}/dataPortal/file/${BIG}`, { headers: { Range: 'bytes=0-5999999' } })
    const ended = server.stop()
    const { bytes, failure } = await readAll(answer)
    expect(failure).toBeUndefined()
    expect(bytes.equals(BYTES.subarray(0, 6_000_000))).toBe(true)
    const { code, ms } = await ended
    expect(code).toBe(0)
    expect(ms).toBeLessThan(MOST_MS + 3 * idleMs)
  })

  test('during an ingest: it ends as if never begun, and says so', async () => {
    const night = await nightOf(1, { files: 100, rows: 1000 })
    for (const step of ['reading', 'copying'] as const) {
      server = await serve(dir)
      const before = truthOf(dir)
      let ended: ReturnType<Server['stop']> | undefined
      const how = await ingestBySocket(dir, night.folder, (progress) => {
        if (progress.step === step && progress.done === 5) ended ??= server?.stop()
      })
      expect(await ended).toMatchObject({ code: 0 })
      expect((await ended)?.ms).toBeLessThan(MOST_MS + 3 * idleMs)
      expect(how).toBe('refused')
      expect(truthOf(dir).products).toEqual(before.products)
      expect(filesIn(dir, 'files')).toHaveLength(before.keys.length)
    }
    server = await serve(dir)
    expect(await run('ingest', dir, night.folder)).toMatchObject({ code: 0, err: '' })
    expect(await column(server.url, QUICK)).toEqual([String(301 + 1100)])
  })
})
