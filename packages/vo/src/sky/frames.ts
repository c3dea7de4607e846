/**
 * Coordinate systems that are rotations of each other: ivo_geom_transform of the IVOA's catalogue of
 * functions (EN 1.2), names as in the vocabulary `refframe`. FK5 is J2000 and is taken as ICRS, from which it
 * differs by 0.03 arcseconds; FK4 is B1950 without its elliptic aberration (0.3 arcseconds).
 */
import { ArchiveError } from '../errors.ts'
import { circle, partsOf, point, polygon, union } from './region.ts'
import type { Part, Position, Region } from './region.ts'
import { dot, positionOf, radians, vectorOf } from './vector.ts'
import type { Vector } from './vector.ts'

export type Frame = 'ICRS' | 'FK5' | 'FK4' | 'GALACTIC'
export const FRAMES: readonly Frame[] = ['ICRS', 'FK5', 'FK4', 'GALACTIC']

type Rotation = readonly [Vector, Vector, Vector]

/** To galactic coordinates, from their north pole and the longitude of the celestial one; degrees. */
function toGalactic(poleRa: number, poleDec: number, celestialPole: number): Rotation {
  const [ra, dec] = [radians(poleRa), radians(poleDec)]
  const [c, s] = [Math.cos(radians(celestialPole)), Math.sin(radians(celestialPole))]
  const pole = vectorOf(poleRa, poleDec)
  const north: Vector = [-Math.sin(dec) * Math.cos(ra), -Math.sin(dec) * Math.sin(ra), Math.cos(dec)]
  const east: Vector = [-Math.sin(ra), Math.cos(ra), 0]
  const mix = (a: number, b: number): Vector =>
    [a * north[0] + b * east[0], a * north[1] + b * east[1], a * north[2] + b * east[2]]
  return [mix(c, s), mix(s, -c), pole]
}

const MAS = 1 / 3_600_000

/** FK5 against ICRS, by three small turns (Feissel & Mignard 1998). */
function afterTie([a, b, c]: Rotation): Rotation {
  const [x, y, z] = [radians(19.9 * MAS), radians(9.1 * MAS), radians(-22.9 * MAS)]
  const tied = (row: Vector): Vector => [
    row[0] - z * row[1] + y * row[2], z * row[0] + row[1] - x * row[2], -y * row[0] + x * row[1] + row[2],
  ]
  return [tied(a), tied(b), tied(c)]
}

/** The galactic pole of 1958 in FK5 (J2000); the catalogue's examples are made with these digits. */
const OF_ICRS = afterTie(toGalactic(192.8594812065348, 27.12825118085622, 122.9319185680026))
/** IAU 1958. */
const OF_FK4 = toGalactic(192.25, 27.4, 123)

const TO_GALACTIC: Readonly<Record<Frame, Rotation>> = {
  ICRS: OF_ICRS, FK5: OF_ICRS, FK4: OF_FK4, GALACTIC: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
}

const turned = ([x, y, z]: Rotation, at: Vector): Vector => [dot(x, at), dot(y, at), dot(z, at)]
const turnedBack = ([x, y, z]: Rotation, at: Vector): Vector => [
  x[0] * at[0] + y[0] * at[1] + z[0] * at[2],
  x[1] * at[0] + y[1] * at[1] + z[1] * at[2],
  x[2] * at[0] + y[2] * at[1] + z[2] * at[2],
]

/** A name of the vocabulary, in its own case. Throws `parameter_invalid` for one that is not here. */
export function parseFrame(name: string): Frame {
  const frame = FRAMES.find((known) => known === name)
  if (frame !== undefined) return frame
  throw new ArchiveError('parameter_invalid',
    `there is no coordinate system '${name.slice(0, 40)}'; there are ${FRAMES.join(', ')}`)
}

/** The same place on the sky in the coordinates of another system. Degrees. */
export function transformPosition({ raDeg, decDeg }: Position, from: Frame, to: Frame): Position {
  if (TO_GALACTIC[from] === TO_GALACTIC[to]) return { raDeg, decDeg }
  return positionOf(turnedBack(TO_GALACTIC[to], turned(TO_GALACTIC[from], vectorOf(raDeg, decDeg))))
}

/** The same region in the coordinates of another system. */
export function transformRegion(region: Region, from: Frame, to: Frame): Region {
  if (TO_GALACTIC[from] === TO_GALACTIC[to]) return region
  const parts = partsOf(region).map((part) => transformPart(part, from, to))
  const [first] = parts
  return parts.length === 1 && first !== undefined ? first : union(parts)
}

function transformPart(part: Part, from: Frame, to: Frame): Part {
  if (part.kind === 'polygon') {
    return polygon(part.vertices.map((vertex) => transformPosition(vertex, from, to)))
  }
  const { raDeg, decDeg } = transformPosition(part, from, to)
  return part.kind === 'point' ? point(raDeg, decDeg) : circle(raDeg, decDeg, part.radiusDeg)
}
