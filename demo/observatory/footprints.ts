/**
 * Footprints of every kind that archives have, around any position: STC-S as ESO writes it (TAP 1.0 §6), and
 * the shapes of DALI 1.1 §3.3 with their word and without a frame.
 * Corners are offsets in the tangent plane, so that they hold at the poles and across RA 0 as elsewhere.
 */

/** East and north in the tangent plane, in units of the footprint's size. */
type Offset = readonly [east: number, north: number]

const SQUARE: readonly Offset[] = [[1, 1], [1, -1], [-1, -1], [-1, 1]]
const CORNER: readonly Offset[] = [[-1, -1], [1, -1], [1, 0], [0, 0], [0, 1], [-1, 1]]
const STAR: readonly Offset[] = Array.from({ length: 10 }, (_, i) => {
  const radius = i % 2 === 0 ? 1 : 0.4
  return [radius * Math.sin(i * Math.PI / 5), radius * Math.cos(i * Math.PI / 5)]
})
const HEXAGON: readonly Offset[] = Array.from({ length: 6 }, (_, i) =>
  [Math.sin(i * Math.PI / 3), Math.cos(i * Math.PI / 3)])

export const KINDS = [
  'circle', 'square', 'backwards', 'corner', 'star', 'hexagon', 'union', 'position', 'box', 'mixedUnion',
  'daliCircle', 'daliPolygon',
] as const
export type FootprintKind = (typeof KINDS)[number]

/** The footprint of a kind. Sizes are from the middle to a side, degrees. */
export function footprint(kind: FootprintKind, ra: number, dec: number, sizeDeg: number): string {
  const corners = (offsets: readonly Offset[], east = 0): string => offsets
    .map(([x, y]) => deproject(ra, dec, (x + east) * sizeDeg, y * sizeDeg)).join(' ')
  const polygon = (offsets: readonly Offset[], east = 0): string => `POLYGON J2000 ${corners(offsets, east)}`
  switch (kind) {
    case 'position': return `POSITION J2000 ${ra} ${dec}`
    case 'circle': return `CIRCLE J2000 ${ra} ${dec} ${sizeDeg}`
    case 'square': return polygon(SQUARE)
    case 'backwards': return polygon(SQUARE.toReversed())
    case 'corner': return polygon(CORNER)
    case 'star': return polygon(STAR)
    case 'hexagon': return polygon(HEXAGON)
    case 'union': return `UNION J2000 (${polygon(SQUARE, -1.2)} ${polygon(SQUARE, 1.2)})`
    case 'box': return `BOX J2000 ${ra} ${dec} ${2 * sizeDeg} ${sizeDeg}`
    case 'mixedUnion': {
      return `UNION J2000 (CIRCLE J2000 ${ra} ${dec} ${sizeDeg} ${polygon(HEXAGON, 2)})`
    }
    case 'daliCircle': return `circle ${ra} ${dec} ${sizeDeg}`
    case 'daliPolygon': return `polygon ${corners(HEXAGON)}`
  }
}

/** The position at an offset (degrees) in the plane that touches the sky at ra, dec: `ra dec` as text. */
function deproject(ra: number, dec: number, eastDeg: number, northDeg: number): string {
  const radians = Math.PI / 180
  const [xi, eta, dec0] = [eastDeg * radians, northDeg * radians, dec * radians]
  const along = Math.cos(dec0) - eta * Math.sin(dec0)
  const raDeg = ra + Math.atan2(xi, along) / radians
  const decDeg = Math.atan2(Math.sin(dec0) + eta * Math.cos(dec0), Math.hypot(xi, along)) / radians
  const text = (((raDeg % 360) + 360) % 360).toFixed(6)
  return `${text === '360.000000' ? '0.000000' : text} ${decDeg.toFixed(6)}`
}
