import { describe, expect, test } from 'vitest'
import { areaSqDeg, boundingCircle, box, circle, polygon, union } from '../../src/sky/region.ts'
import type { Region } from '../../src/sky/region.ts'
import { parseRegion } from '../../src/sky/stc.ts'
import { contains } from '../../src/sky/relations.ts'
import { distanceDeg } from '../../src/sky/vector.ts'
import { anywhere, outline, random, star, toDegrees } from './reference.ts'

const SKY = 4 * Math.PI * (180 / Math.PI) ** 2

test.each<[string, Region, number]>([
  ['an octant', parseRegion('POLYGON 0 0 90 0 0 90'), SKY / 8],
  ['the same, the other way round', parseRegion('POLYGON 0 90 90 0 0 0'), SKY / 8],
  ['a cap around the pole as a polygon of many sides', polygon(Array.from({ length: 360 }, (_, i) => ({ raDeg: i, decDeg: 80 }))), SKY * Math.sin(5 * Math.PI / 180) ** 2],
  ['a hemisphere', circle(10, 20, 90), SKY / 2],
  ['all', circle(10, 20, 180), SKY],
  ['a small circle', circle(10, 20, 1e-4), Math.PI * 1e-8],
  ['a small box', box(10, 89, 1e-4, 2e-4), 2e-8],
  ['two', union([circle(0, 0, 90), circle(180, 0, 90)]), SKY],
  ['a point', parseRegion('POSITION 1 2'), 0],
  ['beyond a hemisphere: all but a cap would be larger', polygon([0, 72, 144, 216, 288].map((raDeg) => ({ raDeg, decDeg: -60 }))), areaSqDeg(polygon([0, 72, 144, 216, 288].map((raDeg) => ({ raDeg, decDeg: 60 }))))],
])('area of %s', (_why, region, expected) => expect(areaSqDeg(region) / (expected || 1)).toBeCloseTo(expected === 0 ? 0 : 1, 3))

describe('polygons of any size, anywhere', () => {
  test.each(Array.from({ length: 60 }, (_, seed) => seed))('area and bounding circle, seed %i', (seed) => {
    const next = random(seed)
    const { ring, area } = star(next, [0.001, 0.1, 1, 2.5][seed % 4]!)
    const made = polygon(ring.map(toDegrees))
    expect(areaSqDeg(made)).toBeCloseTo(area * (180 / Math.PI) ** 2, 6)
    const bound = boundingCircle(made)
    for (const at of outline(ring, 20).map(toDegrees)) {
      expect(distanceDeg(bound.raDeg, bound.decDeg, at.raDeg, at.decDeg)).toBeLessThanOrEqual(bound.radiusDeg)
    }
  })
})

test('the bounding circle of a union holds its parts', () => {
  for (let seed = 0; seed < 30; seed++) {
    const next = random(seed)
    const parts = Array.from({ length: 3 }, () => { const { raDeg, decDeg } = toDegrees(anywhere(next)); return circle(raDeg, decDeg, next() * 5) })
    const { raDeg, decDeg, radiusDeg } = boundingCircle(union(parts))
    expect(contains(circle(raDeg, decDeg, radiusDeg), union(parts))).toBe(true)
  }
})

test('a box has the size it says, along its arms; sides meet them at right angles (ADQL 2.1 §4.2.9)', () => {
  const made = box(120, 60, 10, 4)
  for (const [raDeg, decDeg] of [[120, 62], [120, 58]] as const) {
    expect(contains(made, parseRegion(`${raDeg} ${decDeg - Math.sign(decDeg - 60) * 1e-9}`))).toBe(true)
    expect(contains(made, parseRegion(`${raDeg} ${decDeg + Math.sign(decDeg - 60) * 1e-9}`))).toBe(false)
  }
  const widths = made.vertices.map(({ raDeg, decDeg }) => distanceDeg(120, 60, raDeg, decDeg))
  expect(Math.max(...widths) - Math.min(...widths)).toBeLessThan(1e-9)
})
