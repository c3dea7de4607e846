/** Galactic and ecliptic coordinates of a J2000 position. IAU 1958 pole as in Hipparcos vol. 1 §1.5.3. */

export interface Position { readonly raDeg: number; readonly decDeg: number }

type Matrix = readonly [readonly number[], readonly number[], readonly number[]]

const TO_GALACTIC: Matrix = [
  [-0.0548755604, -0.8734370902, -0.4838350155],
  [0.4941094279, -0.44482963, 0.7469822445],
  [-0.867666149, -0.1980763734, 0.4559837762],
]
/** Obliquity of the ecliptic at J2000. */
const OBLIQUITY_RAD = 23.4392911 * Math.PI / 180
const TO_ECLIPTIC: Matrix = [
  [1, 0, 0],
  [0, Math.cos(OBLIQUITY_RAD), Math.sin(OBLIQUITY_RAD)],
  [0, -Math.sin(OBLIQUITY_RAD), Math.cos(OBLIQUITY_RAD)],
]

/** Longitude (0 to 360) and latitude in degrees, to six decimals. */
export interface LonLat { readonly lonDeg: number; readonly latDeg: number }

export function galacticOf(position: Position): LonLat {
  return turned(position, TO_GALACTIC)
}

export function eclipticOf(position: Position): LonLat {
  return turned(position, TO_ECLIPTIC)
}

/** True of a right ascension and a declination that are on the sky; fillers such as -596.5 are not. */
export function isPosition(raDeg: unknown, decDeg: unknown): boolean {
  return typeof raDeg === 'number' && typeof decDeg === 'number'
    && raDeg >= 0 && raDeg <= 360 && decDeg >= -90 && decDeg <= 90
}

function turned({ raDeg, decDeg }: Position, matrix: Matrix): LonLat {
  const ra = raDeg * Math.PI / 180
  const dec = decDeg * Math.PI / 180
  const vector = [Math.cos(dec) * Math.cos(ra), Math.cos(dec) * Math.sin(ra), Math.sin(dec)]
  const [x, y, z] = matrix.map((row) => row.reduce((sum, part, i) => sum + part * (vector[i] ?? 0), 0))
  const lonDeg = Math.atan2(y ?? 0, x ?? 0) * 180 / Math.PI
  // Not asin: it is coarse at the poles.
  const latDeg = Math.atan2(z ?? 0, Math.hypot(x ?? 0, y ?? 0)) * 180 / Math.PI
  return { lonDeg: rounded((lonDeg + 360) % 360) % 360, latDeg: rounded(latDeg) }
}

const rounded = (deg: number) => Math.round(deg * 1e6) / 1e6
