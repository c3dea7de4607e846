import { describe, expect, test } from 'vitest'
import { box, circle, point, polygon, union } from '../../src/sky/region.ts'
import { contains, intersects } from '../../src/sky/relations.ts'
import { parseRegion } from '../../src/sky/stc.ts'
import { anywhere, nearness, offset, outline, random, star, toDegrees } from './reference.ts'
import type { Star, Vec } from './reference.ts'

const pointAt = (at: Vec) => { const { raDeg, decDeg } = toDegrees(at); return point(raDeg, decDeg) }
const polygonOf = ({ ring }: Star, next: () => number) => polygon((next() < 0.5 ? [...ring].reverse() : ring).map(toDegrees))
const SIZES = [1e-6, 0.01, 0.5, 1.5, 2.5]
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)

describe('by hand', () => {
  test.each([
    ['CIRCLE 0 0 1', '359.5 0', true], ['CIRCLE 0 90 1', '123 89.5', true], ['CIRCLE 0 0 1', '1 0', true], ['CIRCLE 0 0 1', '1.0000001 0', false],
    ['POLYGON 359 -1 1 -1 1 1 359 1', '0 0', true], ['POLYGON 359 -1 1 -1 1 1 359 1', '358.9 0', false], ['POLYGON 359 -1 1 -1 1 1 359 1', '180 0', false],
    ['POLYGON 0 80 90 80 180 80 270 80', '45 90', true], ['POLYGON 0 -80 90 -80 180 -80 270 -80', '45 -89', true], ['POLYGON 0 80 90 80 180 80 270 80', '45 -90', false],
    ['POLYGON 0 0 4 0 4 4 2 1 0 4', '2 2', false], ['POLYGON 0 0 4 0 4 4 2 1 0 4', '2 0.5', true], ['POLYGON 0 0 4 0 4 4 2 1 0 4', '0.5 3', true],
    ['POLYGON 0 0 4 0 4 4 0 4', '2 0', true], ['POLYGON 0 0 4 0 4 4 0 4', '0 0', true], ['POLYGON 0 0 4 0 4 4 0 4', '4 4', true], ['POLYGON 0 0 4 0 4 4 0 4', '2 -0.0000001', false],
    ['POLYGON 0 0 4 0 0 4 4 4', '2 1', true], ['POLYGON 0 0 4 0 0 4 4 4', '2 3', true], ['POLYGON 0 0 4 0 0 4 4 4', '1 2', false],
    ['UNION ( CIRCLE 0 0 1 CIRCLE 10 0 1 )', '10.5 0', true], ['UNION ( CIRCLE 0 0 1 CIRCLE 10 0 1 )', '5 0', false],
    ['10 20', '10 20', true], ['10 20', '10 20.0000001', false], ['CIRCLE 5 5 180', '77 -88', true], ['CIRCLE 5 5 0', '5 5', true],
  ])('%s holds %s: %s', (outer, inner, expected) => {
    expect(contains(parseRegion(outer), parseRegion(inner))).toBe(expected)
    expect(intersects(parseRegion(inner), parseRegion(outer))).toBe(expected)
  })

  test.each([
    ['CIRCLE 0 0 1', 'CIRCLE 1.9 0 1', true], ['CIRCLE 0 0 1', 'CIRCLE 2 0 1', true], ['CIRCLE 0 0 1', 'CIRCLE 2.1 0 1', false], ['CIRCLE 0 89 2', 'CIRCLE 180 89 0.1', true],
    ['BOX 0 0 2 2', 'BOX 1.5 0 2 2', true], ['BOX 0 0 2 2', 'BOX 2 0 2 2', true], ['BOX 0 0 2 2', 'BOX 2.1 0 2 2', false], ['BOX 0 0 2 2', 'BOX 0 0 0.5 0.5', true],
    ['BOX 0 0 10 1', 'BOX 0 0 1 10', true], ['BOX 0 0 2 2', 'CIRCLE 1.5 0 0.6', true], ['BOX 0 0 2 2', 'CIRCLE 1.5 0 0.4', false], ['BOX 0 0 2 2', 'CIRCLE 0 0 50', true],
    ['POLYGON 0 0 4 0 4 4 2 1 0 4', 'CIRCLE 2 3 0.5', false], ['BOX 0 0 2 2', 'BOX 180 0 2 2', false], ['UNION ( BOX 0 0 2 2 BOX 90 0 2 2 )', 'BOX 90 0 9 9', true],
  ])('%s meets %s: %s', (a, b, expected) => {
    expect(intersects(parseRegion(a), parseRegion(b))).toBe(expected)
    expect(intersects(parseRegion(b), parseRegion(a))).toBe(expected)
  })

  const SQUARE = 'POLYGON 0 0 4 0 4 4 0 4'
  test.each([
    ['itself', SQUARE, SQUARE, true], ['itself, begun elsewhere', SQUARE, 'POLYGON 4 4 4 0 0 0 0 4', true], ['a part of it', SQUARE, 'POLYGON 0 0 4 0 4 4', true],
    ['the reverse of that', 'POLYGON 0 0 4 0 4 4', SQUARE, false], ['a circle that touches', 'CIRCLE 0 0 2', 'CIRCLE 1 0 1', true], ['one that pokes out', 'CIRCLE 0 0 2', 'CIRCLE 1 0 1.0000001', false],
    ['itself, a circle', 'CIRCLE 10 20 3', 'CIRCLE 10 20 3', true], ['a side across a notch', 'POLYGON 0 0 4 0 4 4 2 1 0 4', SQUARE, false], ['a triangle over the notch', 'POLYGON 0 0 4 0 4 4 2 1 0 4', 'POLYGON 0 4 2 1 4 4', false],
    ['a polygon in a large circle', 'CIRCLE 0 0 120', 'BOX 0 0 90 90', true], ['the far side', 'CIRCLE 0 0 120', 'BOX 180 0 2 2', false], ['all of the sky', 'CIRCLE 0 0 180', SQUARE, true], ['all in all', 'CIRCLE 0 0 180', 'CIRCLE 9 9 180', true],
    ['all in less', 'CIRCLE 0 0 170', 'CIRCLE 9 9 180', false], ['an area in a point', '0 0', 'CIRCLE 0 0 1', false], ['an area in a circle without size', 'CIRCLE 0 0 0', SQUARE, false], ['a large circle around a polygon\'s back', SQUARE, 'CIRCLE 180 0 179', false],
    ['a union, both parts', 'CIRCLE 0 0 9', 'UNION ( CIRCLE 1 1 1 BOX 2 2 1 1 )', true], ['a union, one part', 'CIRCLE 0 0 2', 'UNION ( CIRCLE 1 0 1 BOX 2 2 1 1 )', false],
    ['tiles side by side', 'UNION ( POLYGON 0 0 2 0 2 4 0 4 POLYGON 2 0 4 0 4 4 2 4 )', 'POLYGON 0.5 0.5 3.5 0.5 3.5 3.5 0.5 3.5', true], ['tiles with a gap', 'UNION ( POLYGON 0 0 1.999999 0 1.999999 4 0 4 POLYGON 2 0 4 0 4 4 2 4 )', 'POLYGON 0.5 0.5 3.5 0.5 3.5 3.5 0.5 3.5', false],
    ['a circle over two tiles', 'UNION ( POLYGON 0 0 2 0 2 4 0 4 POLYGON 2 0 4 0 4 4 2 4 )', 'CIRCLE 2 2 1.5', true],
    ['a frame with a hole', 'UNION ( BOX 0 2 6 1 BOX 0 -2 6 1 BOX 2 0 1 6 BOX -2 0 1 6 )', 'CIRCLE 0 0 1.8', false], ['the frame of the hole', 'UNION ( BOX 0 2 6 1 BOX 0 -2 6 1 BOX 2 0 1 6 BOX -2 0 1 6 )', 'BOX 0 0 3.5 3.5', false],
    ['three discs over one', 'UNION ( CIRCLE 0 0.5 1 CIRCLE 0.4 -0.3 1 CIRCLE -0.4 -0.3 1 )', 'CIRCLE 0 0 0.6', true],
    ['three discs with a hole between', 'UNION ( CIRCLE 0 1.1 1 CIRCLE 0.95 -0.55 1 CIRCLE -0.95 -0.55 1 )', 'CIRCLE 0 0 0.5', false],
    ['small ones', 'CIRCLE 10 20 1e-6', 'BOX 10 20 1e-6 1e-6', true], ['small ones, too large', 'CIRCLE 10 20 1e-6', 'BOX 10 20 1.5e-6 1.5e-6', false],
  ])('%s', (_why, outer, inner, expected) => expect(contains(parseRegion(outer), parseRegion(inner))).toBe(expected))
})

test.each(SEEDS)('points in polygons, as fans of triangles have it: seed %i', (seed) => {
  const next = random(seed)
  const size = SIZES[seed % SIZES.length]!
  const one = star(next, size)
  const made = polygonOf(one, next)
  const sides = outline(one.ring, 100)
  for (let i = 0; i < 100; i++) {
    const at = i % 2 === 0 ? offset(one.centre, size * 1.2 * next(), 7 * next()) : anywhere(next)
    if (nearness(at, sides) < size * 0.05) continue
    expect(contains(made, pointAt(at))).toBe(one.isInside(at))
  }
})

test.each(SEEDS)('polygons against circles: seed %i', (seed) => {
  const next = random(seed + 1000)
  const size = SIZES[seed % SIZES.length]!
  const one = star(next, size)
  const made = polygonOf(one, next)
  const centre = offset(one.centre, Math.min(3, size * 1.5 * next()), 7 * next())
  const radius = Math.min(3, size * next())
  const { raDeg, decDeg } = toDegrees(centre)
  const disc = circle(raDeg, decDeg, radius * 180 / Math.PI)
  const sides = outline(one.ring, 200)
  const gap = Math.min(...sides.map((at) => Math.abs(2 * Math.asin(Math.min(1, Math.hypot(at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]) / 2)) - radius)))
  if (gap < size * 0.02) return
  const isIn = (at: Vec) => 2 * Math.asin(Math.min(1, Math.hypot(at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]) / 2)) <= radius
  const touches = sides.some(isIn)
  const rim = Array.from({ length: 400 }, (_, i) => offset(centre, radius, i / 400 * 2 * Math.PI))
  expect(intersects(made, disc)).toBe(touches || one.isInside(centre))
  expect(contains(made, disc)).toBe(!touches && one.isInside(centre))
  const opposite: Vec = [-centre[0], -centre[1], -centre[2]]
  if (rim.length > 0) expect(contains(disc, made)).toBe(sides.every(isIn) && !one.isInside(opposite))
})

test.each(SEEDS)('polygons against polygons: seed %i', (seed) => {
  const next = random(seed + 2000)
  const size = SIZES[seed % SIZES.length]!
  const one = star(next, size)
  const other = star(next, size * [1, 0.3, 0.1][seed % 3]!, offset(one.centre, Math.min(3, size * next()), 7 * next()))
  const [a, b] = [polygonOf(one, next), polygonOf(other, next)]
  const [sidesA, sidesB] = [outline(one.ring, 60), outline(other.ring, 60)]
  const someIn = sidesA.some(other.isInside) || sidesB.some(one.isInside)
  const isNear = sidesA.some((at) => nearness(at, sidesB) < size * 0.02)
  // What dense samples of the outlines show is certain; what they do not show is so only where they keep apart.
  if (someIn || !isNear) expect(intersects(a, b)).toBe(someIn)
  expect(intersects(b, a)).toBe(intersects(a, b))
  const allIn = sidesB.every(one.isInside)
  if (!isNear || !allIn) expect(contains(a, b)).toBe(allIn)
  if (contains(a, b)) for (let i = 0; i < 50; i++) {
    const at = offset(other.centre, size * next(), 7 * next())
    if (other.isInside(at)) expect(one.isInside(at)).toBe(true)
  }
})

test.each(SEEDS.slice(0, 100))('a polygon is held by its fan, and not when a triangle is missing: seed %i', (seed) => {
  const next = random(seed + 3000)
  const one = star(next, SIZES[1 + seed % 2]!)
  const corners = one.ring.map(toDegrees)
  const centre = toDegrees(one.centre)
  const fan = corners.map((corner, i) => polygon([centre, corner, corners[(i + 1) % corners.length]!]))
  const whole = polygon(corners)
  expect(contains(union(fan), whole)).toBe(true)
  expect(contains(union(fan.slice(1)), whole)).toBe(false)
  expect(contains(whole, union(fan))).toBe(true)
})

test('a circle is a polygon of very many sides', () => {
  const ring = Array.from({ length: 720 }, (_, i) => toDegrees(offset([0, 0, 1], 0.1, i / 360 * Math.PI)))
  const round = polygon(ring)
  expect(contains(circle(0, 90, 0.1 * 180 / Math.PI), round)).toBe(true)
  expect(contains(round, circle(0, 90, 0.1 * 180 / Math.PI))).toBe(false)
  expect(contains(round, circle(0, 90, 0.09999 * 180 / Math.PI))).toBe(true)
  expect(intersects(round, box(0, 0, 1, 1))).toBe(false)
})
