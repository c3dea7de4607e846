/** Brings the column copy up to the truth: at start, after a batch, and for a rebuild. Design §6. */
import type { Columns } from './columns.ts'
import type { Truth } from './truth.ts'

/**
 * Replays every batch above the copy's number, in order; safe to repeat after any interruption. Gives the
 * number that the copy then has.
 */
export async function catchUp(truth: Pick<Truth, 'rowsAfter'>, columns: Columns): Promise<number> {
  let last = await columns.lastBatch()
  for (const { number, dpIds, rows } of truth.rowsAfter(last)) {
    await columns.append(number, rows, dpIds)
    last = number
  }
  return last
}
