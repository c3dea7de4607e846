/**
 * User defined functions of the IVOA's catalogue (Endorsed Note "Catalogue of ADQL User Defined Functions"
 * 1.2), and those that stand behind geometry on columns of regions. Functions named `quipu_…` are
 * registered by
 * the engine's adapter (`@quipu/vo/sky`, SKY_FUNCTIONS).
 */
import type { ArgumentKind, CallSql, FunctionRow } from './functions.ts'
import { sql } from './sql.ts'
import type { Sql } from './sql.ts'

const at = (args: readonly Sql[], index: number): Sql => args[index] ?? sql``
const both = (call: CallSql) => ({ duckdb: call, postgres: call })

/** A row from its declaration: as many arguments as kinds. */
const ivo = (
  declaration: string, description: string, args: readonly ArgumentKind[], result: FunctionRow['result'],
  engines: FunctionRow['sql'], more: Partial<FunctionRow> = {},
): FunctionRow => ({
  name: (declaration.split('(')[0] ?? '').toUpperCase(), kind: 'udf', section: 'UDF catalogue 1.2',
  declaration, description, args, result, ...(engines === undefined ? {} : { sql: engines }), ...more,
})

/** A region as PostgreSQL's functions take it. */
const read = (text: Sql): Sql => sql`quipu.region_of(${text})`

const whole = (value: Sql): Sql => sql`CAST(${value} AS INTEGER)`

const healpixIndex = ivo('ivo_healpix_index(hpxOrder INTEGER, long REAL, lat REAL) -> BIGINT',
  'The number of the HEALPix cell (nested) that holds a position.', ['integer', 'double', 'double'], 'long',
  {
    duckdb: (a) => sql`quipu_healpix(${whole(at(a, 0))}, ${at(a, 1)}, ${at(a, 2)})`,
    postgres: (a) => sql`quipu.healpix(${whole(at(a, 0))}, ${at(a, 1)}, ${at(a, 2)})`,
  },
  {
    forms: [ivo('ivo_healpix_index(hpxOrder INTEGER, p POINT) -> BIGINT',
      'The number of the HEALPix cell (nested) that holds a point.', ['integer', 'point'], 'long', {
        duckdb: (a) =>
          sql`quipu_healpix(${whole(at(a, 0))}, quipu_coord1(${at(a, 1)}), quipu_coord2(${at(a, 1)}))`,
        postgres: (a) => {
          const region = read(at(a, 1))
          const [lon, lat] = [sql`quipu.coordinate(${region}, 1)`, sql`quipu.coordinate(${region}, 2)`]
          return sql`quipu.healpix(${whole(at(a, 0))}, ${lon}, ${lat})`
        },
      })],
  })

/** Days from some day, 1970 being `offset` of them later. */
const days = (name: string, offset: Sql, description: string): FunctionRow => {
  const duckdb: CallSql = (a) => sql`(epoch_us(${at(a, 0)}) / 86400000000e0 + ${offset})`
  const postgres: CallSql = (a) =>
    sql`(CAST(extract(epoch FROM ${at(a, 0)}) AS DOUBLE PRECISION) / 86400 + ${offset})`
  const ofText: FunctionRow['sql'] = {
    duckdb: (a, type) => duckdb([sql`CAST(${at(a, 0)} AS TIMESTAMP)`], type),
    postgres: (a, type) => postgres([sql`quipu.timestamp_of(${at(a, 0)})`], type),
  }
  return ivo(`${name}(t TIMESTAMP) -> DOUBLE`, description, ['timestamp'], 'double', { duckdb, postgres }, {
    forms: [ivo(`${name}(t VARCHAR) -> DOUBLE`, description, ['text'], 'double', ofText)],
  })
}

/** `3:34:45.4`, `3h34m45.4s`; or all digits together. Groups: sign, whole, minutes, seconds. */
function sexagesimal(text: Sql, apart: Sql, together: Sql, factor: Sql): Sql {
  const value = (pattern: Sql) => {
    const group = (index: Sql) => sql`TRY_CAST(regexp_extract(${text}, ${pattern}, ${index}) AS DOUBLE)`
    const sign = sql`CASE WHEN regexp_extract(${text}, ${pattern}, 1) = '-' THEN -1 ELSE 1 END`
    const sum = sql`${group(sql`2`)} + ${group(sql`3`)} / 60 + ${group(sql`4`)} / 3600`
    return sql`WHEN regexp_full_match(${text}, ${pattern}) THEN ${sign} * ${factor} * (${sum})`
  }
  return sql`(CASE ${value(apart)} ${value(together)} END)`
}

const SECONDS = sql`([0-5]?\\d(?:\\.\\d*)?)\\s*[sS]?\\s*`
const HMS = sql`'\\s*(\\+?)(\\d{1,2})\\s*[:hH ]\\s*([0-5]?\\d)\\s*[:mM ]\\s*${SECONDS}'`
const HHMMSS = sql`'\\s*(\\+?)(\\d\\d)([0-5]\\d)([0-5]\\d(?:\\.\\d*)?)\\s*'`
const DMS = sql`'\\s*([-+]?)(\\d{1,3})\\s*[:dD ]\\s*([0-5]?\\d)\\s*[:mM ]\\s*${SECONDS}'`
const DDMMSS = sql`'\\s*([-+]?)(\\d{2,3})([0-5]\\d)([0-5]\\d(?:\\.\\d*)?)\\s*'`

const words = (text: Sql): Sql => sql`regexp_extract_all(lower(${text}), '[\\p{L}\\p{N}_]+')`

/** The catalogue's functions. */
export const IVO_FUNCTIONS: readonly FunctionRow[] = [
  healpixIndex,
  ivo('ivo_healpix_center(hpxOrder INTEGER, hpxIndex BIGINT) -> POINT', 'The centre of a HEALPix cell.',
    ['integer', 'integer'], 'point',
    {
      duckdb: (a) => sql`quipu_healpix_center(${whole(at(a, 0))}, CAST(${at(a, 1)} AS BIGINT))`,
      postgres: (a) => sql`quipu.healpix_center(${whole(at(a, 0))}, CAST(${at(a, 1)} AS BIGINT))`,
    }),
  ivo('ivo_epoch_prop_pos(ra DOUBLE, dec DOUBLE, parallax DOUBLE, pmra DOUBLE, pmdec DOUBLE, '
    + 'radial_velocity DOUBLE, ref_epoch DOUBLE, out_epoch DOUBLE) -> POINT',
  'Where a star is at another epoch (Julian years): degrees, mas, mas/yr with the cosine, km/s.',
  Array.from({ length: 8 }, () => 'double' as const), 'point',
  {
    duckdb: (a) => sql`quipu_epoch_prop(${a.reduce((so, arg) => sql`${so}, ${arg}`)})`,
    postgres: (a) => sql`quipu.epoch_prop(${a.map((arg, i) =>
      (i >= 2 && i <= 5 ? sql`coalesce(${arg}, 0)` : arg)).reduce((so, arg) => sql`${so}, ${arg}`)})`,
  }),
  ivo('ivo_geom_transform(from_sys VARCHAR, to_sys VARCHAR, geo GEOMETRY) -> GEOMETRY',
    'A shape in the coordinates of another system: ICRS, FK5, FK4 or GALACTIC.',
    ['word', 'word', 'geometry'], 'region',
    {
      duckdb: (a) => sql`quipu_transform(${at(a, 0)}, ${at(a, 1)}, ${at(a, 2)})`,
      postgres: (a) => sql`quipu.transform(${at(a, 0)}, ${at(a, 1)}, ${read(at(a, 2))})`,
    }),
  days('ivo_to_jd', sql`2440587.5e0`, 'The Julian date of a time.'),
  days('ivo_to_mjd', sql`40587e0`, 'The modified Julian date of a time.'),
  ivo('ivo_nocasematch(value VARCHAR, pattern VARCHAR) -> INTEGER',
    '1 when the value is like the pattern but for the case, else 0.', ['text', 'text'], 'int', undefined),
  ivo('ivo_hasword(haystack VARCHAR, needle VARCHAR) -> INTEGER',
    '1 when all words of the needle occur in the haystack, in any case, else 0.', ['text', 'text'], 'int',
    {
      duckdb: (a) => whole(sql`list_has_all(${words(at(a, 0))}, ${words(at(a, 1))})`),
      postgres: (a) => sql`quipu.has_words(${at(a, 0)}, ${at(a, 1)})`,
    }),
  ivo('ivo_hashlist_has(hashlist VARCHAR, item VARCHAR) -> INTEGER',
    '1 when the item is one of a list with # between its items, in any case, else 0.',
    ['text', 'text'], 'int', {
      duckdb: (a) => sql`CASE WHEN ${at(a, 1)} LIKE '%#%' AND ${at(a, 0)} IS NOT NULL THEN 0 ELSE ${
        whole(sql`list_contains(string_split(lower(${at(a, 0)}), '#'), lower(${at(a, 1)}))`)} END`,
      postgres: (a) => sql`CASE WHEN ${at(a, 1)} LIKE '%#%' AND ${at(a, 0)} IS NOT NULL THEN 0 ELSE ${
        whole(sql`(lower(${at(a, 1)}) = ANY (string_to_array(lower(${at(a, 0)}), '#')))`)} END`,
    }),
  ivo('ivo_interval_overlaps(l1 DOUBLE, h1 DOUBLE, l2 DOUBLE, h2 DOUBLE) -> INTEGER',
    '1 when two intervals have a number in common, else 0.', ['double', 'double', 'double', 'double'], 'int',
    both((a) => {
      const [l1, h1, l2, h2] = [at(a, 0), at(a, 1), at(a, 2), at(a, 3)]
      return whole(sql`(${l1} <= ${h1} AND ${l2} <= ${h2} AND ${l1} <= ${h2} AND ${l2} <= ${h1})`)
    })),
  ivo('ivo_normal_random(mu REAL, sigma REAL) -> DOUBLE', 'A random number of a normal distribution.',
    ['double', 'double'], 'double', both((a) =>
      sql`(${at(a, 0)} + ${at(a, 1)} * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))`)),
  ivo('ivo_hms_to_degrees(hms VARCHAR) -> DOUBLE', 'Hours, minutes and seconds as degrees.', ['text'],
    'double', {
      duckdb: (a) => sexagesimal(at(a, 0), HMS, HHMMSS, sql`15e0`),
      postgres: (a) => sql`quipu.hms_to_degrees(${at(a, 0)})`,
    }),
  ivo('ivo_dms_to_degrees(dms VARCHAR) -> DOUBLE', 'Degrees, minutes and seconds as degrees.', ['text'],
    'double', {
      duckdb: (a) => sexagesimal(at(a, 0), DMS, DDMMSS, sql`1e0`),
      postgres: (a) => sql`quipu.dms_to_degrees(${at(a, 0)})`,
    }),
  {
    ...ivo('ivo_string_agg(expression VARCHAR, delimiter VARCHAR) -> VARCHAR',
      'The texts of a group with the delimiter between each two; nulls leave no trace.',
      ['text', 'word'], 'text', undefined),
    isAggregate: true,
  },
  {
    ...ivo('ivo_histogram(val REAL, lower REAL, upper REAL, nbins INTEGER) -> INTEGER[]',
      'How many values of a group fall into each of equal bins.',
      ['double', 'double', 'double', 'integer'], 'int', undefined),
    unsupported: 'a value is no array here; GROUP BY FLOOR((val - lower) * nbins / (upper - lower)) with '
      + 'COUNT(*) gives a row for each bin',
  },
  {
    ...ivo('ivo_simbadpoint(identifier VARCHAR) -> POINT', 'The position of an object that has a name.',
      ['text'], 'point', undefined),
    unsupported: 'this archive asks no other service while it runs a query; resolve the name first and give '
      + 'its POINT',
  },
]

const ofRegion = (
  name: string, args: readonly ArgumentKind[], result: FunctionRow['result'],
  duckdb: CallSql, postgres: CallSql,
): FunctionRow => ({
  name, kind: 'geometry', section: 'ADQL 2.1 §4.2', declaration: name, description: '', args, result,
  sql: { duckdb, postgres },
})

const systemOf: CallSql = (a) => sql`(CASE WHEN ${at(a, 0)} IS NULL THEN NULL ELSE 'ICRS' END)`

/** What geometry functions become when an argument is a region that only its row knows. */
export const OF_REGIONS = {
  distance: ofRegion('DISTANCE', ['geometry', 'geometry'], 'double',
    (a) => sql`quipu_distance(${at(a, 0)}, ${at(a, 1)})`,
    (a) => sql`quipu.distance(${read(at(a, 0))}, ${read(at(a, 1))})`),
  coord1: ofRegion('COORD1', ['point'], 'double',
    (a) => sql`quipu_coord1(${at(a, 0)})`, (a) => sql`quipu.coordinate(${read(at(a, 0))}, 1)`),
  coord2: ofRegion('COORD2', ['point'], 'double',
    (a) => sql`quipu_coord2(${at(a, 0)})`, (a) => sql`quipu.coordinate(${read(at(a, 0))}, 2)`),
  centroid: ofRegion('CENTROID', ['geometry'], 'point',
    (a) => sql`quipu_centroid(${at(a, 0)})`,
    (a) => sql`quipu.position_text(quipu.middle_of(${read(at(a, 0))}))`),
  system: ofRegion('COORDSYS', ['geometry'], 'text', systemOf, systemOf),
  transform: ofRegion('POINT', ['word', 'word', 'geometry'], 'region',
    (a) => sql`quipu_transform(${at(a, 0)}, ${at(a, 1)}, ${at(a, 2)})`,
    (a) => sql`quipu.transform(${at(a, 0)}, ${at(a, 1)}, ${read(at(a, 2))})`),
  cast: ofRegion('CAST', ['word', 'text'], 'region', (a) => {
    const failure = sql`error('Conversion Error: the text is no shape of the type')`
    const shape = sql`coalesce(quipu_shape(${at(a, 0)}, ${at(a, 1)}), ${failure})`
    return sql`(CASE WHEN ${at(a, 1)} IS NULL THEN NULL ELSE ${shape} END)`
  }, (a) => sql`quipu.shape_by_name(${at(a, 0)}, ${at(a, 1)})`),
} as const satisfies Record<string, FunctionRow>
