/** A small rule set for tests of single features; parts can be replaced by text. */
import { loadRuleSet } from '@quipu/association'
import type { Frame, KeyValue, RuleSet } from '@quipu/association'

export const CAMERA = `
ruleset: camera
instrument: CAM
validFrom: 2020-01-01
windows:
  bias: { 0: [-5, 5], 1: [-10, 10] }
  flat: [-14, 14]
keysets:
  detector: [DET.BIN]
classify:
  - { when: { DPR.TYPE: BIAS }, set: { RAW.TYPE: BIAS, DO.CLASS: BIAS_FILE } }
  - { when: { DPR.TYPE: FLAT }, set: { RAW.TYPE: FLAT, DO.CLASS: FLAT_FILE } }
  - { when: { DPR.TYPE: OBJECT }, set: { RAW.TYPE: SCI, DO.CLASS: SCIENCE } }
actions:
  BIAS:
    group: { by: [TPL.START, $detector], min: 2 }
    makes: [MASTER_BIAS]
  FLAT:
    group: { by: [TPL.START, $detector, FILTER?] }
    makes: [MASTER_FLAT]
    needs:
      - { tag: MASTER_BIAS, keys: [$detector], window: bias }
  SCI:
    group: single
    needs:
      - { tag: MASTER_BIAS, keys: [$detector], window: bias }
      - { tag: MASTER_FLAT, keys: [$detector, FILTER?], window: flat }
`

/** The rule set after replacements, each of which must be found. */
export function camera(...replacements: readonly [string, string][]): RuleSet {
  let text = CAMERA
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`the rules do not contain ${from}`)
    text = text.replace(from, to)
  }
  return loadRuleSet(text, 'camera.yaml')
}

const EPOCH = 59_000

/** A frame some days after MJD 59000; members of one template share `template`. */
export function shot(type: string, days: number, keys: Record<string, KeyValue> = {}, more: Partial<Frame> = {}): Frame {
  const id = more.id ?? `CAM.${type}.${days.toFixed(6)}`
  return {
    id, instrument: 'CAM', kind: 'raw', mjd: EPOCH + days, exposureSeconds: 1, certified: true, ...more,
    keys: { 'DPR.TYPE': type, 'DET.BIN': 1, 'TPL.START': `${type} ${days.toFixed(6)}`, ...keys },
  }
}

/** Two biases of one template, so far from the epoch on average. */
export function biases(days: number, keys: Record<string, KeyValue> = {}, more: Partial<Frame> = {}): readonly Frame[] {
  return [-0.001, 0.001].map((offset) => shot('BIAS', days + offset, { 'TPL.START': `BIAS ${days}`, ...keys }, more))
}

export function master(tag: string, days: number, keys: Record<string, KeyValue> = {}, more: Partial<Frame> = {}): Frame {
  const id = more.id ?? `M.CAM.${tag}.${days.toFixed(6)}`
  return {
    id, instrument: 'CAM', kind: 'master', mjd: EPOCH + days, exposureSeconds: 0, certified: true, ...more,
    keys: { 'PRO.CATG': tag, 'DET.BIN': 1, ...keys },
  }
}
