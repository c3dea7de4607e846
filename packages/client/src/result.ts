/** The result of a search, and what to tell of it. DALI 1.1 §4.4 (status); eso-protocol §2.5, §2.7, §7. */
import { ArchiveError, parseIso } from '@quipu/vo'
import { queryStatus, readVotable, recordsOf, resultTable } from '@quipu/vo/votable'
import type { Cell, Field, Row } from '@quipu/vo/votable'
import type { Answer, Asking } from './request.ts'
import type { Token } from './token.ts'

/** A result in memory. */
export interface TapResult {
  readonly fields: readonly Field[]
  readonly rows: readonly Row[]
  /** One object a row, by column name. */
  readonly records: readonly Readonly<Record<string, Cell>>[]
  /** The service cut the result: there are more rows. */
  readonly isCut: boolean
}

/** Failures of the query itself; a service may say so with either. */
export const QUERY_CODES: NonNullable<Asking['codes']> = { 400: 'query_data', 500: 'query_data' }

/**
 * Reads the VOTable of an answer.
 * @throws ArchiveError `query_data` when it tells of an error, even after rows (DALI 1.1 §4.4).
 */
export async function readResult(answer: Answer): Promise<TapResult> {
  const votable = await readVotable(answer.bytes())
  const { status, message } = queryStatus(votable)
  if (status === 'ERROR') {
    throw new ArchiveError('query_data',
      message.replace(/^\w+Fault: /, '') || 'the query failed without a reason')
  }
  const table = resultTable(votable)
  return { fields: table.fields, rows: table.rows, records: recordsOf(table), isCut: status === 'OVERFLOW' }
}

/**
 * The columns that tell when a row's file becomes public: raw frames, products, and without the prefix of a
 * join.
 */
const RELEASE_COLUMNS = ['release_date', 'obs_release_date']

/**
 * How many rows have files that are not public yet: those whose release date is in the future. Null when the
 * result has no such column. Whether the caller may have them is another question.
 */
export function countNotPublic(
  { fields, rows }: Pick<TapResult, 'fields' | 'rows'>, nowMs: number,
): number | null {
  const column = fields.findIndex(({ name }) => RELEASE_COLUMNS.includes(name.toLowerCase()))
  if (column < 0) return null
  return rows.filter((row) => (parseIso(String(row[column] ?? '')) ?? -Infinity) > nowMs).length
}

/** Why there may be no rows. It speaks of the caller: what the archive holds is not for it to tell. */
export function emptyReason(token: Token | null): string {
  return token === null
    ? 'No rows. Perhaps because you are not signed in: you are shown only what everybody may see.'
    : 'No rows. Perhaps your account lacks the permission to see what you look for.'
}
