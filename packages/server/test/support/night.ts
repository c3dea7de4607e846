/** A night of an instrument with one rule: science needs a bias. Two runs, one of them with protected metadata. */
import { classify, loadRuleSet } from '@quipu/association'
import type { Frame } from '@quipu/association'
import { makeTestArchive, NOW } from './archive.ts'
import type { TestArchive, TestHolding } from './archive.ts'

const RULES = [loadRuleSet(`
ruleset: test
instrument: TEST
validFrom: 2000-01-01
windows:
  near: [-2, 2]
classify:
  - when: { DPR.TYPE: BIAS }
    set: { RAW.TYPE: BIAS, DO.CLASS: BIAS_RAW }
  - when: { DPR.TYPE: OBJECT }
    set: { RAW.TYPE: SCI_IMG, DO.CLASS: SCIENCE_RAW }
actions:
  BIAS: { recipe: bias, group: { by: [TPL.START], min: 2 }, makes: [MASTER_BIAS] }
  SCI_IMG:
    recipe: science
    group: { by: [TPL.START] }
    needs:
      - { tag: MASTER_BIAS, window: near }
`, 'test.yaml')]

export const NIGHT = {
  science: 'TEST.2020-01-01T02:00:00.000',
  sibling: 'TEST.2020-01-01T02:10:00.000',
  biases: ['TEST.2020-01-01T20:00:00.000', 'TEST.2020-01-01T20:01:00.000'],
  /** Nearer in time, of the protected run. */
  hiddenScience: 'TEST.2020-01-01T03:00:00.000',
  hiddenBiases: ['TEST.2020-01-01T04:00:00.000', 'TEST.2020-01-01T04:01:00.000'],
  /** A year later: a master is there. */
  later: 'TEST.2021-01-01T02:00:00.000',
  master: 'M.TEST.2021-01-01T12:00:00.000',
  /** Nothing near it. */
  alone: 'TEST.2022-01-01T02:00:00.000',
  /** Of an instrument without rules. */
  other: 'OTHER.2020-01-01T02:00:00.000',
  /** What must never be said to who may not know. */
  proprietary: 'TEST.2020-01-01T02:20:00.000',
} as const

const mjdOf = (id: string) => Date.parse(`${/\d{4}-.*/.exec(id)?.[0] ?? ''}Z`) / 86_400_000 + 40_587

function frame(id: string, type: string, template: string, progId: string | null, releaseMs = NOW - 1): TestHolding {
  const kind = id.startsWith('M.') ? 'master' : 'raw'
  const instrument = id.startsWith('OTHER') ? 'OTHER' : 'TEST'
  const keys: Frame['keys'] = kind === 'master' ? { 'PRO.CATG': type } : { 'DPR.TYPE': type, 'TPL.START': template }
  const one: Frame = { id, instrument, kind, mjd: mjdOf(id), exposureSeconds: 1, certified: true, keys }
  const classification = classify(RULES, one)
  return {
    header: null, rows: [], sources: [], bytes: `bytes of ${id}`,
    calibration: classification ? { frame: one, classification } : null,
    product: {
      dpId: id, kind, category: type === 'OBJECT' ? 'SCIENCE' : 'CALIB', progId, instrument, mjd: one.mjd, releaseMs,
      modifiedMs: NOW - 2, parent: null, title: '',
      file: { key: id.replaceAll(':', '-'), name: `${id}.fits.Z`, mediaType: 'application/fits', sizeBytes: 0, md5: '' },
    },
  }
}

/** `pi` may discover the protected run; `visitor` holds nothing. */
export function makeNightArchive(): Promise<TestArchive> {
  return makeTestArchive({
    runs: [{ progId: 'open', metadataPublic: true }, { progId: 'closed', metadataPublic: false }],
    people: [{ subject: 'pi' }, { subject: 'visitor' }, { subject: 'operator', isOperator: true }],
    grants: [{ subject: 'pi', progId: 'closed', role: 'pi', endsMs: null }],
    holdings: [
      frame(NIGHT.science, 'OBJECT', 'a', 'open'), frame(NIGHT.sibling, 'OBJECT', 'a', 'open'),
      frame(NIGHT.proprietary, 'OBJECT', 'p', 'open', NOW + 1e9),
      ...NIGHT.biases.map((id) => frame(id, 'BIAS', 'b', null)),
      frame(NIGHT.hiddenScience, 'OBJECT', 'c', 'closed'),
      ...NIGHT.hiddenBiases.map((id) => frame(id, 'BIAS', 'd', 'closed')),
      frame(NIGHT.later, 'OBJECT', 'e', 'open'), frame(NIGHT.master, 'MASTER_BIAS', '', null),
      frame(NIGHT.alone, 'OBJECT', 'f', 'open'), frame(NIGHT.other, 'OBJECT', 'g', null),
    ],
    more: () => ({ rules: RULES }),
  })
}
