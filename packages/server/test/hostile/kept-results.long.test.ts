/** Results that were made when more was allowed: of a grant that ended, of a run or a frame that was closed since. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addGrant, endGrants, setPerson, setRun } from '../../src/admin/changes.ts'
import { holding } from '../support/holdings.ts'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeEach(async () => { archive = await makeTapArchive() })
afterEach(() => archive.close())

const OPEN = '100.A-0001(A)'
const CLOSED = '100.B-0002(A)'
const FRAME = 'T.2021-01-01T00:00:01.000'

/** Runs a job for somebody and gives the path of its result. */
async function resultOf(as: string | undefined, query = 'SELECT dp_id FROM dbo.raw'): Promise<string> {
  const body = new URLSearchParams({ LANG: 'ADQL', QUERY: query, FORMAT: 'csv', PHASE: 'RUN' }).toString()
  const path = new URL((await archive.ask('/tap_obs/async', { as, body })).headers.location ?? '').pathname
  await expect.poll(async () => (await archive.ask(`${path}/phase`, { as })).body).toBe('COMPLETED')
  return `${path}/results/result`
}

test('a right that ended closes the result that was made with it', async () => {
  const path = await resultOf('pi')
  expect((await archive.ask(path, { as: 'pi' })).body).toContain('T.2021-01-02')
  archive.archive.truth.putGrant({ subject: 'pi', progId: CLOSED, role: 'pi', endsMs: archive.clock.nowMs })
  for (const method of ['GET', 'HEAD']) {
    const refused = await archive.ask(path, { as: 'pi', method, headers: { Range: 'bytes=0-9' } })
    expect([refused.status, refused.headers.etag, refused.body.includes('T.2021')]).toEqual([410, undefined, false])
  }
})

test('a run that is closed takes its rows out of everybody\'s kept results', async () => {
  const [anonymous, visitor, pi] = [await resultOf(undefined), await resultOf('visitor'), await resultOf('pi')]
  archive.archive.truth.putRun({ progId: OPEN, metadataPublic: false })
  expect((await archive.ask(anonymous)).status).toBe(410)
  expect((await archive.ask(visitor, { as: 'visitor' })).status).toBe(410)
  archive.archive.truth.putGrant({ subject: 'pi', progId: OPEN, role: 'pi', endsMs: null })
  expect((await archive.ask(pi, { as: 'pi' })).status).toBe(200)
})

test('closing a run by command closes results that were on their way while tables still showed it', async () => {
  const { truth, columns } = archive.archive
  // A job that reads the tables between the change and the moment at which they show it.
  const append = columns.append.bind(columns)
  let path = ''
  const slow = { ...archive.archive, columns: { ...columns, append: async (...args: Parameters<typeof append>) => {
    path = await resultOf(undefined)
    return append(...args)
  } } }
  await setRun(slow, 'ops', OPEN, false)
  expect((await archive.ask(path)).status).toBe(410)
  expect(truth.findRun(OPEN)).toMatchObject({ metadataPublic: false })
})

test('staff who are staff no longer lose what they found as such; a right that comes back opens it again', async () => {
  const [operator, pi] = [await resultOf('operator'), await resultOf('pi')]
  setPerson(archive.archive, 'ops', 'operator', { isOperator: false })
  expect((await archive.ask(operator, { as: 'operator' })).status).toBe(410)
  const { nowMs } = archive.clock
  endGrants(archive.archive, 'ops', { subject: 'pi', progId: CLOSED, role: null, endsMs: nowMs + 10_000 })
  expect((await archive.ask(pi, { as: 'pi' })).status).toBe(200)
  archive.clock.nowMs += 10_000
  const refused = await archive.ask(pi, { as: 'pi' })
  expect([refused.status, refused.body.includes('run the query again')]).toEqual([410, true])
  addGrant(archive.archive, 'ops', { subject: 'pi', progId: CLOSED, role: 'delegate', endsMs: null })
  expect((await archive.ask(pi, { as: 'pi' })).status).toBe(200)
})

test('a frame that is taken in again, into a protected run, does so too', async () => {
  const [anonymous, pi] = [await resultOf(undefined), await resultOf('pi')]
  expect((await archive.ask(anonymous)).body).toContain(FRAME)
  archive.archive.truth.addBatch([holding({ dpId: FRAME, progId: CLOSED })])
  expect((await archive.ask(anonymous)).status).toBe(410)
  expect((await archive.ask(pi, { as: 'pi' })).status).toBe(200)
})

test('a frame that changes without being closed, or that is new in a protected run, leaves results be', async () => {
  const path = await resultOf(undefined)
  archive.archive.truth.addBatch([
    holding({ dpId: FRAME, progId: OPEN }), holding({ dpId: 'T.2021-01-03T00:00:00.000', progId: CLOSED }),
    holding({ dpId: 'T.2021-01-02T00:00:04.000', progId: CLOSED }),
  ])
  expect((await archive.ask(path)).status).toBe(200)
})

test('somebody else\'s job is like one that never was, whatever is asked of it', async () => {
  const path = (await resultOf('pi')).replace('/results/result', '')
  const unknown = path.replace(/[0-9a-f]{12}$/, '000000000000')
  for (const as of [undefined, 'visitor', 'operator']) {
    for (const child of ['', '/phase', '/results', '/results/result', '/parameters', '/owner', '/error', '/destruction', '/quote']) {
      const answers = []
      for (const job of [path, unknown]) {
        const { status, headers, body } = await archive.ask(job + child, { as })
        const { date: _date, 'x-request-id': _id, ...others } = headers
        answers.push({ status, others, body: body.replaceAll(job.split('/').at(-1)!, 'ID') })
      }
      expect(answers[0]).toEqual(answers[1])
      expect(answers[0]?.status).toBe(404)
    }
    expect((await archive.ask(`${path}/phase`, { as, body: 'PHASE=ABORT' })).status).toBe(404)
    expect((await archive.ask(path, { as, method: 'DELETE' })).status).toBe(404)
    if (as !== undefined) expect((await archive.ask('/tap_obs/async', { as })).body).not.toContain('jobref ')
  }
  expect((await archive.ask(`${path}/phase`, { as: 'pi' })).body).toBe('COMPLETED')
})
