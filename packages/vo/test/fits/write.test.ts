import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseHeader } from '../../src/fits/header.ts'
import { paddingAfter, writeHeader } from '../../src/fits/write.ts'
import type { HeaderEntry } from '../../src/fits/write.ts'

const START: HeaderEntry[] = [{ keyword: 'SIMPLE', value: true, comment: 'Standard FITS' }, { keyword: 'BITPIX', value: 16 }, { keyword: 'NAXIS', value: 0 }]
const lines = (...entries: HeaderEntry[]) => new TextDecoder().decode(writeHeader([...START, ...entries])).match(/.{80}/g)!.map((card) => card.trimEnd())

test('fixed format (FITS 4.0 §4.2) and ESO\'s hierarchy', () => {
  expect(lines(
    { keyword: 'DATE-OBS', value: '2016-09-26T04:15:07.2524', comment: 'Observing date' },
    { keyword: 'OBSERVER', value: "O'Brien" }, { keyword: 'SHORT', value: 'x' }, { keyword: 'EXPTIME', value: 120, real: true },
    { keyword: 'MJD-OBS', value: 57657.17716727 }, { keyword: 'TINY', value: 1.5e-300 }, { keyword: 'BIG', value: 9007199254740993n },
    { keyword: 'UNDEF', value: null }, { keyword: 'DPR.CATG', value: 'SCIENCE', comment: 'Category' }, { keyword: 'TEL.ALT', value: 63.5 },
    { keyword: 'COMMENT', value: 'as it is' },
  ).slice(0, 15)).toEqual([
    'SIMPLE  =                    T / Standard FITS',
    'BITPIX  =                   16',
    'NAXIS   =                    0',
    "DATE-OBS= '2016-09-26T04:15:07.2524' / Observing date",
    "OBSERVER= 'O''Brien'",
    "SHORT   = 'x       '",
    'EXPTIME =                120.0',
    'MJD-OBS =       57657.17716727',
    'TINY    =             1.5E-300',
    'BIG     =     9007199254740993',
    'UNDEF   =',
    "HIERARCH ESO DPR CATG = 'SCIENCE ' / Category",
    'HIERARCH ESO TEL ALT = 63.5    / Category'.replace('    / Category', ''),
    'COMMENT as it is',
    'END',
  ])
})

test('whole blocks', () => {
  expect(writeHeader(START)).toHaveLength(2880)
  expect(writeHeader([...START, ...Array.from({ length: 33 }, () => ({ keyword: 'HISTORY', value: 'x' }))])).toHaveLength(5760)
  expect(paddingAfter(0)).toHaveLength(0)
  expect(paddingAfter(2880)).toHaveLength(0)
  expect(paddingAfter(1)).toHaveLength(2879)
})

test('a comment is cut where the card ends, and left out where nothing of it fits', () => {
  expect(lines({ keyword: 'A', value: 1, comment: 'c'.repeat(90) })[3]).toHaveLength(80)
  expect(lines({ keyword: 'A', value: 'v'.repeat(67), comment: 'left out' })[3]).toBe(`A       = '${'v'.repeat(67)}'`)
})

test.each<[HeaderEntry, string]>([
  [{ keyword: 'A', value: 'v'.repeat(69) }, '1 characters too long'],
  [{ keyword: 'INS.FILT1.NAME', value: 'v'.repeat(60) }, 'INS.FILT1.NAME'],
  [{ keyword: 'TOOLONGKEY', value: 1 }, 'not a keyword'],
  [{ keyword: 'lower', value: 1 }, 'not a keyword'],
  [{ keyword: 'A B', value: 1 }, 'not a keyword'],
  [{ keyword: 'END', value: 1 }, 'END'],
  [{ keyword: 'A', value: 'é' }, 'U+00E9'],
  [{ keyword: 'A', value: 'x\ny' }, 'U+000A'],
  [{ keyword: 'A', value: 1, comment: 'µm' }, 'U+00B5'],
  [{ keyword: 'A', value: NaN }, 'NaN'],
  [{ keyword: 'A', value: Infinity }, 'Infinity'],
  [{ keyword: 'HISTORY', value: 'h'.repeat(73) }, '72'],
])('%o is refused', (entry, message) => {
  expect(() => writeHeader([...START, entry])).toThrow(expect.objectContaining({ code: 'holding_invalid', message: expect.stringContaining(message) }))
})
test('a header begins with SIMPLE or XTENSION', () => expect(() => writeHeader([{ keyword: 'NAXIS', value: 0 }])).toThrow('begins with SIMPLE'))

test('what is written is read again', () => {
  const keyword = fc.oneof(fc.stringMatching(/^[A-BD-Z][A-Z0-9_-]{0,4}$/), fc.stringMatching(/^[A-Z]{1,5}\.[A-Z0-9]{1,6}(\.[A-Z]{1,4})?$/))
  const value = fc.oneof(fc.stringMatching(/^([\x20-\x7e]{0,20}[\x21-\x7e])?$/).filter((text) => !text.endsWith('&')),
    fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n }))
  const comment = fc.stringMatching(/^[\x20-\x7e]{0,30}$/)
  fc.assert(fc.property(fc.array(fc.record({ keyword, value, comment }), { maxLength: 60 }), (entries) => {
    const written = entries.filter(({ keyword: name }) => name !== 'END')
    const { cards } = parseHeader(writeHeader([...START, ...written]))
    expect(cards.slice(3).map(({ keyword: name, value: got }) => [name, got]))
      .toEqual(written.map(({ keyword: name, value: put }) => [name, Object.is(put, -0) ? 0 : put]))
  }))
})
