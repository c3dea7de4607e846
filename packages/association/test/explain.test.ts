import { expect, test } from 'vitest'
import { distanceText, explainReason } from '../src/explain.ts'

test.each([
  [-7.031, '7.03 days before'], [0.3562, '8.5 hours after'], [-0.0219, '32 minutes before'], [1e-4, '8.640 seconds after'],
  [1.157e-8, 'at the same time'], [0, 'at the same time'],
])('%d days: %s', (days, text) => { expect(distanceText(days)).toBe(text) })

test('refused ones by reason, the commonest first', () => {
  const refused = (reason: 'key' | 'window', detail: string, id: string) => ({ id, dtDays: 1, reason, detail })
  expect(explainReason({
    tag: 'FLAT', from: 'made', status: 'ok', isMandatory: true, chosen: [{ id: 'a', dtDays: -7.03, match: 'extended' }],
    rejected: [refused('window', '', 'b'), refused('key', 'FILTER is V, wanted R', 'c'), refused('key', 'FILTER is V, wanted R', 'd')],
  })).toBe('FLAT: chosen 7.03 days before, outside the plan but in the extended window; 3 nearer refused: FILTER is V, wanted R (2), outside the window (1)')
})
