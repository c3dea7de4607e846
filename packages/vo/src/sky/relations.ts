/**
 * Whether regions meet, and whether one holds another. ADQL 2.1 §4.2.11 (CONTAINS: the boundary counts as
 * inside), §4.2.14 (INTERSECTS). Exact on the sphere up to rounding (`TOLERANCE`).
 */
import { cutsOf, distanceToArc, doCross, isBeside, offCircle, pointAt, TOLERANCE } from './arc.ts'
import type { Arc } from './arc.ts'
import { partsOf, turnBetween } from './region.ts'
import type { Circle, Part, Polygon, Region } from './region.ts'
import { add, angle, cross, dot, normalize, radians, scale, subtract } from './vector.ts'
import type { Vector } from './vector.ts'

/** Whether they have a point in common. */
export function intersects(a: Region, b: Region): boolean {
  return partsOf(a).some((one) => partsOf(b).some((other) => doMeet(one, other)))
}

function doMeet(a: Part, b: Part): boolean {
  if (a.kind === 'point') return holds(b, a.at)
  if (b.kind === 'point') return holds(a, b.at)
  if (a.kind === 'circle') return b.kind === 'circle' ? doCirclesMeet(a, b) : doesCircleMeet(a, b)
  return b.kind === 'circle' ? doesCircleMeet(b, a) : doPolygonsMeet(a, b)
}

function doCirclesMeet(a: Circle, b: Circle): boolean {
  return angle(a.at, b.at) <= radians(a.radiusDeg + b.radiusDeg) + TOLERANCE
}

function doesCircleMeet(circle: Circle, polygon: Polygon): boolean {
  const radius = radians(circle.radiusDeg) + TOLERANCE
  if (polygon.cap && angle(polygon.cap.at, circle.at) > polygon.cap.radius + radius) return false
  return holds(polygon, circle.at) || polygon.arcs.some((arc) => distanceToArc(arc, circle.at) <= radius)
}

function doPolygonsMeet(a: Polygon, b: Polygon): boolean {
  if (a.cap && b.cap && angle(a.cap.at, b.cap.at) > a.cap.radius + b.cap.radius + TOLERANCE) return false
  // Outlines that touch or overlap have a corner of one on the other.
  return a.arcs.some((arc) => holds(b, arc.u)) || b.arcs.some((arc) => holds(a, arc.u))
    || a.arcs.some((one) => b.arcs.some((other) => doCross(one, other)))
}

/** Half the width of the strip beside an outline that must be covered; below it nothing is looked for. */
const STRIP = 1e-9

/**
 * Whether the inner region lies wholly in the outer one, of which several parts together may hold it.
 *
 * It does when its outline does, and when no piece of the outer outline that runs inside it has uncovered sky
 * beside it. Outlines are cut where others cross them, so that each piece is all in or all out.
 */
export function contains(outer: Region, inner: Region): boolean {
  const parts = partsOf(outer)
  return partsOf(inner).every((part) => {
    if (part.kind === 'point' || isDot(part)) return parts.some((holder) => holds(holder, centreOf(part)))
    if (part.kind === 'circle') {
      if (parts.some((holder) => holder.kind === 'circle' && holdsCircle(holder, part))) return true
    }
    return isCovered(part, parts.filter((holder): holder is Circle | Polygon => holder.kind !== 'point'))
  })
}

const isDot = (part: Part): boolean => part.kind === 'circle' && part.radiusDeg === 0
const centreOf = (part: Part): Vector => (part.kind === 'polygon' ? part.arcs[0]?.u ?? [0, 0, 1] : part.at)

function holdsCircle(outer: Circle, inner: Circle): boolean {
  if (outer.radiusDeg === 180) return true
  return angle(outer.at, inner.at) + radians(inner.radiusDeg) <= radians(outer.radiusDeg) + TOLERANCE
}

function isCovered(inner: Circle | Polygon, outer: readonly (Circle | Polygon)[]): boolean {
  if (!outer.some((part) => part.kind === 'polygon' || part.radiusDeg > 0)) return false
  const isHeld = (at: Vector) => outer.some((part) => holds(part, at))
  if (!inner.arcs.every((arc) => isHeld(arc.cosRadius === 0 ? arc.u : pointAt(arc, 0)))) return false
  const outerArcs = outer.flatMap((part) => part.arcs)
  if (!inner.arcs.every((arc) => middlesOf(arc, outerArcs).every(isHeld))) return false
  const all = [...outerArcs, ...inner.arcs]
  return outerArcs.every((arc) => middlesOf(arc, all).every((at) => {
    const aside = scale(leftOf(arc, at), STRIP)
    const sides = [normalize(add(at, aside)), normalize(subtract(at, aside))]
    return sides.every((near) => !holds(inner, near) || isHeld(near))
  }))
}

/** A point in the middle of each piece between the cuts; pieces that are only rounding are passed over. */
function middlesOf(arc: Arc, others: readonly Arc[]): Vector[] {
  const cuts = cutsOf(arc, others)
  const middles: Vector[] = []
  for (const [i, cut] of cuts.entries()) {
    const next = cuts[i + 1]
    if (next === undefined || (next - cut) * arc.sinRadius <= 10 * TOLERANCE) continue
    middles.push(pointAt(arc, (cut + next) / 2))
  }
  return middles
}

/** The direction to the left of an arc at one of its points. */
export function leftOf(arc: Arc, at: Vector): Vector {
  return normalize(subtract(arc.axis, scale(at, dot(arc.axis, at))))
}

/** Whether a part holds a point; its boundary belongs to it. */
export function holds(part: Part, at: Vector): boolean {
  switch (part.kind) {
    case 'point': return angle(part.at, at) <= TOLERANCE
    case 'circle': return angle(part.at, at) <= radians(part.radiusDeg) + TOLERANCE
    case 'polygon':
      if (part.cap && angle(part.cap.at, at) > part.cap.radius + TOLERANCE) return false
      if (part.arcs.some((arc) => isOn(arc, at))) return true
      return part.cap ? doesWindAround(part, at) : isLeftOfNearest(part, at)
  }
}

/** Whether a point is on an arc of any circle. */
export function isOn(arc: Arc, at: Vector): boolean {
  return Math.abs(offCircle(arc, at)) <= TOLERANCE && distanceToArc(arc, at) <= TOLERANCE
}

/**
 * Below a hemisphere: whether the outline goes around the point, as seen from it. This needs no orientation,
 * and an outline that crosses itself has its lobes inside.
 */
function doesWindAround(polygon: Polygon, at: Vector): boolean {
  let turned = 0
  let from = subtract(polygon.arcs.at(-1)?.u ?? at, at)
  for (const arc of polygon.arcs) {
    const to = subtract(arc.u, at)
    turned += Math.atan2(dot(at, cross(from, to)), dot(from, to) - dot(from, at) * dot(to, at))
    from = to
  }
  return Math.abs(turned) > Math.PI
}

/**
 * Beyond a hemisphere, where a point and its opposite may both be inside, the nearest place of the outline
 * decides: a side by its left and right, a corner by its turn (a convex one is nearest only from outside).
 */
function isLeftOfNearest(polygon: Polygon, at: Vector): boolean {
  let least = Infinity
  let isLeft = false
  for (const [i, arc] of polygon.arcs.entries()) {
    const isSide = isBeside(arc, at)
    const off = isSide ? offCircle(arc, at) : angle(at, arc.u)
    if (Math.abs(off) >= least) continue
    least = Math.abs(off)
    isLeft = isSide ? off > 0 : turnBetween(polygon.arcs.at(i - 1) ?? arc, arc) < 0
  }
  return isLeft
}
