/** Stars that move: ivo_epoch_prop_pos of the IVOA's catalogue of functions (EN 1.2). */
import type { Position } from './region.ts'
import { add, positionOf, radians, scale, vectorOf } from './vector.ts'
import type { Vector } from './vector.ts'

/** What is known of a star at an epoch; what is null is taken as 0. */
export interface Motion extends Position {
  /** Milliarcseconds; null or 0 is infinitely far, where no radial motion shows. */
  readonly parallaxMas: number | null
  /** Milliarcseconds a year; that in right ascension times the cosine of the declination. */
  readonly pmRaMasYr: number | null
  readonly pmDecMasYr: number | null
  readonly radialKmS: number | null
}

/** A star of parallax p" that recedes by v km/s has a radial proper motion of v p / 4.74 "/yr. */
const KM_S_OF_AU_YEAR = 4.740470446
const MAS = 1 / 3_600_000

/**
 * Where a star is some (Julian) years later: straight motion at constant speed, light travel time left out,
 * as the Hipparcos Catalogue (ESA SP-1200) §1.5.5 has it.
 */
export function propagate(star: Motion, years: number): Position {
  const { raDeg, decDeg } = star
  const [ra, dec] = [radians(raDeg), radians(decDeg)]
  const east: Vector = [-Math.sin(ra), Math.cos(ra), 0]
  const north: Vector = [-Math.sin(dec) * Math.cos(ra), -Math.sin(dec) * Math.sin(ra), Math.cos(dec)]
  const moved = (mas: number | null) => radians((mas ?? 0) * MAS) * years
  const receding = 1 + moved((star.radialKmS ?? 0) * (star.parallaxMas ?? 0) / KM_S_OF_AU_YEAR)
  const across = add(scale(east, moved(star.pmRaMasYr)), scale(north, moved(star.pmDecMasYr)))
  return positionOf(add(scale(vectorOf(raDeg, decDeg), receding), across))
}
