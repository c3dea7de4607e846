/** DuckDB's SQL. Values as design §7; what DuckDB does otherwise by itself is noted where it is put right. */
import type { Dialect, PointSql } from '../dialect.ts'
import { bind, commas, double, inRanges, integer, sql } from '../sql.ts'
import type { Sql } from '../sql.ts'
import type { Type } from '../types.ts'

const TYPES: Partial<Record<Type, Sql>> = {
  short: sql`SMALLINT`, int: sql`INTEGER`, long: sql`BIGINT`, float: sql`FLOAT`, double: sql`DOUBLE`,
  text: sql`VARCHAR`, region: sql`VARCHAR`, timestamp: sql`TIMESTAMP`, boolean: sql`BOOLEAN`,
}

/**
 * DuckDB 1.5. Region functions (`quipu_contains`, `quipu_intersects`, `quipu_area`) are registered by
 * its adapter; a null argument gives null.
 */
export const duckdb: Dialect = {
  name: 'duckdb',
  cutsLate: 10_000,
  text: (value) => sql`CAST(${bind(value)} AS VARCHAR)`,
  number: (value) => {
    const literal = typeof value === 'bigint' ? integer(value) : double(value)
    return value < 0 || Object.is(value, -0) ? sql`(${literal})` : literal
  },
  timestamp: (timestampMicros) => sql`CAST(${bind({ timestampMicros })} AS TIMESTAMP)`,
  cast,
  divide: (a, b, type, isNeverZero) => {
    const divisor = isNeverZero ? b : sql`CASE WHEN ${b} = 0 THEN error('division by zero') ELSE ${b} END`
    return type === 'double' ? sql`(${a} / ${divisor})` : sql`(${a} // ${divisor})`
  },
  fold: (text) => sql`lower(${text})`,
  lower: (text) => sql`lower(${text})`,
  like: (text, pattern) => sql`(${text} LIKE ${pattern})`,
  sumOfIntegers: (argument) => sql`CAST(sum(${argument}) AS BIGINT)`,
  extremeText: (end, text) => (end === 'MIN'
    ? sql`arg_min(${text}, row(lower(${text}), ${text}))`
    : sql`arg_max(${text}, row(lower(${text}), ${text}))`),
  among: (column, integers) => sql`${column} IN (SELECT unnest(CAST(${bind({ integers })} AS INTEGER[])))`,
  // The list is what lets DuckDB skip row groups, the ranges are what it asks of a row before anything dear.
  ofKeys: (column, keys) =>
    sql`${column} IN (${commas(keys.map(integer))}) AND ${inRanges(column, keys)}`,
  barrier: (query, name) => sql`WITH ${name} AS MATERIALIZED (${query}) SELECT * FROM ${name}`,
  distance: (a, b) => {
    // No least(1, h): it takes NULL for absent. Rounding may lift h above 1 at the antipode.
    const h = haversine(a, b)
    return sql`degrees(2 * asin(sqrt(CASE WHEN ${h} > 1 THEN 1e0 ELSE ${h} END)))`
  },
  within: (point, { center, radius, constant }, isOpen) => {
    const h = haversine(point, center)
    const compare = isOpen ? sql`<` : sql`<=`
    const limit = sql`pow(sin(radians(CASE WHEN ${radius} > 180 THEN 180e0 ELSE ${radius} END) / 2), 2)`
    if (constant !== undefined) {
      // The band of declination first: it needs no arithmetic and lets DuckDB skip row groups.
      const [low, high] = [constant.dec - constant.radius - 1e-9, constant.dec + constant.radius + 1e-9]
      return sql`(${point.dec} BETWEEN ${double(low)} AND ${double(high)} AND ${h} ${compare} ${limit})`
    }
    return sql`(${radius} >= 0 AND ${h} ${compare} ${limit})`
  },
  contains: (outer, inner) => sql`quipu_contains(${outer}, ${inner})`,
  intersects: (one, other) => sql`quipu_intersects(${one}, ${other})`,
  area: (region) => sql`quipu_area(${region})`,
}

// A quarter of the squared chord: exact for the smallest arcs, and has no branch at RA 0.
const haversine = (a: PointSql, b: PointSql): Sql =>
  sql`(pow(sin(radians(${a.dec} - ${b.dec}) / 2), 2)
   + cos(radians(${a.dec})) * cos(radians(${b.dec})) * pow(sin(radians(${a.ra} - ${b.ra}) / 2), 2))`

function cast(value: Sql, from: Type, to: Type, length: number | undefined): Sql {
  const type = TYPES[to] ?? sql`VARCHAR`
  if (to !== 'text') return sql`CAST(${value} AS ${type})`
  const text = from === 'timestamp' ? sql`strftime(${value}, '%Y-%m-%dT%H:%M:%S.%gZ')`
    : sql`CAST(${value} AS VARCHAR)`
  return length === undefined ? text : sql`substring(${text}, 1, ${integer(length)})`
}
