/**
 * A VOTable in memory, and the questions that every DALI client asks of it. VOTable 1.4 §3; DALI 1.1 §4.4.
 */
import { ArchiveError } from '../errors.ts'
import type { Cell, Field, Info, Row } from './field.ts'

/** A FIELD with a value: a constant, or a parameter of a service. */
export interface Param extends Field {
  /** As written. */
  readonly value: string
  /** The XML ID of the FIELD whose cells are the value (DataLink 1.1 §4.3). */
  readonly ref?: string | undefined
  readonly min?: string | undefined
  readonly max?: string | undefined
  readonly options: readonly string[]
}

export interface Group {
  readonly name?: string | undefined
  readonly id?: string | undefined
  readonly utype?: string | undefined
  readonly params: readonly Param[]
  /** What FIELDref and PARAMref refer to. */
  readonly refs: readonly string[]
  readonly groups: readonly Group[]
}

export interface VotableTable {
  readonly name?: string | undefined
  readonly id?: string | undefined
  readonly description?: string | undefined
  readonly fields: readonly Field[]
  readonly params: readonly Param[]
  readonly groups: readonly Group[]
  readonly infos: readonly Info[]
  readonly rows: readonly Row[]
}

export interface VotableResource {
  /** `results` or `meta`; absent means results. */
  readonly type?: string | undefined
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly utype?: string | undefined
  readonly description?: string | undefined
  readonly infos: readonly Info[]
  readonly params: readonly Param[]
  readonly groups: readonly Group[]
  readonly tables: readonly VotableTable[]
  readonly resources: readonly VotableResource[]
}

export interface Votable {
  /** `1.4`; '' where the document does not say. */
  readonly version: string
  readonly infos: readonly Info[]
  readonly resources: readonly VotableResource[]
}

/** Every resource, a nested one after its parent. */
export function allResources(votable: Votable): VotableResource[] {
  const list = [...votable.resources]
  for (const resource of list) for (const inner of resource.resources) list.push(inner)
  return list
}

/**
 * The first table of the results. Throws `document_invalid` when there is none, with the error that was
 * told.
 */
export function resultTable(votable: Votable): VotableTable {
  const resources = allResources(votable).filter(({ type }) => type === undefined || type === 'results')
  for (const { tables } of resources) {
    if (tables[0] !== undefined) return tables[0]
  }
  const { status, message } = queryStatus(votable)
  const reason = status === 'ERROR' ? `; it says: ${message}` : ''
  throw new ArchiveError('document_invalid', `the VOTable has no table of results${reason}`)
}

/**
 * What the service says of its answer. It may say so anywhere and more than once: ERROR wins over OVERFLOW,
 * OVERFLOW over OK, and among equals the last message counts. A document that says nothing is OK.
 */
export function queryStatus(votable: Votable): { status: 'OK' | 'OVERFLOW' | 'ERROR'; message: string } {
  const resources = allResources(votable)
  const infos = resources.flatMap(({ infos, tables }) => [...infos, ...tables.flatMap((t) => t.infos)])
  const told = [...votable.infos, ...infos].filter(({ name }) => name.toUpperCase() === 'QUERY_STATUS')
  for (const status of ['ERROR', 'OVERFLOW'] as const) {
    const last = told.findLast(({ value }) => value.trim().toUpperCase() === status)
    if (last !== undefined) return { status, message: last.text?.trim() ?? '' }
  }
  return { status: 'OK', message: told.at(-1)?.text?.trim() ?? '' }
}

/** The rows as records by field name; of fields with the same name the first counts. */
export function recordsOf(table: VotableTable): Record<string, Cell>[] {
  const names = table.fields.map(({ name }) => name)
  const first = names.map((name, index) => names.indexOf(name) === index)
  // Not by assignment: a field may be called __proto__.
  return table.rows.map((row) => Object.fromEntries(table.fields.flatMap(({ name }, index) =>
    first[index] === true ? [[name, row[index] ?? null] as const] : [])))
}
