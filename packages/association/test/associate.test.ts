import { associate, distinctCalibrations, distinctNodes, explain, treeOf } from '@quipu/association'
import type { Cascade, Frame, RuleSet } from '@quipu/association'
import { describe, expect, test } from 'vitest'
import { biases, camera, master, shot } from './support/camera.ts'
import { archiveOf } from './support/index.ts'

const science = shot('OBJECT', 0)

function ask(rules: RuleSet, frames: readonly Frame[], mode: 'Raw2Raw' | 'Raw2Master' = 'Raw2Raw', main = science): Cascade {
  const archive = archiveOf([rules], [main, ...frames])
  return associate([rules], archive.groupOf(main.id), main.id, mode, archive.find)
}
const ids = (cascade: Cascade): string[] => distinctCalibrations(cascade).map((one) => one.id)

describe('levels', () => {
  test.each([
    [4.9, 'calib_plan'], [5.002, 'extended'], [-9.9, 'extended'], [10.01, null],
  ])('a bias %d days away is %s', (days, match) => {
    const cascade = ask(camera(), [...biases(days), shot('FLAT', days / 2)])
    const bias = cascade.root.children.find((node) => node.rawType === 'BIAS')
    expect(bias?.match ?? null).toBe(match)
    expect(cascade.complete).toBe(match !== null)
  })

  test('inside the plan wins over nearer outside it', () => {
    const rules = camera(['bias: { 0: [-5, 5], 1: [-10, 10] }', 'bias: { 0: [0, 5], 1: [-10, 10] }'])
    const cascade = ask(rules, [...biases(-1), ...biases(4), shot('FLAT', 4)])
    expect(cascade.root.children[0]).toMatchObject({ match: 'calib_plan', members: [{ id: biases(4)[0]?.id }, { id: biases(4)[1]?.id }] })
  })
})

describe('Raw2Master', () => {
  const masters = [master('MASTER_BIAS', 1), master('MASTER_FLAT', 2)]

  test('masters alone, as leaves', () => {
    const cascade = ask(camera(), [...masters, ...biases(0.1), shot('FLAT', 0.2)], 'Raw2Master')
    expect(ids(cascade)).toEqual(masters.map((frame) => frame.id))
    expect(cascade).toMatchObject({ complete: true, certified: true, executedMode: 'Raw2Master', messages: [] })
  })

  test('a missing master turns the whole answer raw, and the message says which', () => {
    const cascade = ask(camera(), [...masters.slice(1), ...biases(0.1), shot('FLAT', 0.2)], 'Raw2Master')
    expect(cascade).toMatchObject({ requestedMode: 'Raw2Master', executedMode: 'Raw2Raw', complete: true })
    expect(cascade.messages[0]).toMatch(/no suitable master MASTER_BIAS; raw calibrations/)
    expect(ids(cascade)).not.toContain(masters[1]?.id)
    expect(treeOf(cascade)).toMatchObject({ mode: 'Raw2Raw', messages: cascade.messages })
  })

  test('an uncertified master is given, and the flag tells', () => {
    const cascade = ask(camera(), [master('MASTER_BIAS', 1, {}, { certified: false }), ...masters.slice(1)], 'Raw2Master')
    expect(cascade).toMatchObject({ complete: true, certified: false, executedMode: 'Raw2Master' })
  })

  test('unless certified ones are required', () => {
    const rules = camera(['window: bias }\n  SCI', 'window: bias }\n  SCI'], ['- { tag: MASTER_FLAT, keys', '- { tag: MASTER_FLAT, certified: required, keys'])
    const cascade = ask(rules, [shot('FLAT', 1, {}, { certified: false }), shot('FLAT', 2), ...biases(2)])
    expect(cascade.root.children[1]?.members[0]?.id).toBe(shot('FLAT', 2).id)
    expect(explain(cascade).join()).toMatch(/MASTER_FLAT: chosen 2\.00 days after; 1 nearer refused: not certified/)
  })
})

describe('what is missing', () => {
  test('a mandatory calibration below makes everything above incomplete', () => {
    const cascade = ask(camera(), [...biases(-9), shot('FLAT', 10)])
    expect(cascade.complete).toBe(false)
    const flat = cascade.root.children.find((node) => node.rawType === 'FLAT')
    expect(flat).toMatchObject({ complete: false, messages: ['MASTER_BIAS: none found; 1 refused: outside the window'] })
    expect(cascade.messages).toEqual(['FLAT: MASTER_BIAS: none found; 1 refused: outside the window'])
  })

  test('an optional one does not', () => {
    const rules = camera(['- { tag: MASTER_FLAT, keys', '- { tag: MASTER_FLAT, deliver: extra, keys'])
    expect(ask(rules, biases(1))).toMatchObject({ complete: true, certified: true, messages: [] })
    expect(ask(rules, [...biases(1), shot('FLAT', 13, {}, { certified: false })])).toMatchObject({ complete: true, certified: true })
  })

  test('a keyword that the frame lacks matches nothing; with ? it matches its absence', () => {
    const bare: Frame = { ...science, keys: { 'DPR.TYPE': 'OBJECT' } }
    expect(ask(camera(), [...biases(1), shot('FLAT', 1)], 'Raw2Raw', bare).root.children).toEqual([])
    const filtered = ask(camera(), [...biases(1), shot('FLAT', 1, { FILTER: 'R' })])
    expect(filtered.root.reasons[1]?.rejected[0]).toMatchObject({ reason: 'key', detail: 'FILTER is R, wanted absent' })
  })

  test('too few of min, and min met', () => {
    const rules = camera(['- { tag: MASTER_FLAT, keys', '- { tag: MASTER_FLAT, min: 2, max: 3, keys'])
    const one = ask(rules, [...biases(1), shot('FLAT', 1)])
    expect(one.complete).toBe(false)
    expect(one.messages[0]).toMatch(/MASTER_FLAT: too few: only 1 found \(1\.00 days after\)/)
    const four = ask(rules, [...biases(1), ...[3, -1, 2, 4].map((days) => shot('FLAT', days))])
    expect(four.complete).toBe(true)
    expect(four.root.children.slice(1).map((node) => node.members[0]?.id)).toEqual([-1, 2, 3].map((days) => shot('FLAT', days).id))
  })

  test('no rule set, no action', () => {
    const rules = camera()
    const archive = archiveOf([rules], [science])
    const old = { ...rules, validFromMjd: 70_000, id: 'other', hash: '0' }
    expect(associate([old], archive.groupOf(science.id), science.id, 'Raw2Raw', archive.find))
      .toMatchObject({ complete: false, ruleSet: '', messages: ['No association could be established: no rule set is valid at its time'] })
    const lost = { ...rules, actions: rules.actions.slice(0, 2) }
    expect(associate([lost], archive.groupOf(science.id), science.id, 'Raw2Master', archive.find).messages)
      .toEqual(['No association could be established: this file type is not supported'])
  })
})

describe('conditions of a need', () => {
  const flats = [...biases(1), shot('FLAT', 1, { TEMP: 10 }), shot('FLAT', 2, { TEMP: 12 })]
  const warm = { ...science, keys: { ...science.keys, TEMP: 12.5, MODE: 'A' } }

  test.each<[string, number | null, RegExp]>([
    ['near: { TEMP: [-1, 1] },', 2, /TEMP is 10, wanted near 12\.5/],
    ["where: { expr: 'TEMP > 11 and inputFile.MODE == \"A\"' },", 2, /a condition of the rule is not met/],
    ['when: { MODE: B },', null, /MASTER_FLAT: not needed here/],
    ['when: { MODE: [A, B] },', 1, /chosen 1\.00 days after/],
    ['max: 0, min: 0,', null, /MASTER_FLAT: not needed here/],
  ])('%s', (condition, days, line) => {
    const rules = camera(['- { tag: MASTER_FLAT, ', `- { tag: MASTER_FLAT, ${condition} `])
    const cascade = ask(rules, flats, 'Raw2Raw', warm)
    const flat = cascade.root.children.find((node) => node.rawType === 'FLAT')
    expect(flat?.members[0]?.id ?? null).toBe(days === null ? null : days === 1 ? flats[2]?.id : flats[3]?.id)
    expect(cascade.complete).toBe(true)
    expect(explain(cascade).join('\n')).toMatch(line)
  })

  test('rawOnly is left out of Raw2Master', () => {
    const rules = camera(['- { tag: MASTER_FLAT, ', '- { tag: MASTER_FLAT, deliver: rawOnly, '])
    expect(ask(rules, [master('MASTER_BIAS', 1)], 'Raw2Master')).toMatchObject({ complete: true, executedMode: 'Raw2Master' })
    expect(ask(rules, biases(1)).complete).toBe(true)
    expect(ask(rules, flats).root.children.length).toBe(2)
  })

  test('a raw group as it is', () => {
    const rules = camera(['{ tag: MASTER_FLAT, keys', '{ tag: FLAT, from: raw, keys'])
    const cascade = ask(rules, [...flats, master('MASTER_BIAS', 1)], 'Raw2Master')
    expect(ids(cascade)).toEqual([master('MASTER_BIAS', 1).id, shot('FLAT', 1).id])
  })

  test('keywords of different names', () => {
    const rules = camera(['{ tag: MASTER_FLAT, keys: [$detector, FILTER?]', '{ tag: MASTER_FLAT, keys: [{ candidate: TEMP, reference: WANTED }]'])
    const cascade = ask(rules, flats, 'Raw2Raw', { ...science, keys: { ...science.keys, WANTED: 12 } })
    expect(cascade.root.children[1]?.members[0]?.id).toBe(flats[3]?.id)
  })
})

test('ordered alternatives: the first that is met, even if a later one is nearer', () => {
  const rules = camera(['- { tag: MASTER_FLAT, keys: [$detector, FILTER?], window: flat }',
    '- firstOf:\n          - { tag: MASTER_FLAT, keys: [$detector, FILTER?], window: flat }\n          - { tag: DEFAULT, from: static, window: previous }'])
  const fallback = master('DEFAULT', -100)
  const first = ask(rules, [...biases(1), shot('FLAT', 13, { FILTER: 'R' }), fallback])
  expect(ids(first)).toContain(fallback.id)
  expect(first).toMatchObject({ complete: true, messages: [] })
  expect(first.root.children.find((node) => node.kind === 'master')).toMatchObject({ match: 'N/A' })
  expect(ids(ask(rules, [...biases(1), shot('FLAT', 3), fallback]))).not.toContain(fallback.id)
  const none = ask(rules, biases(1))
  expect(none).toMatchObject({ complete: false, messages: ['MASTER_FLAT: none found'] })
})

describe('breakpoints', () => {
  const at = (extra: string): RuleSet => camera(['actions:', `breakpoints:\n  - { at: 59000.5, why: new detector${extra} }\nactions:`])

  test('nothing is taken from across', () => {
    const cascade = ask(at(''), [...biases(1), ...biases(-2), shot('FLAT', -3)])
    expect(ids(cascade)[0]).toBe(biases(-2)[0]?.id)
    expect(explain(cascade).join('\n')).toMatch(/1 nearer refused: across MJD 59000\.5 \(new detector\)/)
  })
  test('only for the type and tag it names', () => {
    const near = biases(1)[0]?.id
    expect(ids(ask(at(', tag: MASTER_FLAT'), [...biases(1), ...biases(-2), shot('FLAT', -3)]))[0]).toBe(near)
    expect(ids(ask(at(', rawType: FLAT'), [...biases(1), ...biases(-2), shot('FLAT', -3)]))[0]).toBe(near)
  })
  test('a group exactly at the breakpoint lies after it', () => {
    const exact = shot('FLAT', 0.5)
    expect(ids(ask(at(''), [...biases(-2), exact]))).not.toContain(exact.id)
    expect(ids(ask(at(''), [...biases(2), exact], 'Raw2Raw', shot('OBJECT', 0.6)))).toContain(exact.id)
  })
})

describe('the graph', () => {
  test('one node for one group, wherever it is used', () => {
    const cascade = ask(camera(), [...biases(1), shot('FLAT', 2)])
    const [bias, flat] = cascade.root.children
    expect(flat?.children[0]).toBe(bias)
    expect(distinctNodes(cascade.root).length).toBe(3)
  })

  test('two products of one group give one child', () => {
    const rules = camera(['makes: [MASTER_FLAT]', 'makes: [MASTER_FLAT, TRACE]'],
      ['- { tag: MASTER_FLAT, keys', '- { tag: TRACE, window: flat }\n      - { tag: MASTER_FLAT, keys'])
    expect(ask(rules, [...biases(1), shot('FLAT', 2)]).root.children.length).toBe(2)
  })

  test('a cycle is told, not followed', () => {
    const rules = camera(['makes: [MASTER_BIAS]', 'makes: [MASTER_BIAS]\n    needs: [{ tag: MASTER_FLAT, window: any }]'])
    const cascade = ask(rules, [...biases(1), shot('FLAT', 2)])
    expect(cascade.complete).toBe(false)
    expect(cascade.messages.join('\n')).toMatch(/not followed, because it would need itself/)
    expect(treeOf(cascade).associatedFiles.length).toBe(2)
  })

  test('a chain of hundreds stops at its limit and says so', () => {
    const rules = camera(['needs:\n      - { tag: MASTER_BIAS, keys: [$detector], window: bias }\n  SCI', 'needs:\n      - { tag: MASTER_FLAT, window: [-5, -0.5] }\n  SCI'])
    const cascade = ask(rules, [...biases(1), ...Array.from({ length: 300 }, (_, index) => shot('FLAT', -index))])
    expect(cascade.complete).toBe(false)
    expect(cascade.messages.join('\n')).toMatch(/stopped at its limit/)
    expect(distinctNodes(cascade.root).length).toBeLessThan(50)
  })

  test('a tree that would explode is refused, the list is not', () => {
    const levels = 18
    const text = Array.from({ length: levels }, (_, index) => (
      `  - { when: { DPR.TYPE: L${index} }, set: { RAW.TYPE: L${index} } }`)).join('\n')
    const actions = Array.from({ length: levels }, (_, index) => (
      `  L${index}: { group: single, makes: [M${index}], needs: [${index + 1 < levels ? `{ tag: M${index + 1}, window: any, max: 2 }` : ''}] }`)).join('\n')
    const rules = camera(['actions:', `${text}\nactions:\n${actions}`], ['- { tag: MASTER_FLAT, keys: [$detector, FILTER?], window: flat }', '- { tag: M0, window: any }'])
    const frames = Array.from({ length: levels }, (_, index) => [shot(`L${index}`, index), shot(`L${index}`, index + 0.1)]).flat()
    const cascade = ask(rules, [...biases(1), ...frames])
    expect(distinctCalibrations(cascade).length).toBe(2 * levels - 1 + 2)
    expect(() => treeOf(cascade)).toThrow(/ask for the list/)
  })
})

test('siblings: the other frames of the template, told apart from calibrations', () => {
  const rules = camera(['group: single', 'group: { by: [TPL.START] }'])
  const other = shot('OBJECT', 0.01, { 'TPL.START': science.keys['TPL.START'] ?? '' })
  const cascade = ask(rules, [other, ...biases(1), shot('FLAT', 2)])
  expect(cascade.siblings.map((frame) => frame.id)).toEqual([other.id])
  expect(cascade.root.members).toEqual([{ id: science.id, category: 'SCIENCE' }])
  expect(ids(cascade)).not.toContain(other.id)
  expect(treeOf(cascade).associatedFiles.at(-1)).toMatchObject({ type: 'sibling', mainFiles: [{ name: other.id, category: 'SCIENCE' }] })
})

test('a crowd at one distance: the smallest id, whatever the index gives first', () => {
  const rules = camera()
  const crowd = Array.from({ length: 100 }, (_, index) => shot('FLAT', 2, { 'TPL.START': `T${index}` }, { id: `F${String(199 - index)}` }))
  const cascade = ask(rules, [...biases(1), ...crowd])
  expect(cascade.root.children[1]?.members[0]?.id).toBe('F100')
})

test('hundreds of unusable groups nearer than a good one end the search, and it is told', () => {
  const rules = camera()
  const lone = Array.from({ length: 900 }, (_, index) => shot('BIAS', 0.001 * (index + 1), { 'TPL.START': `T${index}` }))
  const archive = archiveOf([rules], [science, ...lone, ...biases(3), shot('FLAT', 2)])
  const cascade = associate([rules], archive.groupOf(science.id), science.id, 'Raw2Raw', archive.find)
  expect(cascade).toMatchObject({ complete: false })
  expect(cascade.messages.join()).toMatch(/MASTER_BIAS: the search was stopped at its limit/)
  expect(archive.queries.length).toBeLessThan(60)
  expect(Math.max(...archive.queries.map((query) => query.limit))).toBeLessThanOrEqual(512)
})
