/** Unit vectors on the sky, by formulas that keep their digits for small and for nearly opposite angles. */

/** A direction; x to RA 0, z to the north pole. */
export type Vector = readonly [number, number, number]

const DEGREE = Math.PI / 180

export const radians = (degrees: number): number => degrees * DEGREE
export const degrees = (rad: number): number => rad / DEGREE

/** The unit vector of a position in degrees. */
export function vectorOf(raDeg: number, decDeg: number): Vector {
  const ra = radians(raDeg)
  const dec = radians(decDeg)
  // The cosine of 90 degrees is not 0 in floating point, and the pole has one vector only.
  const cosDec = Math.abs(decDeg) === 90 ? 0 : Math.cos(dec)
  return [cosDec * Math.cos(ra), cosDec * Math.sin(ra), Math.sin(dec)]
}

/** Degrees, RA in [0, 360). */
export function positionOf([x, y, z]: Vector): { raDeg: number; decDeg: number } {
  const raDeg = degrees(Math.atan2(y, x))
  return { raDeg: raDeg < 0 ? (raDeg + 360) % 360 : raDeg, decDeg: degrees(Math.atan2(z, Math.hypot(x, y))) }
}

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
export const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
export const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
export const scale = (a: Vector, factor: number): Vector => [a[0] * factor, a[1] * factor, a[2] * factor]
export const length = (a: Vector): number => Math.hypot(a[0], a[1], a[2])

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/** Of length 1; the null vector stays what it is. */
export function normalize(a: Vector): Vector {
  const size = length(a)
  return size === 0 ? a : scale(a, 1 / size)
}

/** Twice a × b, exact for neighbouring directions too, where the plain product loses its digits. */
export function twiceCross(a: Vector, b: Vector): Vector {
  return cross(add(a, b), subtract(b, a))
}

/** The angle between two unit vectors, radians. Never by acos: it knows nothing below an arcsecond. */
export function angle(a: Vector, b: Vector): number {
  return 2 * Math.atan2(length(subtract(a, b)), length(add(a, b)))
}

/** Some unit vector at right angles. */
export function perpendicular(a: Vector): Vector {
  const least = Math.abs(a[0]) < Math.abs(a[1])
    ? Math.abs(a[0]) < Math.abs(a[2]) ? 0 : 2
    : Math.abs(a[1]) < Math.abs(a[2]) ? 1 : 2
  return normalize(cross(a, [least === 0 ? 1 : 0, least === 1 ? 1 : 0, least === 2 ? 1 : 0]))
}

/** The great-circle distance of two positions; all in degrees. Vincenty's formula on the sphere. */
export function distanceDeg(ra1: number, dec1: number, ra2: number, dec2: number): number {
  const d1 = radians(dec1)
  const d2 = radians(dec2)
  const delta = radians(ra2 - ra1)
  const half = Math.sin(delta / 2)
  const east = Math.cos(d2) * Math.sin(delta)
  // cos d1 sin d2 - sin d1 cos d2 cos delta, without its cancellation.
  const north = Math.sin(d2 - d1) + 2 * Math.sin(d1) * Math.cos(d2) * half * half
  const along = Math.sin(d1) * Math.sin(d2) + Math.cos(d1) * Math.cos(d2) * Math.cos(delta)
  return degrees(Math.atan2(Math.hypot(east, north), along))
}
