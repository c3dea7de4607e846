/** Slow, plain answers to compare with: regions as sets of triangles and caps, asked point by point. */
type Vec = readonly [number, number, number]
const DEG = Math.PI / 180

export const toVec = (ra: number, dec: number): Vec =>
  [Math.cos(dec * DEG) * Math.cos(ra * DEG), Math.cos(dec * DEG) * Math.sin(ra * DEG), Math.sin(dec * DEG)]
export const toDegrees = ([x, y, z]: Vec) => ({ raDeg: Math.atan2(y, x) / DEG, decDeg: Math.asin(Math.max(-1, Math.min(1, z))) / DEG })
export const dot = (a: Vec, b: Vec) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
const cross = (a: Vec, b: Vec): Vec => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
const minus = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
// By differences: small triangles would drown in rounding.
const det = (a: Vec, b: Vec, c: Vec) => dot(cross(minus(a, c), minus(b, c)), c)
const unit = (a: Vec): Vec => { const l = Math.hypot(...a); return [a[0] / l, a[1] / l, a[2] / l] }

export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export function anywhere(next: () => number): Vec {
  const z = next() * 2 - 1
  const phi = next() * 2 * Math.PI
  return [Math.sqrt(1 - z * z) * Math.cos(phi), Math.sqrt(1 - z * z) * Math.sin(phi), z]
}

/** The point at an angle (radians) from a centre, in a direction. */
export function offset(centre: Vec, distance: number, direction: number): Vec {
  const u = unit(cross(Math.abs(centre[2]) < 0.9 ? [0, 0, 1] : [1, 0, 0], centre))
  const v = cross(centre, u)
  const c = Math.cos(distance)
  const [a, b] = [Math.sin(distance) * Math.cos(direction), Math.sin(distance) * Math.sin(direction)]
  return [c * centre[0] + a * u[0] + b * v[0], c * centre[1] + a * u[1] + b * v[1], c * centre[2] + a * u[2] + b * v[2]]
}

/** A star-shaped polygon: its corners seen from its centre go once around. */
export interface Star { readonly centre: Vec; readonly ring: readonly Vec[]; readonly isInside: (p: Vec) => boolean; readonly area: number }

export function star(next: () => number, largest: number, centre: Vec = anywhere(next)): Star {
  const count = 3 + Math.floor(next() * 8)
  const size = largest * (0.2 + 0.8 * next())
  const ring = Array.from({ length: count }, (_, i) =>
    offset(centre, size * (0.3 + 0.7 * next()), (i + 0.8 * next()) / count * 2 * Math.PI))
  const pairs = ring.map((a, i): [Vec, Vec] => [a, ring[(i + 1) % count]!])
  // Fans of which a triangle turns the other way are no star.
  if (pairs.some(([a, b]) => det(centre, a, b) <= 1e-4 * size * size)) return star(next, largest, centre)
  const inFan = (p: Vec) => pairs.some(([a, b]) => det(centre, a, p) >= 0 && det(a, b, p) >= 0 && det(b, centre, p) >= 0)
  const fan = pairs.reduce((sum, [a, b]) => sum + 2 * Math.atan2(det(centre, a, b), 1 + dot(a, b) + dot(b, centre) + dot(centre, a)), 0)
  const isFan = fan <= 2 * Math.PI
  return { centre, ring, isInside: (p) => inFan(p) === isFan, area: isFan ? fan : 4 * Math.PI - fan }
}

/** Points along the sides, corners included. */
export function outline(ring: readonly Vec[], perSide: number): Vec[] {
  return ring.flatMap((a, i) => {
    const b = ring[(i + 1) % ring.length]!
    return Array.from({ length: perSide }, (_, k) => {
      const t = k / perSide
      return unit([a[0] * (1 - t) + b[0] * t, a[1] * (1 - t) + b[1] * t, a[2] * (1 - t) + b[2] * t])
    })
  })
}

/** How near a point comes to the sides, by steps. */
export const nearness = (p: Vec, points: readonly Vec[]) => Math.min(...points.map((q) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])))
export type { Vec }
