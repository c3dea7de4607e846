import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { explainProduct, reasonOf, traceOf } from '../../src/access/explain.ts'
import type { Matter } from '../../src/access/explain.ts'
import { ANONYMOUS } from '../../src/access/principal.ts'
import { allows, discoverRule, mayDiscover, mayRetrieve, retrieveRule } from '../../src/access/rule.ts'
import type { Rule } from '../../src/access/rule.ts'
import type { Product } from '../../src/stores/truth.ts'
import type { TestArchive } from '../support/archive.ts'
import { NOW } from '../support/archive.ts'
import { holding } from '../support/holdings.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'

const RUNS = [null, ...[true, false].map((metadataPublic, i) => ({ runId: i + 1, progId: `P.${i + 1}`, metadataPublic }))]
const runIds = fc.subarray([1, 2]).map((ids) => new Set(ids))
const matters: fc.Arbitrary<Matter> = fc.record({
  product: fc.record({ run: fc.constantFrom(...RUNS), releaseMs: fc.constantFrom(null, 5, 10, 15) })
    .map((more): Product => ({ ...holding({ dpId: 'A.1' }).product, ...more })),
  principal: fc.oneof(fc.constant(ANONYMOUS), fc.record({
    subject: fc.constant('pi'), name: fc.constant('pi'), isOperator: fc.boolean(), discoverRuns: runIds, retrieveRuns: runIds,
  })),
  nowMs: fc.constant(10), grants: fc.constant([]), teams: fc.constant([]),
})
const leaves: fc.Arbitrary<Rule> = fc.constantFrom<Rule>(
  { is: 'operator' }, { is: 'metadataPublic' }, { is: 'released' },
  { is: 'granted', runs: 'discoverRuns' }, { is: 'granted', runs: 'retrieveRuns' })
const rules: fc.Arbitrary<Rule> = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof({ maxDepth: 4 }, leaves, fc.record({ is: fc.constantFrom('any', 'all'), of: fc.array(tie('rule'), { maxLength: 3 }) })),
})).rule

test('what is explained is what is done, for the rules and for any other', () => {
  fc.assert(fc.property(rules, matters, (rule, matter) => {
    const { product, principal, nowMs } = matter
    for (const one of [rule, discoverRule, retrieveRule]) {
      const trace = traceOf(one, matter)
      expect(trace.holds).toBe(allows(one, product, principal, nowMs))
      expect(trace.of.map(({ holds }) => holds)).toEqual('of' in one ? one.of.map((clause) => allows(clause, product, principal, nowMs)) : [])
    }
    expect(traceOf(discoverRule, matter).holds).toBe(mayDiscover(product, principal))
    expect(traceOf(retrieveRule, matter).holds).toBe(mayRetrieve(product, principal, nowMs).allowed)
  }))
})

test('the reason names the clause that was enough, or all that failed', () => {
  const run = { runId: 2, progId: 'P.2', metadataPublic: false }
  const matter: Matter = { product: { ...holding({ dpId: 'A.1' }).product, run, releaseMs: null }, principal: ANONYMOUS, nowMs: 0, grants: [], teams: [] }
  expect(reasonOf(traceOf(discoverRule, matter), matter))
    .toBe('the metadata of its run P.2 are protected; is not staff; holds no right to its run P.2')
  const staff = { ...matter, principal: { ...ANONYMOUS, subject: 'op', isOperator: true } }
  expect(reasonOf(traceOf(discoverRule, staff), staff)).toBe('is staff')
})

describe('of an archive', () => {
  let server: TestArchive
  beforeAll(async () => { server = await makeSmallArchive() })
  afterAll(() => server.close())
  const explain = (dpId: string, subject: string | null = null, nowMs = NOW): string =>
    explainProduct(server.archive, { dpId, subject, nowMs }).join('\n')

  test('everybody, who holds rights, and staff', () => {
    expect(explain(IDS.proprietary)).toBe(`${IDS.proprietary}: raw, SCIENCE, SPHERE
  run: 116.A-0001(A), public metadata
  release date: 2034-12-31T03:04:05.000Z
  as of: 2026-01-02T03:04:05.000Z

everybody
  discover: yes, the metadata of its run 116.A-0001(A) are public
  retrieve: no, it becomes public at 2034-12-31T03:04:05.000Z; is not staff; holds no right to its run 116.A-0001(A)

delegate: delegate without end
  discover: yes, the metadata of its run 116.A-0001(A) are public
  retrieve: yes, the metadata of its run 116.A-0001(A) are public; holds a right to its run 116.A-0001(A) (delegate without end)

pi: pi without end
  discover: yes, the metadata of its run 116.A-0001(A) are public
  retrieve: yes, the metadata of its run 116.A-0001(A) are public; holds a right to its run 116.A-0001(A) (pi without end)

visitor: delegate until 2026-01-02T03:04:05.000Z
  discover: yes, the metadata of its run 116.A-0001(A) are public
  retrieve: no, it becomes public at 2034-12-31T03:04:05.000Z; is not staff; holds no right to its run 116.A-0001(A) (delegate until 2026-01-02T03:04:05.000Z)

operator: staff
  discover: yes, the metadata of its run 116.A-0001(A) are public
  retrieve: yes, the metadata of its run 116.A-0001(A) are public; is staff`)
  })

  test('one person, at another time, of a file that belongs to another', () => {
    expect(explain(IDS.proprietaryLog, 'visitor', NOW - 1)).toContain('retrieve: yes')
    expect(explain(IDS.proprietaryLog, 'visitor')).toMatch(/belongs to SPHER\.2025-12-01T02:03:04\.500[^]*retrieve: no/)
    expect(explain(IDS.hidden, 'delegate')).toContain('discover: no, the metadata of its run 116.B-0002(A) are protected')
    expect(() => explain(IDS.unknown)).toThrow(/there is no product/)
  })

  test('what it says is what the doors do', async () => {
    for (const dpId of [IDS.public, IDS.proprietary, IDS.proprietaryLog, IDS.hidden, IDS.product, IDS.calibration]) {
      for (const subject of ['pi', 'delegate', 'visitor', 'operator']) {
        const says = explain(dpId, subject)
        const [file, header] = await Promise.all([`/dataPortal/file/${dpId}`, `/datalink/links?ID=${dpId}`].map((path) => server.ask(path, { as: subject })))
        expect([dpId, subject, file?.status === 200, !header?.body.includes('NotFoundFault')])
          .toEqual([dpId, subject, says.includes('retrieve: yes'), says.includes('discover: yes')])
      }
    }
  })
})
