/** The demo's rules give, from the demo's frames, the cascades that ESO's services were seen to give. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  associate,
  classify,
  distinctCalibrations,
  explain,
  lintRuleSet,
  loadRuleSet,
  treeOf,
} from '@quipu/association'
import type { Cascade, Frame } from '@quipu/association'
import { distinctFiles } from '@quipu/vo/eso'
import type { Mode, TreeAssociation } from '@quipu/vo/eso'
import { allFrames } from '../observatory/make.ts'
import { FORS2_SCIENCE } from '../observatory/fors2.ts'
import { archiveOf } from '../../packages/association/test/support/index.ts'

const rules = ['fors2-imaging', 'sphere-ifs'].map((name) =>
  loadRuleSet(readFileSync(new URL(`../rules/${name}.yaml`, import.meta.url), 'utf8'), name),
)

const frames: Frame[] = allFrames().flatMap(({ dpId, kind, instrument, keywords }) =>
  kind !== 'raw' && kind !== 'master'
    ? []
    : [
        {
          id: dpId,
          instrument,
          kind,
          mjd: Number(keywords['MJD-OBS']),
          exposureSeconds: Number(keywords['EXPTIME']),
          certified: true,
          keys: keywords,
        },
      ],
)
const archive = archiveOf(rules, frames)

function cascadeOf(id: string, mode: Mode): Cascade {
  return associate(rules, archive.groupOf(id), id, mode, archive.find)
}

test('no rule set has a finding', () => {
  for (const ruleSet of rules) expect(lintRuleSet(ruleSet)).toEqual([])
})

test('the tutorial frame has the eight masters of the tutorial, in its order', () => {
  const cascade = cascadeOf('SPHER.2016-09-26T04:15:07.252', 'Raw2Master')
  expect(cascade).toMatchObject({
    complete: true,
    certified: true,
    executedMode: 'Raw2Master',
    messages: [],
  })
  expect(cascade.root).toMatchObject({
    rawType: 'IFS_SCI_SKY',
    members: [{ category: 'IFS_SCIENCE_DR_RAW' }],
  })
  expect(distinctCalibrations(cascade)).toEqual(
    [
      ['08:14:42.823', 'IFS_CAL_BACKGROUND'],
      ['08:15:18.126', 'IFS_IFU_FLAT_FIELD'],
      ['08:17:07.116', 'IFS_MASTER_DFF_LONG1'],
      ['08:17:20.893', 'IFS_MASTER_DFF_LONG2'],
      ['08:17:33.533', 'IFS_MASTER_DFF_LONG3'],
      ['08:17:52.300', 'IFS_MASTER_DFF_LONGBB'],
      ['08:18:06.383', 'IFS_PREAMP_FLAT'],
      ['08:18:40.706', 'IFS_WAVECALIB'],
    ].map(([time, category]) => ({ id: `M.SPHERE.2016-09-27T${time}`, category })),
  )
})

test('Raw2Raw of the tutorial frame gives the raw frames behind those masters', () => {
  const cascade = cascadeOf('SPHER.2016-09-26T04:15:07.252', 'Raw2Raw')
  expect(cascade).toMatchObject({ complete: true, executedMode: 'Raw2Raw' })
  const files = distinctCalibrations(cascade)
  expect(files.every(({ id }) => id.startsWith('SPHER.2016-09-26T1'))).toBe(true)
  expect(files).toHaveLength(3 + 3 + 8 + 1 + 1 + 1)
})

test('the FORS2 frame has the recorded tree: 22 associations, 190 file elements, 51 distinct files', () => {
  const tree = treeOf(cascadeOf(FORS2_SCIENCE, 'Raw2Raw'))
  const count = (node: TreeAssociation): [number, number] =>
    node.associatedFiles.map(count).reduce(([a, b], [c, d]) => [a + c, b + d], [1, node.mainFiles.length])
  expect(count(tree)).toEqual([22, 190])
  expect(distinctFiles(tree)).toHaveLength(51)
  expect(tree).toMatchObject({
    category: 'SCI_IMG_2x2_low',
    complete: true,
    certified: true,
    mode: 'Raw2Raw',
    type: 'main',
  })
  expect(tree.associatedFiles.map(({ category, match }) => [category, match])).toEqual([
    ['FLAT_SKY', 'calib_plan'],
    ['STD_IMA', 'calib_plan'],
    ['STD_IMA', 'calib_plan'],
    ['STD_IMA', 'calib_plan'],
    ['BIAS', 'calib_plan'],
  ])
})

test('FORS2 has no masters: Raw2Master falls back to raw frames and says why', () => {
  const cascade = cascadeOf(FORS2_SCIENCE, 'Raw2Master')
  expect(cascade).toMatchObject({ complete: true, executedMode: 'Raw2Raw', requestedMode: 'Raw2Master' })
  expect(cascade.messages.join(' ')).toMatch(/MASTER_/)
})

test('a frame years away from its calibrations is incomplete, and the explanation names what is missing', () => {
  const cascade = cascadeOf('SPHER.2024-11-03T06:11:09.552', 'Raw2Master')
  expect(cascade.complete).toBe(false)
  expect(explain(cascade).join('\n')).toMatch(/IFS_CAL_BACKGROUND/)
})

test('every frame of an instrument with rules is classified', () => {
  for (const frame of frames) {
    if (['SPHERE', 'FORS2'].includes(frame.instrument)) expect(classify(rules, frame), frame.id).toBeDefined()
  }
})
