/** Rights by configuration: staff and teams, at every door and in both readers of the rule, as any other right. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { explainProduct } from '../../src/access/explain.ts'
import { rightsFor } from '../../src/access/rights.ts'
import { parseConfig } from '../../src/config.ts'
import { NOW } from '../support/archive.ts'
import { holding } from '../support/holdings.ts'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

const TEAMS = `
access:
  staff: [visitor]
  teams:
    - { name: consortium, members: [pi, nobody], instruments: [SPHERE], from: 2016-01-01, until: 2017-01-01 }
    - { name: readers, members: [pi], instruments: [MUSE], rights: [discover] }
`
const CLOSED = '100.B-0002(A)'
const HIDDEN = 'T.2021-01-02T00:00:04.000'

let server: TapArchive
beforeAll(async () => {
  server = await makeTapArchive({ config: TEAMS })
  server.archive.truth.putGrant({ subject: 'pi', progId: CLOSED, role: 'pi', endsMs: NOW - 1 })
})
afterAll(() => server.close())

const countOf = async (as?: string): Promise<string> => (
  (await server.query('SELECT COUNT(*) FROM dbo.raw', { FORMAT: 'csv' }, as)).body.trim().split(/\r?\n/).at(-1) ?? '')
const seen = async (as?: string): Promise<number> => (await server.ask(`/datalink/links?ID=${HIDDEN}`, { as })).body.includes('none that you may know of') ? 0 : 1

test('a team has the runs that are all of its instruments and period; staff have everything', async () => {
  expect([await countOf(), await countOf('pi'), await countOf('visitor')]).toEqual(['3', '5', '5'])
  expect([await seen(), await seen('pi'), await seen('visitor')]).toEqual([0, 1, 1])
  const run = server.archive.truth.findRun(CLOSED)?.runId
  expect(rightsFor(server.archive, 'pi', NOW).discoverRuns.has(run ?? -1)).toBe(true)
  expect(rightsFor(server.archive, 'visitor', NOW)).toMatchObject({ isOperator: true })
})

test('why is told: the team, and staff', () => {
  const explain = (subject: string | null) => explainProduct(server.archive, { dpId: HIDDEN, subject, nowMs: NOW }).join('\n')
  expect(explain('pi')).toContain('discover: yes, holds a right to its run 100.B-0002(A) (team consortium)')
  expect(explain('visitor')).toContain('discover: yes, is staff')
  for (const name of ['pi: pi until', 'nobody: team consortium', 'visitor: staff', 'operator: staff']) expect(explain(null)).toContain(name)
})

test('one frame of another instrument, or outside the period, takes the run from the team', async () => {
  const { truth } = server.archive
  truth.addBatch([holding({ dpId: 'T.2021-01-02T00:00:06.000', progId: CLOSED, instrument: 'MUSE' })])
  expect([await seen('pi'), await countOf('pi')]).toEqual([0, '3'])
  truth.addBatch([holding({ dpId: 'T.2021-01-02T00:00:06.000', progId: CLOSED, mjd: 60_000 })])
  expect(await seen('pi')).toBe(0)
  truth.addBatch([holding({ dpId: 'T.2021-01-02T00:00:06.000', progId: CLOSED })])
  expect(await seen('pi')).toBe(1)
})

test('a right to discover alone opens no file', () => {
  const { truth } = server.archive
  truth.putRun({ progId: 'M', metadataPublic: false })
  truth.addBatch([holding({ dpId: 'M.1', progId: 'M', instrument: 'MUSE', releaseMs: null })])
  const { discoverRuns, retrieveRuns } = rightsFor(server.archive, 'pi', NOW)
  const run = truth.findRun('M')?.runId ?? -1
  expect([discoverRuns.has(run), retrieveRuns.has(run)]).toEqual([true, false])
})

test.each([
  ['teams: [{ name: a, members: [], instruments: [X] }]', 'access.teams.0.members'],
  ['teams: [{ name: a, members: [x], instruments: [X], from: yesterday }]', 'access.teams.0.from'],
  ['teams: [{ name: a, members: [x], instruments: [X], rights: [retrieve] }]', 'without discover'],
  ['teams: [{ name: a, members: [x], instrument: X }]', 'access.teams.0'],
])('%s is refused by name', (text, message) => {
  expect(() => parseConfig(`access: { ${text} }`)).toThrow(message)
})
