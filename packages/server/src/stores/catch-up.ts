/** Brings the column copy up to the truth: at start, after a batch, and for a rebuild. Design §6. */
import type { Columns } from './columns.ts'
import type { Truth } from './truth.ts'

/**
 * Replays every batch above the copy's number, in order; safe to repeat after any interruption. A copy that
 * is ahead is of another truth (one restored from a backup) and is made anew. Gives the number that the
 * copy then has.
 */
export async function catchUp(
  truth: Pick<Truth, 'rowsAfter' | 'lastBatch'>, columns: Pick<Columns, 'lastBatch' | 'append' | 'clear'>,
): Promise<number> {
  let last = await columns.lastBatch()
  if (last > truth.lastBatch()) {
    await columns.clear()
    last = 0
  }
  for (const { number, dpIds, rows } of truth.rowsAfter(last)) {
    await columns.append(number, rows, dpIds)
    last = number
  }
  return last
}
