import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addGrant, addPerson, addRun, endGrants, listGrants, setPassword, setPerson, setRun,
} from '../../src/admin/changes.ts'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let server: TapArchive
beforeAll(async () => { server = await makeTapArchive() })
afterAll(() => server.close())

const OPEN = '100.A-0001(A)'
const CLOSED = '100.B-0002(A)'
const countOf = async (as?: string): Promise<string> => (
  (await server.query('SELECT COUNT(*) FROM dbo.raw', { FORMAT: 'csv' }, as)).body.trim().split(/\r?\n/).at(-1) ?? '')
const lines = () => server.archive.truth.readAudit({ afterN: 0, limit: 1_000 }).filter(({ actor }) => actor === 'ops')
  .map(({ action, subject, detail }) => [action, subject, detail])

test('a right begins and ends with the command, for the next request', async () => {
  const { archive, clock } = server
  expect(await countOf('visitor')).toBe('3')
  const grant = { subject: 'visitor', progId: CLOSED, role: 'delegate', endsMs: clock.nowMs + 1_000 } as const
  addGrant(archive, 'ops', grant)
  expect(await countOf('visitor')).toBe('5')
  expect(listGrants(archive, { subject: 'visitor', progId: null, all: false })).toEqual([grant])
  clock.nowMs += 1_000
  expect(await countOf('visitor')).toBe('3')
  expect(listGrants(archive, { subject: 'visitor', progId: null, all: false })).toEqual([])
  expect(listGrants(archive, { subject: null, progId: CLOSED, all: true })).toHaveLength(2)
  addGrant(archive, 'ops', { ...grant, endsMs: null })
  expect(await countOf('visitor')).toBe('5')
  expect(endGrants(archive, 'ops', { subject: 'visitor', progId: CLOSED, role: null, endsMs: null }))
    .toEqual([{ ...grant, endsMs: clock.nowMs }])
  expect(await countOf('visitor')).toBe('3')
  expect(lines().filter(([action]) => String(action).startsWith('grant'))).toEqual([
    ['grant_add', 'visitor', `run=${CLOSED} role=delegate ends=2026-01-02T03:04:06.000Z`],
    ['grant_add', 'visitor', `run=${CLOSED} role=delegate ends=never`],
    ['grant_end', 'visitor', `run=${CLOSED} role=delegate ends=2026-01-02T03:04:06.000Z`],
  ])
})

test('a run that is closed is closed in tables too, and its rows in kept results', async () => {
  const { archive } = server
  expect(await setRun(archive, 'ops', OPEN, false)).toEqual({ changed: true })
  expect([await countOf(), await countOf('pi'), await countOf('operator')]).toEqual(['1', '3', '5'])
  expect(await setRun(archive, 'ops', OPEN, false)).toEqual({ changed: false })
  expect(await setRun(archive, 'ops', OPEN, true)).toEqual({ changed: true })
  expect(await countOf()).toBe('3')
  addRun(archive, 'ops', 'NEW', false)
  expect(archive.truth.findRun('NEW')).toMatchObject({ metadataPublic: false })
  expect(lines().filter(([action]) => String(action).startsWith('run')).map(([, , detail]) => detail)).toEqual([
    `run=${OPEN} metadata=protected`, `run=${OPEN} metadata=public`, 'run=NEW metadata=protected'])
})

test('people: added, changed, with another password; no line holds more than names', () => {
  const { archive } = server
  addPerson(archive, 'ops', 'new', '$argon2id$1', { givenName: 'Ada', familyName: 'Example', email: 'ada@example.org' })
  expect(archive.truth.findPerson('new')).toMatchObject({ name: 'Ada Example', isOperator: false, passwordHash: '$argon2id$1' })
  setPassword(archive, 'ops', 'new', '$argon2id$2')
  setPerson(archive, 'ops', 'new', { isOperator: true, email: 'other@example.org' })
  expect(archive.truth.findPerson('new')).toMatchObject({
    name: 'Ada Example', familyName: 'Example', email: 'other@example.org', isOperator: true, passwordHash: '$argon2id$2' })
  const told = lines().filter(([, subject]) => subject === 'new')
  expect(told).toEqual([
    ['person_add', 'new', 'operator=no'], ['person_password', 'new', undefined], ['person_set', 'new', 'operator=yes email']])
})

test.each([
  ['an unknown person', () => addGrant(server.archive, 'ops', { subject: 'vistor', progId: OPEN, role: 'pi', endsMs: null }),
    /nobody called 'vistor'; did you mean 'visitor'\?/],
  ['a person unlike all', () => setPassword(server.archive, 'ops', 'xyzzy', '$argon2id$'), /'people list' shows/],
  ['an unknown run', () => addGrant(server.archive, 'ops', { subject: 'pi', progId: '100.A-0001', role: 'pi', endsMs: null }),
    /no run '100\.A-0001'; did you mean '100\.A-0001\(A\)'\?/],
  ['an end that is over', () => addGrant(server.archive, 'ops', { subject: 'pi', progId: OPEN, role: 'pi', endsMs: 0 }), /which is over/],
  ['nothing to end', () => endGrants(server.archive, 'ops', { subject: 'visitor', progId: OPEN, role: 'pi', endsMs: null }),
    /holds no right to '100\.A-0001\(A\)' as pi/],
  ['somebody twice', () => addPerson(server.archive, 'ops', 'pi', '$argon2id$', {}), /is there already/],
  ['a run twice', () => addRun(server.archive, 'ops', OPEN, true), /is there already/],
])('%s is told, and leaves no line', (_, change, message) => {
  const before = lines().length
  expect(change).toThrow(message)
  expect(lines()).toHaveLength(before)
})
