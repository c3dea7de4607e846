/** What an engine says in its own way: a table of functions, pieces of SQL in, SQL out. Design §6. */
import type { DialectName } from './functions.ts'
import type { Sql } from './sql.ts'
import type { Type } from './types.ts'

/** An ICRS position as two SQL expressions, in degrees. */
export interface PointSql { readonly ra: Sql; readonly dec: Sql }

export interface CircleSql {
  readonly center: PointSql
  readonly radius: Sql
  /** Where centre and radius are constants, in degrees. */
  readonly constant?: { readonly dec: number; readonly radius: number } | undefined
}

export interface Dialect {
  readonly name: DialectName
  /**
   * A LIMIT of more rows than this makes the engine gather rows that it would give as it reads them; a plain
   * statement then goes without, and its adapter stops reading.
   */
  readonly cutsLate?: number | undefined
  readonly text: (value: string) => Sql
  /** A number of this type; a double is never read as a decimal. */
  readonly number: (value: number | bigint, type: Type) => Sql
  readonly timestamp: (micros: bigint) => Sql
  readonly cast: (value: Sql, from: Type, to: Type, length: number | undefined) => Sql
  /** `a / b` of one type; integers are cut towards zero, a division by zero fails. */
  readonly divide: (a: Sql, b: Sql, type: Type, isNeverZero: boolean) => Sql
  /** The text by which text compares without regard to the case of ASCII letters. */
  readonly fold: (text: Sql) => Sql
  /** The text in lower case, letters beyond ASCII too (ADQL 2.1 §4.4.1). */
  readonly lower: (text: Sql) => Sql
  /** Like, with % and _ and no escape. */
  readonly like: (text: Sql, pattern: Sql) => Sql
  /** The sum of integers as BIGINT; an overflow fails. */
  readonly sumOfIntegers: (argument: Sql) => Sql
  /** The text whose folded form is first or last; then by code point. */
  readonly extremeText: (end: 'MIN' | 'MAX', text: Sql) => Sql
  /** Whether an integer column is in a bound list. */
  readonly among: (column: Sql, integers: readonly number[]) => Sql
  /** Whether an integer column has one of the keys, in whichever form leaves out most of a table unread. */
  readonly ofKeys: (column: Sql, keys: readonly number[]) => Sql
  /** A query as it is, evaluated before anything around it. */
  readonly barrier: (query: Sql, name: Sql) => Sql
  readonly distance: (a: PointSql, b: PointSql) => Sql
  /** A condition: the arc from point to centre is within the radius (or, `isOpen`, less). */
  readonly within: (point: PointSql, circle: CircleSql, isOpen: boolean) => Sql
  /** Conditions and a number (square degrees) on STC-S texts. */
  readonly contains: (outer: Sql, inner: Sql) => Sql
  readonly intersects: (one: Sql, other: Sql) => Sql
  readonly area: (region: Sql) => Sql
}
