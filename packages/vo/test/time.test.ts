import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isoOf, isoOfMicros, mjdOf, msOfMjd, parseIso, parseIsoMicros } from '../src/time.ts'

// DALI 1.1 §3.1.2, and what ESO's columns hold (date_obs without Z, exp_start with it).
test.each([
  ['2016-09-26T04:15:07.252Z', '2016-09-26T04:15:07.252Z'],
  ['2016-09-26T04:15:07.2524', '2016-09-26T04:15:07.252Z'],
  ['2016-09-26 04:15:07', '2016-09-26T04:15:07.000Z'],
  ['2016-09-26T04:15', '2016-09-26T04:15:00.000Z'],
  ['2016-09-26', '2016-09-26T00:00:00.000Z'],
  ['2023-09-02T06:16:52Z', '2023-09-02T06:16:52.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['1858-11-17T00:00:00', '1858-11-17T00:00:00.000Z'],
  ['0033-04-03', '0033-04-03T00:00:00.000Z'],
  ['1969-12-31T23:59:59.9999', '1969-12-31T23:59:59.999Z'],
])('%s is %s', (text, iso) => {
  expect(isoOf(parseIso(text)!)).toBe(iso)
  expect(isoOfMicros(parseIsoMicros(text)!)).toBe(iso)
})

test.each(['', 'now', '2016', '2016-13-01', '2023-02-29', '2016-09-26T24:00:00', '2016-09-26T04:60:00', '2016-09-26T4:15',
  '2016-09-26T04:15:07+02:00', '26/09/2016', '2016-09-26T04:15:07.252Zjunk', '20160926', '2016-09-26T', '-2016-09-26'])(
  "'%s' is no timestamp", (text) => expect(parseIso(text)).toBeUndefined())

test('microseconds are kept, what is smaller is cut off', () => {
  expect(parseIsoMicros('1970-01-01T00:00:00.1234567')).toBe(123_456n)
  expect(parseIsoMicros('1969-12-31T23:59:59.999999')).toBe(-1n)
})

test('MJD of known moments', () => {
  expect(mjdOf(parseIso('2000-01-01T12:00:00')!)).toBe(51_544.5)
  expect(mjdOf(parseIso('1858-11-17')!)).toBe(0)
  expect(isoOf(msOfMjd(57_657.17716727))).toBe('2016-09-26T04:15:07.252Z')
})

test('written and read again', () => {
  const times = fc.integer({ min: parseIso('0001-01-01')!, max: parseIso('9999-12-31')! })
  fc.assert(fc.property(times, (ms) => parseIso(isoOf(ms)) === ms && msOfMjd(mjdOf(ms)) === ms))
})
