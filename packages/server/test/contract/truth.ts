/** What every adapter of the truth does. `open` gives a fresh, empty one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Group } from '@quipu/association'
import type { CalibrationScope, JobRecord, Truth, TruthBatch } from '../../src/stores/truth.ts'
import { calibration, holding, T0 } from '../support/holdings.ts'

const NOBODY: CalibrationScope = { all: false, runs: new Set() }
const file = { key: 'a/b.fits', name: 'b.fits', mediaType: 'application/fits', sizeBytes: 5_760, md5: 'f'.repeat(32) }

export function truthContract(open: () => Truth): void {
  let truth: Truth
  beforeEach(() => { truth = open() })
  afterEach(() => { truth.close() })

  describe('holdings', () => {
    test('a product comes back as it went in, with its run', () => {
      const run = truth.putRun({ progId: '098.C-0739(C)', metadataPublic: true })
      truth.addBatch([holding({ dpId: 'A.1', progId: run.progId, file, title: 'µ "x"', header: 'SIMPLE = T\nEND' })])
      expect(truth.findProduct('A.1')).toEqual({
        dpId: 'A.1', kind: 'raw', run, category: 'SCIENCE', instrument: 'SPHERE', mjd: 57657.5, releaseMs: T0,
        modifiedMs: T0, parent: null, title: 'µ "x"', file,
      })
      expect(truth.findHeader('A.1')).toBe('SIMPLE = T\nEND')
      expect(truth.findProduct('a.1')).toBeUndefined()
      expect(truth.findHeader('A.2')).toBeUndefined()
    })

    test('batches are numbered from 1 without gaps, and a batch that fails is as if never begun', () => {
      expect(truth.lastBatch()).toBe(0)
      expect(truth.addBatch([holding({ dpId: 'A.1' })])).toBe(1)
      expect(() => truth.addBatch([holding({ dpId: 'A.2' }), holding({ dpId: 'A.3', progId: 'nobody' })]))
        .toThrow(expect.objectContaining({ code: 'holding_invalid' }))
      expect(truth.findProduct('A.2')).toBeUndefined()
      expect(truth.lastBatch()).toBe(1)
      expect(truth.addBatch([])).toBe(2)
      expect(numbers(truth, 0)).toEqual([1, 2])
    })

    test('rows come back value for value, by batch', () => {
      const row = {
        text: 'Ã\u0000\u0007\n', empty: '', none: null, long: 9_007_199_254_740_993n, yes: true, n: 1,
        nan: NaN, inf: -Infinity, zero: -0, tiny: 5e-324,
      }
      truth.addBatch([holding({ dpId: 'A.1', rows: [{ table: 'dbo.raw', row }, { table: 'ist.sphere', row: { x: 1 } }] })])
      truth.addBatch([holding({ dpId: 'A.2', rows: [{ table: 'dbo.raw', row: { x: 2 } }] })])
      expect([...truth.rowsAfter(0)]).toEqual([
        { number: 1, dpIds: ['A.1'], rows: [
          { table: 'dbo.raw', dpId: 'A.1', run: null, row }, { table: 'ist.sphere', dpId: 'A.1', run: null, row: { x: 1 } },
        ], files: [] },
        { number: 2, dpIds: ['A.2'], rows: [{ table: 'dbo.raw', dpId: 'A.2', run: null, row: { x: 2 } }], files: [] },
      ])
      expect(numbers(truth, 1)).toEqual([2])
      expect(numbers(truth, 2)).toEqual([])
    })

    test('a product whose file fills a table comes with its file, until it is replaced', () => {
      truth.addBatch([holding({ dpId: 'C.1', kind: 'product', file, fills: 'safcat.stars' })])
      expect([...truth.rowsAfter(0)]).toEqual([
        { number: 1, dpIds: ['C.1'], rows: [], files: [{ table: 'safcat.stars', dpId: 'C.1', run: null, file }] },
      ])
      truth.addBatch([holding({ dpId: 'C.1', kind: 'product', file })])
      expect([...truth.rowsAfter(1)]).toEqual([{ number: 2, dpIds: ['C.1'], rows: [], files: [] }])
    })

    test('runs that are new come into being with a batch, or not at all; known ones stay as they are', () => {
      truth.putRun({ progId: 'P.1', metadataPublic: false })
      const runs = ['P.1', 'P.2'].map((progId) => ({ progId, metadataPublic: true }))
      expect(() => truth.addBatch([holding({ dpId: 'A.1', progId: 'nobody' })], runs)).toThrow('nobody')
      expect(truth.findRun('P.2')).toBeUndefined()
      expect(truth.addBatch([holding({ dpId: 'A.1', progId: 'P.2' }), holding({ dpId: 'A.2', progId: 'P.1' })], runs)).toBe(1)
      expect(truth.findProduct('A.1')?.run).toMatchObject({ progId: 'P.2', metadataPublic: true })
      expect(truth.findProduct('A.2')?.run).toMatchObject({ progId: 'P.1', metadataPublic: false })
      expect([truth.countKnown(['A.1', 'A.2', 'A.3']), truth.countKnown([])]).toEqual([2, 0])
    })

    test('rows of one table may have other columns, in another order', () => {
      const rows = [{ x: 1, y: 2 }, { y: 3, x: 4 }, {}, { 'x","y': null, '': '' }].map((row) => ({ table: 'dbo.raw', row }))
      truth.addBatch([holding({ dpId: 'A.1', rows })])
      const [batch] = truth.rowsAfter(0)
      expect(batch?.rows.map(({ row }) => Object.entries(row))).toEqual(rows.map(({ row }) => Object.entries(row)))
    })

    test('a replaced holding keeps nothing of the old one', () => {
      truth.addBatch([holding({
        dpId: 'A.1', header: 'END', sources: ['R.1'], rows: [{ table: 'dbo.raw', row: { x: 1 } }], file,
      }), holding({ dpId: 'R.1' })])
      truth.addBatch([holding({ dpId: 'A.1', title: 'new' })])
      expect(truth.findProduct('A.1')).toMatchObject({ title: 'new', file: null })
      expect(truth.findHeader('A.1')).toBeUndefined()
      expect(truth.sourcesOf('A.1')).toEqual([])
      const batches = [...truth.rowsAfter(0)]
      expect(batches.flatMap((batch) => batch.rows)).toEqual([])
      expect(batches.at(-1)).toMatchObject({ number: 2, dpIds: ['A.1'] })
    })

    test('provenance is found from both ends, whatever came first', () => {
      truth.addBatch([holding({ dpId: 'ADP.1', kind: 'product', sources: ['R.2', 'R.1', 'gone'] })])
      truth.addBatch([holding({ dpId: 'R.1' }), holding({ dpId: 'R.2' })])
      expect(truth.sourcesOf('ADP.1').map((p) => p.dpId)).toEqual(['R.1', 'R.2'])
      expect(truth.derivedFrom('R.2').map((p) => p.dpId)).toEqual(['ADP.1'])
      expect(truth.derivedFrom('gone').map((p) => p.dpId)).toEqual(['ADP.1'])
    })

    test('what is attached has the rights of its parent, through every link of the chain', () => {
      const closed = truth.putRun({ progId: 'P.1', metadataPublic: false })
      truth.addBatch([
        holding({ dpId: 'C.2', kind: 'preview', parent: 'C.1', releaseMs: 1, rows: [{ table: 'dbo.x', row: { x: 1 } }] }),
        holding({ dpId: 'C.1', kind: 'ancillary', parent: 'A.1', releaseMs: 1 }),
      ])
      // Nobody's rights are guessed while the product is not there.
      expect(truth.findProduct('C.2')).toBeUndefined()
      expect([...truth.rowsAfter(0)].flatMap((batch) => batch.rows)).toEqual([])
      truth.addBatch([holding({ dpId: 'A.1', progId: 'P.1', releaseMs: null })])
      expect(truth.findProduct('C.2')).toMatchObject({ run: closed, releaseMs: null, parent: 'C.1' })
      expect(truth.childrenOf('A.1').map((p) => p.dpId)).toEqual(['C.1'])
      expect([...truth.rowsAfter(1)].flatMap((batch) => batch.rows)).toEqual([
        { table: 'dbo.x', dpId: 'C.2', run: closed, row: { x: 1 } },
      ])
      truth.addBatch([holding({ dpId: 'A.1', releaseMs: 7 })])
      expect(truth.findProduct('C.2')).toMatchObject({ run: null, releaseMs: 7 })
      expect([...truth.rowsAfter(2)][0]).toMatchObject({ dpIds: ['A.1', 'C.1', 'C.2'], rows: [{ run: null }] })
    })

    test('a chain of attachments that is a circle is nobody\'s', () => {
      truth.addBatch([holding({ dpId: 'X', parent: 'Y' }), holding({ dpId: 'Y', parent: 'X' })])
      expect(truth.findProduct('X')).toBeUndefined()
    })
  })

  describe('runs, people, rights', () => {
    test('a run keeps its id; opening or closing it makes a batch of what it has', () => {
      const open = truth.putRun({ progId: 'P.1', metadataPublic: true })
      truth.addBatch([
        calibration('K.1', 1, 'g', ['FLAT:1'], { progId: 'P.1', rows: [{ table: 'dbo.raw', row: { x: 1 } }] }),
        calibration('K.2', 2, 'g', ['FLAT:1']),
      ])
      expect(truth.findGroup('K.1', NOBODY)?.members).toHaveLength(2)
      expect(truth.putRun({ progId: 'P.1', metadataPublic: true })).toEqual(open)
      expect(truth.lastBatch()).toBe(1)
      const closed = truth.putRun({ progId: 'P.1', metadataPublic: false })
      expect(closed).toEqual({ ...open, metadataPublic: false })
      expect(truth.findProduct('K.1')?.run).toEqual(closed)
      expect([...truth.rowsAfter(1)]).toEqual([
        { number: 2, dpIds: ['K.1'], rows: [{ table: 'dbo.raw', dpId: 'K.1', run: closed, row: { x: 1 } }], files: [] },
      ])
      expect(truth.findGroup('K.1', NOBODY)).toBeUndefined()
      expect(ids(truth.findGroup('K.2', NOBODY))).toEqual(['K.2'])
    })

    test('people are found by subject, and change without changing their account', () => {
      const pi = {
        subject: 'pi', name: 'Þóra Øst', givenName: 'Þóra', familyName: 'Øst', email: 'p@x', passwordHash: '$argon2', isOperator: false,
      }
      truth.putPerson(pi)
      truth.putPerson({ ...pi, subject: 'operator', isOperator: true, accountId: 77 })
      const found = truth.findPerson('pi')
      expect(found).toMatchObject(pi)
      truth.putPerson({ ...pi, email: 'q@x' })
      expect(truth.findPerson('pi')).toEqual({ ...found, email: 'q@x' })
      expect(truth.findPerson('operator')?.accountId).toBe(77)
      expect(truth.listPeople().map((p) => p.subject)).toEqual(['operator', 'pi'])
      expect(truth.findPerson('PI')).toBeUndefined()
    })

    test('rights are those of grants that have not ended', () => {
      const [a, b] = ['P.1', 'P.2'].map((progId) => truth.putRun({ progId, metadataPublic: false }).runId)
      truth.putGrant({ subject: 'pi', progId: 'P.1', role: 'pi', endsMs: null })
      truth.putGrant({ subject: 'pi', progId: 'P.2', role: 'delegate', endsMs: 100 })
      expect(truth.rightsOf('pi', 99)).toEqual({ isOperator: false, discoverRuns: new Set([a, b]), retrieveRuns: new Set([a, b]) })
      expect(truth.rightsOf('pi', 100).discoverRuns).toEqual(new Set([a]))
      truth.putGrant({ subject: 'pi', progId: 'P.1', role: 'pi', endsMs: 50 })
      expect(truth.rightsOf('pi', 100).discoverRuns).toEqual(new Set())
      expect(truth.rightsOf('nobody', 0)).toEqual({ isOperator: false, discoverRuns: new Set(), retrieveRuns: new Set() })
      expect(() => truth.putGrant({ subject: 'pi', progId: 'none', role: 'pi', endsMs: null }))
        .toThrow(expect.objectContaining({ code: 'config_invalid' }))
    })
  })

  describe('the audit log', () => {
    const line = { action: 'a', subject: null, outcome: 'ok', requestId: 'r' }
    test('is read in its order, from a time on, of a person, of a product', () => {
      truth.audit({ ...line, atMs: 1, subject: 'pi', dpId: 'A.1', clause: 'granted', bytes: 7 })
      truth.audit({ ...line, atMs: 3, subject: 'pi' })
      truth.audit({ ...line, atMs: 2, actor: 'root', detail: 'run=P.1' })
      const read = (query: object): number[] => truth.readAudit({ afterN: 0, limit: 10, ...query }).map(({ n }) => n)
      expect([read({}), read({ sinceMs: 2 }), read({ subject: 'pi' }), read({ dpId: 'A.1' }), read({ afterN: 1, limit: 1 })])
        .toEqual([[1, 2, 3], [2, 3], [1, 2], [1], [2]])
      expect(truth.readAudit({ afterN: 0, limit: 1 })).toEqual([
        { ...line, n: 1, atMs: 1, subject: 'pi', dpId: 'A.1', clause: 'granted', bytes: 7 }])
      expect(truth.readAudit({ afterN: 2, limit: 9 })[0]).toMatchObject({ actor: 'root', detail: 'run=P.1' })
    })
    test('a change and its line are one: neither is there when the work fails', () => {
      expect(truth.change({ ...line, atMs: 1 }, () => truth.putRun({ progId: 'P.1', metadataPublic: true }).progId)).toBe('P.1')
      expect(() => truth.change({ ...line, atMs: 2 }, () => {
        truth.putRun({ progId: 'P.2', metadataPublic: true })
        throw new Error('no')
      })).toThrow('no')
      expect(truth.listRuns().map(({ progId }) => progId)).toEqual(['P.1'])
      expect(truth.readAudit({ afterN: 0, limit: 9 })).toHaveLength(1)
    })
  })

  test('runs of instruments and a period: all of their frames, or not at all', () => {
    const runs = ['ALL', 'MIXED', 'EARLY', 'LATE', 'TIMELESS', 'EMPTY'].map((progId) => truth.putRun({ progId, metadataPublic: false }).runId)
    const frame = (dpId: string, progId: string, mjd: number | null, instrument = 'SPHERE') => holding({ dpId, progId, mjd, instrument })
    truth.addBatch([
      frame('A.1', 'ALL', 100), frame('A.2', 'ALL', 199.9), frame('M.1', 'MIXED', 150), frame('M.2', 'MIXED', 150, 'MUSE'),
      frame('E.1', 'EARLY', 99.9), frame('E.2', 'EARLY', 150), frame('L.1', 'LATE', 150), frame('L.2', 'LATE', 200),
      frame('T.1', 'TIMELESS', 150), frame('T.2', 'TIMELESS', null),
    ])
    const within = (instruments: string[], fromMjd: number, untilMjd: number): string[] => truth.runsWithin({ instruments, fromMjd, untilMjd })
      .map((id) => ['ALL', 'MIXED', 'EARLY', 'LATE', 'TIMELESS', 'EMPTY'][runs.indexOf(id)] ?? '?').sort()
    expect(within(['SPHERE'], 100, 200)).toEqual(['ALL'])
    expect(within(['SPHERE', 'MUSE'], 100, 200)).toEqual(['ALL', 'MIXED'])
    expect(within(['SPHERE'], -Infinity, 200)).toEqual(['ALL', 'EARLY'])
    expect(within(['SPHERE'], -Infinity, Infinity)).toEqual(['ALL', 'EARLY', 'LATE', 'TIMELESS'])
    expect(within(['sphere', ''], -Infinity, Infinity)).toEqual([])
  })

  test('grants are listed of a person, of a run, or all; those that have ended too', () => {
    for (const progId of ['P.1', 'P.2']) truth.putRun({ progId, metadataPublic: true })
    const grants = [
      { subject: 'a', progId: 'P.1', role: 'delegate', endsMs: 5 }, { subject: 'b', progId: 'P.1', role: 'pi', endsMs: null },
      { subject: 'a', progId: 'P.2', role: 'pi', endsMs: null },
    ] as const
    for (const grant of grants) truth.putGrant(grant)
    expect(truth.listGrants({})).toEqual(grants)
    expect(truth.listGrants({ subject: 'a' })).toEqual([grants[0], grants[2]])
    expect(truth.listGrants({ subject: 'a', progId: 'P.1' })).toEqual([grants[0]])
    expect(truth.listGrants({ subject: 'A' })).toEqual([])
  })

  calibrationContract(() => truth)
  jobContract(() => truth)
}

function calibrationContract(truthOf: () => Truth): void {
  const near = (family: string, atMjd: number, more: object = {}, scope = NOBODY): string[] =>
    truthOf().nearGroups({ family, keyHash: 'h', atMjd, fromMjd: -Infinity, toMjd: Infinity, limit: 10, ...more }, scope)
      .map((group) => ids(group).join('+'))

  describe('calibration groups', () => {
    test('the same frames make the same groups in any order of arrival', () => {
      const frames = [
        calibration('K.3', 3, 'g', ['FLAT:h']), calibration('K.1', 1, 'g', ['FLAT:h', 'LAMP:h']),
        calibration('K.2', 2.5, 'g', ['FLAT:h']), calibration('M.1', 9, 'm', ['FLAT:h'], { kind: 'master' }),
      ]
      const seen = [frames, [...frames].reverse()].map((order) => {
        for (const frame of order) truthOf().addBatch([frame])
        const group = truthOf().findGroup('K.2', NOBODY)
        expect(ids(group)).toEqual(['K.1', 'K.2', 'K.3'])
        expect(group?.mjd).toBeCloseTo(6.5 / 3, 12)
        expect(near('LAMP', 0)).toEqual(['K.1+K.2+K.3'])
        expect(near('FLAT', 9)).toEqual(['M.1', 'K.1+K.2+K.3'])
        return group
      })
      expect(seen[0]).toEqual(seen[1])
      expect(truthOf().findCalibration('K.1')).toEqual(frames[1]?.calibration)
    })

    test('nearest first, the earlier of two as near, then by id; bounds inclusive; limited', () => {
      truthOf().addBatch([8, 9, 11, 12, 10.5].map((mjd, i) => calibration(`K.${i}`, mjd, `g${i}`, ['FLAT:h'])))
      truthOf().addBatch([calibration('B', 20, 'b', ['FLAT:h']), calibration('A', 20, 'a', ['FLAT:h'])])
      expect(near('FLAT', 10)).toEqual(['K.4', 'K.1', 'K.2', 'K.0', 'K.3', 'A', 'B'])
      expect(near('FLAT', 20, { limit: 2 })).toEqual(['A', 'B'])
      expect(near('FLAT', 10, { fromMjd: 9, toMjd: 11 })).toEqual(['K.4', 'K.1', 'K.2'])
      expect(near('FLAT', 10, { fromMjd: 12, toMjd: 20, limit: 1 })).toEqual(['K.3'])
      expect(near('FLAT', 10, { fromMjd: 0, toMjd: 8 })).toEqual(['K.0'])
      expect(near('FLAT', 10, { keyHash: 'other' })).toEqual([])
      expect(near('FLAT', 10, { limit: 0 })).toEqual([])
    })

    test('frames of protected runs are groups of their own, seen by those who may', () => {
      const truth = truthOf()
      const [p, q] = ['P', 'Q'].map((progId) => truth.putRun({ progId, metadataPublic: false }).runId) as [number, number]
      truth.putRun({ progId: 'R', metadataPublic: true })
      truth.addBatch([
        calibration('K.p', 1, 'g', ['FLAT:h'], { progId: 'P' }), calibration('K.q', 2, 'g', ['FLAT:h'], { progId: 'Q' }),
        calibration('K.r', 3, 'g', ['FLAT:h'], { progId: 'R' }), calibration('K.0', 4, 'g', ['FLAT:h']),
      ])
      expect(near('FLAT', 0)).toEqual(['K.r+K.0'])
      expect(near('FLAT', 0, {}, { all: false, runs: new Set([q]) })).toEqual(['K.q', 'K.r+K.0'])
      expect(near('FLAT', 0, { limit: 1 }, { all: false, runs: new Set([p]) })).toEqual(['K.p'])
      expect(near('FLAT', 0, {}, { all: true, runs: new Set() })).toEqual(['K.p', 'K.q', 'K.r+K.0'])
      expect(truth.findGroup('K.p', NOBODY)).toBeUndefined()
      expect(ids(truth.findGroup('K.p', { all: false, runs: new Set([p]) }))).toEqual(['K.p'])
    })

    test('a replaced frame leaves its old group, and an empty group is gone', () => {
      truthOf().addBatch([calibration('K.1', 1, 'g', ['FLAT:h', 'OLD:h']), calibration('K.2', 3, 'g', ['FLAT:h'])])
      truthOf().addBatch([calibration('K.1', 1, 'other', ['FLAT:h'])])
      expect(near('OLD', 0)).toEqual([])
      expect(near('FLAT', 0)).toEqual(['K.1', 'K.2'])
      expect(truthOf().findGroup('K.2', NOBODY)?.mjd).toBe(3)
      truthOf().addBatch([holding({ dpId: 'K.2' })])
      expect(near('FLAT', 0)).toEqual(['K.1'])
      expect(truthOf().findCalibration('K.2')).toBeUndefined()
      expect(truthOf().findGroup('K.2', NOBODY)).toBeUndefined()
    })
  })
}

function jobContract(truthOf: () => Truth): void {
  const job = (id: string, more: Partial<JobRecord> = {}): JobRecord => ({
    id, service: 'tap_obs', owner: 'pi', phase: 'PENDING', runLabel: null, createdMs: 1, startedMs: null, endedMs: null,
    destructionMs: 1_000, executionSeconds: 300, parameters: { QUERY: 'select 1' }, baseUrl: 'http://x', attempts: 0,
    result: null, error: null, ...more,
  })
  describe('jobs', () => {
    test('kept whole; changed only from the phases given', () => {
      const truth = truthOf()
      truth.putJob(job('j'))
      expect(truth.findJob('j')).toEqual(job('j'))
      expect(truth.changeJob('j', ['QUEUED'], { phase: 'EXECUTING' })).toBe(false)
      expect(truth.changeJob('j', ['PENDING', 'QUEUED'], { phase: 'EXECUTING', attempts: 1 })).toBe(true)
      expect(truth.findJob('j')).toEqual(job('j', { phase: 'EXECUTING', attempts: 1 }))
      expect(truth.changeJob('none', ['PENDING'], {})).toBe(false)
      expect(truth.deleteJob('j')).toBe(true)
      expect(truth.deleteJob('j')).toBe(false)
      expect(truth.findJob('j')).toBeUndefined()
    })

    test('closing a run marks results that are there or on their way, once', () => {
      for (const phase of ['QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR'] as const) truthOf().putJob(job(phase, { phase }))
      for (const runId of [7, 7, 8]) truthOf().closeResults(runId)
      expect(['QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR'].map((id) => truthOf().findJob(id)?.closedRuns))
        .toEqual([undefined, [7, 8], [7, 8], undefined])
    })

    test('listed newest first for one owner and service; by phase oldest first; past their time', () => {
      const truth = truthOf()
      for (const [id, more] of Object.entries({
        a: { createdMs: 1 }, b: { createdMs: 2, phase: 'QUEUED', destructionMs: 5 }, c: { createdMs: 3, owner: null, phase: 'QUEUED' },
        d: { createdMs: 4, service: 'other' }, e: { createdMs: 2 },
      } satisfies Record<string, Partial<JobRecord>>)) truth.putJob(job(id, more))
      const names = (jobs: readonly JobRecord[]): string => jobs.map((j) => j.id).join('')
      expect(names(truth.listJobs('tap_obs', 'pi'))).toBe('eba')
      expect(names(truth.jobsIn(['QUEUED', 'EXECUTING']))).toBe('bc')
      expect(names(truth.jobsIn([]))).toBe('')
      expect(names(truth.expiredJobs(5))).toBe('b')
    })

    test('the first that is queued of each owner, oldest first; anonymous callers are one owner', () => {
      const truth = truthOf()
      for (const [id, more] of Object.entries({
        a: { createdMs: 5 }, b: { createdMs: 4, owner: null }, c: { createdMs: 6, owner: null }, d: { createdMs: 3, owner: 'x' },
        e: { createdMs: 4, owner: 'x' }, f: { createdMs: 1, owner: 'y', phase: 'EXECUTING' }, g: { createdMs: 7, service: 'other' },
      } satisfies Record<string, Partial<JobRecord>>)) truth.putJob(job(id, { phase: 'QUEUED', ...more }))
      expect(truth.firstQueued().map(({ id }) => id)).toEqual(['d', 'b', 'a'])
    })
  })
}

const ids = (group: Group | undefined): string[] => group?.members.map((m) => m.frame.id) ?? []
const numbers = (truth: Truth, after: number): number[] =>
  [...truth.rowsAfter(after)].map((batch: TruthBatch) => batch.number)
