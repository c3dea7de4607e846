/**
 * Regions in the engine: the functions that the ADQL dialect calls for geometries with an area. Regions
 * travel as text (STC-S, as in `s_region`). ADQL 2.1 §4.2.
 */
import { BOOLEAN, DOUBLE, DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api'
import { ArchiveError } from '@quipu/vo'
import { areaSqDeg, contains, intersects, parseRegion } from '@quipu/vo/sky'
import type { Region } from '@quipu/vo/sky'

/** Footprints repeat (one a chunk for a constant, one for each frame of a field): parsed texts are kept. */
const KEPT_REGIONS = 4_096

/** Registers the functions for every connection of the instance. */
export function registerSkyFunctions(connection: DuckDBConnection): void {
  const regionOf = openRegions()
  const register = (
    name: string, arity: 1 | 2, returnType: DuckDBType, compute: (a: Region, b: Region) => boolean | number,
  ): void => {
    connection.registerScalarFunction(DuckDBScalarFunction.create({
      name, returnType, parameterTypes: Array.from({ length: arity }, () => VARCHAR),
      mainFunction(_info, chunk, output) {
        const [first, second] = [chunk.getColumnVector(0), chunk.getColumnVector(arity - 1)]
        for (let row = 0; row < chunk.rowCount; row++) {
          const a = regionOf(first.getItem(row))
          const b = regionOf(second.getItem(row))
          output.setItem(row, a === undefined || b === undefined ? null : compute(a, b))
        }
        output.flush()
      },
    }))
  }
  register('quipu_intersects', 2, BOOLEAN, intersects)
  register('quipu_contains', 2, BOOLEAN, contains)
  register('quipu_area', 1, DOUBLE, areaSqDeg)
}

/** From text to region. What is not the text of a region is none: a row's mistake must not end a query. */
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
