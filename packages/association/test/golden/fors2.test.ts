/** ESO's recorded Raw2Raw tree comes out of the rules and the frames, whatever else lies beside them. */
import { existsSync, readFileSync } from 'node:fs'
import { associate, distinctCalibrations, distinctNodes, explain, treeOf } from '@quipu/association'
import type { Frame } from '@quipu/association'
import { distinctFiles, readAssociationTree, writeAssociationTree } from '@quipu/vo/eso'
import { expect, test } from 'vitest'
import { demoRules } from '../support/demo-rules.ts'
import { forsFrames, forsMaster, forsRaw, RECORDED } from '../support/fors2.ts'
import { archiveOf } from '../support/index.ts'

const SCIENCE = 'FORS2.2021-01-02T00:59:12.533'
const FIXTURE = new URL('../../../../../shared/fixtures/calselector/FORS2.2021-01-02T00_59_12.533_raw2raw.xml', import.meta.url)
const rules = [demoRules('fors2-imaging.yaml')]

function series(start: string, count: number, category: string, more: Parameters<typeof forsRaw>[3]): readonly Frame[] {
  const from = Date.parse(`${start}Z`)
  return Array.from({ length: count }, (_, index) => forsRaw(
    `FORS2.${new Date(from + index * 20_000).toISOString().slice(0, 23)}`, category, 0, { 'TPL.START': start + category, ...more }))
}

const decoys: readonly Frame[] = [
  // The other chip, a millisecond aside.
  ...forsFrames(1).filter((frame) => !frame.id.includes('2015-08-05')),
  // Nearer, with another binning, another filter, another clock, and too few.
  ...series('2021-01-01T20:00:00.000', 20, 'BIAS', { 'DET.WIN1.BINX': 1, 'DET.WIN1.BINY': 1, 'DET.WIN1.NY': 2068 }),
  ...series('2021-01-01T23:00:00.000', 5, 'SKY_FLAT_IMG', { 'INS.FILT1.NAME': 'v_HIGH' }),
  ...series('2021-01-01T21:00:00.000', 5, 'BIAS', { 'DET.READ.CLOCK': '100Kps/2ports/high_gain' }),
  ...series('2021-01-01T22:00:00.000', 2, 'BIAS', {}),
  // Farther, or outside: a standard of the night before, a bias a day later, a later table.
  ...series('2021-01-01T05:00:00.000', 1, 'STANDARD_IMG', {}),
  ...series('2021-01-03T09:30:00.000', 20, 'BIAS', {}),
  forsMaster('M.FORS2.2021-01-05T08:00:00.000', 'PHOT_TABLE', 0),
  forsMaster('M.FORS2.2019-01-05T08:00:00.000', 'PHOT_TABLE', 0),
]

const all = [...forsFrames(0), ...decoys]
const archive = archiveOf(rules, all)
const cascade = associate(rules, archive.groupOf(SCIENCE), SCIENCE, 'Raw2Raw', archive.find)
const tree = treeOf(cascade)

test('the recorded shape: 22 associations, 190 file elements, 51 names, 9 distinct nodes', () => {
  let associations = 0
  let files = 0
  const visit = (node: typeof tree): void => {
    associations++
    files += node.mainFiles.length
    node.associatedFiles.forEach(visit)
  }
  visit(tree)
  expect({ associations, files }).toEqual({ associations: 22, files: 190 })
  expect(distinctFiles(tree).length).toBe(51)
  expect(distinctNodes(cascade.root).length).toBe(9)
  expect(distinctCalibrations(cascade).map((one) => one.id).sort())
    .toEqual(Object.entries(RECORDED[0] ?? {}).flatMap(([category, ids]) => (category === 'SCIENCE_IMG' ? [] : ids)).sort())
})

test('the recorded order, categories and matches', () => {
  const show = (node: typeof tree): unknown[] => [
    node.category, node.match ?? '-', node.mainFiles.length, node.mainFiles[0]?.category, ...node.associatedFiles.map(show),
  ]
  const flat = ['FLAT_SKY', 'calib_plan', 5, 'SKY_FLAT_IMG', ['BIAS', 'calib_plan', 20, 'BIAS']]
  const bias = ['BIAS', 'calib_plan', 20, 'BIAS']
  const standard = ['STD_IMA', 'calib_plan', 1, 'STANDARD_IMG',
    ['FLX_STD_IMG', 'N/A', 1, 'FLX_STD_IMG'], ['PHOT_TABLE', 'N/A', 1, 'PHOT_TABLE'], flat, bias]
  expect(show(tree)).toEqual(['SCI_IMG_2x2_low', '-', 1, 'SCIENCE_IMG', flat, standard, standard, standard, bias])
  expect(tree).toMatchObject({ certified: true, complete: true, mode: 'Raw2Raw', type: 'main', messages: [] })
})

test('frames in any order give the same answer', () => {
  const reversed = archiveOf(rules, [...all].reverse())
  const again = associate(rules, reversed.groupOf(SCIENCE), SCIENCE, 'Raw2Raw', reversed.find)
  expect(JSON.stringify(treeOf(again))).toBe(JSON.stringify(tree))
  expect(explain(again)).toEqual(explain(cascade))
})

test('the other chip has its own frames and shares the standard stars', () => {
  const id = 'FORS2.2021-01-02T00:59:12.534'
  const other = associate(rules, archive.groupOf(id), id, 'Raw2Raw', archive.find)
  expect(new Set(distinctCalibrations(other).map((one) => one.id)))
    .toEqual(new Set(Object.values(RECORDED[1] ?? {}).flat().filter((one) => one !== id)))
})

test('the explanation says how far, and why nearer ones were refused', () => {
  const lines = explain(cascade).join('\n')
  expect(lines).toMatch(/MASTER_SKY_FLAT_IMG: chosen 7\.03 days before; \d+ nearer refused: .*INS\.FILT1\.NAME is v_HIGH, wanted R_SPECIAL/)
  expect(lines).toMatch(/ALIGNED_PHOT: chosen 45 minutes before, 32 minutes before, 7\.8 hours after/)
  expect(lines).toMatch(/MASTER_BIAS: chosen 8\.5 hours after; .*2 of at least 3 files/)
})

test('a breakpoint between flats and science makes the answer incomplete and says why', () => {
  const text = demoRules('fors2-imaging.yaml')
  const cut = { ...text, breakpoints: [{ mjd: 59_210, rawType: undefined, tag: undefined, why: 'detector swap' }] }
  const broken = associate([cut], archive.groupOf(SCIENCE), SCIENCE, 'Raw2Raw', archive.find)
  expect(broken.complete).toBe(false)
  expect(broken.messages.join('\n')).toMatch(/MASTER_SKY_FLAT_IMG: none found; .*detector swap/)
  expect(distinctCalibrations(broken).map((one) => one.id)).toContain('M.FORS2.2015-08-05T11:20:17.466')
})

test('an uncertified bias at the same distance loses, and a nearer one shows in the flag', () => {
  const mirrored = archive.groupOf(SCIENCE).mjd * 2 - archive.groupOf('FORS2.2021-01-02T09:27:34.589').mjd
  const twin = [-1, 0, 1].map((step) => ({
    ...forsRaw(`FORS2.twin${step + 1}`, 'BIAS', 0, { 'TPL.START': 'twin' }), mjd: mirrored + step * 1e-3, certified: false,
  }))
  const tied = archiveOf(rules, [...all, ...twin])
  const same = associate(rules, tied.groupOf(SCIENCE), SCIENCE, 'Raw2Raw', tied.find)
  expect(same.root.children.at(-1)?.members[0]?.id).toBe('FORS2.2021-01-02T09:27:34.589')
  const nearer = archiveOf(rules, [...all, ...twin.map((frame) => ({ ...frame, mjd: frame.mjd + 0.1 }))])
  expect(associate(rules, nearer.groupOf(SCIENCE), SCIENCE, 'Raw2Raw', nearer.find)).toMatchObject({ certified: false, complete: true })
})

test.skipIf(!existsSync(FIXTURE))('byte for byte the recorded document', () => {
  const recorded = readFileSync(FIXTURE, 'utf8')
  expect(tree).toEqual(readAssociationTree(recorded))
  expect(writeAssociationTree(tree).trim()).toBe(recorded.trim())
})
