/**
 * The functions of ADQL, one row a function: name, arguments, result, section, SQL per dialect. ADQL 2.1
 * §2.2.3 (aggregates), §2.3.5 (mathematics), §4.2 (geometry), §4.3 (user defined), §4.4, §4.8, §4.9; ESO's
 * own functions as its TAP services declare them. Capabilities and the manual are printed from this table.
 */
import { IVO_FUNCTIONS } from './functions-ivo.ts'
import { sql } from './sql.ts'
import type { Sql } from './sql.ts'
import type { Type } from './types.ts'

export type DialectName = 'duckdb' | 'postgres'
export type FunctionKind =
  | 'math' | 'trigonometry' | 'aggregate' | 'string' | 'conditional' | 'geometry' | 'unit' | 'udf'

/**
 * What an argument must be. `double` is brought to double before SQL sees it, `number` stays what it
 * is, `digits` is an integer written out, `word` a text written out; a `point` may be a column of regions.
 */
export type ArgumentKind =
  | 'double' | 'number' | 'digits' | 'integer' | 'text' | 'word' | 'timestamp' | 'point' | 'geometry' | 'any'

/** SQL of a call, given the arguments and the type of the result. */
export type CallSql = (args: readonly Sql[], type: Type) => Sql

export interface FunctionRow {
  readonly name: string
  readonly kind: FunctionKind
  readonly section: string
  /** As capabilities declare it; a geometry function only by name. */
  readonly declaration: string
  readonly description: string
  readonly args: readonly ArgumentKind[]
  /** How many of the last arguments may be left out. */
  readonly optional?: number
  /** Whether the last argument may be repeated, or be left out. */
  readonly isVariadic?: boolean
  /** Whether it makes one value of a group's; all of kind `aggregate` do. */
  readonly isAggregate?: boolean
  /** Whether ADQL 2.0 does not have it. */
  readonly isSince21?: boolean
  /** `number`: of the arguments, integers staying integers. */
  readonly result: Type | 'number'
  /** Absent where the checker itself knows what the call means. An engine without one refuses the call. */
  readonly sql?: Readonly<Partial<Record<DialectName, CallSql>>>
  /** Why a name of a catalogue is refused, and what would work: ends a sentence. */
  readonly unsupported?: string
  /** Other forms of the same name. */
  readonly forms?: readonly FunctionRow[]
}

/** Whether a call of it runs on the engine of a dialect, so that a service may declare it. */
export const runsOn = ({ sql, unsupported }: FunctionRow, dialect: DialectName): boolean =>
  unsupported === undefined && (sql === undefined || sql[dialect] !== undefined)

const first = (args: readonly Sql[]): Sql => args[0] ?? sql``
const second = (args: readonly Sql[]): Sql => args[1] ?? sql``

/** SQL that both engines read alike, unless another is given for PostgreSQL. */
function math(
  name: string, form: string, description: string, duckdb: CallSql, postgres: CallSql = duckdb,
): FunctionRow {
  const count = form === '' ? 0 : form.split(',').length
  return {
    name, kind: 'math', section: 'ADQL 2.1 §2.3.5', declaration: `${name}(${form}) -> DOUBLE`, description,
    args: Array.from({ length: count }, () => 'double' as const), result: 'double',
    sql: { duckdb, postgres },
  }
}

const trigonometry = (name: string, form: string, description: string, duckdb: CallSql): FunctionRow =>
  ({ ...math(name, form, description, duckdb), kind: 'trigonometry' })

const aggregate = (name: string, form: string, description: string): FunctionRow => ({
  name, kind: 'aggregate', section: 'ADQL 2.1 §2.2.3', declaration: `${name}(${form})`, description,
  args: ['any'], result: 'double',
})

const geometry = (name: string, section: string, description: string): FunctionRow => ({
  name, kind: 'geometry', section: `ADQL 2.1 §4.2.${section}`, declaration: name, description,
  args: [], result: 'region',
})

const ZERO = sql`error('division by zero')`

const TABLE: readonly FunctionRow[] = [
  {
    ...math('ABS', 'x', 'The value without its sign.', (a) => sql`abs(${first(a)})`),
    args: ['number'], result: 'number',
  },
  math('CEILING', 'x', 'The next integer not below x.', (a) => sql`ceil(${first(a)})`),
  math('DEGREES', 'x', 'Radians to degrees.', (a) => sql`degrees(${first(a)})`),
  math('EXP', 'x', 'e to the power of x.', (a) => sql`exp(${first(a)})`),
  math('FLOOR', 'x', 'The next integer not above x.', (a) => sql`floor(${first(a)})`),
  math('LOG', 'x', 'The natural logarithm.', (a) => sql`ln(${first(a)})`),
  math('LOG10', 'x', 'The logarithm to the base 10.', (a) => sql`log10(${first(a)})`),
  {
    ...math('MOD', 'x, y', 'The remainder of x / y, with the sign of x.',
      (a) => sql`(${first(a)} % CASE WHEN ${second(a)} = 0 THEN ${ZERO} ELSE ${second(a)} END)`,
      (a, type) => (type === 'double' ? sql`quipu.mod(${first(a)}, ${second(a)})`
        : sql`(${first(a)} % ${second(a)})`)),
    args: ['number', 'number'], result: 'number',
  },
  math('PI', '', 'The ratio of a circle to its diameter.', () => sql`pi()`),
  math('POWER', 'x, y', 'x to the power of y.', (a) => sql`pow(${first(a)}, ${second(a)})`),
  math('RADIANS', 'x', 'Degrees to radians.', (a) => sql`radians(${first(a)})`),
  {
    ...math('RAND', 'seed', 'A random number from 0 to 1; the seed has no effect.', () => sql`random()`),
    args: ['digits'], optional: 1,
  },
  {
    ...math('ROUND', 'x, digits', 'Rounded to so many decimals, half away from zero.',
      (a) => (a.length === 1 ? sql`round(${first(a)})` : sql`round(${first(a)}, ${second(a)})`),
      // Its own rounds half to even.
      (a) => (a.length === 1 ? sql`quipu.round(${first(a)})` : sql`quipu.round(${first(a)}, ${second(a)})`)),
    args: ['double', 'digits'], optional: 1,
  },
  math('SQRT', 'x', 'The square root.', (a) => sql`sqrt(${first(a)})`),
  {
    ...math('TRUNCATE', 'x, digits', 'Cut to so many decimals.', (a) => (a.length === 1
      ? sql`trunc(${first(a)})`
      : sql`(trunc(${first(a)} * pow(10, ${second(a)})) / pow(10, ${second(a)}))`)),
    args: ['double', 'digits'], optional: 1,
  },
  trigonometry('ACOS', 'x', 'The arc cosine, in radians.', (a) => sql`acos(${first(a)})`),
  trigonometry('ASIN', 'x', 'The arc sine, in radians.', (a) => sql`asin(${first(a)})`),
  trigonometry('ATAN', 'x', 'The arc tangent, in radians.', (a) => sql`atan(${first(a)})`),
  trigonometry('ATAN2', 'y, x', 'The arc tangent of y / x, in radians.',
    (a) => sql`atan2(${first(a)}, ${second(a)})`),
  trigonometry('COS', 'x', 'The cosine of x radians.', (a) => sql`cos(${first(a)})`),
  trigonometry('COT', 'x', 'The cotangent of x radians.', (a) => sql`cot(${first(a)})`),
  trigonometry('SIN', 'x', 'The sine of x radians.', (a) => sql`sin(${first(a)})`),
  trigonometry('TAN', 'x', 'The tangent of x radians.', (a) => sql`tan(${first(a)})`),
  aggregate('AVG', 'x', 'The mean of the values that are not null.'),
  aggregate('COUNT', '*|x', 'The number of rows, or of values that are not null.'),
  aggregate('MAX', 'x', 'The greatest value.'),
  aggregate('MIN', 'x', 'The least value.'),
  aggregate('SUM', 'x', 'The sum; of integers a BIGINT.'),
  {
    name: 'LOWER', kind: 'string', section: 'ADQL 2.1 §4.4.1', declaration: 'LOWER(text VARCHAR) -> VARCHAR',
    description: 'The text in lower case.', args: ['text'], result: 'text', isSince21: true,
    sql: { duckdb: (a) => sql`lower(${first(a)})`, postgres: (a) => sql`quipu.lower(${first(a)})` },
  },
  {
    name: 'UPPER', kind: 'string', section: 'ADQL 2.1 §4.4.2', declaration: 'UPPER(text VARCHAR) -> VARCHAR',
    description: 'The text in upper case.', args: ['text'], result: 'text', isSince21: true,
    sql: { duckdb: (a) => sql`upper(${first(a)})`, postgres: (a) => sql`quipu.upper(${first(a)})` },
  },
  {
    name: 'COALESCE', kind: 'conditional', section: 'ADQL 2.1 §4.8.1', declaration: 'COALESCE(x, ...)',
    description: 'The first value that is not null.', args: [], result: 'number', isSince21: true,
  },
  geometry('AREA', '8', 'The area in square degrees.'),
  geometry('BOX', '9', 'A box on the sky: centre, width, height.'),
  geometry('CENTROID', '10', 'The middle of a shape: the centre of mass of its area.'),
  geometry('CIRCLE', '11', 'A circle on the sky: centre, radius.'),
  geometry('CONTAINS', '12', '1 when the second shape contains the first, else 0.'),
  geometry('COORD1', '13', 'The right ascension of a point, in degrees; of other shapes null.'),
  geometry('COORD2', '14', 'The declination of a point, in degrees; of other shapes null.'),
  geometry('COORDSYS', '15', 'The coordinate system of a shape: all are brought to ICRS.'),
  geometry('DISTANCE', '16', 'The shortest arc between two points or shapes, in degrees; 0 where they meet.'),
  geometry('INTERSECTS', '17', '1 when two shapes have a point in common, else 0.'),
  geometry('POINT', '18', 'A position: right ascension and declination in degrees.'),
  geometry('POLYGON', '19', 'A polygon on the sky: three corners or more.'),
  geometry('REGION', '20', 'A shape given as STC-S text.'),
  {
    name: 'IN_UNIT', kind: 'unit', section: 'ADQL 2.1 §4.9.1', declaration: 'IN_UNIT(x, unit VARCHAR)',
    description: 'A value in another unit; that of the value is known from columns.', args: [],
    result: 'double', isSince21: true,
  },
  {
    name: 'ESO_DATEADD_SEC', kind: 'udf', section: 'ESO TAP', args: ['number', 'timestamp'],
    result: 'timestamp',
    declaration: 'ESO_DATEADD_SEC(seconds INTEGER, time TIMESTAMP) -> TIMESTAMP',
    description: 'A time so many seconds later; fractions of seconds are cut off.',
    sql: {
      duckdb: (a) => sql`(${second(a)} + to_seconds(CAST(trunc(${first(a)}) AS BIGINT)))`,
      postgres: (a) => sql`quipu.add_seconds(${second(a)}, CAST(trunc(${first(a)}) AS BIGINT))`,
    },
  },
  {
    name: 'ESO_INTERSECTION', kind: 'udf', section: 'ESO TAP', args: ['geometry', 'geometry'],
    result: 'double',
    declaration: 'ESO_INTERSECTION(a REGION, b REGION) -> DOUBLE',
    description: 'The area that two shapes have in common, in square degrees.',
    sql: {
      duckdb: (a) => sql`quipu_overlap(${first(a)}, ${second(a)})`,
      postgres: (a) => sql`quipu.overlap(quipu.region_of(${first(a)}), quipu.region_of(${second(a)}))`,
    },
  },
  {
    name: 'ESO_SUBSTRING', kind: 'udf', section: 'ESO TAP', args: ['text', 'integer', 'integer'],
    result: 'text',
    declaration: 'ESO_SUBSTRING(text VARCHAR, start INTEGER, length INTEGER) -> VARCHAR',
    description: 'A part of a text; the first character is number 1.',
    sql: {
      duckdb: (a) => sql`substring(${first(a)}, ${second(a)}, ${a[2] ?? sql``})`,
      postgres: (a) =>
        sql`substring(${first(a)}, CAST(${second(a)} AS INTEGER), CAST(${a[2] ?? sql``} AS INTEGER))`,
    },
  },
  {
    name: 'GETDATE', kind: 'udf', section: 'ESO TAP', args: [], result: 'timestamp',
    declaration: 'GETDATE() -> TIMESTAMP', description: 'The time of the request, in UTC.',
  },
  ...IVO_FUNCTIONS,
]

/** By name in upper case. */
export const ADQL_FUNCTIONS: ReadonlyMap<string, FunctionRow> = new Map(TABLE.map((row) => [row.name, row]))
