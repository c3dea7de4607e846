import { expect, test } from 'vitest'
import { countNotPublic, emptyReason } from '../src/index.ts'
import { tokenOf } from '../src/token.ts'

const NOW = Date.UTC(2026, 0, 1)
const field = (name: string) => ({ name, datatype: 'char' as const, arraysize: '*' })

test.each([
  ['release_date', ['2027-01-01T00:00:00Z', '2025-12-31T23:59:59.999Z', null, '2026-01-01T00:00:00.000Z'], 1],
  ['OBS_RELEASE_DATE', ['2026-01-01T00:00:00.001Z', '2035-01-01 00:00:00'], 2],
  ['release_date', ['soon', ''], 0],
  ['exp_start', ['2035-01-01T00:00:00Z'], null],
])('%s %j: %s', (name, dates, count) => {
  const fields = [field('dp_id'), field(name)]
  expect(countNotPublic({ fields, rows: dates.map((date, i) => [String(i), date]) }, NOW)).toBe(count)
})

test('an empty result is explained by who asks', () => {
  expect(emptyReason(null)).toMatch(/you are not signed in/)
  expect(emptyReason(tokenOf('a.b.c'))).toMatch(/your account/)
})
