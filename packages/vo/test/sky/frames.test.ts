import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FRAMES, parseFrame, transformPosition, transformRegion } from '../../src/sky/frames.ts'
import { propagate } from '../../src/sky/motion.ts'
import { areaSqDeg } from '../../src/sky/region.ts'
import { parseRegion } from '../../src/sky/stc.ts'
import { distanceDeg } from '../../src/sky/vector.ts'

// IVOA UDF catalogue EN 1.2, ivo_geom_transform; IAU 1958 for the poles.
test.each([
  ['ICRS', 'GALACTIC', 120, -23, 241.121831182, 3.62785788087, 8], ['FK4', 'GALACTIC', 189.70303055, 22.96240006, 275.00025405, 84.99996154, 8],
  ['GALACTIC', 'FK5', 5, 3, 266.44721, -23.107310, 5], ['GALACTIC', 'FK5', 4, 4, 264.95088, -23.434037, 5], ['GALACTIC', 'FK5', 4.5, 2, 267.09936, -24.051919, 5],
  ['FK4', 'GALACTIC', 192.25, 27.4, undefined, 90, 9], ['ICRS', 'FK5', 1, 2, 1, 2, 15], ['ICRS', 'GALACTIC', 266.405, -28.936, 0, 0, 2],
] as const)('%s to %s: %d %d', (from, to, raDeg, decDeg, lon, lat, digits) => {
  const at = transformPosition({ raDeg, decDeg }, from, to)
  if (lon !== undefined) expect((at.raDeg - lon + 540) % 360 - 180).toBeCloseTo(0, digits)
  expect(at.decDeg).toBeCloseTo(lat, digits)
})

describe('properties', () => {
  const frame = fc.constantFrom(...FRAMES)
  const ra = fc.double({ min: 0, max: 359.99, noNaN: true })
  const dec = fc.double({ min: -90, max: 90, noNaN: true })

  test('there and back again', () => {
    fc.assert(fc.property(frame, frame, ra, dec, (from, to, raDeg, decDeg) => {
      const back = transformPosition(transformPosition({ raDeg, decDeg }, from, to), to, from)
      expect(distanceDeg(raDeg, decDeg, back.raDeg, back.decDeg)).toBeLessThan(1e-11)
    }))
  })

  test('distances and areas stay', () => {
    fc.assert(fc.property(frame, frame, ra, dec, ra, dec, (from, to, a, b, c, d) => {
      const [p, q] = [transformPosition({ raDeg: a, decDeg: b }, from, to), transformPosition({ raDeg: c, decDeg: d }, from, to)]
      expect(distanceDeg(p.raDeg, p.decDeg, q.raDeg, q.decDeg)).toBeCloseTo(distanceDeg(a, b, c, d), 9)
    }))
    for (const text of ['CIRCLE 10 20 3', 'POLYGON 1 2 3 4 5 2', 'UNION ( BOX 10 80 3 2 CIRCLE 1 2 3 )']) {
      const region = parseRegion(text)
      expect(areaSqDeg(transformRegion(region, 'ICRS', 'GALACTIC'))).toBeCloseTo(areaSqDeg(region), 8)
    }
  })
})

test('names are those of the vocabulary, in their case', () => {
  expect(parseFrame('FK4')).toBe('FK4')
  expect(() => parseFrame('galactic')).toThrow(expect.objectContaining({ code: 'parameter_invalid', message: expect.stringContaining('GALACTIC') }))
})

// IVOA UDF catalogue EN 1.2, ivo_epoch_prop_pos.
test.each([
  [125, -428.8, 52.51, 1992.25, 7.604061404627978, 11.7932703828279], [125, -428.8, 52.51, 1875, 7.594068213694308, 11.807251375203935],
  [125, -428.8, null, 1875, 7.594079587029898, 11.807235464326332], [125, null, null, 1875, 7.594080321498365, 11.790440798509207],
  [null, -428.8, 52.51, 1875, 7.594079587029898, 11.807235464326332], [125, -428.8, 52.51, 2016, 7.606083572, 11.79044105],
])('a star of parallax %s, %s mas/yr and %s km/s in %d', (parallaxMas, pmDecMasYr, radialKmS, epoch, ra, dec) => {
  const at = propagate({ raDeg: 7.606083572, decDeg: 11.79044105, parallaxMas, pmRaMasYr: 300, pmDecMasYr, radialKmS }, epoch - 2016)
  expect(at.raDeg).toBeCloseTo(ra, 12)
  expect(at.decDeg).toBeCloseTo(dec, 12)
})
