import { expect, test } from 'vitest'
import { eclipticOf, galacticOf, isPosition } from '../../src/ingest/position.ts'

// The first three are ESO's, of dbo.raw, which are 0.3 arcsec off; the others are definitions.
test.each([
  [353.75835694, 1.6143, 87.265553, -55.874158],
  [353.76113611, 1.61707, 87.272348, -55.873233],
  [88.792938, 7.407063, 199.787228, -8.958607],
  [192.85948, 27.12825, undefined, 90],
  [266.40499625, -28.93617242, 0, 0],
])('(%d, %d) in galactic coordinates', (raDeg, decDeg, lonDeg, latDeg) => {
  const found = galacticOf({ raDeg, decDeg })
  expect(found.latDeg).toBeCloseTo(latDeg, 3)
  if (lonDeg !== undefined) expect((found.lonDeg + 180) % 360).toBeCloseTo((lonDeg + 180) % 360, 3)
})

test.each([
  [0, 0, 0, 0], [180, 0, 180, 0], [90, 23.4392911, 90, 0], [270, 66.5607089, undefined, 90],
  [353.75835694, 1.6143, undefined, 3.960941],
])('(%d, %d) in ecliptic coordinates', (raDeg, decDeg, lonDeg, latDeg) => {
  const found = eclipticOf({ raDeg, decDeg })
  expect(found.latDeg).toBeCloseTo(latDeg, 2)
  if (lonDeg !== undefined) expect(found.lonDeg).toBeCloseTo(lonDeg, 4)
})

test('fillers are no position', () => {
  expect(isPosition(-596.52323555, -596.52323555)).toBe(false)
  expect(isPosition(10, undefined)).toBe(false)
  expect(isPosition('10', 10)).toBe(false)
  expect(isPosition(360, -90)).toBe(true)
})
