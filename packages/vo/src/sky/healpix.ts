/**
 * HEALPix cells in the NESTED scheme, orders 0 to 29: Górski et al. 2005 (ApJ 622, 759) §4 and §5, with the
 * forms of the reference library that keep their digits near the poles. A cell of order n + 1 with number i
 * lies in cell ⌊i / 4⌋ of order n, exactly, since scaling by a power of two does not round.
 */
import { assert } from '../assert.ts'
import { degrees, radians } from './vector.ts'

/** The deepest order whose cell numbers fit 64 bits as the standards write them. */
export const HEALPIX_MAX_ORDER = 29
/** The deepest order whose cell numbers are exact as JavaScript numbers. */
export const HEALPIX_MAX_NUMBER_ORDER = 24

const HALF = 2 ** 30

interface Place { readonly face: number; readonly x: number; readonly y: number }

/** How many cells an order has: 12 · 4^order. */
export const healpixCount = (order: number): bigint => 12n << BigInt(2 * order)

/**
 * The number of the cell that holds a position; degrees, any right ascension. Orders 0 to 29; a position on
 * the border of cells is in one of them.
 */
export function healpixIndex(order: number, raDeg: number, decDeg: number): bigint {
  assert(isOrder(order, HEALPIX_MAX_ORDER), 'an order from 0 to 29')
  const { face, x, y } = placeOf(order, raDeg, decDeg)
  const high = interleave(x >>> 15, y >>> 15)
  return (BigInt(face) << BigInt(2 * order)) + BigInt(high) * BigInt(HALF)
    + BigInt(interleave(x & 0x7fff, y & 0x7fff))
}

/** As `healpixIndex`, as a number and several times faster; orders 0 to 24. */
export function healpixNumber(order: number, raDeg: number, decDeg: number): number {
  assert(isOrder(order, HEALPIX_MAX_NUMBER_ORDER), 'an order from 0 to 24')
  const { face, x, y } = placeOf(order, raDeg, decDeg)
  return face * 4 ** order + interleave(x >>> 15, y >>> 15) * HALF + interleave(x & 0x7fff, y & 0x7fff)
}

/** The centre of a cell in degrees, RA in [0, 360). The number must be one of the order's. */
export function healpixCenter(order: number, index: bigint): { raDeg: number; decDeg: number } {
  return positionIn(order, index, 0.5, 0.5)
}

/** The four corners of a cell in degrees: south, east, north, west. Its sides are no great circles. */
export function healpixCorners(order: number, index: bigint): readonly { raDeg: number; decDeg: number }[] {
  return ([[0, 0], [1, 0], [1, 1], [0, 1]] as const).map(([x, y]) => positionIn(order, index, x, y))
}

const isOrder = (order: number, max: number): boolean => Number.isInteger(order) && order >= 0 && order <= max

function placeOf(order: number, raDeg: number, decDeg: number): Place {
  assert(Number.isFinite(raDeg) && Math.abs(decDeg) <= 90, 'a position on the sky')
  const side = 2 ** order
  const turned = raDeg % 360
  // A tiny negative angle becomes 360 in floating point, which is 0.
  const quarters = ((turned < 0 ? turned + 360 : turned) / 90) % 4
  const z = Math.sin(radians(decDeg))
  const height = Math.abs(z)
  if (height <= 2 / 3) {
    const ascending = Math.floor(side * (0.5 + quarters) - side * (z * 0.75))
    const descending = Math.floor(side * (0.5 + quarters) + side * (z * 0.75))
    const [up, down] = [Math.floor(ascending / side), Math.floor(descending / side)]
    const face = up === down ? up % 4 + 4 : up < down ? up % 4 : down % 4 + 8
    return { face, x: descending - down * side, y: side - (ascending - up * side) - 1 }
  }
  const face = Math.min(3, Math.floor(quarters))
  const along = quarters - face
  // Near a pole 1 - |z| has no digits left; the cosine of the declination has all of them.
  const cosDec = Math.abs(decDeg) === 90 ? 0 : Math.cos(radians(decDeg))
  const rings = height < 0.99
    ? side * Math.sqrt(3 * (1 - height)) : side * cosDec / Math.sqrt((1 + height) / 3)
  const p = Math.min(side - 1, Math.floor(along * rings))
  const m = Math.min(side - 1, Math.floor((1 - along) * rings))
  return z >= 0 ? { face, x: side - m - 1, y: side - p - 1 } : { face: face + 8, x: p, y: m }
}

const FACE_RING = [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]
const FACE_EAST = [1, 3, 5, 7, 0, 2, 4, 6, 1, 3, 5, 7]

/** The position at fractions of a cell's sides, counted from its southern corner. */
function positionIn(order: number, index: bigint, dx: number, dy: number): { raDeg: number; decDeg: number } {
  assert(isOrder(order, HEALPIX_MAX_ORDER), 'an order from 0 to 29')
  assert(index >= 0n && index < healpixCount(order), 'a cell number of the order')
  const side = 2 ** order
  const face = Number(index >> BigInt(2 * order))
  const within = index & ((1n << BigInt(2 * order)) - 1n)
  const [high, low] = [Number(within / BigInt(HALF)), Number(within % BigInt(HALF))]
  const x = gather(high) * 32_768 + gather(low) + dx
  const y = gather(high >>> 1) * 32_768 + gather(low >>> 1) + dy
  // In units of a cell: rings from the north pole, and the place in a quarter turn of the ring.
  const ring = (FACE_RING[face] ?? 0) * side - x - y
  const inCap = Math.min(ring, 4 * side - ring, side)
  const isCap = inCap < side
  const cap = (inCap / side) ** 2 / 3
  const z = isCap ? (ring < side ? 1 - cap : cap - 1) : (2 * side - ring) * 2 / (3 * side)
  const cosDec = isCap ? Math.sqrt(cap * (2 - cap)) : Math.sqrt((1 - z) * (1 + z))
  const east = (FACE_EAST[face] ?? 0) * inCap + x - y
  const raDeg = inCap === 0 ? 0 : 45 * east / inCap
  return { raDeg: raDeg < 0 ? raDeg + 360 : raDeg, decDeg: degrees(Math.atan2(z, cosDec)) }
}

/** Bits of x at even, of y at odd places; both below 2^15. */
const interleave = (x: number, y: number): number => spread(x) + 2 * spread(y)

function spread(value: number): number {
  let bits = (value | value << 8) & 0x00ff00ff
  bits = (bits | bits << 4) & 0x0f0f0f0f
  bits = (bits | bits << 2) & 0x33333333
  return (bits | bits << 1) & 0x55555555
}

/** The bits at even places of a number below 2^30. */
function gather(value: number): number {
  let bits = value & 0x55555555
  bits = (bits | bits >>> 1) & 0x33333333
  bits = (bits | bits >>> 2) & 0x0f0f0f0f
  bits = (bits | bits >>> 4) & 0x00ff00ff
  return (bits | bits >>> 8) & 0x0000ffff
}
