/** Rule files as an enemy would write them: each ends in `rules_invalid`, soon. */
import { ArchiveError } from '@quipu/vo'
import { loadRuleSet } from '@quipu/association'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CAMERA } from '../support/camera.ts'

const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, index) => (
  `${name}: &${name} [${Array(9).fill(`*${'abcdefgh'[index]}`).join(',')}]`))].join('\n')

test.each<[string, string, RegExp]>([
  ['alias bomb', bomb, /anchors|aliases|not a key/],
  ['an anchor', CAMERA.replace('[-14, 14]', '&w [-14, 14]'), /anchors/],
  ['an alias', CAMERA.replace('[-14, 14]', '&w [-14, 14]\n  other: *w'), /anchors|aliases/],
  ['a merge key', CAMERA.replace('keysets:', 'keysets:\n  <<: { x: [A] }'), /'<<'|not a|expected/],
  ['a tag', CAMERA.replace('[-14, 14]', '!!js/function "x"'), /tag|cannot be read/i],
  ['a megabyte', `ruleset: ${'x'.repeat(1_000_000)}`, /at most 400000 characters/],
  ['deep brackets', `ruleset: ${'['.repeat(50_000)}`, /nested deeper/],
  ['deep dashes', `classify:\n${'- '.repeat(400)}x`, /nested deeper/],
  ['deep indentation', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), /nested deeper/],
  ['two documents', `${CAMERA}\n---\n${CAMERA}`, /cannot be read/],
  ['nothing', '', /the file is empty/],
  ['a list', '- a\n- b', /a map of keys is expected, not a list/],
  ['a number', '5', /a map of keys is expected/],
  ['__proto__', `${CAMERA}\n__proto__: { polluted: 1 }`, /'__proto__' is not a key here/],
  ['a null', CAMERA.replace('window: flat', 'window:'), /has no value|not nothing|expected/],
  ['infinity', CAMERA.replace('[-14, 14]', '[-.inf, .nan]'), /a number is expected/],
  ['a map as key', `${CAMERA}\n? {a: 1}\n: 2`, /plain word|cannot be read/],
  ['control characters', `ruleset: "\u0000"`, /./],
])('%s', (_what, yaml, message) => {
  const from = performance.now()
  let told: unknown
  try {
    loadRuleSet(yaml, 'evil.yaml')
  } catch (error) {
    told = error
  }
  expect(told).toBeInstanceOf(ArchiveError)
  expect(told).toMatchObject({ code: 'rules_invalid' })
  expect(String(told)).toMatch(message)
  expect(String(told).length).toBeLessThan(700)
  expect(performance.now() - from).toBeLessThan(2000)
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
})

test('a file with anything cut out or put in is read or refused, never worse', () => {
  const piece = fc.constantFrom('', '[', '}', ': ', '- ', '&a ', '*a', '!!x ', '"', "'", '\n', '\t', '|', '#', '?', '1e999', '~', '%')
  fc.assert(fc.property(fc.nat(CAMERA.length), fc.nat(12), piece, (at, cut, text) => {
    try {
      loadRuleSet(CAMERA.slice(0, at) + text + CAMERA.slice(at + cut), 'x.yaml')
    } catch (error) {
      expect(error).toBeInstanceOf(ArchiveError)
    }
  }), { numRuns: 500 })
})
