/** Brings the column copy up to the truth: at start, after a batch, and for a rebuild. Design §6. */
import { assert } from '@quipu/vo'
import type { Columns, FileRows } from './columns.ts'
import type { Truth, TruthFile } from './truth.ts'

/** Opens the rows of a stored file; undefined when their table is no longer published. */
export type OpenRows = (file: TruthFile) => FileRows['rows'] | undefined

/**
 * Replays every batch above the copy's number, in order; safe to repeat after any interruption. A copy that
 * is ahead is of another truth (one restored from a backup) and is made anew. Gives the number that the
 * copy then has.
 * @param openRows Needed as soon as the truth has catalogues.
 */
export async function catchUp(
  truth: Pick<Truth, 'rowsAfter' | 'lastBatch'>, columns: Pick<Columns, 'lastBatch' | 'append' | 'clear'>,
  openRows?: OpenRows,
): Promise<number> {
  let last = await columns.lastBatch()
  if (last > truth.lastBatch()) {
    await columns.clear()
    last = 0
  }
  for (const { number, dpIds, rows, files } of truth.rowsAfter(last)) {
    await columns.append(number, rows, dpIds, openFiles(files, openRows))
    last = number
  }
  return last
}

/** Rows of a catalogue are everybody's, so those of a run that has become protected are left out. */
function openFiles(files: readonly TruthFile[], openRows: OpenRows | undefined): FileRows[] {
  return files.filter(({ run }) => run === null || run.metadataPublic).flatMap((file) => {
    assert(openRows, 'who has catalogues says how their files are read')
    const rows = openRows(file)
    return rows ? [{ table: file.table, dpId: file.dpId, rows }] : []
  })
}
