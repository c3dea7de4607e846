/** The relations of the column copy as DuckDB makes them. Design §5. */
import { BIGINT, BOOLEAN, DOUBLE, FLOAT, INTEGER, SMALLINT, TIMESTAMP, VARCHAR } from '@duckdb/node-api'
import type { DuckDBType } from '@duckdb/node-api'
import type { TextMode } from '@quipu/adql'
import { RELATION_SCHEMA } from '../access/rule.ts'
import type { StoredColumn } from '../schema/catalog.ts'
import { qualified, quoted } from './relations.ts'
import type { Relation } from './relations.ts'

export { allRelations, qualified, relationPairs } from './relations.ts'
export type { Relation, RelationPair } from './relations.ts'

export const ENGINE_TYPES: Readonly<Record<StoredColumn['type'], DuckDBType>> = {
  text: VARCHAR, smallint: SMALLINT, integer: INTEGER, bigint: BIGINT, real: FLOAT, double: DOUBLE,
  timestamp: TIMESTAMP, boolean: BOOLEAN,
}

/** Statements that make an empty copy. They are its fingerprint too: another schema, another copy. */
export function definitionOf(
  relations: readonly Relation[], textMode: TextMode = 'ignoreCase',
): readonly string[] {
  return [
    `create schema ${RELATION_SCHEMA}`,
    `create table ${RELATION_SCHEMA}.batch (number integer not null)`,
    `create table ${RELATION_SCHEMA}.definition (text varchar not null)`,
    ...relations.map((relation) => `create table ${qualified(relation)} (${relation.columns
      .map((column) => `${quoted(column.name)} ${String(ENGINE_TYPES[column.type])}`).join(', ')})`),
    // As the dialect writes what it compares.
    ...relations.flatMap((relation) => relation.lookUps.map((name, i) =>
      `create index ${quoted(`${relation.name}_${i}`)} on ${qualified(relation)}`
      + ` (${textMode === 'ignoreCase' ? `lower(${quoted(name)})` : quoted(name)})`)),
  ]
}
