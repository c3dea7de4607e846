/**
 * PostgreSQL's SQL (13 and later). Values as design §7; what PostgreSQL does otherwise by itself is noted
 * where it is put right. The functions of the schema `quipu` are made by its adapter.
 */
import type { Dialect, PointSql } from '../dialect.ts'
import { bind, double, inRanges, integer, sql } from '../sql.ts'
import type { Sql } from '../sql.ts'
import { isText } from '../types.ts'
import type { Type } from '../types.ts'

const TYPES: Partial<Record<Type, Sql>> = {
  short: sql`SMALLINT`, int: sql`INTEGER`, long: sql`BIGINT`, float: sql`REAL`,
  double: sql`DOUBLE PRECISION`, timestamp: sql`TIMESTAMP`, boolean: sql`BOOLEAN`, condition: sql`BOOLEAN`,
}

// Stands at every leaf that is text, so that whatever is made of it compares by code point.
const collated = (text: Sql): Sql => sql`(${text} COLLATE "C")`

/** A double in the SQL of this dialect, where a plain literal is a decimal. */
const constant = (value: number): Sql => sql`CAST(${double(value)} AS DOUBLE PRECISION)`

/** Regions travel as STC-S text; that of a constant is read once a query. A null argument gives null. */
export const postgres: Dialect = {
  name: 'postgres',
  text: (value) => collated(sql`CAST(${bind(value)} AS TEXT)`),
  number: (value, type) => {
    if (typeof value === 'number') return constant(value)
    if (type === 'long') return sql`CAST(${integer(value)} AS BIGINT)`
    return value < 0n ? sql`(${integer(value)})` : integer(value)
  },
  timestamp: (timestampMicros) => sql`CAST(${bind({ timestampMicros })} AS TIMESTAMP)`,
  cast,
  // Cuts towards zero and fails on zero by itself.
  divide: (a, b) => sql`(${a} / ${b})`,
  // Under "C" only ASCII letters are folded.
  fold: (text) => sql`lower(${text})`,
  lower: (text) => sql`quipu.lower(${text})`,
  like: (text, pattern) => sql`(${text} LIKE ${pattern} ESCAPE '')`,
  // A numeric by itself, which never overflows.
  sumOfIntegers: (argument) => sql`CAST(sum(${argument}) AS BIGINT)`,
  // Null elements would compare as greatest.
  extremeText: (end, text) => {
    const pair = sql`(ARRAY[lower(${text}), ${text}]) FILTER (WHERE ${text} IS NOT NULL)`
    return end === 'MIN' ? sql`(min${pair})[2]` : sql`(max${pair})[2]`
  },
  among: (column, integers) => sql`${column} = ANY (CAST(${bind({ integers })} AS INTEGER[]))`,
  // Each range is one scan of the index.
  ofKeys: inRanges,
  barrier: (query, name) => sql`WITH ${name} AS MATERIALIZED (${query}) SELECT * FROM ${name}`,
  distance: (a, b) => {
    const h = haversine(a, b)
    return sql`degrees(2 * asin(sqrt(CASE WHEN ${h} > 1 THEN 1 ELSE ${h} END)))`
  },
  within: (point, { center, radius, constant: known }, isOpen) => {
    const h = haversine(point, center)
    const compare = isOpen ? sql`<` : sql`<=`
    const limit = sql`pow(${sine(sql`CASE WHEN ${radius} > 180 THEN 180 ELSE ${radius} END`)}, 2)`
    if (known === undefined) return sql`(${radius} >= 0 AND ${h} ${compare} ${limit})`
    // The band of declination first: it needs no arithmetic, and an index can serve it.
    const [low, high] = [known.dec - known.radius - 1e-9, known.dec + known.radius + 1e-9]
    return sql`(${point.dec} BETWEEN ${constant(low)} AND ${constant(high)} AND ${h} ${compare} ${limit})`
  },
  contains: (outer, inner) => sql`quipu.contains(${region(outer)}, ${region(inner)})`,
  intersects: (one, other) => sql`quipu.intersects(${region(one)}, ${region(other)})`,
  area: (shape) => sql`quipu.area(${region(shape)})`,
}

const region = (text: Sql): Sql => sql`quipu.region_of(${text})`

/**
 * The sine of half an angle of degrees; of a tiny one 0, since the square of what is below 1e-162 is an error
 * to PostgreSQL, and a hidden row must not be found by it.
 */
const sine = (degrees: Sql): Sql =>
  sql`CASE WHEN abs(${degrees}) < 1e-90 THEN 0 ELSE sin(radians(${degrees}) / 2) END`

// A quarter of the squared chord: exact for the smallest arcs, and has no branch at RA 0.
const haversine = (a: PointSql, b: PointSql): Sql =>
  sql`(pow(${sine(sql`(${a.dec} - ${b.dec})`)}, 2)
   + cos(radians(${a.dec})) * cos(radians(${b.dec})) * pow(${sine(sql`(${a.ra} - ${b.ra})`)}, 2))`

function cast(value: Sql, from: Type, to: Type, length: number | undefined): Sql {
  if (to === 'timestamp' && isText(from)) return sql`quipu.timestamp_of(${value})`
  const type = TYPES[to]
  if (type !== undefined) return sql`CAST(${value} AS ${type})`
  const text = collated(textOf(value, from))
  return length === undefined ? text : sql`substring(${text}, 1, ${integer(length)})`
}

function textOf(value: Sql, from: Type): Sql {
  switch (from) {
    case 'timestamp': return sql`to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
    case 'float': case 'double': return sql`quipu.text_of(${value})`
    default: return sql`CAST(${value} AS TEXT)`
  }
}
