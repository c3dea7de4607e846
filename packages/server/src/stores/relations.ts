/**
 * The relations of the column copy: their names and columns, from the catalog's stored tables. Design §5.
 *
 * Every relation has `dp_id_key` (the holding a row belongs to) and `batch` (what wrote it); those of a table
 * with the rule `run` have `run_id`. Callers cannot name these columns.
 */
import { RELATION_SCHEMA, relationsOf } from '../access/rule.ts'
import type { StoredColumn, StoredTable } from '../schema/catalog.ts'
import type { PublishedRow, TruthRow } from './truth.ts'

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

/** A row and what Quipu's own columns of it hold. */
export interface OwnedRow {
  readonly row: PublishedRow
  readonly dpId: string
  readonly batch: number
  readonly runId: number | null
}

/** Where rows go: those of runs with protected metadata apart; those of tables not stored nowhere. */
export function rowsByRelation(
  pairs: ReadonlyMap<string, RelationPair>, batch: number, rows: readonly TruthRow[],
): ReadonlyMap<Relation, readonly OwnedRow[]> {
  const byRelation = new Map<Relation, OwnedRow[]>()
  for (const { table, dpId, run, row } of rows) {
    const pair = pairs.get(table.toLowerCase())
    if (pair === undefined) continue
    const isOpen = run === null || run.metadataPublic
    const relation = isOpen || pair.protected === undefined ? pair.open : pair.protected
    const into = byRelation.get(relation) ?? []
    into.push({ row, dpId, batch, runId: run?.runId ?? null })
    byRelation.set(relation, into)
  }
  return byRelation
}

/** The cell of a column, Quipu's own included; undefined when the row says nothing of it. */
export function cellOf(
  { row, dpId, batch, runId }: OwnedRow, { name }: StoredColumn,
): PublishedRow[string] | undefined {
  switch (name) {
    case 'dp_id_key': return dpId
    case 'batch': return batch
    case 'run_id': return runId
    default: return row[name]
  }
}
