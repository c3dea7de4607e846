/**
 * Regions in the engine: the functions that the ADQL dialect calls for geometries with an area. Regions
 * travel as text (STC-S, as in `s_region`). ADQL 2.1 §4.2.
 */
import { BIGINT, BOOLEAN, DOUBLE, DuckDBScalarFunction, INTEGER, VARCHAR } from '@duckdb/node-api'
import type { DuckDBConnection, DuckDBType } from '@duckdb/node-api'
import { openSkyFunction, SKY_FUNCTIONS } from '@quipu/vo/sky'
import type { SkyType } from '@quipu/vo/sky'

const TYPES: Readonly<Record<SkyType, DuckDBType>> = {
  region: VARCHAR, text: VARCHAR, double: DOUBLE, integer: INTEGER, long: BIGINT, boolean: BOOLEAN,
}

/** Registers the functions for every connection of the instance. */
export function registerSkyFunctions(connection: DuckDBConnection): void {
  for (const sky of SKY_FUNCTIONS) {
    const compute = openSkyFunction(sky)
    connection.registerScalarFunction(DuckDBScalarFunction.create({
      name: sky.name, returnType: TYPES[sky.result], parameterTypes: sky.args.map((type) => TYPES[type]),
      specialHandling: sky.takesNulls === true,
      mainFunction(_info, chunk, output) {
        const columns = sky.args.map((_, i) => chunk.getColumnVector(i))
        for (let row = 0; row < chunk.rowCount; row++) {
          output.setItem(row, compute(columns.map((column) => column.getItem(row))))
        }
        output.flush()
      },
    }))
  }
}
