import { describe, expect, test } from 'vitest'
import { ANONYMOUS } from '../../src/access/principal.ts'
import type { Principal } from '../../src/access/principal.ts'
import {
  discoverSource, grantedRunsOf, mayDiscover, mayRetrieve, relationsOf, scopeOf,
} from '../../src/access/rule.ts'
import { principal } from '../support/holdings.ts'

const NOW = 1_000
const OPEN = { runId: 1, progId: 'P.1', metadataPublic: true }
const CLOSED = { runId: 2, progId: 'P.2', metadataPublic: false }
const nobody = ANONYMOUS
const visitor = principal('visitor')
const pi = principal('pi', [1, 2])
const operator = principal('operator', [], true)
/** May know of the run's frames, without a right to their bytes. */
const reader: Principal = { ...visitor, discoverRuns: new Set([2]) }

test.each([
  ['no run', null, [true, true, true, true]],
  ['public metadata', OPEN, [true, true, true, true]],
  ['protected metadata', CLOSED, [false, false, true, true]],
])('discover: %s', (_, run, expected) => {
  expect([nobody, visitor, pi, operator].map((who) => mayDiscover({ run, releaseMs: 0 }, who))).toEqual(expected)
})

test.each([
  ['released now', OPEN, NOW, ['released', 'released', 'released', 'released', 'released']],
  ['released later', OPEN, NOW + 1, ['!proprietary', '!proprietary', '!proprietary', 'granted', 'operator']],
  ['never released', OPEN, null, ['!proprietary', '!proprietary', '!proprietary', 'granted', 'operator']],
  ['no run, never released', null, null, ['!proprietary', '!proprietary', '!proprietary', '!proprietary', 'operator']],
  ['protected, released', CLOSED, 0, ['!hidden', '!hidden', 'released', 'released', 'released']],
  ['protected, not released', CLOSED, null, ['!hidden', '!hidden', '!proprietary', 'granted', 'operator']],
])('retrieve: %s', (_, run, releaseMs, expected) => {
  const decided = [nobody, visitor, reader, pi, operator].map((who) => mayRetrieve({ run, releaseMs }, who, NOW))
  expect(decided.map(({ allowed, clause }) => (allowed ? '' : '!') + clause)).toEqual(expected)
})

describe('rows', () => {
  const table = { name: 'dbo.Raw', rule: 'run' } as const
  const open = { relation: ['archive', 'dbo_raw_public'] }

  test('the public part never has a filter, and the protected part is read by those who hold something', () => {
    const relation = ['archive', 'dbo_raw_protected']
    expect(discoverSource(table, nobody)).toEqual([open])
    expect(discoverSource(table, visitor)).toEqual([open])
    expect(discoverSource(table, pi)).toEqual([
      open, { relation, filter: { kind: 'among', column: 'run_id', values: 'grantedRuns' } }])
    expect(discoverSource(table, operator)).toEqual([open, { relation }])
  })

  test('a public table is one relation for everybody', () => {
    expect(relationsOf({ name: 'TAP_SCHEMA.tables', rule: 'public' })).toEqual({ open: 'tap_schema_tables', protected: undefined })
    for (const who of [nobody, pi, operator]) {
      expect(discoverSource({ name: 'TAP_SCHEMA.tables', rule: 'public' }, who))
        .toEqual([{ relation: ['archive', 'tap_schema_tables'] }])
    }
  })

  test('bound runs are sorted, and the scope of calibrations is that of discover', () => {
    expect(grantedRunsOf(principal('x', [9, 1, 10]))).toEqual([1, 9, 10])
    expect(scopeOf(pi)).toEqual({ all: false, runs: new Set([1, 2]) })
    expect(scopeOf(operator).all).toBe(true)
    expect(scopeOf(nobody)).toEqual({ all: false, runs: new Set() })
  })
})
