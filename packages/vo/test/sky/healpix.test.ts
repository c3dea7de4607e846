import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { healpixCenter, healpixCorners, healpixCount, healpixIndex, healpixNumber } from '../../src/sky/healpix.ts'
import { distanceDeg } from '../../src/sky/vector.ts'
import { anywhere, random, toDegrees } from './reference.ts'

// IVOA UDF catalogue EN 1.2, ivo_healpix_index and ivo_healpix_center.
test.each([
  [0, 1, 1, 4n], [17, 1, 1, 81609757711n], [17, 359, -1, 73009064944n], [17, -1, -1, 73009064944n], [0, 180, 0, 6n],
  [0, 0, 90, 0n], [0, 45, 90, 0n], [0, 100, 90, 1n], [0, 359, -90, 11n], [1, 45, 89.9, 3n],
] as const)('order %i at %d %d is cell %d', (order, ra, dec, index) => {
  expect(healpixIndex(order, ra, dec)).toBe(index)
  expect(healpixNumber(order, ra, dec)).toBe(Number(index))
})

test.each([
  [0, 6n, 180, 0], [0, 4n, 0, 0], [0, 0n, 45, 41.8103148957786], [0, 11n, 315, -41.8103148957786],
  [17, healpixIndex(17, 23.4, 56.7), 23.399843462947466, 56.70016214363192],
] as const)('the centre of cell %i/%d is %d %d', (order, index, ra, dec) => {
  const { raDeg, decDeg } = healpixCenter(order, index)
  expect(raDeg).toBeCloseTo(ra, 12)
  expect(decDeg).toBeCloseTo(dec, 12)
})

const orders = fc.integer({ min: 0, max: 29 })
const cells = orders.chain((order) =>
  fc.tuple(fc.constant(order), fc.bigInt({ min: 0n, max: healpixCount(order) - 1n })))
const extremes = fc.constantFrom(-90, 90, 0, -1e-14, 1e-14, 89.9999999999, -89.9999999, 41.810314895778596, -41.810314895778596)
const decs = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), extremes)
const ras = fc.oneof(fc.double({ min: -400, max: 800, noNaN: true }), fc.constantFrom(0, 90, 180, 270, 360, -1e-15, 359.99999999999994))

describe('properties', () => {
  test('the centre of a cell is in it', () => {
    fc.assert(fc.property(cells, ([order, index]) => {
      const { raDeg, decDeg } = healpixCenter(order, index)
      expect(healpixIndex(order, raDeg, decDeg)).toBe(index)
    }), { numRuns: 2000 })
  })

  test('cells nest exactly, and both forms agree', () => {
    fc.assert(fc.property(ras, decs, (ra, dec) => {
      const deepest = healpixIndex(29, ra, dec)
      expect(deepest < healpixCount(29)).toBe(true)
      for (const order of [0, 1, 5, 13, 24, 28]) {
        expect(healpixIndex(order, ra, dec)).toBe(deepest >> BigInt(2 * (29 - order)))
        if (order <= 24) expect(BigInt(healpixNumber(order, ra, dec))).toBe(deepest >> BigInt(2 * (29 - order)))
      }
    }), { numRuns: 1000 })
  })

  test('a position is near the centre of its cell: within 54.8 degrees / 2^order at most', () => {
    fc.assert(fc.property(orders, ras, decs, (order, ra, dec) => {
      const { raDeg, decDeg } = healpixCenter(order, healpixIndex(order, ra, dec))
      expect(distanceDeg(ra, dec, raDeg, decDeg)).toBeLessThanOrEqual(48.19 * 1.14 / 2 ** order + 1e-9)
    }), { numRuns: 2000 })
  })

  test('corners of a cell surround its centre and are shared with the cells around it', () => {
    fc.assert(fc.property(fc.integer({ min: 2, max: 24 }), ras, decs, (order, ra, dec) => {
      const index = healpixIndex(order, ra, dec)
      const centre = healpixCenter(order, index)
      for (const { raDeg, decDeg } of healpixCorners(order, index)) {
        const beyond = { raDeg: centre.raDeg + 1.001 * ((raDeg - centre.raDeg + 540) % 360 - 180), decDeg: centre.decDeg + 1.001 * (decDeg - centre.decDeg) }
        const inside = { raDeg: centre.raDeg + 0.9 * ((raDeg - centre.raDeg + 540) % 360 - 180), decDeg: centre.decDeg + 0.9 * (decDeg - centre.decDeg) }
        if (Math.abs(centre.decDeg) > 80 || Math.abs(Math.abs(centre.decDeg) - 41.81) < 200 / 2 ** order) continue
        expect(healpixIndex(order, inside.raDeg, inside.decDeg)).toBe(index)
        expect(healpixIndex(order, beyond.raDeg, beyond.decDeg)).not.toBe(index)
      }
    }), { numRuns: 500 })
  })
})

test('cells have one area: random positions fall into each as often', () => {
  const next = random(7)
  const counts = new Map<number, number>()
  for (let i = 0; i < 48_000; i++) {
    const { raDeg, decDeg } = toDegrees(anywhere(next))
    const cell = healpixNumber(1, raDeg, decDeg)
    counts.set(cell, (counts.get(cell) ?? 0) + 1)
  }
  expect(counts.size).toBe(48)
  for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(170)
})
