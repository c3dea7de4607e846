/**
 * How a published table is read for one caller: what `restrict` puts in its place. Design §5.
 *
 * A source is data: relations of the engine, which of their columns are published, and a filter tree.
 * Nothing here can be written in ADQL, and no node carries SQL text.
 */

/** Named values bound when a statement runs; their values are given to `compile`. */
export type BoundName = 'baseUrl' | 'now' | 'grantedRuns'

/** A filter on columns that no caller can name. Comparisons are binary, whatever the text mode. */
export type Filter =
  | { readonly kind: 'all' | 'any'; readonly of: readonly Filter[] }
  | { readonly kind: 'equals'; readonly column: string; readonly value: string | number }
  /** The integer column is one of a bound array's values. */
  | { readonly kind: 'among'; readonly column: string; readonly values: BoundName }

/** Where a published column's values come from. Names are the engine's, of the part's relation. */
export type SourceColumn =
  | { readonly kind: 'stored'; readonly column: string }
  /** Text put together; null when a stored piece is null. */
  | { readonly kind: 'text'; readonly pieces: readonly (
      | { readonly text: string } | { readonly stored: string } | { readonly bound: BoundName })[] }

/** One relation of the engine and which of its rows this caller may see. */
export interface SourcePart {
  /** `['archive', 'raw_public']`: schema and name, quoted by the compiler. */
  readonly relation: readonly [string, string]
  readonly filter?: Filter | undefined
}

/** A hidden integer column of every part: the key (`@quipu/vo/sky`, `textKey`) of what stored ones hold. */
export type HiddenKey =
  | { readonly key: string; readonly ra: string; readonly dec: string }
  | { readonly key: string; readonly region: string }
  | { readonly key: string; readonly text: string }

export interface TableSource {
  /** One or more; rows of all of them (UNION ALL). */
  readonly parts: readonly SourcePart[]
  /** By published name as the table set spells it. Every published column is here. */
  readonly columns: ReadonlyMap<string, SourceColumn>
  readonly keys?: readonly HiddenKey[] | undefined
}

/** By `schema.table`, lower case. A table that is not here cannot be read. */
export type Sources = ReadonlyMap<string, TableSource>
