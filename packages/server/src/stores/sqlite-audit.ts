/**
 * The audit log in the embedded truth: lines are appended and read, and never changed (the schema's triggers
 * see to it). Design §6.
 */
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from './sqlite-transaction.ts'
import type { AuditLine, NumberedLine, Truth } from './truth.ts'

type AuditStore = Pick<Truth, 'audit' | 'change' | 'readAudit'>

export function openAudit(db: DatabaseSync): AuditStore {
  const insert = db.prepare(`insert into audit
    (at_ms, action, subject, outcome, request_id, dp_id, clause, bytes, actor, detail)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const read = db.prepare(`select * from audit where n > ? and at_ms >= coalesce(?, at_ms)
    and (? is null or subject = ?) and (? is null or dp_id = ?) order by n limit ?`)
  const append = (line: AuditLine): void => {
    insert.run(line.atMs, line.action, line.subject, line.outcome, line.requestId, line.dpId ?? null,
      line.clause ?? null, line.bytes ?? null, line.actor ?? null, line.detail ?? null)
  }
  return {
    audit(line) {
      if (db.isTransaction) return append(line)
      // Lines are many, and a refusal must not take longer than what it refuses: they wait for no disk.
      db.exec('pragma synchronous = normal')
      try {
        append(line)
      } finally {
        db.exec('pragma synchronous = full')
      }
    },
    change: (line, work) => inTransaction(db, () => {
      const result = work()
      append(line)
      return result
    }),
    readAudit: ({ afterN, limit, sinceMs = null, subject = null, dpId = null }) =>
      read.all(afterN, sinceMs, subject, subject, dpId, dpId, limit).map(toLine),
  }
}

function toLine(row: Record<string, unknown>): NumberedLine {
  const text = (name: string): string | undefined => row[name] === null ? undefined : String(row[name])
  return {
    n: Number(row['n']), atMs: Number(row['at_ms']), action: String(row['action']),
    subject: text('subject') ?? null, outcome: String(row['outcome']), requestId: String(row['request_id']),
    dpId: text('dp_id'), clause: text('clause'), detail: text('detail'), actor: text('actor'),
    bytes: row['bytes'] === null ? undefined : Number(row['bytes']),
  }
}
