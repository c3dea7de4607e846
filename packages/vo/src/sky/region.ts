/**
 * Regions of the sky: point, circle, polygon, union. Positions are ICRS degrees; sides are great circles.
 * ADQL 2.1 §4.2 (geometries), DALI 1.1 §3.3. A polygon's vertices may go either way round; its interior is
 * the smaller side (ADQL does not say which; DALI's winding is not kept by real footprints).
 */
import { ArchiveError } from '../errors.ts'
import { circleArc, greatArc } from './arc.ts'
import type { Arc } from './arc.ts'
import {
  add, angle, cross, degrees, dot, length, normalize, positionOf, radians, scale, subtract, twiceCross,
  vectorOf,
} from './vector.ts'
import type { Vector } from './vector.ts'

/** A position; RA in [0, 360), Dec in [-90, 90], degrees. */
export interface Position { readonly raDeg: number; readonly decDeg: number }

export interface Point extends Position { readonly kind: 'point'; readonly at: Vector }

/** Radius in [0, 180] degrees. */
export interface Circle extends Position {
  readonly kind: 'circle'; readonly radiusDeg: number
  readonly at: Vector; readonly arcs: readonly Arc[]
}

export interface Polygon {
  readonly kind: 'polygon'
  /** Without repetitions, the interior to their left. */
  readonly vertices: readonly Position[]
  readonly arcs: readonly Arc[]
  /** A circle around it, less than a hemisphere; undefined for a polygon that needs more. */
  readonly cap: { readonly at: Vector; readonly radius: number } | undefined
  /** Steradians. */
  readonly area: number
}

export type Part = Point | Circle | Polygon
/** Parts may overlap. */
export interface Union { readonly kind: 'union'; readonly parts: readonly Part[] }
export type Region = Part | Union

/** The functions that make regions throw `parameter_invalid` for what is no place on the sky. */
export function point(raDeg: number, decDeg: number): Point {
  const position = checkedPosition(raDeg, decDeg)
  return { kind: 'point', ...position, at: vectorOf(position.raDeg, position.decDeg) }
}

export function circle(raDeg: number, decDeg: number, radiusDeg: number): Circle {
  const isRadius = radiusDeg >= 0 && radiusDeg <= 180
  if (!isRadius) throw invalid(`a radius of ${radiusDeg} is outside 0..180 degrees`)
  const { at, ...position } = point(raDeg, decDeg)
  const arcs = radiusDeg > 0 && radiusDeg < 180 ? [circleArc(at, radians(radiusDeg))] : []
  return { ...position, kind: 'circle', radiusDeg, at, arcs }
}

export function union(parts: readonly Region[]): Region {
  const flat = parts.flatMap((part) => (part.kind === 'union' ? part.parts : [part]))
  const [first] = flat
  if (first === undefined) throw invalid('a union has at least one region in it')
  return flat.length === 1 ? first : { kind: 'union', parts: flat }
}

/**
 * A box around a position; full width and height in degrees, below 180. ADQL 2.1 §4.2.9: its sides are great
 * circles at right angles to the arms of a cross whose arms are half as long.
 */
export function box(raDeg: number, decDeg: number, widthDeg: number, heightDeg: number): Polygon {
  for (const size of [widthDeg, heightDeg]) {
    if (!(size > 0 && size < 180)) throw invalid(`the side ${size} of a box is outside 0..180 degrees`)
  }
  const { at, raDeg: ra } = point(raDeg, decDeg)
  const east: Vector = [-Math.sin(radians(ra)), Math.cos(radians(ra)), 0]
  const north = cross(at, east)
  const [x, y] = [Math.tan(radians(widthDeg) / 2), Math.tan(radians(heightDeg) / 2)]
  const corners = [[x, y], [-x, y], [-x, -y], [x, -y]] as const
  return polygon(corners.map(([a, b]) => positionOf(add(at, add(scale(east, a), scale(north, b))))))
}

/** A polygon of at least three vertices, concave or not, across RA 0, around a pole. */
export function polygon(positions: readonly Position[]): Polygon {
  if (positions.length < 3) throw invalid(`a polygon has at least 3 vertices, not ${positions.length}`)
  const points = positions.map(({ raDeg, decDeg }) => point(raDeg, decDeg))
  const vertices = withoutRepeats(points)
  const ring = vertices.map(({ at }) => at)
  const cap = capOf(ring)
  const signed = cap ? signedArea(ring, cap.at) : areaOnLeft(ring)
  const isLeft = cap ? signed >= 0 : signed <= 2 * Math.PI
  // The first one stays the first.
  if (!isLeft) vertices.push(...vertices.splice(1).reverse())
  return {
    kind: 'polygon',
    vertices: vertices.map(({ raDeg, decDeg }) => ({ raDeg, decDeg })),
    arcs: arcsOf(vertices.map(({ at }) => at)),
    cap,
    area: cap ? Math.abs(signed) : isLeft ? signed : 4 * Math.PI - signed,
  }
}

/** A vertex that stands twice in a row makes no side; often the last is the first again. */
function withoutRepeats(points: readonly Point[]): Point[] {
  const isSame = (a: Point | undefined, b: Point | undefined) => a && b && angle(a.at, b.at) <= 1e-15
  const kept = points.filter((vertex, i) => !isSame(vertex, points[i - 1]))
  while (kept.length > 1 && isSame(kept.at(-1), kept[0])) kept.pop()
  return kept
}

function arcsOf(ring: readonly Vector[]): Arc[] {
  return ring.map((from, i) => {
    const to = ring[(i + 1) % ring.length] ?? from
    if (angle(from, to) > Math.PI - 1e-9) {
      throw invalid('two vertices in a row are opposite, so that their side has no direction')
    }
    return greatArc(from, to)
  })
}

/** A circle around all vertices, below a hemisphere, so that it holds the sides as well. */
function capOf(ring: readonly Vector[]): Polygon['cap'] {
  const mean = ring.reduce(add, [0, 0, 0])
  const doubled = ring.map((from, i) => twiceCross(from, ring[(i + 1) % ring.length] ?? from))
  const normal = doubled.reduce(add, [0, 0, 0])
  for (const direction of [mean, normal, scale(normal, -1)]) {
    if (length(direction) < 1e-9) continue
    const at = normalize(direction)
    const radius = Math.max(...ring.map((vertex) => angle(at, vertex)))
    if (radius < Math.PI / 2 - 1e-6) return { at, radius }
  }
  return undefined
}

/** Steradians, positive with the inside on the left; by triangles from a point in whose hemisphere it is. */
function signedArea(ring: readonly Vector[], from: Vector): number {
  let area = 0
  for (const [i, a] of ring.entries()) {
    const b = ring[(i + 1) % ring.length] ?? a
    const triple = dot(from, cross(subtract(a, from), subtract(b, from)))
    area += 2 * Math.atan2(triple, 1 + dot(a, b) + dot(b, from) + dot(from, a))
  }
  return area
}

/** Steradians to the left of the ring, 0 to 4π: what its turns lack of a full turn (Gauss-Bonnet). */
function areaOnLeft(ring: readonly Vector[]): number {
  let turns = 0
  const arcs = arcsOf(ring)
  for (const [i, arc] of arcs.entries()) turns += turnBetween(arcs.at(i - 1) ?? arc, arc)
  const area = 2 * Math.PI - turns
  return ((area % (4 * Math.PI)) + 4 * Math.PI) % (4 * Math.PI)
}

/** The change of direction from one side of a polygon to the next, radians; positive to the left. */
export function turnBetween(before: Arc, after: Arc): number {
  return Math.atan2(dot(cross(before.axis, after.axis), after.u), dot(before.axis, after.axis))
}

function checkedPosition(raDeg: number, decDeg: number): Position {
  if (!Number.isFinite(raDeg)) throw invalid(`the right ascension ${raDeg} is no number of degrees`)
  if (!(Math.abs(decDeg) <= 90)) throw invalid(`the declination ${decDeg} is outside -90..90 degrees`)
  // DALI 1.2 §3.7 takes longitudes outside 0..360; a tiny negative one would round up to 360.
  const reduced = raDeg % 360
  return { raDeg: reduced < 0 ? (reduced + 360) % 360 : reduced, decDeg }
}

/** Square degrees. Of a union the sum of its parts: what they share counts twice. */
export function areaSqDeg(region: Region): number {
  switch (region.kind) {
    case 'point': return 0
    case 'circle': return degrees(degrees(4 * Math.PI * Math.sin(radians(region.radiusDeg) / 2) ** 2))
    case 'polygon': return degrees(degrees(region.area))
    case 'union': return region.parts.reduce((sum, part) => sum + areaSqDeg(part), 0)
  }
}

/** A circle that holds the region, not always the smallest; the whole sky for one beyond a hemisphere. */
export function boundingCircle(region: Region): { raDeg: number; decDeg: number; radiusDeg: number } {
  const caps = partsOf(region).map(capOfPart)
  const [first] = caps
  if (caps.length === 1 && first) return { ...positionOf(first.at), radiusDeg: roundedUp(first.radius) }
  const mean = caps.reduce<Vector>((sum, { at }) => add(sum, at), [0, 0, 0])
  const at: Vector = length(mean) < 1e-9 ? [0, 0, 1] : normalize(mean)
  const radius = Math.max(...caps.map((cap) => angle(at, cap.at) + cap.radius))
  return { ...positionOf(at), radiusDeg: roundedUp(radius) }
}

const roundedUp = (radius: number) => (radius === 0 ? 0 : Math.min(180, degrees(radius) + 1e-10))

function capOfPart(part: Part): { at: Vector; radius: number } {
  if (part.kind === 'polygon') return part.cap ?? { at: [0, 0, 1], radius: Math.PI }
  return { at: part.at, radius: part.kind === 'circle' ? radians(part.radiusDeg) : 0 }
}

export function partsOf(region: Region): readonly Part[] {
  return region.kind === 'union' ? region.parts : [region]
}

const invalid = (why: string) => new ArchiveError('parameter_invalid', why)
