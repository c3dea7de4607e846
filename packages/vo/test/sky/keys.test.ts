import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { circle, contains, footprintKey, footprintKeys, intersects, parseRegion, point, positionKey, positionKeys } from '../../src/sky/index.ts'
import { coneCells } from '../../src/sky/cone.ts'
import { healpixNumber } from '../../src/sky/healpix.ts'

const ra = fc.oneof(fc.double({ min: 0, max: 360, noNaN: true }), fc.constantFrom(0, 360, 90, 180, 1e-12, 359.999999999, 45))
const dec = fc.oneof(fc.double({ min: -90, max: 90, noNaN: true }), fc.constantFrom(-90, 90, 0, 89.9999999, -89.9999999, 41.8103148957786))
const radius = fc.oneof(fc.double({ min: 0, max: 7, noNaN: true }), fc.constantFrom(0, 1e-9, 0.1, 1), fc.double({ min: 0, max: 180, noNaN: true }))
/** A place so far from another, in any direction. */
function moved(raDeg: number, decDeg: number, away: number, angle: number): { ra: number; dec: number } {
  const [d, a, t] = [decDeg, away, angle].map((x) => x * Math.PI / 180) as [number, number, number]
  const z = Math.sin(d) * Math.cos(a) + Math.cos(d) * Math.sin(a) * Math.cos(t)
  const dra = Math.atan2(Math.sin(t) * Math.sin(a) * Math.cos(d), Math.cos(a) - Math.sin(d) * z)
  return { ra: (raDeg + dra * 180 / Math.PI + 720) % 360, dec: Math.max(-90, Math.min(90, Math.asin(Math.max(-1, Math.min(1, z))) * 180 / Math.PI)) }
}

describe('cells of a cone', () => {
  test('hold every place within it, at every order', () => {
    fc.assert(fc.property(ra, dec, radius, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 360, noNaN: true }), fc.integer({ min: 0, max: 24 }),
      (ra0, dec0, r, share, angle, order) => {
        const at = moved(ra0, dec0, r * share, angle)
        const cell = healpixNumber(order, at.ra, at.dec)
        expect(coneCells(order, ra0, dec0, r + 1e-6).some(({ first, last }) => first <= cell && cell <= last)).toBe(true)
      }), { numRuns: 2000 })
  })

  test('are few, and their number does not grow as the cone shrinks', () => {
    fc.assert(fc.property(ra, dec, fc.double({ min: 1e-6, max: 180, noNaN: true }), (ra0, dec0, r) => {
      expect(coneCells(24, ra0, dec0, r).length).toBeLessThan(80)
    }), { numRuns: 300 })
  })

  test('the whole sky is one range', () => {
    expect(coneCells(7, 10, 20, 180)).toEqual([{ first: 0, last: 12 * 4 ** 7 - 1 }])
  })
})

describe('keys of positions', () => {
  test('whatever a circle holds has one of its keys', () => {
    fc.assert(fc.property(ra, dec, radius, fc.double({ min: 0, max: 1.2, noNaN: true }), fc.double({ min: 0, max: 360, noNaN: true }), (ra0, dec0, r, share, angle) => {
      const region = circle(ra0, dec0, r)
      const at = moved(ra0, dec0, Math.min(180, r * share), angle)
      const keys = positionKeys(region)
      if (keys === undefined || !contains(region, point(at.ra, at.dec))) return
      expect(keys).toContain(positionKey(at.ra, at.dec))
    }), { numRuns: 2000 })
  })

  test.each([
    [null, 5, null], [5, null, null], [NaN, 5, -1], [5, NaN, -1], [5, 90.1, -1], [1e9, 5, -1], [Infinity, 0, -1],
    [-90, 5, positionKey(270, 5)], [450, 5, positionKey(90, 5)],
  ])('of %s %s is %s', (raDeg, decDeg, key) => { expect(positionKey(raDeg, decDeg)).toBe(key) })

  test('a small cone has a few, a degree some dozen, a large one none', () => {
    expect(positionKeys(circle(10, 20, 0.1))?.length).toBeLessThan(12)
    expect(positionKeys(circle(10, 20, 1))?.length).toBeLessThan(60)
    expect(positionKeys(circle(10, 20, 40))).toBeUndefined()
  })
})

describe('keys of footprints', () => {
  const size = fc.oneof(fc.double({ min: 0, max: 0.6, noNaN: true }), fc.double({ min: 0, max: 5, noNaN: true }), fc.double({ min: 0, max: 120, noNaN: true }))
  const shape = fc.tuple(ra, dec, size, fc.constantFrom('POSITION', 'CIRCLE', 'POLYGON', 'UNION')).map(([ra0, dec0, r, kind]) => {
    const corners = [0, 90, 200, 280].map((angle) => moved(ra0, dec0, Math.min(r, 80), -angle))
    if (kind === 'POSITION') return `POSITION ICRS ${ra0} ${dec0}`
    if (kind === 'POLYGON') return `POLYGON ICRS ${corners.map((at) => `${at.ra} ${at.dec}`).join(' ')}`
    if (kind === 'UNION') return `UNION ICRS (CIRCLE ${ra0} ${dec0} ${r / 3} CIRCLE ${corners[0]?.ra} ${corners[0]?.dec} ${r / 5})`
    return `CIRCLE ICRS ${ra0} ${dec0} ${r}`
  })

  test('whatever touches a region has one of its keys', () => {
    let [touched, kept] = [0, 0]
    fc.assert(fc.property(shape, radius, fc.double({ min: 0, max: 2, noNaN: true }), fc.double({ min: 0, max: 360, noNaN: true }), (text, r, away, angle) => {
      const footprint = parseRegion(text)
      const near = /-?[\d.e-]+ -?[\d.e-]+/.exec(text.replace(/^\D+/, ''))?.[0].split(' ').map(Number) ?? [0, 0]
      const at = moved(near[0] ?? 0, near[1] ?? 0, Math.min(180, r * away), angle)
      const region = circle(at.ra, at.dec, r)
      const keys = footprintKeys(region)
      if (keys === undefined || !intersects(region, footprint)) return
      touched++
      if (footprintKey(text) !== -1) kept++
      expect(keys).toContain(footprintKey(text))
    }), { numRuns: 2000 })
    expect([touched > 200, kept > 100]).toEqual([true, true])
  })

  test('what is no region has none', () => {
    expect([footprintKey('nonsense'), footprintKey('')]).toEqual([null, null])
  })
})
