import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkQuery, parseQuery } from '../src/index.ts'
import { factorBetween, parseUnit } from '../src/units.ts'
import { TABLE_SET } from './support/observatory.ts'

test.each([
  ['deg', 'arcsec', 3600], ['arcsec', 'mas', 1000], ['deg', 'rad', Math.PI / 180], ['deg**2', 'sr', (Math.PI / 180) ** 2], ['mas/yr', 'deg/yr', 1 / 3_600_000], ['mas.yr**-1', 'arcsec/yr', 0.001],
  ['m', 'nm', 1e9], ['nm', 'Angstrom', 10], ['um', 'm', 1e-6], ['km', 'cm', 1e5], ['km/s', 'm.s-1', 1000], ['km s^-1', 'm/s', 1000], ['pc', 'AU', 206264.80624709636], ['kpc', 'pc', 1000], ['lyr', 'm', 9460730472580800],
  ['d', 's', 86400], ['yr', 'd', 365.25], ['h', 'min', 60], ['Gyr', 'yr', 1e9], ['s', 'ms', 1000], ['MHz', 'Hz', 1e6], ['Hz', 's**-1', 1],
  ['Jy', 'W.m**-2.Hz**-1', 1e-26], ['mJy', 'Jy', 1e-3], ['erg/s/cm**2/Angstrom', 'W.m**-2.um**-1', 10], ['erg/(s.cm**2)', 'mW/m**2', 1], ['eV', 'J', 1.602176634e-19], ['keV', 'eV', 1000],
  ['kg', 'g', 1000], ['solMass', 'kg', 1.988409870698051e30], ['T', 'G', 10000], ['Pa', 'kg.m-1.s-2', 1], ['J', 'N.m', 1], ['byte', 'bit', 8], ['kbyte', 'byte', 1000], ['KiB', 'byte', 1024],
  ['10**-3.Jy', 'mJy', 1], ['m**(1/2)', 'cm**0.5', 10], ['sqrt(m)', 'cm**0.5', 10], ['/s', 'Hz', 1], ['mag', 'mmag', 1000], ['ct', 'count', 1], ['%', '', 0.01], ['hourangle', 'deg', 15], ['arcmin2', 'deg2', 1 / 3600],
] as const)('1 %s is so many %s: %d', (from, to, factor) => {
  const [a, b] = [parseUnit(from), parseUnit(to)]
  expect(factorBetween(a!, b!)! / factor).toBeCloseTo(1, 12)
  expect(factorBetween(b!, a!)! * factor).toBeCloseTo(1, 12)
})

test('factors of angles and decimals are exact', () => {
  for (const [from, to, factor] of [['deg', 'arcsec', 3600], ['deg', 'mas', 3_600_000], ['m', 'nm', 1e9], ['km', 'm', 1000], ['nm', 'm', 1e-9], ['d', 's', 86400]] as const) {
    expect(factorBetween(parseUnit(from)!, parseUnit(to)!)).toBe(factor)
  }
})

test.each(['furlong', 'mm m/', '(m', 'm)', 'm**', 'm**x', '**2', 'm//s', 'kkm', 'mday', 'log(Hz)', 'm.', "'x'", 'm**(1/0)', 'm**99', '0', 'é', 'constructor', '__proto__'])('%s is no unit', (text) => {
  expect(parseUnit(text)).toBeUndefined()
})
test.each([['deg', 'kg'], ['deg', ''], ['m', 'm**2'], ['mag', 'Jy'], ['adu', 'photon'], ['K', 's']])('%s and %s do not compare', (a, b) => {
  expect(factorBetween(parseUnit(a)!, parseUnit(b)!)).toBeUndefined()
})
test('any text is a unit or none, soon', () => {
  const piece = fc.constantFrom('m', 'km', 's', '**', '2', '-1', '(', ')', '/', '.', ' ', 'sqrt', '^', '1e9', '%', 'x', '10')
  fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => { parseUnit(pieces.join('')) }), { numRuns: 1000 })
  expect(parseUnit(`${'('.repeat(90)}m${')'.repeat(90)}`)).toBeUndefined()
})

describe('units of expressions', () => {
  const field = (value: string) => checkQuery(parseQuery(`SELECT ${value} AS x FROM raw`), TABLE_SET).columns[0]
  test.each([
    ["IN_UNIT(ra, 'arcsec')", 'arcsec'], ["IN_UNIT(ra + dec, 'rad')", 'rad'], ["IN_UNIT(ra * dec, 'sr')", 'sr'], ["IN_UNIT(SQRT(POWER(ra, 2) + POWER(dec, 2)), 'arcmin')", 'arcmin'], ["IN_UNIT(ra / exposure, 'arcsec/s')", 'arcsec/s'],
    ["IN_UNIT(1 / exposure, 'Hz')", 'Hz'], ["IN_UNIT(MAX(exposure), 'h')", 'h'], ["IN_UNIT(-ABS(ra) + 1, 'rad')", 'rad'], ["IN_UNIT(COALESCE(ra, 0), 'rad')", 'rad'], ["IN_UNIT(CAST(size_bytes AS REAL), 'Mbyte')", 'Mbyte'],
    ["IN_UNIT(IN_UNIT(ra, 'rad'), 'deg')", 'deg'], ["IN_UNIT(DISTANCE(ra, dec, 1, 2), 'arcsec')", 'arcsec'], ["IN_UNIT(AREA(s_region), 'sr')", 'sr'], ["IN_UNIT(em_min, 'nm')", 'nm'], ["IN_UNIT(COORD1(POINT(ra, dec)), 'rad')", 'rad'],
    ['MAX(ra)', 'deg'], ['ra + dec', 'deg'], ['DISTANCE(ra, dec, 1, 2)', 'deg'], ['AREA(s_region)', 'deg**2'], ['ABS(exposure)', 's'], ['ra * 2', undefined], ['COUNT(ra)', undefined], ['IVO_TO_MJD(exp_start)', 'd'], ['RADIANS(ra)', 'rad'],
  ])('%s has the unit %s', (value, unit) => {
    const query = value.includes('em_min') ? checkQuery(parseQuery(`SELECT ${value} FROM ivoa.obscore`), TABLE_SET).columns[0] : field(value)
    expect(query?.unit).toBe(unit)
    if (value.startsWith('IN_UNIT')) expect(query?.datatype).toBe('double')
  })
  test.each([
    ["IN_UNIT(ob_id, 'm')", 'a value whose unit is known'], ["IN_UNIT(5 + 1, 'm')", 'a value whose unit is known'], ["IN_UNIT(ra + exposure, 's')", 'a value whose unit is known'], ["IN_UNIT(ra, 'kg')", "'deg' cannot be brought to 'kg'"],
    ["IN_UNIT(ra * dec, 'rad')", 'The unit of the value cannot be brought'], ["IN_UNIT(ra, 'furlong')", "'furlong' is no unit"], ["IN_UNIT(ra, object)", 'the unit written out'], ["IN_UNIT(object, 'm')", 'needs numbers'], ["IN_UNIT(ra)", 'does not take 1 argument'],
  ])('%s is refused', (value, message) => {
    expect(() => field(value)).toThrow(expect.objectContaining({ code: 'adql_type', message: expect.stringContaining(message) }))
  })
})
