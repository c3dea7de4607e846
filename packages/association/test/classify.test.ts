import { classify } from '@quipu/association'
import { describe, expect, test } from 'vitest'
import { camera, master, shot } from './support/camera.ts'
import { demoRules } from './support/demo-rules.ts'
import { forsRaw } from './support/fors2.ts'

const rules = [camera()]

describe('what a frame is', () => {
  test('raw type and category; a master is what PRO.CATG says', () => {
    expect(classify(rules, shot('BIAS', 0))).toMatchObject({ rawType: 'BIAS', category: 'BIAS_FILE', ruleSet: `camera@${rules[0]?.hash}` })
    expect(classify(rules, master('MASTER_BIAS', 0))).toMatchObject({ rawType: 'MASTER_BIAS', category: 'MASTER_BIAS' })
    expect(classify(rules, shot('ARC', 0))).toBeUndefined()
  })

  test('a later assignment wins, and reads earlier ones', () => {
    const later = camera(['actions:', "  - { when: { RAW.TYPE: BIAS, DET.BIN: 2 }, set: { RAW.TYPE: { expr: 'RAW.TYPE + \"_\" + DET.BIN' } } }\nactions:"])
    expect(classify([later], shot('BIAS', 0, { 'DET.BIN': 2 }))).toMatchObject({ rawType: 'BIAS_2', category: 'BIAS_FILE' })
    expect(classify([later], shot('BIAS', 0))).toMatchObject({ rawType: 'BIAS' })
  })

  test('binning and gain name the raw type of science', () => {
    const fors = [demoRules('fors2-imaging.yaml')]
    const of = (clock: string, bin: number) => classify(fors, forsRaw('FORS2.2021-01-02T00:59:12.533', 'SCIENCE_IMG', 0, {
      'DET.READ.CLOCK': clock, 'DET.WIN1.BINX': bin, 'DET.WIN1.BINY': bin,
    }))?.rawType
    expect(of('200Kps/2ports/low_gain', 2)).toBe('SCI_IMG_2x2_low')
    expect(of('100Kps/2ports/high_gain', 1)).toBe('SCI_IMG_1x1_high')
  })

  test('instrument and time pick the rule set, the latest version that has begun', () => {
    const newer = camera(['validFrom: 2020-01-01', 'validFrom: 2020-06-10'], ['BIAS_FILE', 'BIAS_NEW'])
    // MJD 59000 is 2020-05-31.
    expect(classify([newer, ...rules], shot('BIAS', 0))?.category).toBe('BIAS_FILE')
    expect(classify([newer, ...rules], shot('BIAS', 20))?.category).toBe('BIAS_NEW')
    expect(classify(rules, shot('BIAS', -200))).toBeUndefined()
    expect(classify(rules, shot('BIAS', 0, {}, { instrument: 'OTHER' }))).toBeUndefined()
  })
})

describe('groups', () => {
  const keyOf = (keys: Record<string, string | number>, days = 0): string | undefined => (
    classify(rules, shot('BIAS', days, { 'TPL.START': 'T', ...keys }))?.groupKey)

  test('equal grouping keywords are one group', () => {
    expect(keyOf({}, 0)).toBe(keyOf({}, 0.1))
    expect(keyOf({})).not.toBe(keyOf({ 'TPL.START': 'U' }))
    expect(keyOf({})).not.toBe(keyOf({ 'DET.BIN': 2 }))
  })

  test('a keyword that others match by parts a group, so that its entries do not depend on the order', () => {
    const wide = [camera(['by: [TPL.START, $detector, FILTER?]', 'by: [TPL.START]'])]
    const flat = (name: string) => classify(wide, shot('FLAT', 0, { 'TPL.START': 'T', FILTER: name }))
    expect(flat('R')?.groupKey).not.toBe(flat('V')?.groupKey)
  })

  test('without TPL.START a frame is alone', () => {
    const bare = (id: string) => classify(rules, { ...shot('BIAS', 0), id, keys: { 'DPR.TYPE': 'BIAS', 'DET.BIN': 1 } })?.groupKey
    expect(bare('a')).not.toBe(bare('b'))
  })
})

describe('entries', () => {
  test('one for each set of keywords that is asked for, and one without', () => {
    const entries = classify(rules, shot('FLAT', 0, { FILTER: 'R' }))?.entries ?? []
    expect(entries.map((entry) => entry.family)).toEqual([expect.stringMatching(/^CAM\/made\/MASTER_FLAT\/0$/), expect.stringMatching(/^CAM\/made\/MASTER_FLAT\/[0-9a-f]{8}$/)])
    expect(classify(rules, shot('OBJECT', 0))?.entries).toEqual([])
  })

  test('numbers by value, text without trailing blanks, absence as absence', () => {
    const of = (keys: Record<string, string | number>) => classify(rules, shot('FLAT', 0, keys))?.entries[1]
    expect(of({ FILTER: 'R  ' })).toEqual(of({ FILTER: 'R' }))
    expect(of({ 'DET.BIN': 1.0000000000001 })).toEqual(of({ 'DET.BIN': 1 }))
    expect(of({ 'DET.BIN': '1' })).not.toEqual(of({ 'DET.BIN': 1 }))
    expect(of({})).not.toEqual(of({ FILTER: '-' }))
  })

  test('what a later version asks for is indexed for earlier frames too', () => {
    const later = camera(['validFrom: 2020-01-01', 'validFrom: 2021-01-01'], ['keys: [$detector, FILTER?], window: flat', 'keys: [FILTER?], window: flat'])
    expect(classify([...rules, later], shot('FLAT', 0))?.entries.length).toBe(3)
  })
})
