import { lintRuleSet } from '@quipu/association'
import { expect, test } from 'vitest'
import { camera } from './support/camera.ts'
import { demoRules } from './support/demo-rules.ts'

test.each(['fors2-imaging.yaml', 'sphere-ifs.yaml'])('nothing to say of %s', (name) => {
  expect(lintRuleSet(demoRules(name))).toEqual([])
})

test.each<[string, [string, string][], RegExp]>([
  ['a tag nobody makes', [['makes: [MASTER_FLAT]', 'makes: [MASTER_FLATS]']], /SCI needs MASTER_FLAT, which no action makes; did you mean 'MASTER_FLATS'/],
  ['a product nobody needs', [['makes: [MASTER_FLAT]', 'makes: [MASTER_FLAT, EXTRA]']], /FLAT makes EXTRA, which nothing needs/],
  ['an action nothing triggers', [['RAW.TYPE: FLAT,', 'RAW.TYPE: FLATS,']], /no classification rule gives a raw type that triggers FLAT/],
  ['a type without action', [['RAW.TYPE: FLAT,', 'RAW.TYPE: FLATS,']], /raw type FLATS triggers no action/],
  ['a window never used', [['flat: [-14, 14]', 'flat: [-14, 14]\n  old: [-1, 1]']], /window old is never used/],
  ['a key set never used', [['detector: [DET.BIN]', 'detector: [DET.BIN]\n  old: [A]']], /keyset old is never used/],
  ['a cycle', [['makes: [MASTER_BIAS]', 'makes: [MASTER_BIAS]\n    needs: [{ tag: MASTER_FLAT, window: any }]']], /BIAS can come to need itself/],
  ['two actions for one type', [['  FLAT:\n', '  OTHER: { types: [FLAT], group: single }\n  FLAT:\n']], /FLAT and OTHER are both triggered by FLAT/],
])('%s', (_what, changes, message) => {
  expect(lintRuleSet(camera(...changes)).join('\n')).toMatch(message)
})
