/**
 * The relations of the column copy: their names and columns, from the catalog's stored tables. Design §5.
 *
 * Every relation has `dp_id_key` (the holding a row belongs to) and `batch` (what wrote it); those of a table
 * with the rule `run` have `run_id`. Callers cannot name these columns.
 */
import { RELATION_SCHEMA, relationsOf } from '../access/rule.ts'
import type { StoredColumn, StoredTable } from '../schema/catalog.ts'

export interface Relation {
  readonly name: string
  /** Published columns first, in the order of the schema, then `dp_id_key`, `batch` and perhaps `run_id`. */
  readonly columns: readonly StoredColumn[]
}

/** Where a table's rows go, by table name in lower case. */
export interface RelationPair { readonly open: Relation; readonly protected: Relation | undefined }

const OWN_COLUMNS: readonly StoredColumn[] = [
  { name: 'dp_id_key', type: 'text' }, { name: 'batch', type: 'integer' },
]

export function relationPairs(stored: readonly StoredTable[]): ReadonlyMap<string, RelationPair> {
  return new Map(stored.map((table) => {
    const names = relationsOf(table)
    const columns = [...table.columns, ...OWN_COLUMNS]
    const closed = names.protected
    return [table.name.toLowerCase(), closed === undefined
      ? { open: { name: names.open, columns }, protected: undefined }
      : pairOf(names.open, closed, [...columns, { name: 'run_id', type: 'integer' }])]
  }))
}

function pairOf(open: string, closed: string, columns: readonly StoredColumn[]): RelationPair {
  return { open: { name: open, columns }, protected: { name: closed, columns } }
}

export function allRelations(pairs: ReadonlyMap<string, RelationPair>): readonly Relation[] {
  return [...pairs.values()].flatMap((pair) => pair.protected ? [pair.open, pair.protected] : [pair.open])
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const qualified = ({ name }: Pick<Relation, 'name'>): string => `${RELATION_SCHEMA}.${quoted(name)}`
