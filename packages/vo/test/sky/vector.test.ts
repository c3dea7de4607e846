import { expect, test } from 'vitest'
import { angle, distanceDeg, positionOf, vectorOf } from '../../src/sky/vector.ts'

test.each([
  [0, 0, 90, 0, 90], [0, 90, 123, -90, 180], [359.5, 0, 0.5, 0, 1], [10, 20, 10, 20, 0], [370, 20, 10, 20, 0], [0, 89, 180, 89, 2],
  [10, 20, 10, 20 + 1e-9, 1e-9], [10, 60, 10 + 2e-10, 60, 1e-10], [10, 20, 190, -20 + 1e-9, 180 - 1e-9],
])('from %d %d to %d %d are %d degrees', (ra1, dec1, ra2, dec2, expected) => {
  expect(distanceDeg(ra1, dec1, ra2, dec2)).toBeCloseTo(expected, 12)
  if (expected > 0 && expected < 1e-6) expect(distanceDeg(ra1, dec1, ra2, dec2) / expected).toBeCloseTo(1, 4)
  expect(angle(vectorOf(ra1, dec1), vectorOf(ra2, dec2)) * 180 / Math.PI).toBeCloseTo(expected, 12)
})

test('positions come back', () => {
  expect(positionOf(vectorOf(350, -30)).raDeg).toBeCloseTo(350, 12)
  expect(positionOf(vectorOf(77, 90)).decDeg).toBe(90)
  expect(positionOf([1, -1e-300, 0]).raDeg).toBeLessThan(360)
})
