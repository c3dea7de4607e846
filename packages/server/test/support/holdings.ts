/** Small holdings, runs and principals for tests of stores and access. */
import type { Classification, Frame } from '@quipu/association'
import type { Principal } from '../../src/access/principal.ts'
import { ANONYMOUS } from '../../src/access/principal.ts'
import type { Holding } from '../../src/stores/truth.ts'

export const T0 = Date.UTC(2021, 0, 2)

type Given = { readonly dpId: string } & Partial<Holding['product']> & Partial<Omit<Holding, 'product'>>

export function holding(given: Given): Holding {
  const { header = null, rows = [], sources = [], calibration = null, fills, ...product } = given
  return {
    header, rows, sources, calibration, ...fills === undefined ? {} : { fills },
    product: {
      kind: 'raw', progId: null, category: 'SCIENCE', instrument: 'SPHERE', mjd: 57657.5, releaseMs: T0,
      modifiedMs: T0, parent: null, title: '', file: null, ...product,
    },
  }
}

/** A calibration frame that is a holding: of one group key, under the entries `family:hash`. */
export function calibration(
  id: string, mjd: number, groupKey: string, entries: readonly string[], more: Partial<Given> = {},
): Holding {
  const kind: Frame['kind'] = more.kind === 'master' ? 'master' : 'raw'
  const frame: Frame = {
    id, instrument: 'SPHERE', kind, mjd, exposureSeconds: 1.5, certified: true,
    keys: { 'DPR.TYPE': 'FLAT,LAMP', 'MJD-OBS': mjd, 'INS.ON': true },
  }
  const classification: Classification = {
    ruleSet: 'sphere#1', rawType: 'FLAT', category: 'IFS_FLAT', groupKey,
    entries: entries.map((entry) => {
      const [family = '', keyHash = ''] = entry.split(':')
      return { family, keyHash }
    }),
  }
  return holding({ ...more, dpId: id, mjd, category: 'CALIB', calibration: { frame, classification } })
}

export function principal(subject: string, runs: readonly number[] = [], isOperator = false): Principal {
  return { ...ANONYMOUS, subject, name: subject, isOperator, discoverRuns: new Set(runs), retrieveRuns: new Set(runs) }
}
