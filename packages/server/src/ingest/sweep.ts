/** Removes files that the truth does not name: of an ingest that was ended, or replaced since. Design §6. */
import type { FileStore } from '../stores/files.ts'
import type { Truth } from '../stores/truth.ts'

/**
 * To be called by the owner of the folder before anything is ingested.
 * @param beforeMs Younger files are left alone.
 * @returns How many were removed.
 */
export async function sweepFiles(
  files: FileStore, truth: Pick<Truth, 'fileKeys'>, beforeMs: number,
): Promise<number> {
  const named = new Set(truth.fileKeys())
  let removed = 0
  for await (const key of files.list('')) {
    if (named.has(key)) continue
    const found = await files.stat(key)
    if (!found || found.modifiedMs >= beforeMs) continue
    await files.remove(key)
    removed += 1
  }
  return removed
}
