/** UWS jobs in the embedded truth. UWS 1.1 §2.1; design §6. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { inTransaction } from './sqlite-transaction.ts'
import type { JobRecord, Truth } from './truth.ts'

type JobStore = Pick<Truth,
  'putJob' | 'changeJob' | 'findJob' | 'listJobs' | 'jobsIn' | 'firstQueued' | 'countJobs' | 'expiredJobs' |
  'deleteJob' | 'closeResults'>

export function openJobs(db: DatabaseSync): JobStore {
  const put = db.prepare(`insert into job values (?, ?, ?, ?, ?, ?, ?)
    on conflict (id) do update set service = excluded.service, owner = excluded.owner, phase = excluded.phase,
      created_ms = excluded.created_ms, destruction_ms = excluded.destruction_ms, body = excluded.body`)
  const find = db.prepare('select body from job where id = ?')
  const list = db.prepare(
    'select body from job where owner = ? and service = ? order by created_ms desc, rowid desc')
  const inPhases = db.prepare(`select body from job
    where phase in (select value from json_each(?)) order by created_ms, rowid limit ?`)
  // SQLite gives the other columns of the row that has the least.
  const firstQueued = db.prepare(`select body, min(created_ms) from job
    where phase = 'QUEUED' group by owner order by created_ms, rowid`)
  // Counted without their bodies, which may be long.
  const count = db.prepare(`select count(*) as "all", coalesce(sum(owner is ?), 0) as own from job
    where phase in (select value from json_each(?))`)
  const expired = db.prepare('select body from job where destruction_ms <= ? order by destruction_ms, rowid')
  const remove = db.prepare('delete from job where id = ?')
  const putJob = (job: JobRecord): void => {
    put.run(job.id, job.service, job.owner, job.phase, job.createdMs, job.destructionMs, JSON.stringify(job))
  }
  const findJob = (id: string): JobRecord | undefined => readAll(find, id)[0]

  return {
    putJob,
    findJob,
    changeJob(id, from, change) {
      return inTransaction(db, () => {
        const job = findJob(id)
        if (job === undefined || !from.includes(job.phase)) return false
        putJob({ ...job, ...change, id })
        return true
      })
    },
    listJobs: (service, owner) => readAll(list, owner, service),
    jobsIn: (phases, limit = -1) => readAll(inPhases, JSON.stringify(phases), limit),
    firstQueued: () => readAll(firstQueued),
    countJobs(phases, owner) {
      const found = count.get(owner, JSON.stringify(phases))
      return { all: Number(found?.['all']), own: Number(found?.['own']) }
    },
    expiredJobs: (nowMs) => readAll(expired, nowMs),
    deleteJob: (id) => remove.run(id).changes > 0,
    closeResults: openClosing(db),
  }
}

/** Results that are there or on their way may hold rows of what is closed now (`JobRecord.closedRuns`). */
export function openClosing(db: DatabaseSync): (runId: number) => void {
  const mark = db.prepare(`update job set body = json_insert(
      json_set(body, '$.closedRuns', json(coalesce(json_extract(body, '$.closedRuns'), '[]'))),
      '$.closedRuns[#]', ?1)
    where phase in ('EXECUTING', 'COMPLETED')
      and not exists (select 1 from json_each(body, '$.closedRuns') where value = ?1)`)
  return (runId) => { mark.run(runId) }
}

function readAll(statement: StatementSync, ...values: (string | number)[]): JobRecord[] {
  return statement.all(...values).map((row) => JSON.parse(String(row['body'])) as JobRecord)
}
