/** Arcs of circles on the sky, great and small ones alike: what outlines are made of. Angles in radians. */
import { add, angle, cross, dot, normalize, perpendicular, scale, twiceCross } from './vector.ts'
import type { Vector } from './vector.ts'

/** Angles below this count as none: 0.2 microarcseconds, a thousand times the rounding of a unit vector. */
export const TOLERANCE = 1e-12
const TURN = 2 * Math.PI

/** A piece of the circle around `axis`, which is to its left. Points have parameters from 0 to `sweep`. */
export interface Arc {
  readonly axis: Vector
  /** Of the circle; a quarter turn for a great one. */
  readonly radius: number
  readonly cosRadius: number
  readonly sinRadius: number
  /** Directions of the parameters 0 and a quarter turn; orthonormal with the axis. */
  readonly u: Vector
  readonly v: Vector
  readonly sweep: number
}

/** The shorter arc of the great circle through both; they are neither the same nor opposite. */
export function greatArc(from: Vector, to: Vector): Arc {
  const axis = normalize(twiceCross(from, to))
  const circle = { axis, radius: TURN / 4, cosRadius: 0, sinRadius: 1 }
  return { ...circle, u: from, v: cross(axis, from), sweep: angle(from, to) }
}

/** The whole circle. */
export function circleArc(axis: Vector, radius: number): Arc {
  const u = perpendicular(axis)
  const v = cross(axis, u)
  return { axis, radius, cosRadius: Math.cos(radius), sinRadius: Math.sin(radius), u, v, sweep: TURN }
}

export function pointAt(arc: Arc, parameter: number): Vector {
  const { axis, cosRadius, sinRadius, u, v } = arc
  const around = add(scale(u, Math.cos(parameter)), scale(v, Math.sin(parameter)))
  return normalize(add(scale(axis, cosRadius), scale(around, sinRadius)))
}

/** The parameter of the arc's circle nearest to a point, in [0, 2π). */
export function parameterOf(arc: Arc, point: Vector): number {
  const parameter = Math.atan2(dot(point, arc.v), dot(point, arc.u))
  return parameter < 0 ? parameter + TURN : parameter
}

/** How far a point is from the nearest one of the arc. */
export function distanceToArc(arc: Arc, point: Vector): number {
  if (isBeside(arc, point)) return Math.abs(offCircle(arc, point))
  return Math.min(angle(point, pointAt(arc, 0)), angle(point, pointAt(arc, arc.sweep)))
}

/** Whether the nearest point of the arc is not one of its ends. */
export function isBeside(arc: Arc, point: Vector): boolean {
  return arc.sweep >= TURN || parameterOf(arc, point) <= arc.sweep
}

/** How far a point is from the arc's circle; positive on its left. */
export function offCircle(arc: Arc, point: Vector): number {
  // Of a great circle the sine is exact where it matters, near the circle.
  return arc.cosRadius === 0 ? Math.asin(Math.max(-1, Math.min(1, dot(point, arc.axis))))
    : arc.radius - angle(point, arc.axis)
}

/**
 * Parameters of an arc where others may begin, end or cross it, between its ends, in order. There may be more
 * of them than there are crossings; between two neighbours nothing crosses.
 */
export function cutsOf(arc: Arc, others: readonly Arc[]): number[] {
  const cuts: number[] = []
  for (const other of others) {
    if (other === arc) continue
    cuts.push(...crossings(arc, other))
    for (const end of [pointAt(other, 0), pointAt(other, other.sweep)]) {
      if (Math.abs(offCircle(arc, end)) < 10 * TOLERANCE) cuts.push(parameterOf(arc, end))
    }
  }
  const within = cuts.map((cut) => ((cut % TURN) + TURN) % TURN).filter((cut) => cut < arc.sweep)
  return [0, ...within.sort((a, b) => a - b), arc.sweep]
}

/** Where the circles cross: the spherical triangle of the two axes and the crossing, by its half angles. */
function crossings(arc: Arc, other: Arc): number[] {
  const apart = angle(arc.axis, other.axis)
  if (Math.sin(apart) < TOLERANCE) return []
  const s = (arc.radius + apart + other.radius) / 2
  const above = Math.sin(s - arc.radius) * Math.sin(s - apart)
  const below = Math.sin(s) * Math.sin(s - other.radius)
  if (above < 0 || below < 0) return []
  const half = 2 * Math.atan2(Math.sqrt(above), Math.sqrt(below))
  const towards = parameterOf(arc, other.axis)
  return [towards - half, towards + half]
}

/** Whether two great arcs cross at a point that is an end of neither. */
export function doCross(a: Arc, b: Arc): boolean {
  const [a0, a1, b0, b1] = [a.u, pointAt(a, a.sweep), b.u, pointAt(b, b.sweep)]
  const s1 = dot(a.axis, b0)
  const s2 = dot(a.axis, b1)
  const s3 = dot(b.axis, a0)
  const s4 = dot(b.axis, a1)
  // Opposite sides of each other's circle, and of the two crossings of the circles the same one.
  return s1 * s2 < 0 && s3 * s4 < 0 && s1 * s4 > 0
}
