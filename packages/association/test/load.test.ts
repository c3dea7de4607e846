import { ArchiveError } from '@quipu/vo'
import { loadRuleSet } from '@quipu/association'
import { describe, expect, test } from 'vitest'
import { CAMERA, camera } from './support/camera.ts'

function messageOf(yaml: string): string {
  try {
    loadRuleSet(yaml, 'camera.yaml')
  } catch (error) {
    if (error instanceof ArchiveError && error.code === 'rules_invalid') return error.message
    throw error
  }
  throw new Error('the rules were accepted')
}

test('what a rule file says', () => {
  const rules = camera()
  expect(rules).toMatchObject({ id: 'camera', instruments: ['CAM'], validFromMjd: 58_849, unused: [] })
  expect(rules.hash).toMatch(/^[0-9a-f]{16}$/)
  const need = rules.actions[2]?.needs[1]?.alternatives[0]
  expect(need).toMatchObject({
    tag: 'MASTER_FLAT', from: 'made', min: 1, max: 1, deliver: 'need', certified: 'any',
    keys: [{ candidate: 'DET.BIN', reference: 'DET.BIN', optional: false }, { candidate: 'FILTER', reference: 'FILTER', optional: true }],
    window: { name: 'flat', planned: true, levels: [{ level: 0, lo: -14, hi: 14 }] },
  })
  expect(rules.actions[0]?.needs).toEqual([])
})

describe('mistakes are refused where they are, with what would work', () => {
  test.each<[string, string, RegExp]>([
    ['windows:', 'window:', /^camera\.yaml:5:1: 'window' is not a key here; did you mean 'windows'\?/],
    ['keys: [$detector], window: bias', 'keyz: [$detector], window: bias', /actions\.FLAT\.needs\[0\]: 'keyz' .*did you mean 'keys'/],
    ['window: bias', 'window: bais', /no window is called 'bais'; did you mean 'bias'/],
    ['window: bias }', 'keys2: 1 }', /'keys2' is not a key here; did you mean 'keys'/],
    [', window: bias', '', /'window' is missing/],
    ['$detector], min: 2', '$detectors], min: 2', /no key set is called 'detectors'; did you mean '\$detector'/],
    ['min: 2', 'min: two', /a number is expected, not the text 'two'/],
    ['min: 2', 'min: 0', /a whole number from 1 to 1000/],
    ['group: single', 'group: singel', /a group is 'single' or/],
    ['[-14, 14]', '[14, -14]', /the window ends before it begins/],
    ['[-14, 14]', '[-14]', /two numbers are expected/],
    ['1: [-10, 10]', '1: [-1, 10]', /level 1 is narrower than level 0; levels widen/],
    ['validFrom: 2020-01-01', 'validFrom: yesterday', /'yesterday' is not a day/],
    ['validFrom: 2020-01-01', 'validFrom: 2020-13-01', /is not a day/],
    ['instrument: CAM', 'instrument: []', /at least one name/],
    ['ruleset: camera', 'ruleset: "a b"', /a name has letters/],
    ['{ DPR.TYPE: BIAS }', '{ expr: "DPR.TYPE = 1" }', /classify\[0\]\.when\.expr: '=' is not part of a condition/],
    ['{ DPR.TYPE: BIAS }', '{}', /asks at least one thing/],
    ['makes: [MASTER_BIAS]', 'makes: MASTER_BIAS', /a list is expected, not the text/],
    ['tag: MASTER_BIAS,', 'tag: MASTER_BIAS, min: 2, max: 1,', /'max' \(1\) is below 'min' \(2\)/],
    ['tag: MASTER_BIAS,', 'tag: MASTER_BIAS, deliver: extra, min: 1,', /'extra' has min 0/],
    ['tag: MASTER_BIAS,', 'tag: MASTER_BIAS, from: static_,', /not one of made, static, raw; did you mean 'static'/],
    ['tag: MASTER_BIAS,', 'tag: MASTER_BIAS, tag: OTHER,', /unique/],
    ['  FLAT:\n', '  BIAS:\n', /unique/],
    ['actions:', 'actions: {}\nold:', /'old' is not a key here/],
  ])('%s → %s', (from, to, message) => {
    expect(CAMERA).toContain(from)
    expect(messageOf(CAMERA.replace(from, to))).toMatch(message)
  })

  test('the place is of the mistake', () => {
    try {
      camera(['window: flat', 'window: flot'])
    } catch (error) {
      expect(error).toMatchObject({ code: 'rules_invalid', at: { line: 27, column: 65 } })
      return
    }
    throw new Error('the rules were accepted')
  })
})
