import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArchiveError } from '../../src/errors.ts'
import { box, circle, point, polygon, union } from '../../src/sky/region.ts'
import { parseRegion, regionText } from '../../src/sky/stc.ts'

const triangle = polygon([{ raDeg: 1, decDeg: 2 }, { raDeg: 3, decDeg: 2 }, { raDeg: 2, decDeg: 4 }])

// ESO's s_region; TAP 1.0 §6.4 examples; DALI 1.1 §3.3.5 to §3.3.7; DALI 1.2's shape word.
test.each([
  ['POSITION J2000 266.416698 -29.00807', point(266.416698, -29.00807)],
  ['Position ICRS 83.6 22.0', point(83.6, 22)],
  ['Circle ICRS GEOCENTER 10 20 0.5', circle(10, 20, 0.5)],
  ['CIRCLE FK5 TOPOCENTER SPHERICAL2 10 20 0.5 unit deg', circle(10, 20, 0.5)],
  ['circle 10 20 0.5', circle(10, 20, 0.5)],
  ['POLYGON J2000 1 2 3 2 2 4', triangle],
  ['Polygon 1 2, 3 2, 2 4', triangle],
  ['POLYGON ICRS 1 2 3 2 2 4 1 2', triangle],
  ['POLYGON ICRS 2 4 3 2 1 2', polygon([{ raDeg: 2, decDeg: 4 }, { raDeg: 1, decDeg: 2 }, { raDeg: 3, decDeg: 2 }])],
  ['BOX ICRS 10 20 2 1', box(10, 20, 2, 1)],
  ['UNION ICRS ( CIRCLE 10 20 0.5 POLYGON 1 2 3 2 2 4 )', union([circle(10, 20, 0.5), triangle])],
  ['Union(Circle ICRS 10 20 0.5 Union J2000(Position 1 2))', union([circle(10, 20, 0.5), point(1, 2)])],
  ['10 20', point(10, 20)], ['10 20 0.5', circle(10, 20, 0.5)], ['1 2 3 2 2 4', triangle],
  ['CIRCLE 362 2e0 .5', circle(2, 2, 0.5)], ['CIRCLE -1 +2. 0', circle(359, 2, 0)],
])('%s', (text, region) => {
  expect(regionText(parseRegion(text))).toEqual(regionText(region))
  expect(regionText(parseRegion(regionText(region)))).toBe(regionText(region))
})

test.each([
  ['', 'is empty'], ['  ', 'is empty'], ['CIRCLE', 'CIRCLE of 0 numbers'], ['CIRCLE ICRS 10 20', 'of 2 numbers'], ['CIRCLE 1 2 3 4', 'of 4 numbers'],
  ['ELLIPSE ICRS 1 2 3 4 5', "begins with 'ELLIPSE'"], ['NOT ( CIRCLE 1 2 3 )', "begins with 'NOT'"], ['CIRCLE GALACTIC 1 2 3', 'GALACTIC'],
  ['POLYGON 1 2 3 4', 'three at least'], ['POLYGON 1 2 3 4 5 6 7', 'pairs'], ['CIRCLE 1 91 1', 'declination 91'], ['CIRCLE 1 2 181', '0..180'],
  ['CIRCLE 1 2 -1', '0..180'], ['CIRCLE 1 2 NaN', 'of 2 numbers'], ['CIRCLE 1 2 1e999', '0..180'], ['POSITION 1e999 2', 'right ascension'],
  ['POLYGON 0 0 180 0 90 45', 'opposite'], ['UNION ( )', 'at least one'], ['UNION CIRCLE 1 2 3', "without '('"], ['UNION ( CIRCLE 1 2 3', "without ')'"],
  ['CIRCLE 1 2 3 CIRCLE 1 2 3', 'after its end'], ['10 20 30 40', 'three at least'], ['5', 'three at least'], ['BOX 1 2 0 1', 'side 0'], ['BOX 1 2 180 1', 'side 180'],
  [`UNION (${' UNION ('.repeat(50)}`, 'more than 8 unions'], [`POLYGON ${'1 2 '.repeat(6000)}`, 'more than 10000 numbers'], ['x'.repeat(300_000), 'more than 200000 characters'],
])('%.40s is refused', (text, message) => {
  expect(() => parseRegion(text)).toThrow(expect.objectContaining({ code: 'parameter_invalid', message: expect.stringContaining(message) }))
})

test('any words end in a region or an ArchiveError', () => {
  const word = fc.constantFrom('UNION', 'CIRCLE', 'POLYGON', 'BOX', 'POSITION', '(', ')', 'ICRS', 'unit', 'deg', '1', '-2', '3.5', '90', '180', '1e9', '0', 'x')
  fc.assert(fc.property(fc.array(word, { maxLength: 25 }), (words) => {
    try { parseRegion(words.join(' ')) } catch (error) { expect(error).toBeInstanceOf(ArchiveError) }
  }), { numRuns: 500 })
})
