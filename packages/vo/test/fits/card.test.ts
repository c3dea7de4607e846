import { expect, test } from 'vitest'
import { readCard, readContinue } from '../../src/fits/card.ts'

const card = (text: string) => readCard(text.padEnd(80))

// FITS 4.0 §4.2.1 (Table of character strings), §4.2.2 to §4.2.4; ESO's HIERARCH; odd cards that exist.
test.each<[string, string, unknown, string]>([
  ["KEYWORD1= ''                   / null string keyword", 'KEYWORD1', '', 'null string keyword'],
  ["KEYWORD2= '   '                / empty string keyword", 'KEYWORD2', '', 'empty string keyword'],
  ["NAME    = 'O''Brien / son '    / a quote", 'NAME', "O'Brien / son", 'a quote'],
  ["LEAD    = '  two'", 'LEAD', '  two', ''],
  ['SIMPLE  =                    T / Standard FITS', 'SIMPLE', true, 'Standard FITS'],
  ['EXTEND  = F', 'EXTEND', false, ''],
  ['NAXIS   =                    2', 'NAXIS', 2, ''],
  ['BIG     = +9223372036854775807', 'BIG', 9223372036854775807n, ''],
  ['SMALL   = -42/no blank before', 'SMALL', -42, 'no blank before'],
  ['EXPTIME =                 120.', 'EXPTIME', 120, ''],
  ['MJD-OBS =       57657.17716727 / Obs start', 'MJD-OBS', 57657.17716727, 'Obs start'],
  ['OLD     = 1.5D-03', 'OLD', 0.0015, ''],
  ['OLD     = .5d2', 'OLD', 50, ''],
  ['SCI     = -2.25E+10', 'SCI', -2.25e10, ''],
  ['UNDEF   =                      / nothing', 'UNDEF', null, 'nothing'],
  ['NOTANUM = NaN', 'NOTANUM', 'NaN', ''],
  ['COMPLEX = (1.0, 2.0)', 'COMPLEX', '(1.0, 2.0)', ''],
  ['HUGE    = 1E999', 'HUGE', '1E999', ''],
  ["OPEN    = 'never closed", 'OPEN', 'never closed', ''],
  ["HIERARCH ESO DPR CATG        = 'SCIENCE ' / Observation category", 'DPR.CATG', 'SCIENCE', 'Observation category'],
  ['HIERARCH  ESO  TEL  AIRM  START=1.234', 'TEL.AIRM.START', 1.234, ''],
  ["HIERARCH CAHA DET NAME = 'x'", 'HIERARCH CAHA DET NAME', 'x', ''],
  ['HIERARCH ESO says nothing', 'HIERARCH', null, 'ESO says nothing'],
  ['COMMENT = not a value', 'COMMENT', null, '= not a value'],
  ['HISTORY  made by hand', 'HISTORY', null, 'made by hand'],
  ['', '', null, ''],
  ['NOVALUE   = 3', 'NOVALUE', null, '= 3'],
])('%s', (text, keyword, value, comment) => {
  expect(card(text)).toEqual({ keyword, value, comment, raw: text.trimEnd() })
})

test('long text is put together from CONTINUE cards (FITS 4.0 §4.2.1.2)', () => {
  const first = card("WEATHER = 'Partly cloudy during the evening f&'")
  const second = readContinue(first, "CONTINUE  'ollowed by cloudy skies overnight.&' / so".padEnd(80))!
  const third = readContinue(second, "CONTINUE  ' Low 21C.' / it said".padEnd(80))!
  expect(third.value).toBe('Partly cloudy during the evening followed by cloudy skies overnight. Low 21C.')
  expect(third.comment).toBe('so it said')
  expect(third.raw.split('\n')).toHaveLength(3)
})

test('CONTINUE without a string before it, or without a string in it, joins nothing', () => {
  expect(readContinue(card("A       = 'x'"), "CONTINUE  'y'".padEnd(80))).toBeUndefined()
  expect(readContinue(card("A       = 'x&'"), 'CONTINUE  5'.padEnd(80))).toBeUndefined()
})
