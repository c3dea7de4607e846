/**
 * Numbers of regions: how far they are from each other, where their middle is, how much of them is common.
 * ADQL 2.1 §4.2.10 (CENTROID), §4.2.16 (DISTANCE, here of regions too), ESO's ESO_INTERSECTION.
 */
import { cutsOf, distanceToArc, pointAt, TOLERANCE } from './arc.ts'
import type { Arc } from './arc.ts'
import { partsOf } from './region.ts'
import type { Part, Polygon, Position, Region } from './region.ts'
import { holds, intersects, isOn, leftOf } from './relations.ts'
import {
  add, angle, cross, degrees, dot, length, normalize, positionOf, radians, scale, subtract,
} from './vector.ts'
import type { Vector } from './vector.ts'

/** The shortest arc from one region to the other in degrees; 0 when they meet. */
export function regionDistanceDeg(a: Region, b: Region): number {
  if (a.kind === 'point' && b.kind === 'point') return degrees(angle(a.at, b.at))
  if (intersects(a, b)) return 0
  let least = Math.PI
  for (const one of partsOf(a)) for (const other of partsOf(b)) least = Math.min(least, gapOf(one, other))
  return degrees(least)
}

// They do not meet, so that a shortest arc between polygons ends at a corner of one.
function gapOf(a: Part, b: Part): number {
  if (a.kind !== 'polygon' && b.kind !== 'polygon') {
    return Math.max(0, angle(a.at, b.at) - radiusOf(a) - radiusOf(b))
  }
  if (a.kind !== 'polygon') return gapOf(b, a)
  const toOutline = (at: Vector, { arcs }: Polygon) =>
    arcs.reduce((least, arc) => Math.min(least, distanceToArc(arc, at)), Math.PI)
  if (b.kind !== 'polygon') return Math.max(0, toOutline(b.at, a) - radiusOf(b))
  const corners = (from: Polygon, to: Polygon) =>
    from.arcs.reduce((least, arc) => Math.min(least, toOutline(arc.u, to)), Math.PI)
  return Math.min(corners(a, b), corners(b, a))
}

const radiusOf = (part: Part): number => (part.kind === 'circle' ? radians(part.radiusDeg) : 0)

/**
 * The middle of a region: the centre of mass of its area, of points their mean. Parts of a union that overlap
 * count twice there. Undefined where no direction is the middle, as of the whole sky.
 */
export function centroidOf(region: Region): Position | undefined {
  if (region.kind === 'point' || region.kind === 'circle') return region
  const parts = partsOf(region)
  const hasArea = parts.some((part) => part.kind === 'polygon' || radiusOf(part) > 0)
  const sum = parts.reduce<Vector>((so, part) => add(so, momentOf(part, hasArea)), [0, 0, 0])
  // Moments are no longer than areas; of a tiny area the moment is as tiny.
  return length(sum) <= 1e-15 * largestMoment(parts) ? undefined : positionOf(sum)
}

const largestMoment = (parts: readonly Part[]): number =>
  parts.reduce((most, part) => Math.max(most, length(momentOf(part, false))), 0)

/** The integral of the position vector over a part; half the integral of r × dr along its outline. */
function momentOf(part: Part, isByArea: boolean): Vector {
  if (part.kind === 'point') return isByArea ? [0, 0, 0] : part.at
  if (part.kind === 'circle') {
    const area = Math.PI * Math.sin(radiusOf(part)) ** 2
    return area > 0 || isByArea ? scale(part.at, area) : part.at
  }
  if (part.cap && part.cap.radius < 1e-4) return flatMoment(part.arcs.map(({ u }) => u), part.cap.at)
  return part.arcs.reduce<Vector>((sum, { axis, sweep }) => add(sum, scale(axis, sweep / 2)), [0, 0, 0])
}

// Of a tiny polygon the sum over the sides loses all digits; its triangles do not.
function flatMoment(ring: readonly Vector[], at: Vector): Vector {
  const [origin = at] = ring
  let area = 0
  let moment: Vector = [0, 0, 0]
  for (const [i, a] of ring.entries()) {
    const [p, q] = [subtract(a, origin), subtract(ring[(i + 1) % ring.length] ?? a, origin)]
    const twice = dot(at, cross(p, q))
    area += twice / 2
    moment = add(moment, scale(add(p, q), twice / 6))
  }
  if (area === 0) return scale(at, 1e-300)
  return scale(normalize(add(origin, scale(moment, 1 / area))), Math.abs(area))
}

/** Half the width of the strip beside an outline in which inside and outside are told apart. */
const STRIP = 1e-9

/**
 * The area that two regions share, square degrees; parts of a union that overlap count once. Exact up to
 * rounding: about 1e-10 of the smaller region's area, and what is narrower than 1e-9 radians is not seen.
 *
 * The outline of what is shared is made of pieces of both outlines; the area is the integral of
 * (1 - cos θ) dφ along it, θ and φ counted from any direction (Stokes), which is elementary for arcs.
 */
export function overlapSqDeg(a: Region, b: Region): number {
  const [one, other] = [areasOf(a), areasOf(b)]
  if (one.length === 0 || other.length === 0 || !intersects(a, b)) return 0
  const isShared = (at: Vector) =>
    one.some((part) => holds(part, at)) && other.some((part) => holds(part, at))
  const arcs = [...one, ...other].flatMap((part) => part.arcs)
  const from = originOf(one, other)
  let area = isShared(scale(from, -1)) ? 4 * Math.PI : 0
  for (const [i, arc] of arcs.entries()) {
    const cuts = cutsOf(arc, arcs)
    for (const [k, begin] of cuts.entries()) {
      const end = cuts[k + 1]
      if (end === undefined || (end - begin) * arc.sinRadius <= 10 * TOLERANCE) continue
      const middle = pointAt(arc, (begin + end) / 2)
      // Where outlines run along each other the first one counts.
      if (arcs.some((twin, j) => j < i && isOn(twin, middle))) continue
      const aside = scale(leftOf(arc, middle), STRIP)
      const isLeft = isShared(normalize(add(middle, aside)))
      if (isLeft === isShared(normalize(subtract(middle, aside)))) continue
      area += (isLeft ? 1 : -1) * alongArc(arc, begin, end, from)
    }
  }
  return degrees(degrees(Math.max(0, area)))
}

type Area = Exclude<Part, { kind: 'point' }>

const areasOf = (region: Region): Area[] =>
  partsOf(region).filter((part): part is Area => part.kind === 'polygon' || radiusOf(part) > 0)

// Near the smaller region, so that small areas keep their digits; opposite to it nothing should run.
function originOf(one: readonly Area[], other: readonly Area[]): Vector {
  let best: { at: Vector; radius: number } | undefined
  for (const parts of [one, other]) {
    const [first] = parts
    const cap = first?.kind === 'circle' ? { at: first.at, radius: radiusOf(first) } : first?.cap
    if (cap && (best === undefined || cap.radius < best.radius)) best = cap
  }
  return best?.at ?? normalize([0.36, 0.48, 0.8])
}

function alongArc(arc: Arc, begin: number, end: number, from: Vector): number {
  const pieces = Math.ceil((end - begin) / (Math.PI / 2))
  let area = 0
  for (let i = 0; i < pieces; i++) {
    const [s, t] = [begin + (end - begin) * i / pieces, begin + (end - begin) * (i + 1) / pieces]
    const [p, q] = [pointAt(arc, s), pointAt(arc, t)]
    area += triangleArea(from, p, q)
    // Beside its chord a small circle's arc bounds a segment: the sector less the triangle.
    if (arc.cosRadius !== 0) {
      area += (t - s) * 2 * Math.sin(arc.radius / 2) ** 2 - triangleArea(arc.axis, p, q)
    }
  }
  return area
}

/** Steradians, positive when a, b, c turn to the left. */
function triangleArea(a: Vector, b: Vector, c: Vector): number {
  const triple = dot(a, cross(subtract(b, a), subtract(c, a)))
  return 2 * Math.atan2(triple, 1 + dot(a, b) + dot(b, c) + dot(c, a))
}
