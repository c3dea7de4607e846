/**
 * The cells of the sky that a circle touches, as ranges of cell numbers: a few comparisons on an ordered
 * column find the candidates of a cone, whatever the size of the table. HEALPix, NESTED: Górski et al. 2005
 * §4; the greatest radius of a cell is that of the reference library's `max_pixrad`.
 */
import { assert } from '../assert.ts'
import { healpixCenter, HEALPIX_MAX_NUMBER_ORDER } from './healpix.ts'
import { angle, radians, vectorOf } from './vector.ts'
import type { Vector } from './vector.ts'

/** Numbers of cells from `first` to `last`, both of them in it. */
export interface CellRange { readonly first: number; readonly last: number }

/** Cells of the finest level are this share of the radius: more of them fit better and cost more. */
const FINEST_PER_RADIUS = 0.5
/** Roundings of positions, centres and sums, in radians: a hundredth of the smallest cell. */
const MARGIN = 1e-10

/**
 * Ranges of cells of `order` (0 to 24) that hold every position within the radius (degrees) of the centre,
 * and some around it. Ascending, without overlap, neighbours joined.
 */
export function coneCells(order: number, raDeg: number, decDeg: number, radiusDeg: number): CellRange[] {
  assert(order >= 0 && order <= HEALPIX_MAX_NUMBER_ORDER, 'an order from 0 to 24')
  const center = vectorOf(raDeg, decDeg)
  const radius = Math.min(radians(radiusDeg), Math.PI) + MARGIN
  const finest = finestOrder(order, radius)
  const found: CellRange[] = []
  for (let base = 0; base < 12; base++) descend(0, base)
  return found

  function descend(level: number, cell: number): void {
    const { raDeg: ra, decDeg: dec } = healpixCenter(level, BigInt(cell))
    const away = angle(center, vectorOf(ra, dec))
    const size = RADII[level] ?? 0
    if (away > radius + size) return
    if (level === finest || away + size <= radius) {
      addRange(found, cell * 4 ** (order - level), (cell + 1) * 4 ** (order - level) - 1)
      return
    }
    for (let child = 0; child < 4; child++) descend(level + 1, cell * 4 + child)
  }
}

function addRange(found: CellRange[], first: number, last: number): void {
  const before = found.at(-1)
  if (before !== undefined && before.last + 1 === first) {
    found[found.length - 1] = { first: before.first, last }
  } else found.push({ first, last })
}

function finestOrder(order: number, radius: number): number {
  let level = 0
  while (level < order && (RADII[level] ?? 0) > radius * FINEST_PER_RADIUS) level++
  return level
}

/** By order: no position of a cell is farther from its centre than this; radians. */
const RADII: readonly number[] = Array.from({ length: HEALPIX_MAX_NUMBER_ORDER + 1 }, (_, order) => {
  const side = 2 ** order
  const a = onSphere(2 / 3, Math.PI / (4 * side))
  const b = onSphere(1 - (1 - 1 / side) ** 2 / 3, 0)
  return angle(a, b) + MARGIN
})

function onSphere(z: number, phi: number): Vector {
  const along = Math.sqrt((1 - z) * (1 + z))
  return [along * Math.cos(phi), along * Math.sin(phi), z]
}
