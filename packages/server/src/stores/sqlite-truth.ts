/**
 * The embedded truth: one SQLite file, read and written in the process that owns the data folder. Design §6.
 *
 * What a call wrote is durable when it returns (WAL with synchronous=FULL: one fsync a transaction); a line
 * of the audit log alone is with the next.
 */
import { DatabaseSync } from 'node:sqlite'
import { openAudit } from './sqlite-audit.ts'
import { openCalibrations } from './sqlite-calibrations.ts'
import { openHoldings } from './sqlite-holdings.ts'
import { openJobs } from './sqlite-jobs.ts'
import { openPeople } from './sqlite-people.ts'
import { prepareSchema } from './sqlite-schema.ts'
import type { Truth } from './truth.ts'

/**
 * Opens the file, which is made if absent.
 * @throws ArchiveError `config_invalid` when it is of another version of Quipu.
 */
export function openSqliteTruth(path: string): Truth {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: 5_000 })
  try {
    db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma trusted_schema = off')
    prepareSchema(db)
    const calibrations = openCalibrations(db)
    const { findCalibration, findGroup, nearGroups } = calibrations
    return {
      ...openHoldings(db, calibrations), ...openPeople(db), ...openJobs(db),
      ...openAudit(db),
      findCalibration, findGroup, nearGroups,
      close() { if (db.isOpen) db.close() },
    }
  } catch (error) {
    db.close()
    throw error
  }
}
