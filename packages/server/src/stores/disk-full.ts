/** A full disk, told from a bug: the operator can make room, the caller can come again. Design §6. */
import { ArchiveError } from '@quipu/vo'

/** SQLITE_FULL, the low byte of SQLite's result code. */
const SQLITE_FULL = 13
/** An error wraps another, and that one a third: more is none of ours. */
const MAX_DEPTH = 5

/** True for what the system, SQLite and DuckDB throw when there is no room to write, or wraps that. */
export function isDiskFull(error: unknown): boolean {
  let at = error
  for (let depth = 0; depth < MAX_DEPTH && at instanceof Error; depth++) {
    const { code, errcode } = at as { code?: unknown; errcode?: unknown }
    if (code === 'ENOSPC' || code === 'EDQUOT' || /No space left on device/.test(at.message)) return true
    if (code === 'ERR_SQLITE_ERROR' && (Number(errcode) & 0xff) === SQLITE_FULL) return true
    at = at.cause
  }
  return false
}

/**
 * What to throw in place of the error: `overloaded` for a full disk, the error itself for any other.
 * @param tell What became of the request, and what to do.
 */
export function unlessDiskFull(error: unknown, tell: string): unknown {
  if (error instanceof ArchiveError || !isDiskFull(error)) return error
  return new ArchiveError('overloaded', `the disk of this archive is full: ${tell}`, { cause: error })
}
