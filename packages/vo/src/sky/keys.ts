/**
 * Keys by which a database finds the candidates of a region on the sky: one integer for a position or for a
 * footprint, and the few of them that can be meant. What is found is still to be tested; nothing that meets
 * the region has another key. Cells are HEALPix, NESTED (Górski et al. 2005).
 */
import { coneCells } from './cone.ts'
import { healpixNumber } from './healpix.ts'
import { boundingCircle } from './region.ts'
import type { Region } from './region.ts'
import { parseRegion } from './stc.ts'

/** Of what has no cell of its own: it is always a candidate. */
export const ANYWHERE = -1

/** Cells of half a degree: a cone has a few of them, a row group of an ordered table some hundred. */
const FINE_ORDER = 7
/** Footprints up to half a degree have the fine cell of their middle, up to three degrees a coarse one. */
const SIZES = [
  { order: FINE_ORDER, radiusDeg: 0.5, offset: 0 }, { order: 5, radiusDeg: 3, offset: 2 ** 20 },
] as const
/** More keys cost more than they spare. */
const MOST_KEYS = 600
/** Roundings of tests and of bounding circles, degrees. */
const MARGIN_DEG = 1e-6

/** The key of a position in degrees; null when it has no place, so that no region holds it. */
export function positionKey(raDeg: number | null, decDeg: number | null): number | null {
  if (raDeg === null || decDeg === null) return null
  const isPlace = Math.abs(raDeg) <= 720 && Math.abs(decDeg) <= 90
  return isPlace ? healpixNumber(FINE_ORDER, raDeg, decDeg) : ANYWHERE
}

/** Keys of all positions that the region may hold; undefined when it is too large to be worth it. */
export function positionKeys(region: Region): readonly number[] | undefined {
  return keysAround(region, [{ order: FINE_ORDER, radiusDeg: 0, offset: 0 }])
}

/** The key of a footprint as text (STC-S, DALI); null of a text that is no region. */
export function footprintKey(text: string): number | null {
  let region: Region
  try {
    region = parseRegion(text)
  } catch {
    return null
  }
  const { raDeg, decDeg, radiusDeg } = boundingCircle(region)
  const size = SIZES.find((each) => radiusDeg <= each.radiusDeg)
  return size ? size.offset + healpixNumber(size.order, raDeg, decDeg) : ANYWHERE
}

/** Keys of all footprints that may touch the region; undefined as for positions. */
export const footprintKeys = (region: Region): readonly number[] | undefined => keysAround(region, SIZES)

function keysAround(
  region: Region,
  sizes: readonly { readonly order: number; readonly radiusDeg: number; readonly offset: number }[],
): readonly number[] | undefined {
  const { raDeg, decDeg, radiusDeg } = boundingCircle(region)
  const keys = [ANYWHERE]
  for (const { order, radiusDeg: own, offset } of sizes) {
    for (const { first, last } of coneCells(order, raDeg, decDeg, radiusDeg + own + MARGIN_DEG)) {
      if (keys.length + last - first >= MOST_KEYS) return undefined
      for (let cell = first; cell <= last; cell++) keys.push(offset + cell)
    }
  }
  return keys
}
