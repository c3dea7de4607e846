/**
 * What a database cannot do with regions by itself: plain functions of texts and numbers, which an engine's
 * adapter registers under these names. Regions travel as text (STC-S, as in `s_region`). What is not the text
 * of a region gives null: a row's mistake must not end a query.
 */
import { ArchiveError } from '../errors.ts'
import { parseFrame, transformRegion } from './frames.ts'
import { healpixCenter, healpixCount, healpixIndex, HEALPIX_MAX_ORDER } from './healpix.ts'
import { centroidOf, overlapSqDeg, regionDistanceDeg } from './measure.ts'
import { propagate } from './motion.ts'
import { areaSqDeg } from './region.ts'
import type { Position, Region } from './region.ts'
import { contains, intersects } from './relations.ts'
import { parseRegion, regionText } from './stc.ts'

export type SkyType = 'region' | 'text' | 'double' | 'integer' | 'long' | 'boolean'
type SkyResult = string | number | bigint | boolean | null

export interface SkyFunction {
  readonly name: string
  /** A region is given as text and has been read when `compute` sees it. */
  readonly args: readonly SkyType[]
  readonly result: Exclude<SkyType, 'region'>
  /** Whether `compute` wants to see nulls; else a null argument gives null. */
  readonly takesNulls?: true
  readonly compute: (args: readonly unknown[]) => SkyResult
}

const one = (name: string, result: SkyFunction['result'], compute: (a: Region) => SkyResult): SkyFunction =>
  ({ name, args: ['region'], result, compute: ([a]) => compute(a as Region) })

const two = (
  name: string, result: SkyFunction['result'], compute: (a: Region, b: Region) => SkyResult,
): SkyFunction =>
  ({ name, args: ['region', 'region'], result, compute: ([a, b]) => compute(a as Region, b as Region) })

const positionText = (at: Position | undefined): string | null =>
  (at === undefined ? null : `POSITION ICRS ${at.raDeg} ${at.decDeg}`)

const isOrder = (order: number) => Number.isInteger(order) && order >= 0 && order <= HEALPIX_MAX_ORDER

/** By themselves; a dialect of ADQL names them. */
export const SKY_FUNCTIONS: readonly SkyFunction[] = [
  two('quipu_intersects', 'boolean', intersects),
  /** Outer, inner. */
  two('quipu_contains', 'boolean', contains),
  one('quipu_area', 'double', areaSqDeg),
  two('quipu_overlap', 'double', overlapSqDeg),
  two('quipu_distance', 'double', regionDistanceDeg),
  one('quipu_centroid', 'text', (region) => positionText(centroidOf(region))),
  /** Null for what is no point. */
  one('quipu_coord1', 'double', (region) => (region.kind === 'point' ? region.raDeg : null)),
  one('quipu_coord2', 'double', (region) => (region.kind === 'point' ? region.decDeg : null)),
  {
    /** A shape by its word (POINT, CIRCLE, POLYGON) and DALI or STC-S text; null for any other shape. */
    name: 'quipu_shape', args: ['text', 'region'], result: 'text',
    compute: ([word, region]) => {
      const { kind } = region as Region
      return kind.toUpperCase() === word ? regionText(region as Region) : null
    },
  },
  {
    /** From a system, to a system, the region. */
    name: 'quipu_transform', args: ['text', 'text', 'region'], result: 'text',
    compute: ([from, to, region]) =>
      regionText(transformRegion(region as Region, parseFrame(String(from)), parseFrame(String(to)))),
  },
  {
    /** Order, longitude, latitude; null for what is no place on the sky. */
    name: 'quipu_healpix', args: ['integer', 'double', 'double'], result: 'long',
    compute: ([order, lon, lat]) => {
      const [n, raDeg, decDeg] = [Number(order), Number(lon), Number(lat)]
      const isPlace = Number.isFinite(raDeg) && Math.abs(decDeg) <= 90
      return isOrder(n) && isPlace ? healpixIndex(n, raDeg, decDeg) : null
    },
  },
  {
    /** Order, number of a cell; null when the order has no such cell. */
    name: 'quipu_healpix_center', args: ['integer', 'long'], result: 'text',
    compute: ([order, index]) => {
      const [n, cell] = [Number(order), BigInt(index as bigint | number)]
      const isCell = isOrder(n) && cell >= 0n && cell < healpixCount(n)
      return isCell ? positionText(healpixCenter(n, cell)) : null
    },
  },
  {
    /** Position, parallax, proper motions, radial velocity, two epochs; all but these may be null. */
    name: 'quipu_epoch_prop', args: Array.from({ length: 8 }, () => 'double' as const), result: 'text',
    takesNulls: true,
    compute: (args) => {
      const [ra, dec, parallaxMas = null, pmRaMasYr = null, pmDecMasYr = null, radialKmS = null, from, to] =
        args as (number | null)[]
      const known = [ra, dec, from, to].every((value) => value !== null && Number.isFinite(value))
      if (!known || Math.abs(Number(dec)) > 90) return null
      const star = { raDeg: Number(ra), decDeg: Number(dec), parallaxMas, pmRaMasYr, pmDecMasYr, radialKmS }
      return positionText(propagate(star, Number(to) - Number(from)))
    },
  },
]

/** Footprints repeat (one a chunk for a constant, one for each frame of a field): what was read is kept. */
const KEPT_REGIONS = 4_096

/**
 * The function as an engine calls it, a row's values at a time. Each has a memory of its own for the regions
 * that it read.
 */
export function openSkyFunction(sky: SkyFunction): (row: readonly unknown[]) => SkyResult {
  const regionOf = openRegions()
  return (row) => {
    const args: unknown[] = []
    for (const [i, type] of sky.args.entries()) {
      const value = type === 'region' ? regionOf(row[i]) : row[i]
      if ((value === null || value === undefined) && sky.takesNulls !== true) return null
      args.push(value)
    }
    return sky.compute(args)
  }
}

function openRegions(): (text: unknown) => Region | undefined {
  const kept = new Map<string, Region | undefined>()
  return (text) => {
    if (typeof text !== 'string') return undefined
    if (kept.has(text)) return kept.get(text)
    if (kept.size >= KEPT_REGIONS) kept.clear()
    const region = tryParse(text)
    kept.set(text, region)
    return region
  }
}

function tryParse(text: string): Region | undefined {
  try {
    return parseRegion(text)
  } catch (error) {
    if (error instanceof ArchiveError) return undefined
    throw error
  }
}
