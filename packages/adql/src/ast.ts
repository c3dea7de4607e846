/** The tree that the parser makes: one union, plain data. ADQL 2.1 §2 to §4 and appendix A. */
import type { Place } from '@quipu/vo'

interface Node {
  readonly at: Place
  /** Operators above one another, this one counted. */
  readonly height: number
}

export interface Identifier { readonly text: string; readonly delimited: boolean; readonly at: Place }

export type Comparison = '=' | '<>' | '<' | '>' | '<=' | '>='

/** Names of types that CAST may have: ADQL 2.1 §4.7.1. */
export type CastTarget =
  | 'smallint' | 'integer' | 'bigint' | 'real' | 'double' | 'text' | 'timestamp'
  | 'point' | 'circle' | 'polygon'

export type SyntaxExpression = Node & (
  | { readonly kind: 'column'; readonly path: readonly Identifier[] }
  | { readonly kind: 'text'; readonly value: string }
  /** Digits only, as typed. */
  | { readonly kind: 'integer'; readonly digits: string }
  | { readonly kind: 'decimal'; readonly value: number }
  | { readonly kind: 'timestamp'; readonly text: string }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'negate'; readonly operand: SyntaxExpression }
  | { readonly kind: 'binary'; readonly operator: '+' | '-' | '*' | '/' | '||';
      readonly left: SyntaxExpression; readonly right: SyntaxExpression }
  | { readonly kind: 'compare'; readonly operator: Comparison;
      readonly left: SyntaxExpression; readonly right: SyntaxExpression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly SyntaxExpression[] }
  | { readonly kind: 'not'; readonly operand: SyntaxExpression }
  | { readonly kind: 'between'; readonly operand: SyntaxExpression;
      readonly low: SyntaxExpression; readonly high: SyntaxExpression }
  | { readonly kind: 'in'; readonly operand: SyntaxExpression; readonly list: readonly SyntaxExpression[] }
  | { readonly kind: 'inQuery'; readonly operand: SyntaxExpression; readonly query: SyntaxQuery }
  | { readonly kind: 'like'; readonly operand: SyntaxExpression; readonly pattern: SyntaxExpression;
      readonly ignoreCase: boolean }
  | { readonly kind: 'isNull'; readonly operand: SyntaxExpression }
  | { readonly kind: 'exists'; readonly query: SyntaxQuery }
  | { readonly kind: 'scalar'; readonly query: SyntaxQuery }
  | { readonly kind: 'call'; readonly name: Identifier; readonly args: readonly SyntaxExpression[];
      readonly distinct: boolean; readonly star: boolean }
  | { readonly kind: 'case'; readonly operand?: SyntaxExpression | undefined;
      readonly branches: readonly { readonly when: SyntaxExpression; readonly then: SyntaxExpression }[];
      readonly otherwise?: SyntaxExpression | undefined }
  | { readonly kind: 'cast'; readonly operand: SyntaxExpression; readonly to: CastTarget;
      readonly length?: number | undefined }
)

export type SelectItem =
  | { readonly kind: 'star'; readonly qualifier: readonly Identifier[]; readonly at: Place }
  | { readonly kind: 'expression'; readonly value: SyntaxExpression; readonly alias?: Identifier | undefined }

export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'cross'

export type SyntaxRelation = Node & (
  | { readonly kind: 'table'; readonly path: readonly Identifier[]; readonly alias?: Identifier | undefined }
  | { readonly kind: 'derived'; readonly query: SyntaxQuery; readonly alias?: Identifier | undefined }
  | { readonly kind: 'join'; readonly join: JoinKind;
      readonly left: SyntaxRelation; readonly right: SyntaxRelation;
      readonly condition:
        | { readonly kind: 'on'; readonly value: SyntaxExpression }
        | { readonly kind: 'using'; readonly names: readonly Identifier[] }
        | { readonly kind: 'natural' } | { readonly kind: 'none' } }
)

export type SetOperator = 'union' | 'except' | 'intersect'

export type SyntaxBody = Node & (
  | { readonly kind: 'select'; readonly distinct: boolean; readonly top?: number | undefined;
      readonly items: readonly SelectItem[]; readonly from: readonly SyntaxRelation[];
      readonly where?: SyntaxExpression | undefined; readonly groupBy: readonly SyntaxExpression[];
      readonly having?: SyntaxExpression | undefined }
  | { readonly kind: 'set'; readonly operator: SetOperator; readonly all: boolean;
      readonly left: SyntaxQuery; readonly right: SyntaxQuery }
)

export interface SyntaxQuery extends Node {
  readonly with: readonly { readonly name: Identifier; readonly query: SyntaxQuery }[]
  readonly body: SyntaxBody
  readonly orderBy: readonly { readonly value: SyntaxExpression; readonly descending: boolean }[]
  readonly offset?: number | undefined
}

/** What `parseQuery` gives. */
export type Query = SyntaxQuery
