import { describe, expect, test } from 'vitest'
import { centroidOf, overlapSqDeg, regionDistanceDeg } from '../../src/sky/measure.ts'
import { areaSqDeg, circle, polygon, union } from '../../src/sky/region.ts'
import { contains, intersects } from '../../src/sky/relations.ts'
import { parseRegion } from '../../src/sky/stc.ts'
import { distanceDeg } from '../../src/sky/vector.ts'
import { offset, outline, random, star, toDegrees } from './reference.ts'
import type { Star, Vec } from './reference.ts'

const SQUARE_DEGREES = (180 / Math.PI) ** 2
const WHOLE = 4 * Math.PI * SQUARE_DEGREES
const r = parseRegion
const polygonOf = ({ ring }: Star) => polygon(ring.map(toDegrees))
const inCircle = (centre: Vec, radius: number) => (at: Vec) =>
  2 * Math.asin(Math.min(1, Math.hypot(at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]) / 2)) <= radius

describe('the area that two regions share', () => {
  test.each([
    ['CIRCLE 0 0 1', 'CIRCLE 5 0 1', 0], ['CIRCLE 0 0 1', 'CIRCLE 0 0 0.5', areaSqDeg(circle(0, 0, 0.5))], ['CIRCLE 0 0 1', 'CIRCLE 0 0 1', areaSqDeg(circle(0, 0, 1))],
    ['CIRCLE 9 9 180', 'CIRCLE 1 2 180', WHOLE], ['CIRCLE 9 9 180', 'BOX 1 2 3 4', areaSqDeg(r('BOX 1 2 3 4'))], ['CIRCLE 0 0 90', 'CIRCLE 90 0 90', WHOLE / 4],
    ['CIRCLE 0 0 90', 'CIRCLE 180 0 90', 0], ['CIRCLE 0 90 90', 'POLYGON 0 0 90 0 0 90', WHOLE / 8], ['POLYGON 0 0 90 0 0 90', 'POLYGON 45 0 135 0 0 90', WHOLE / 16],
    ['CIRCLE 0 0 120', 'CIRCLE 180 0 120', areaSqDeg(circle(0, 0, 120)) * 2 - WHOLE], ['POLYGON 0 0 2 0 2 2 0 2', 'POLYGON 2 2 2 0 0 0 0 2', areaSqDeg(r('POLYGON 0 0 2 0 2 2 0 2'))],
    ['POLYGON 0 0 2 0 2 2 0 2', 'POLYGON 2 0 4 0 4 2 2 2', 0], ['POSITION 1 1', 'CIRCLE 1 1 5', 0], ['CIRCLE 1 1 0', 'CIRCLE 1 1 5', 0], ['CIRCLE 0 0 2', 'CIRCLE 1 0 1', areaSqDeg(circle(0, 0, 1))],
    ['UNION ( CIRCLE 0 0 1 CIRCLE 0 0 1 )', 'CIRCLE 0 0 9', areaSqDeg(circle(0, 0, 1))], ['UNION ( CIRCLE 0 0 1 CIRCLE 3 0 1 )', 'BOX 1.5 0 9 9', 2 * areaSqDeg(circle(0, 0, 1))],
    ['UNION ( POLYGON 0 0 2 0 2 4 0 4 POLYGON 2 0 4 0 4 4 2 4 )', 'CIRCLE 2 2 1.5', areaSqDeg(circle(0, 0, 1.5))], ['CIRCLE 0 0 1e-6', 'CIRCLE 0 0 2e-6', areaSqDeg(circle(0, 0, 1e-6))],
  ])('%s and %s', (a, b, expected) => {
    for (const shared of [overlapSqDeg(r(a), r(b)), overlapSqDeg(r(b), r(a))]) {
      expect(Math.abs(shared - expected)).toBeLessThanOrEqual(1e-9 * Math.min(areaSqDeg(r(a)), areaSqDeg(r(b))) + 1e-11)
    }
  })

  // A lens of two equal circles has a formula: a lune of two spherical segments.
  test('two circles of one radius', () => {
    const [radius, half] = [0.3, 0.2]
    const angle = Math.acos(Math.tan(half) / Math.tan(radius))
    const corner = Math.acos(Math.cos(half) * Math.sin(angle))
    const sector = 2 * angle * (1 - Math.cos(radius))
    const triangle = 2 * (angle + corner - Math.PI / 2)
    const degrees = (x: number) => x * 180 / Math.PI
    const shared = overlapSqDeg(circle(10, 0, degrees(radius)), circle(10 + degrees(2 * half), 0, degrees(radius)))
    expect(shared).toBeCloseTo(2 * (sector - triangle) * SQUARE_DEGREES, 9)
  })

  test.each(Array.from({ length: 12 }, (_, seed) => seed))('as sampled: seed %i', (seed) => {
    const next = random(seed + 500)
    const size = [0.001, 0.2, 0.8][seed % 3]!
    const one = star(next, size)
    const centre = offset(one.centre, size * 0.7 * next(), 7 * next())
    const other = star(next, size, centre)
    const radius = size * (0.2 + 0.8 * next())
    const { raDeg, decDeg } = toDegrees(centre)
    const [shape, isIn] = seed % 2 === 0 ? [polygonOf(other), other.isInside] as const : [circle(raDeg, decDeg, radius * 180 / Math.PI), inCircle(centre, radius)] as const
    // Uniform in the cap that holds the star, its corners being no farther than its size.
    let hits = 0
    const samples = 8_000
    for (let i = 0; i < samples; i++) {
      const at = offset(one.centre, 2 * Math.asin(Math.sin(size / 2) * Math.sqrt(next())), 2 * Math.PI * next())
      if (one.isInside(at) && isIn(at)) hits++
    }
    const cap = 4 * Math.PI * Math.sin(size / 2) ** 2 * SQUARE_DEGREES
    expect(Math.abs(overlapSqDeg(polygonOf(one), shape) / cap - hits / samples)).toBeLessThan(0.03)
  })

  test.each(Array.from({ length: 20 }, (_, seed) => seed))('parts add up: seed %i', (seed) => {
    const next = random(seed + 900)
    const size = [1e-5, 0.01, 0.5][seed % 3]!
    const one = star(next, size)
    const corners = one.ring.map(toDegrees)
    const middle = toDegrees(one.centre)
    const fan = corners.map((corner, i) => polygon([middle, corner, corners[(i + 1) % corners.length]!]))
    const other = polygonOf(star(next, size, offset(one.centre, size * next(), 7 * next())))
    const whole = overlapSqDeg(polygonOf(one), other)
    const parts = fan.map((part) => overlapSqDeg(part, other)).reduce((a, b) => a + b, 0)
    expect(Math.abs(whole - parts)).toBeLessThan(1e-8 * areaSqDeg(other))
    expect(Math.abs(overlapSqDeg(union(fan), other) - whole)).toBeLessThan(1e-8 * areaSqDeg(other))
    expect(whole).toBeLessThanOrEqual(Math.min(areaSqDeg(polygonOf(one)), areaSqDeg(other)) * (1 + 1e-9))
    if (contains(other, polygonOf(one))) expect(whole).toBeCloseTo(areaSqDeg(polygonOf(one)), 9)
    if (!intersects(other, polygonOf(one))) expect(whole).toBe(0)
  })
})

describe('how far regions are from each other', () => {
  test.each([
    ['10 20', '10 21', 1], ['10 20', 'CIRCLE 10 25 2', 3], ['10 20', 'CIRCLE 10 21 2', 0], ['CIRCLE 0 0 1', 'CIRCLE 5 0 1', 3], ['0 0', 'POLYGON 1 -5 2 -5 2 5 1 5', 1],
    ['0 0', 'POLYGON 1 1 2 1 2 2 1 2', distanceDeg(0, 0, 1, 1)], ['CIRCLE 0 0 0.5', 'POLYGON 1 -5 2 -5 2 5 1 5', 0.5], ['POLYGON -2 -2 -1 -1 -2 0', 'POLYGON 1 -1 2 -2 2 0', distanceDeg(-1, -1, 1, -1)],
    ['UNION ( CIRCLE 10 0 1 POLYGON 3 -1 4 -1 4 1 3 1 )', '0 0', 3], ['0 90', '77 -90', 180], ['0 90', 'CIRCLE 0 -90 100', 80], ['10 20', '10 20', 0], ['10 20', '10 20.0000001', 1e-7],
  ])('%s and %s', (a, b, expected) => {
    expect(regionDistanceDeg(r(a), r(b))).toBeCloseTo(expected, 9)
    expect(regionDistanceDeg(r(b), r(a))).toBeCloseTo(expected, 9)
  })

  test.each(Array.from({ length: 20 }, (_, seed) => seed))('as steps along the outlines have it: seed %i', (seed) => {
    const next = random(seed + 1300)
    const size = [0.001, 0.3][seed % 2]!
    const one = star(next, size)
    const other = star(next, size, offset(one.centre, size * (1 + 2 * next()), 7 * next()))
    const far = regionDistanceDeg(polygonOf(one), polygonOf(other)) * Math.PI / 180
    const [p, q] = [outline(one.ring, 30), outline(other.ring, 30)]
    let least = Infinity
    for (const a of p) for (const b of q) least = Math.min(least, 2 * Math.asin(Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / 2))
    expect(far).toBeLessThanOrEqual(least + 1e-12)
    if (far > 0) expect(least - far).toBeLessThan(size * 0.1)
    else expect(intersects(polygonOf(one), polygonOf(other))).toBe(true)
  })
})

describe('the middle', () => {
  test.each([
    ['10 20', 10, 20], ['CIRCLE 10 20 5', 10, 20], ['BOX 10 20 5 5', 10, 20], ['POLYGON 0 -1 2 -1 2 1 0 1', 1, 0], ['UNION ( CIRCLE 10 0 1 CIRCLE 12 0 1 )', 11, 0],
    ['UNION ( POSITION 10 0 POSITION 20 0 )', 15, 0], ['UNION ( POSITION 10 0 CIRCLE 20 0 1 )', 20, 0], ['POLYGON 359 -1 1 -1 1 1 359 1', 0, 0],
    ['POLYGON 0 89 90 89 180 89 270 89', undefined, 90], ['POLYGON 10 20 10.0000001 20 10.0000001 20.0000001 10 20.0000001', 10.00000005, 20.00000005],
  ])('of %s', (text, ra, dec) => {
    const at = centroidOf(r(text))!
    if (ra !== undefined) expect((at.raDeg - ra + 540) % 360 - 180).toBeCloseTo(0, 6)
    expect(at.decDeg).toBeCloseTo(dec!, 6)
  })

  test('of a sky without one', () => { expect(centroidOf(r('UNION ( POSITION 0 0 POSITION 180 0 )'))).toBeUndefined() })

  test.each(Array.from({ length: 10 }, (_, seed) => seed))('as sampled: seed %i', (seed) => {
    const next = random(seed + 1700)
    const size = [0.001, 0.3][seed % 2]!
    const one = star(next, size)
    const sum = [0, 0, 0]
    let hits = 0
    for (let i = 0; i < 8_000; i++) {
      const at = offset(one.centre, 2 * Math.asin(Math.sin(size / 2) * Math.sqrt(next())), 2 * Math.PI * next())
      if (one.isInside(at)) { hits++; for (const k of [0, 1, 2] as const) sum[k]! += at[k] }
    }
    const mean = toDegrees(sum.map((x) => x / Math.hypot(...sum)) as unknown as Vec)
    const at = centroidOf(polygonOf(one))!
    expect(distanceDeg(at.raDeg, at.decDeg, mean.raDeg, mean.decDeg) * Math.PI / 180).toBeLessThan(2 * size / Math.sqrt(hits))
  })
})
