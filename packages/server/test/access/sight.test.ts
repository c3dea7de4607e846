/** What is named that is not public, and what is refused, at every door: one line each, and hidden is as unknown. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ANONYMOUS } from '../../src/access/principal.ts'
import { openSight } from '../../src/access/sight.ts'
import type { Asking } from '../../src/access/sight.ts'
import type { AuditLine, Product } from '../../src/stores/truth.ts'
import type { TestArchive } from '../support/archive.ts'
import { holding, principal } from '../support/holdings.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

const CLOSED = { runId: 2, progId: 'P.2', metadataPublic: false }
const product = (more: Partial<Product>): Product => ({ ...holding({ dpId: 'A.1' }).product, run: null, ...more })

test('hidden and unknown are one answer after one look-up and one line', () => {
  const calls: string[] = []
  const truth = {
    findProduct(dpId: string) { calls.push('find'); return dpId === 'A.1' ? product({ run: CLOSED }) : undefined },
    audit(_line: AuditLine) { calls.push('audit') },
  }
  const asking = { archive: { truth }, principal: principal('visitor', [1]), nowMs: 0, requestId: 'r' } as unknown as Asking
  const answers = ['A.1', 'A.2'].map((dpId) => {
    try {
      return openSight(asking, 'header').find(dpId)
    } catch (error) {
      return { ...Object(error), message: String(error).replaceAll(dpId, '?') }
    }
  })
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]).toMatchObject({ code: 'product_not_found' })
  expect(calls).toEqual(['find', 'audit', 'find', 'audit'])
  const sight = openSight({ ...asking, principal: principal('pi', [2]) }, 'header')
  expect(sight.find('A.1').dpId).toBe('A.1')
  expect([sight.shows(product({})), openSight({ ...asking, principal: ANONYMOUS }, 'x').shows(product({ run: CLOSED }))]).toEqual([true, false])
})

describe('at the doors of products', () => {
  let server: TestArchive
  beforeAll(async () => { server = await makeSmallArchive() })
  afterAll(() => server.close())
  const tell = ({ action, subject, outcome, dpId, clause, bytes }: AuditLine) => [action, subject, outcome, dpId, clause, bytes]
  const linesOf = async (path: string, as: string | undefined, method = 'GET', headers = {}) => {
    server.audit.length = 0
    await server.ask(path, { as, method, headers })
    await new Promise((resolve) => setTimeout(resolve, 20))
    return server.audit.map(tell)
  }

  test.each([
    ['/hdr?DpId=', 'header'], ['/datalink/links?ID=', 'links'], ['/calselector/v1/associations?mode=Raw2Raw&dp_id=', 'associations'],
    ['/calselector/v1/associations?mode=Raw2Raw&responseformat=votable&dp_id=', 'associations'],
  ])('%s', async (door, action) => {
    expect(await linesOf(door + IDS.public, undefined)).toEqual([])
    expect(await linesOf(door + IDS.public, 'visitor')).toEqual([])
    expect(await linesOf(door + IDS.proprietary, undefined)).toEqual([])
    expect(await linesOf(door + IDS.hidden, undefined)).toEqual([[action, null, 'product_not_found', IDS.hidden, 'hidden', undefined]])
    expect(await linesOf(door + IDS.unknown, 'visitor')).toEqual([[action, 'visitor', 'product_not_found', IDS.unknown, 'unknown', undefined]])
    expect((await linesOf(door + IDS.hidden, 'pi'))[0]).toEqual([action, 'pi', 'shown', IDS.hidden, 'granted', undefined])
    expect((await linesOf(door + IDS.hidden, 'operator'))[0]).toEqual([action, 'operator', 'shown', IDS.hidden, 'operator', undefined])
  })

  test('every product of a protected run that links name has a line, whoever asked for what', async () => {
    const named = (await linesOf(`/datalink/links?ID=${IDS.public}&INCLUDE=derivation`, 'pi')).map(([, , outcome, dpId]) => [outcome, dpId])
    expect(named).toEqual([['shown', IDS.hiddenProduct]])
    expect(await linesOf(`/datalink/links?ID=${IDS.public}&INCLUDE=derivation`, 'visitor')).toEqual([])
  })

  test('downloads: taken, refused, told of; night logs and previews are files like any', async () => {
    const file = `/dataPortal/file/${IDS.proprietary}`
    expect(await linesOf(file, undefined)).toEqual([['download', null, 'token_missing', IDS.proprietary, 'proprietary', undefined]])
    expect(await linesOf(file, 'visitor')).toEqual([['download', 'visitor', 'product_proprietary', IDS.proprietary, 'proprietary', undefined]])
    expect(await linesOf(file, 'pi')).toEqual([['download', 'pi', 'complete', IDS.proprietary, 'granted', 11]])
    expect(await linesOf(file, 'pi', 'HEAD')).toEqual([['download', 'pi', 'told (200)', IDS.proprietary, 'granted', 0]])
    expect(await linesOf(file, 'pi', 'GET', { Range: 'bytes=99-' })).toEqual([['download', 'pi', 'told (416)', IDS.proprietary, 'granted', 0]])
    expect(await linesOf(`/dataPortal/file/${IDS.hiddenLog}`, 'visitor')).toEqual([['download', 'visitor', 'product_not_found', IDS.hiddenLog, 'hidden', undefined]])
    expect((await linesOf(`/dataPortal/file/${IDS.proprietaryLog}`, 'delegate'))[0]?.slice(0, 5)).toEqual(['download', 'delegate', 'complete', IDS.proprietaryLog, 'granted'])
  })
})

describe('rows', () => {
  let server: TapArchive
  beforeAll(async () => { server = await makeTapArchive() })
  afterAll(() => server.close())
  afterEach(() => { server.audit.length = 0 })
  const told = () => server.audit.map(({ action, subject, outcome, clause, bytes, detail }) => [action, subject, outcome, clause, typeof bytes, detail?.slice(0, 4)])

  test('a query that reads protected rows has a line; one that reads none has not', async () => {
    for (const as of [undefined, 'visitor', 'pi', 'operator']) await server.query('SELECT dp_id FROM dbo.raw', {}, as)
    await server.query('SELECT n FROM dbo.numbers WHERE n = 1', {}, 'pi')
    await expect.poll(() => server.audit.length).toBe(2)
    expect(told()).toEqual([['query', 'pi', 'complete', 'granted', 'number', undefined], ['query', 'operator', 'complete', 'operator', 'number', undefined]])
  })

  test('a job has a line when it has run, when its result is taken, and when that is refused', async () => {
    const body = new URLSearchParams({ LANG: 'ADQL', QUERY: 'SELECT dp_id FROM dbo.raw', PHASE: 'RUN' }).toString()
    const path = new URL((await server.ask('/tap_obs/async', { as: 'pi', body })).headers.location ?? '').pathname
    await expect.poll(async () => (await server.ask(`${path}/phase`, { as: 'pi' })).body).toBe('COMPLETED')
    await server.ask(`${path}/results/result`, { as: 'pi' })
    server.archive.truth.putGrant({ subject: 'pi', progId: '100.B-0002(A)', role: 'pi', endsMs: server.clock.nowMs })
    expect((await server.ask(`${path}/results/result`, { as: 'pi' })).status).toBe(410)
    await expect.poll(told).toEqual([
      ['job', 'pi', 'complete', 'granted', 'number', 'job='], ['result', 'pi', 'complete', 'granted', 'number', 'job='],
      ['result', 'pi', 'result_gone', 'hidden', 'undefined', 'job='],
    ])
  })
})
