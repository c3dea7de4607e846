/** The tutorial's SPHERE IFS frame: eight masters in ESO's order, and the raw frames behind them. */
import { associate, distinctCalibrations, loadRuleSet } from '@quipu/association'
import type { Frame, KeyValue } from '@quipu/association'
import { expect, test } from 'vitest'
import { demoRules, demoText } from '../support/demo-rules.ts'
import { archiveOf, frameOf } from '../support/index.ts'

const SKY = 'SPHER.2016-09-26T04:15:07.252'
const MASTERS = [
  ['M.SPHERE.2016-09-27T08:14:42.823', 'IFS_CAL_BACKGROUND'], ['M.SPHERE.2016-09-27T08:15:18.126', 'IFS_IFU_FLAT_FIELD'],
  ['M.SPHERE.2016-09-27T08:17:07.116', 'IFS_MASTER_DFF_LONG1'], ['M.SPHERE.2016-09-27T08:17:20.893', 'IFS_MASTER_DFF_LONG2'],
  ['M.SPHERE.2016-09-27T08:17:33.533', 'IFS_MASTER_DFF_LONG3'], ['M.SPHERE.2016-09-27T08:17:52.300', 'IFS_MASTER_DFF_LONGBB'],
  ['M.SPHERE.2016-09-27T08:18:06.383', 'IFS_PREAMP_FLAT'], ['M.SPHERE.2016-09-27T08:18:40.706', 'IFS_WAVECALIB'],
] as const

const rules = [demoRules('sphere-ifs.yaml')]

function raw(time: string, catg: string, type: string, tech: string, more: Record<string, KeyValue>): Frame {
  return frameOf(`SPHER.${time}`, {
    'SEQ.ARM': 'IFS', 'DPR.CATG': catg, 'DPR.TYPE': type, 'DPR.TECH': tech, 'INS2.OPTI2.NAME': 'PRI_YJ', 'TPL.START': time.slice(0, 16), ...more,
  }, { instrument: 'SPHERE' })
}

const science = [
  raw('2016-09-26T04:12:45.603', 'SCIENCE', 'SKY', 'IFU', { 'DET.SEQ1.DIT': 64, 'TPL.START': '2016-09-26T03:03:40' }),
  raw('2016-09-26T04:15:07.252', 'SCIENCE', 'SKY', 'IFU', { 'DET.SEQ1.DIT': 64, 'TPL.START': '2016-09-26T03:03:40' }),
  raw('2016-09-26T03:10:00.000', 'SCIENCE', 'OBJECT', 'IFU', { 'DET.SEQ1.DIT': 64 }),
  raw('2016-09-26T05:10:00.000', 'SCIENCE', 'OBJECT', 'IFU', { 'DET.SEQ1.DIT': 16 }),
]
const lamps = ['CAL_NB1_1_YJ', 'CAL_NB2_1_YJ', 'CAL_NB3_1_YJ', 'CAL_BB_2_YJ'].flatMap((lamp, index) => [0, 1].map((step) => (
  raw(`2016-09-26T11:1${index}:0${step}.000`, 'CALIB', 'FLAT,LAMP', 'IMAGE', { 'INS2.COMB.IFS': lamp, 'DET.SEQ1.DIT': step === 0 ? 1.65 : 6 }))))
const calibrations = [
  raw('2016-09-26T10:30:00.000', 'CALIB', 'DARK,BACKGROUND', 'IMAGE', { 'DET.SEQ1.DIT': 64 }),
  raw('2016-09-26T10:31:00.000', 'CALIB', 'DARK,BACKGROUND', 'IMAGE', { 'DET.SEQ1.DIT': 32 }),
  raw('2016-09-26T10:40:00.000', 'CALIB', 'DARK', 'IMAGE', { 'DET.SEQ1.DIT': 16 }),
  raw('2016-09-26T10:45:00.000', 'CALIB', 'DARK', 'IMAGE', { 'DET.SEQ1.DIT': 1.65 }),
  ...lamps,
  raw('2016-09-26T11:30:00.000', 'CALIB', 'SPECPOS,LAMP', 'IFU', { 'DET.SEQ1.DIT': 1.65 }),
  raw('2016-09-26T11:40:00.000', 'CALIB', 'WAVE,LAMP', 'IFU', { 'DET.SEQ1.DIT': 1.65 }),
  raw('2016-09-26T11:50:00.000', 'CALIB', 'FLAT,LAMP', 'IFU', { 'DET.SEQ1.DIT': 1.65 }),
  raw('2016-09-26T11:20:00.000', 'CALIB', 'FLAT,LAMP', 'IFU', { 'DET.SEQ1.DIT': 1.65, 'INS2.OPTI2.NAME': 'PRI_YJH' }),
]
const masters = MASTERS.map(([id, tag]) => frameOf(id, {
  'PRO.CATG': tag, 'DET.SEQ1.DIT': 64, 'INS2.OPTI2.NAME': 'PRI_YJ',
}, { instrument: 'SPHERE' }))

const archive = archiveOf(rules, [...science, ...calibrations, ...masters])
const ask = (id: string, mode: 'Raw2Raw' | 'Raw2Master') => associate(rules, archive.groupOf(id), id, mode, archive.find)

test('Raw2Master: exactly the eight masters, in that order', () => {
  const cascade = ask(SKY, 'Raw2Master')
  expect(distinctCalibrations(cascade).map((one) => [one.id, one.category])).toEqual(MASTERS)
  expect(cascade.root).toMatchObject({ rawType: 'IFS_SCI_SKY', members: [{ id: SKY, category: 'IFS_SCIENCE_DR_RAW' }] })
  expect(cascade).toMatchObject({ complete: true, certified: true, executedMode: 'Raw2Master', messages: [], siblings: [] })
})

test('Raw2Raw: the raw frames behind them, each once', () => {
  const cascade = ask(SKY, 'Raw2Raw')
  expect(cascade).toMatchObject({ complete: true, certified: true, executedMode: 'Raw2Raw', messages: [] })
  expect(cascade.root.children.map((node) => node.rawType)).toEqual([
    'IFS_BACKGROUND', 'IFS_FLAT', 'IFS_DFF_LONG1', 'IFS_DFF_LONG2', 'IFS_DFF_LONG3', 'IFS_DFF_LONGBB', 'IFS_WAVE'])
  const ids = distinctCalibrations(cascade).map((one) => one.id)
  expect(ids.filter((id) => lamps.some((lamp) => lamp.id === id)).length).toBe(8)
  expect(ids).toContain('SPHER.2016-09-26T10:30:00.000')
  expect(ids).not.toContain('SPHER.2016-09-26T10:31:00.000')
  expect(ids).not.toContain('SPHER.2016-09-26T11:20:00.000')
})

test('an object frame has its own type and the same calibrations', () => {
  const cascade = ask('SPHER.2016-09-26T03:10:00.000', 'Raw2Master')
  expect(cascade.root.rawType).toBe('IFS_SCI_OBJECT')
  expect(distinctCalibrations(cascade).length).toBe(8)
})

test('no master background of the exposure time: all of it raw, and the message names the tag', () => {
  const cascade = ask('SPHER.2016-09-26T05:10:00.000', 'Raw2Master')
  expect(cascade).toMatchObject({ requestedMode: 'Raw2Master', executedMode: 'Raw2Raw', complete: true })
  expect(cascade.messages).toEqual([
    'Raw2Master is not possible: no suitable master IFS_CAL_BACKGROUND; raw calibrations are given instead (Raw2Raw)'])
  // The second alternative: a dark of that time, since no background has it.
  expect(cascade.root.children[0]).toMatchObject({ rawType: 'IFS_DARK', members: [{ id: 'SPHER.2016-09-26T10:40:00.000' }] })
})

test('a YJH frame needs the fourth lamp, which is told as missing', () => {
  const yjh = raw('2016-09-26T06:00:00.000', 'SCIENCE', 'OBJECT', 'IFU', { 'DET.SEQ1.DIT': 64, 'INS2.OPTI2.NAME': 'PRI_YJH' })
  const other = archiveOf(rules, [yjh, ...calibrations])
  const cascade = associate(rules, other.groupOf(yjh.id), yjh.id, 'Raw2Raw', other.find)
  expect(cascade.complete).toBe(false)
  expect(cascade.messages).toContain('IFS_MASTER_DFF_LONG4: none found')
})

test('the content hash is of what is said, not of how it is written', () => {
  const text = demoText('sphere-ifs.yaml')
  const of = (yaml: string): string => loadRuleSet(yaml, 'x').hash
  expect(of(`# a comment\n${text}`)).toBe(of(text))
  expect(of(text.replace('[-2, 2]', '[-2, 2.5]'))).not.toBe(of(text))
})
