/** What `compile` makes: SQL of one dialect with its values apart, and the columns of the result. */
import type { Field } from '@quipu/vo/votable'
import type { BoundName } from './source.ts'

/** `integers` binds an array of integers. */
export type BoundValue =
  | string | number | bigint | boolean | null
  | { readonly timestampMicros: bigint } | { readonly integers: readonly number[] }

export interface Statement {
  /** With `$1`, `$2`, … for the values. */
  readonly sql: string
  readonly values: readonly BoundValue[]
  /** The result's columns in order; the engine adapter turns its values into cells of these types. */
  readonly columns: readonly Field[]
  /**
   * Rows come while the engine reads its tables: nothing is sorted, grouped or gathered before the first, so
   * beginning anew costs little.
   */
  readonly isPlain?: boolean | undefined
  /** It looks rows up by a text of theirs, or asks for a few: it is likely that few come. */
  readonly isBrief?: boolean | undefined
  /** The adapter ends the result after so many rows: the SQL does not. See `Dialect.cutsLate`. */
  readonly cutAfter?: number | undefined
}

/** Values for the names that sources bind; `now` is microseconds since 1970 UTC. */
export interface Bindings extends Readonly<Record<Exclude<BoundName, 'now' | 'grantedRuns'>, string>> {
  readonly now: bigint
  readonly grantedRuns: readonly number[]
}

/**
 * How text compares: `standard` by code point, `ignoreCase` with ASCII letters folded in every
 * comparison, LIKE, grouping and order (ESO's services). Design §7.
 */
export type TextMode = 'standard' | 'ignoreCase'
