import { setTimeout as sleep } from 'node:timers/promises'
import { readJob, readJobList } from '@quipu/vo/uws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asked } from '../support/archive.ts'
import { form, makeTapArchive, readResult, SLOW } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive({ config: 'tap: { runningJobs: 2 }' }) })
afterAll(() => archive.close())

const ADQL = 'SELECT dp_id FROM dbo.raw ORDER BY dp_id'

/** Creates a job; its path. */
async function create(parameters: Record<string, string>, as?: string): Promise<string> {
  const answer = await archive.ask('/tap_obs/async', { as, body: form({ LANG: 'ADQL', ...parameters }) })
  expect(answer.status).toBe(303)
  const location = answer.headers.location ?? ''
  expect(location).toMatch(new RegExp(`^${archive.url}/tap_obs/async/[0-9a-f-]{36}$`))
  return location.slice(archive.url.length)
}

async function jobAt(path: string, asked: Asked = {}) {
  const answer = await archive.ask(path, asked)
  expect(answer.status).toBe(200)
  return readJob(answer.body)
}

const post = (path: string, parameters: Record<string, string>, as?: string) =>
  archive.ask(path, { as, body: form(parameters) })

async function text(path: string, as?: string): Promise<string> {
  const answer = await archive.ask(path, { as })
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toMatch(/^text\/plain/)
  return answer.body
}

/** Waits until the job is over; the document. */
async function over(path: string, as?: string) {
  for (;;) {
    const job = await jobAt(`${path}?WAIT=10`, { as })
    if (['COMPLETED', 'ERROR', 'ABORTED'].includes(job.phase)) return job
  }
}

describe('the life of a job, as eso-protocol §2.3 and UWS 1.1 have it', () => {
  test('create, set the duration, run, wait, fetch, delete', async () => {
    const path = await create({ REQUEST: 'doQuery', QUERY: ADQL, RUNID: 'night 7', FORMAT: 'csv' }, 'pi')
    const made = await jobAt(path, { as: 'pi' })
    expect(made).toMatchObject({
      jobId: path.split('/').at(-1), phase: 'PENDING', ownerId: 'pi', runId: 'night 7', executionDuration: 60,
      startTime: null, endTime: null, results: [], errorSummary: null,
    })
    expect(made.parameters).toContainEqual(expect.objectContaining({ id: 'QUERY', value: ADQL }))
    const set = await post(`${path}/executionduration`, { EXECUTIONDURATION: '300' }, 'pi')
    expect([set.status, set.headers.location]).toEqual([303, archive.url + path])
    expect(await text(`${path}/executionduration`, 'pi')).toBe('300')
    const run = await post(`${path}/phase`, { PHASE: 'RUN' }, 'pi')
    expect([run.status, run.headers.location]).toEqual([303, archive.url + path])

    const done = await over(path, 'pi')
    expect(done.phase).toBe('COMPLETED')
    const [entry] = done.results
    expect(entry).toMatchObject({ id: 'result', href: `${archive.url}${path}/results/result`, mimeType: 'text/csv;header=present' })
    const result = await archive.ask(`${path}/results/result`, { as: 'pi' })
    expect(result.status).toBe(200)
    expect(result.headers['content-type']).toBe('text/csv;header=present')
    expect(Number(result.headers['content-length'])).toBe(result.bytes.length)
    expect(entry?.size).toBe(result.bytes.length)
    expect(result.body.trim().split(/\r?\n/)).toHaveLength(6)

    const removed = await archive.ask(path, { as: 'pi', method: 'DELETE' })
    expect([removed.status, removed.headers.location]).toEqual([303, `${archive.url}/tap_obs/async`])
    expect((await archive.ask(path, { as: 'pi' })).status).toBe(404)
    expect((await archive.ask(`${path}/results/result`, { as: 'pi' })).status).toBe(404)
  })

  test('PHASE=RUN on creation, in the form or in the address', async () => {
    expect((await over(await create({ QUERY: ADQL, PHASE: 'RUN' }))).phase).toBe('COMPLETED')
    const answer = await archive.ask('/tap_obs/async?PHASE=RUN', { body: form({ LANG: 'ADQL', QUERY: ADQL }) })
    expect((await over(answer.headers.location?.slice(archive.url.length) ?? '')).phase).toBe('COMPLETED')
  })

  test('sync and async give the same document', async () => {
    const path = await create({ QUERY: ADQL, PHASE: 'RUN', MAXREC: '2' })
    await over(path)
    const stored = await archive.ask(`${path}/results/result`)
    expect(stored.body).toBe((await archive.query(ADQL, { MAXREC: '2' })).body)
    expect((await readResult(stored)).status).toBe('OVERFLOW')
  })

  test('parameters may come later and in any order, until the job runs', async () => {
    const bare = await archive.ask('/tap_obs/async', { method: 'POST' })
    expect(bare.status).toBe(303)
    const path = bare.headers.location?.slice(archive.url.length) ?? ''
    for (const parameters of [{ QUERY: 'SELECT 1' }, { LANG: 'ADQL' }, { query: ADQL }]) {
      expect((await post(`${path}/parameters`, parameters as Record<string, string>)).status).toBe(303)
    }
    expect((await post(path, { RUNID: 'later', PHASE: 'RUN' })).status).toBe(303)
    expect(await over(path)).toMatchObject({ phase: 'COMPLETED', runId: 'later' })
    const answer = await post(`${path}/parameters`, { QUERY: 'SELECT 2' })
    expect(answer.status).toBe(403)
    expect((await readResult(answer)).message).toMatch(/COMPLETED/)
  })
})

test('a query with a mistake makes a job that ends in ERROR with the reason (conformance T-4)', async () => {
  const path = await create({ QUERY: 'SELECT nope FROM dbo.raw', PHASE: 'RUN' })
  const job = await over(path)
  expect(job).toMatchObject({ phase: 'ERROR', errorSummary: { type: 'fatal', hasDetail: true } })
  expect(job.errorSummary?.message).toMatch(/nope.*\(line 1, column 8\)$/s)
  expect(job.errorSummary?.message.match(/line 1/g)).toHaveLength(1)
  const detail = await archive.ask(`${path}/error`)
  expect(detail.status).toBe(200)
  expect((await readResult(detail)).message).toBe(job.errorSummary?.message)
  expect((await archive.ask(`${path}/results/result`)).status).toBe(404)
})

describe('a job is its owner\'s', () => {
  test('to everybody else it is as if it were not there', async () => {
    const path = await create({ QUERY: ADQL, PHASE: 'RUN' }, 'pi')
    await over(path, 'pi')
    const unknown = '/tap_obs/async/01234567-89ab-4def-8123-456789abcdef'
    const strip = (body: string) => body.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')
    for (const as of [undefined, 'visitor', 'operator']) {
      for (const child of ['', '/phase', '/parameters', '/results', '/results/result', '/error', '/owner', '/quote']) {
        const [hidden, none] = [await archive.ask(path + child, { as }), await archive.ask(unknown + child, { as })]
        expect([hidden.status, strip(hidden.body)]).toEqual([404, strip(none.body)])
      }
      expect((await archive.ask(path, { as, method: 'DELETE' })).status).toBe(404)
      expect((await post(`${path}/phase`, { PHASE: 'ABORT' }, as)).status).toBe(404)
    }
    expect((await jobAt(path, { as: 'pi' })).phase).toBe('COMPLETED')
  })

  test('an anonymous one is whoever\'s knows its id, and holds what everybody may see', async () => {
    const path = await create({ QUERY: ADQL, PHASE: 'RUN' })
    await over(path, 'pi')
    expect((await readResult(await archive.ask(`${path}/results/result`, { as: 'pi' }))).rows).toHaveLength(3)
    expect(await text(`${path}/owner`)).toBe('')
  })

  test('a result made with a right that was lost is closed', async () => {
    const { truth } = archive.archive
    truth.putRun({ progId: '100.C-0003(A)', metadataPublic: false })
    truth.putGrant({ subject: 'visitor', progId: '100.C-0003(A)', role: 'delegate', endsMs: archive.clock.nowMs + 1000 })
    const path = await create({ QUERY: ADQL, PHASE: 'RUN' }, 'visitor')
    await over(path, 'visitor')
    expect((await archive.ask(`${path}/results/result`, { as: 'visitor' })).status).toBe(200)
    archive.clock.nowMs += 2000
    expect((await archive.ask(`${path}/results/result`, { as: 'visitor' })).status).toBe(410)
  })
})

test('the list shows the caller\'s own jobs, through the filters (UWS 1.1 §2.2.2.1)', async () => {
  const list = async (query: string, as?: string) =>
    readJobList((await archive.ask(`/tap_obs/async${query}`, { as })).body).map((job) => job.id)
  const idOf = (path: string) => path.split('/').at(-1) ?? ''
  const first = await create({ QUERY: ADQL }, 'operator')
  archive.clock.nowMs += 1000
  const second = await create({ QUERY: ADQL, PHASE: 'RUN' }, 'operator')
  await over(second, 'operator')
  expect(await list('', 'operator')).toEqual([idOf(second), idOf(first)])
  expect(await list('?PHASE=COMPLETED', 'operator')).toEqual([idOf(second)])
  expect(await list('?PHASE=COMPLETED&PHASE=PENDING', 'operator')).toHaveLength(2)
  expect(await list('?LAST=1', 'operator')).toEqual([idOf(second)])
  expect(await list(`?AFTER=${new Date(archive.clock.nowMs - 500).toISOString()}`, 'operator')).toEqual([idOf(second)])
  expect(await list('')).toEqual([])
  expect((await archive.ask('/tap_obs/async?LAST=0', { as: 'operator' })).status).toBe(400)
})

describe('a running job', () => {
  test('waits for a change as long as asked, stops when told, and the engine lets go', async () => {
    const path = await create({ QUERY: SLOW, PHASE: 'RUN' })
    await archive.ask(`${path}?WAIT=5&PHASE=QUEUED`)
    expect(await text(`${path}/phase`)).toBe('EXECUTING')
    const early = performance.now()
    expect((await jobAt(`${path}?WAIT=1`)).phase).toBe('EXECUTING')
    expect(performance.now() - early).toBeGreaterThan(900)
    expect((await jobAt(`${path}?WAIT=-1&PHASE=PENDING`)).phase).toBe('EXECUTING')
    const again = await post(`${path}/phase`, { PHASE: 'RUN' })
    expect(again.status).toBe(303)
    const waiting = jobAt(`${path}?WAIT=-1`)
    await sleep(100)
    expect((await post(`${path}/phase`, { PHASE: 'ABORT' })).status).toBe(303)
    expect((await waiting).phase).toBe('ABORTED')
    expect((await post(`${path}/phase`, { PHASE: 'ABORT' })).status).toBe(303)
    const rerun = await post(`${path}/phase`, { PHASE: 'RUN' })
    expect(rerun.status).toBe(403)
  })

  test('over its execution duration becomes ABORTED and says so', async () => {
    const path = await create({ QUERY: SLOW, EXECUTIONDURATION: '1', PHASE: 'RUN' })
    const job = await over(path)
    expect(job.phase).toBe('ABORTED')
    expect(job.errorSummary?.message).toMatch(/execution duration of 1 s/)
  })

  test('makes others wait when there is no room, and room when it is deleted', async () => {
    const slow = [await create({ QUERY: SLOW, PHASE: 'RUN' }), await create({ QUERY: SLOW, PHASE: 'RUN' })]
    const third = await create({ QUERY: ADQL, PHASE: 'RUN' })
    await sleep(100)
    expect(await text(`${third}/phase`)).toBe('QUEUED')
    expect((await post(slow[0] ?? '', { ACTION: 'DELETE' })).status).toBe(303)
    expect((await over(third)).phase).toBe('COMPLETED')
    await archive.ask(slow[1] ?? '', { method: 'DELETE' })
  })
})

describe('times and values', () => {
  test('the destruction time can be set, up to the limit, and ends the job', async () => {
    const path = await create({ QUERY: ADQL })
    const inMs = (ms: number) => new Date(archive.clock.nowMs + ms).toISOString()
    expect(await text(`${path}/destruction`)).toBe(inMs(86_400_000))
    await post(`${path}/destruction`, { DESTRUCTION: inMs(5000) })
    expect((await jobAt(path)).destruction).toBe(inMs(5000))
    await post(`${path}/destruction`, { DESTRUCTION: '2999-01-01T00:00:00Z' })
    expect(await text(`${path}/destruction`)).toBe(inMs(183 * 86_400_000))
    await post(`${path}/destruction`, { DESTRUCTION: inMs(1000) })
    archive.clock.nowMs += 1000
    expect((await archive.ask(path)).status).toBe(404)
    await archive.jobs.sweep()
    expect(archive.archive.truth.findJob(path.split('/').at(-1) ?? '')).toBeUndefined()
  })

  test.each([
    { child: 'executionduration', parameters: { EXECUTIONDURATION: '99999' }, reads: '3600' },
    { child: 'executionduration', parameters: { EXECUTIONDURATION: '0' }, reads: '3600' },
    { child: 'quote', parameters: undefined, reads: '' },
  ])('$child reads $reads', async ({ child, parameters, reads }) => {
    const path = await create({ QUERY: ADQL })
    if (parameters) await post(`${path}/${child}`, parameters)
    expect(await text(`${path}/${child}`)).toBe(reads)
  })

  test.each([
    { child: 'executionduration', parameters: { EXECUTIONDURATION: 'long' } },
    { child: 'executionduration', parameters: {} },
    { child: 'destruction', parameters: { DESTRUCTION: 'tomorrow' } },
    { child: 'phase', parameters: { PHASE: 'COMPLETED' } },
    { child: 'phase', parameters: {} },
    { child: '', parameters: { ACTION: 'EXPLODE' } },
    { child: 'parameters', parameters: { UPLOAD: 't' } },
  ])('$child refuses $parameters', async ({ child, parameters }) => {
    const path = await create({ QUERY: ADQL })
    const answer = await post(child === '' ? path : `${path}/${child}`, parameters as Record<string, string>)
    expect(answer.status).toBe(400)
    expect((await readResult(answer)).status).toBe('ERROR')
    expect((await jobAt(path)).phase).toBe('PENDING')
  })

  test('a result has a tag, a length and ranges', async () => {
    const path = await create({ QUERY: ADQL, PHASE: 'RUN' })
    await over(path)
    const whole = await archive.ask(`${path}/results/result`)
    const etag = whole.headers.etag ?? ''
    const head = await archive.ask(`${path}/results/result`, { method: 'HEAD' })
    expect([head.headers['content-length'], head.headers.etag, head.body]).toEqual([String(whole.bytes.length), etag, ''])
    expect((await archive.ask(`${path}/results/result`, { headers: { 'If-None-Match': etag } })).status).toBe(304)
    const part = await archive.ask(`${path}/results/result`, { headers: { Range: 'bytes=5-14' } })
    expect([part.status, part.body]).toEqual([206, whole.body.slice(5, 15)])
    const beyond = await archive.ask(`${path}/results/result`, { headers: { Range: 'bytes=999999999-' } })
    expect(beyond.status).toBe(416)
  })

  test('a parameter has an address of its own, its name in any case', async () => {
    const path = await create({ QUERY: 'SELECT 1 -- <b>', RUNID: 'mine' })
    expect(await text(`${path}/parameters/QUERY`)).toBe('SELECT 1 -- <b>')
    expect(await text(`${path}/parameters/query`)).toBe('SELECT 1 -- <b>')
    for (const name of ['RUNID', 'nothing', '__proto__']) expect((await archive.ask(`${path}/parameters/${name}`)).status).toBe(404)
  })

  test('every GET has its HEAD', async () => {
    const path = await create({ QUERY: ADQL, PHASE: 'RUN' })
    await over(path)
    for (const child of ['', '/phase', '/executionduration', '/destruction', '/quote', '/owner', '/parameters', '/results']) {
      const answer = await archive.ask(path + child, { method: 'HEAD' })
      expect([child, answer.status, answer.body]).toEqual([child, 200, ''])
    }
  })
})
