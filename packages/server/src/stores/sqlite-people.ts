/** People, runs as a list, and what people hold beyond everybody's rights, in the embedded truth. */
import { ArchiveError } from '@quipu/vo'
import type { DatabaseSync } from 'node:sqlite'
import type { Grant, Person, Truth } from './truth.ts'

type PeopleStore = Pick<Truth,
  'putPerson' | 'findPerson' | 'listPeople' | 'putGrant' | 'listGrants' | 'rightsOf' | 'listRuns' |
  'runsWithin'>

export function openPeople(db: DatabaseSync): PeopleStore {
  const put = db.prepare(`insert into person
    (account_id, subject, name, given_name, family_name, email, password_hash, is_operator,
      tokens_from_ms)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
    on conflict (subject) do update set name = excluded.name, given_name = excluded.given_name,
      family_name = excluded.family_name, email = excluded.email, password_hash = excluded.password_hash,
      is_operator = excluded.is_operator,
      tokens_from_ms = coalesce(excluded.tokens_from_ms, tokens_from_ms),
      account_id = coalesce(?, account_id)`)
  const find = db.prepare('select * from person where subject = ?')
  const list = db.prepare('select * from person order by subject')
  const runOf = db.prepare('select run_id from run where prog_id = ?')
  const putRight = db.prepare(`insert into rights values (?, ?, ?, ?)
    on conflict do update set ends_ms = excluded.ends_ms`)
  const runsOf = db.prepare(
    'select distinct run_id from rights where subject = ? and (ends_ms is null or ends_ms > ?)')

  const grants = db.prepare(`select subject, prog_id, role, ends_ms from rights join run using (run_id)
    where subject = coalesce(?, subject) and prog_id = coalesce(?, prog_id)
    order by prog_id, subject, role`)
  const runs = db.prepare('select run_id, prog_id, metadata_public from run order by prog_id')

  // Each sub-query is one step in the index of run, instrument and time.
  const within = db.prepare(`select run_id from run r
    where (select min(instrument) from product where run_id = r.run_id)
        in (select value from json_each(?1))
      and not exists (select 1 from product where run_id = r.run_id
        and instrument not in (select value from json_each(?1)))
      and not exists (select 1 from product where run_id = r.run_id and (mjd < ?2 or (mjd is null and ?4)))
      and not exists (select 1 from product where run_id = r.run_id and mjd >= ?3)`)

  const findPerson = (subject: string): Person | undefined => {
    const row = find.get(subject)
    return row && toPerson(row)
  }
  return {
    putPerson(person) {
      const accountId = person.accountId ?? null
      put.run(accountId, person.subject, person.name, person.givenName, person.familyName, person.email,
        person.passwordHash, Number(person.isOperator), person.tokensFromMs ?? null, accountId)
    },
    findPerson,
    runsWithin: ({ instruments, fromMjd, untilMjd }) =>
      within.all(JSON.stringify(instruments), fromMjd, untilMjd,
        Number(Number.isFinite(fromMjd) || Number.isFinite(untilMjd))).map((row) => Number(row['run_id'])),
    listRuns: () => runs.all().map((row) => ({
      runId: Number(row['run_id']), progId: String(row['prog_id']),
      metadataPublic: row['metadata_public'] === 1,
    })),
    listPeople: () => list.all().map(toPerson),
    putGrant({ subject, progId, role, endsMs }) {
      const run = runOf.get(progId)
      if (run === undefined) {
        throw new ArchiveError('config_invalid',
          `'${subject}' cannot have a right to '${progId}': no such run`)
      }
      putRight.run(subject, Number(run['run_id']), role, endsMs)
    },
    listGrants: ({ subject, progId }) => grants.all(subject ?? null, progId ?? null).map(toGrant),
    rightsOf(subject, nowMs) {
      const runs = new Set(runsOf.all(subject, nowMs).map((row) => Number(row['run_id'])))
      const isOperator = findPerson(subject)?.isOperator ?? false
      return { isOperator, discoverRuns: runs, retrieveRuns: runs }
    },
  }
}

function toGrant(row: Record<string, unknown>): Grant {
  const endsMs = row['ends_ms']
  return {
    subject: String(row['subject']), progId: String(row['prog_id']),
    role: row['role'] === 'pi' ? 'pi' : 'delegate', endsMs: endsMs === null ? null : Number(endsMs),
  }
}

function toPerson(row: Record<string, unknown>): Person {
  const tokensFromMs = row['tokens_from_ms']
  return {
    subject: String(row['subject']), name: String(row['name']), givenName: String(row['given_name']),
    familyName: String(row['family_name']), email: String(row['email']), accountId: Number(row['account_id']),
    passwordHash: String(row['password_hash']), isOperator: row['is_operator'] === 1,
    ...tokensFromMs === null ? {} : { tokensFromMs: Number(tokensFromMs) },
  }
}
