import { describe, expect, test } from 'vitest'
import { parseAccess, putAccess } from '../../src/admin/access.ts'
import { fitsHash } from '../../src/auth/passwords.ts'
import { openSqliteTruth } from '../../src/stores/sqlite-truth.ts'

const TEXT = `
people:
  - { subject: pi, password: pi-demo, givenName: Zoë, familyName: Ångström, email: pi@example.org }
  - { subject: delegate, password: d, name: The Delegate }
  - { subject: operator, password: o, operator: true }
runs:
  - { progId: 098.C-0739(C), pi: pi, delegates: [{ subject: delegate, ends: 2030-01-01T00:00:00 }] }
  - { progId: 100.A-0001(A), metadata: protected, pi: pi }
`

test('people, runs and rights come into the truth, passwords as hashes', async () => {
  const truth = openSqliteTruth(':memory:')
  await putAccess(truth, parseAccess(TEXT))
  const pi = truth.findPerson('pi')
  expect(pi).toMatchObject({ name: 'Zoë Ångström', email: 'pi@example.org', isOperator: false })
  expect(await fitsHash(pi?.passwordHash ?? '', 'pi-demo')).toBe(true)
  expect(truth.findPerson('delegate')?.name).toBe('The Delegate')
  expect(truth.findPerson('operator')?.isOperator).toBe(true)
  const [open, closed] = ['098.C-0739(C)', '100.A-0001(A)'].map((progId) => truth.findRun(progId))
  expect([open?.metadataPublic, closed?.metadataPublic]).toEqual([true, false])
  const runsOf = (subject: string, year: number) => [...truth.rightsOf(subject, Date.UTC(year)).retrieveRuns]
  expect(runsOf('pi', 2026)).toEqual([open?.runId, closed?.runId])
  expect([runsOf('delegate', 2026), runsOf('delegate', 2031)]).toEqual([[open?.runId], []])
})

describe('access.yaml that has a mistake', () => {
  test.each([
    ['people: [{ subject: "a b", password: x }]', /people\.0\.subject/],
    ['people: [{ subject: a }]', /people\.0\.password/],
    ['people: [{ subject: a, password: x }, { subject: a, password: y }]', /a subject stands twice/],
    ['runs: [{ progId: "1", pi: nobody }]', /run 1 names 'nobody', who is not among the people/],
    ['runs: [{ progId: "1", metadata: secret }]', /runs\.0\.metadata/],
    ['people: [', /not YAML/],
  ])('%s', (text, message) => {
    expect(() => parseAccess(text)).toThrow(message)
  })
})
