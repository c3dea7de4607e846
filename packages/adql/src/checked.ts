/**
 * The checked tree: names are bound, types known, relations numbered. Its nodes name columns by number,
 * so nothing of the caller's text but values goes on to SQL. Each expression has its parts in `args`.
 */
import type { Place } from '@quipu/vo'
import type { Field } from '@quipu/vo/votable'
import type { Comparison, JoinKind, SetOperator } from './ast.ts'
import type { FunctionRow } from './functions.ts'
import type { NearKeys } from './prefilter.ts'
import type { BoundName, TableSource } from './source.ts'
import type { Type } from './types.ts'

interface Node {
  readonly type: Type
  readonly at: Place
  readonly args: readonly Expression[]
}

/** A column of a relation in scope, counted from 0. */
export interface ColumnReference extends Node {
  readonly kind: 'column'
  readonly relation: number
  readonly index: number
  readonly field: Field
  /**
   * Set for a column of a table of which nothing is known: whether it is certain whose it is. The number is
   * then one of the name, and the tree can be checked but not run.
   */
  readonly guess?: 'sure' | 'unsure' | undefined
}

/** A constant. Integers are bigint; timestamps microseconds since 1970 UTC. */
export interface Value extends Node {
  readonly kind: 'value'
  readonly value: string | number | bigint | boolean | null
}

/** A value that `compile` is given. */
export interface BoundExpression extends Node { readonly kind: 'bound'; readonly name: BoundName }

export type Operator =
  | 'and' | 'or' | 'not' | Comparison | 'between' | 'in' | 'like' | 'ilike' | 'isNull'
  | '+' | '-' | '*' | '/' | 'negate' | '||' | 'coalesce'
  /** Conditions and values by turns, then perhaps the value of ELSE. */
  | 'case'
  /** To the node's own type; text perhaps cut. */
  | 'cast'
  /** A condition as 1 or 0. */
  | 'asInteger'
  /** Conditions on two shapes: (inner, outer); (one, other). */
  | 'contains' | 'intersects'
  | 'distance' | 'area'
  /** The value of the first times that of the second, if there is one. */
  | 'inUnit'

export interface Operation extends Node {
  readonly kind: 'operation'
  readonly operator: Operator
  /** Of a cast to text: the most characters. */
  readonly length?: number | undefined
  /** Of a cast: made of a column that is shown as it is where nothing else is done with it. */
  readonly isShownAsGiven?: boolean | undefined
  /** Of `inUnit`: the unit of the result. */
  readonly unit?: string | undefined
}

export interface Call extends Node { readonly kind: 'call'; readonly row: FunctionRow }

/** An aggregate; `COUNT(*)` has no argument, IVO_STRING_AGG the delimiter as a second. */
export interface Aggregate extends Node {
  readonly kind: 'aggregate'
  readonly name: 'COUNT' | 'SUM' | 'AVG' | 'MIN' | 'MAX' | 'IVO_STRING_AGG'
  readonly distinct: boolean
}

/**
 * A geometry put together: point (lon, lat), circle (point, radius), box (point, width, height),
 * polygon (points), stc (text). Degrees.
 */
export interface Shape extends Node {
  readonly kind: 'shape'
  readonly shape: 'point' | 'circle' | 'box' | 'polygon' | 'stc'
}

/** `inQuery` has its operand in `args`. */
export interface SubQuery extends Node {
  readonly kind: 'exists' | 'inQuery' | 'scalar'
  /** Of this place in the query: two sub-queries are never the same expression. */
  readonly id: number
  readonly query: QueryNode
}

export type Expression =
  | ColumnReference | Value | BoundExpression | Operation | Call | Aggregate | Shape | SubQuery

export interface Output { readonly name: string; readonly value: Expression; readonly field: Field }

/** A published table as the checker leaves it, by its key `schema.table` in lower case. */
export interface TableRelation {
  readonly kind: 'table'
  readonly id: number
  readonly key: string
  /** As published, in the order of the numbers of its columns. */
  readonly columns: readonly string[]
  /** Numbers of the columns that the query reads. */
  readonly used: ReadonlySet<number>
}

/** What `restrict` puts in the place of a published table. */
export interface SourceRelation {
  readonly kind: 'source'
  readonly id: number
  readonly source: TableSource
  readonly columns: readonly string[]
  readonly used: ReadonlySet<number>
  /** The query can fail on a value, so no part of it may run before a part's filter has. */
  readonly guarded: boolean
  /** Keys that rows of any use have, in the engine's columns. */
  readonly near?: readonly NearKeys[] | undefined
  /** The number of the column by which rows are looked up. */
  readonly leading?: number | undefined
}

export type Relation =
  | TableRelation | SourceRelation
  | { readonly kind: 'derived'; readonly id: number; readonly query: QueryNode }
  /** A table of WITH, by its number. */
  | { readonly kind: 'common'; readonly id: number; readonly table: number }
  | { readonly kind: 'join'; readonly join: JoinKind; readonly left: Relation; readonly right: Relation;
      readonly on?: Expression | undefined }

export interface SelectNode {
  readonly kind: 'select'
  readonly distinct: boolean
  readonly top?: number | undefined
  readonly columns: readonly Output[]
  readonly from: readonly Relation[]
  readonly where?: Expression | undefined
  /** Undefined when rows are not grouped; empty when they are one group. */
  readonly groupBy?: readonly Expression[] | undefined
  readonly having?: Expression | undefined
}

export interface SetNode {
  readonly kind: 'set'
  readonly operator: SetOperator
  readonly all: boolean
  readonly left: QueryNode
  readonly right: QueryNode
  /** Of both sides' columns, to which each side is brought. */
  readonly columns: readonly Output[]
}

export interface QueryNode {
  readonly with: readonly { readonly table: number; readonly query: QueryNode }[]
  readonly body: SelectNode | SetNode
  /**
   * Set when ORDER BY sees only the result (DISTINCT, set operators): the number under which its
   * expressions name the result's columns.
   */
  readonly result?: number | undefined
  readonly orderBy: readonly { readonly value: Expression; readonly descending: boolean }[]
  readonly offset?: number | undefined
}

/** What `checkQuery` gives. */
export interface CheckedQuery {
  readonly kind: 'checked'
  readonly query: QueryNode
  /** The columns of the result. */
  readonly columns: readonly Field[]
  /** Keys of the published tables that the query reads, sorted. */
  readonly tables: readonly string[]
}

/** What `restrict` gives: a checked query without a published table in it. */
export interface RestrictedQuery {
  readonly kind: 'restricted'
  readonly query: QueryNode
  readonly columns: readonly Field[]
}
