/** One transaction around a function. The embedded truth is synchronous, so nothing comes in between. */
import { assert } from '@quipu/vo'
import type { DatabaseSync } from 'node:sqlite'

/** What the function wrote is durable when this returns, and as if never begun when it throws. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  assert(!db.isTransaction, 'transactions do not nest')
  db.exec('begin immediate')
  try {
    const result = work()
    db.exec('commit')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
