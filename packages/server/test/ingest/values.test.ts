import { describe, expect, test } from 'vitest'
import type { ColumnEntry } from '../../src/schema/model.ts'
import { headerValue, Misfit, storedValue } from '../../src/ingest/values.ts'

describe('storedValue', () => {
  test.each([
    ['text', 12, '12'], ['text', true, 'true'], ['int', '42', 42], ['int', 42.0, 42], ['short', -32_768, -32_768],
    ['long', 8458, 8458n], ['long', '9223372036854775807', 9223372036854775807n], ['double', '1.5D3', 1500],
    ['float', 64, 64], ['timestamp', '2016-09-26 04:15:07', '2016-09-26T04:15:07.000Z'],
    ['timestamp', '2016-09-26T04:15:07.252Z', '2016-09-26T04:15:07.252Z'],
    ['region', 'POSITION J2000 1 2', 'POSITION J2000 1 2'],
  ] as const)('%s takes %s', (type, given, stored) => {
    expect(storedValue(type, given)).toBe(stored)
  })

  test.each([
    ['short', 32_768], ['int', 1.5], ['int', 'x'], ['int', ''], ['long', 2 ** 60], ['long', '9223372036854775808'],
    ['double', 'NaN'], ['double', ' '], ['double', Infinity], ['timestamp', 'yesterday'], ['timestamp', 57657],
  ] as const)('%s does not take %s', (type, given) => {
    expect(() => storedValue(type, given)).toThrow(Misfit)
  })
})

test('a power of ten moves the point and nothing else', () => {
  const entry = { type: 'double', scale: 1e-9 } as ColumnEntry
  for (const nm of [776.55, 857.05, 0.1, 1e5, 300, 1 / 3]) {
    expect(headerValue(entry, nm)).toBe(Number(`${nm}e-9`))
  }
})

test('a word that is not listed gives null', () => {
  const entry = { type: 'text', values: { A: 'a' } } as unknown as ColumnEntry
  expect(headerValue(entry, 'A')).toBe('a')
  expect(headerValue(entry, 'B')).toBeNull()
})
