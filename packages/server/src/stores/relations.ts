/**
 * The relations of the column copy: their names and columns, from the catalog's stored tables. Design §5.
 *
 * Every relation has `dp_id_key` (the holding a row belongs to) and `batch` (what wrote it); those of a table
 * with the rule `run` have `run_id`. Callers cannot name these columns.
 */
import { textKey } from '@quipu/adql'
import type { HiddenKey } from '@quipu/adql'
import { footprintKey, positionKey } from '@quipu/vo/sky'
import { RELATION_SCHEMA, relationsOf } from '../access/rule.ts'
import type { StoredColumn, StoredTable } from '../schema/catalog.ts'
import type { PublishedRow, TruthRow } from './truth.ts'

export interface Relation {
  readonly name: string
  /**
   * Published columns first, in the order of the schema, then `dp_id_key`, `batch`, keys and
   * perhaps `run_id`.
   */
  readonly columns: readonly StoredColumn[]
  /** Names of the text columns by which rows are looked up. */
  readonly lookUps: readonly string[]
  /** The hidden keys among the columns, and what they are made of. */
  readonly keys: readonly HiddenKey[]
}

/** Where a table's rows go, by table name in lower case. */
export interface RelationPair { readonly open: Relation; readonly protected: Relation | undefined }

const OWN_COLUMNS: readonly StoredColumn[] = [
  { name: 'dp_id_key', type: 'text' }, { name: 'batch', type: 'integer' },
]

export function relationPairs(stored: readonly StoredTable[]): ReadonlyMap<string, RelationPair> {
  return new Map(stored.map((table): [string, RelationPair] => {
    const names = relationsOf(table)
    const { lookUps = [], keys = [] } = table
    const hidden = keys.map(({ key }): StoredColumn => ({ name: key, type: 'integer' }))
    const columns = [...table.columns, ...OWN_COLUMNS, ...hidden]
    const closed = names.protected
    if (closed === undefined) {
      return [table.name.toLowerCase(), {
        open: { name: names.open, columns, lookUps, keys }, protected: undefined,
      }]
    }
    const both = { columns: [...columns, { name: 'run_id', type: 'integer' as const }], lookUps, keys }
    return [table.name.toLowerCase(), {
      open: { name: names.open, ...both }, protected: { name: closed, ...both },
    }]
  }))
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
  { row, dpId, batch, runId }: OwnedRow, { name }: StoredColumn, keys: readonly HiddenKey[],
): PublishedRow[string] | undefined {
  const key = keys.find((each) => each.key === name)
  if (key !== undefined) return keyOf(row, key)
  switch (name) {
    case 'dp_id_key': return dpId
    case 'batch': return batch
    case 'run_id': return runId
    default: return row[name]
  }
}

function keyOf(row: PublishedRow, key: HiddenKey): number | null {
  if ('ra' in key) return positionKey(numberOf(row[key.ra]), numberOf(row[key.dec]))
  if ('text' in key) {
    const text = row[key.text]
    return typeof text === 'string' ? textKey(text) : null
  }
  const region = row[key.region]
  return typeof region === 'string' ? footprintKey(region) : null
}

const numberOf = (cell: PublishedRow[string] | undefined): number | null =>
  typeof cell === 'number' || typeof cell === 'bigint' ? Number(cell) : null

/** The same rows, those near one another on the sky together: an engine skips what a cone cannot hold. */
export function inSkyOrder(rows: readonly OwnedRow[], { keys }: Relation): readonly OwnedRow[] {
  const [key] = keys
  if (key === undefined || 'text' in key) return rows
  const keyed = rows.map((owned) => ({ owned, key: keyOf(owned.row, key) ?? -2 }))
  return keyed.sort((a, b) => a.key - b.key).map(({ owned }) => owned)
}
