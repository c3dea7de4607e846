/** One transaction around a function. The embedded truth is synchronous, so nothing comes in between. */
import type { DatabaseSync } from 'node:sqlite'

/**
 * What the function wrote is durable when this returns, and as if never begun when it throws. Inside another
 * transaction it is durable with that one.
 */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  const isInner = db.isTransaction
  db.exec(isInner ? 'savepoint inner_work' : 'begin immediate')
  try {
    const result = work()
    db.exec(isInner ? 'release inner_work' : 'commit')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec(isInner ? 'rollback to inner_work; release inner_work' : 'rollback')
    throw error
  }
}
