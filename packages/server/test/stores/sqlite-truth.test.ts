import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSqliteTruth } from '../../src/stores/sqlite-truth.ts'
import { truthContract } from '../contract/truth.ts'
import { calibration, holding } from '../support/holdings.ts'

let dir: string
let n = 0
beforeAll(() => { dir = mkdtempSync(join(tmpdir(), 'quipu-truth-')) })
afterAll(() => { rmSync(dir, { recursive: true }) })
const fresh = (): string => join(dir, `${n++}.sqlite`)

describe('contract', () => { truthContract(() => openSqliteTruth(fresh())) })

test('all is there after closing and opening again', () => {
  const path = fresh()
  const first = openSqliteTruth(path)
  first.addBatch([holding({ dpId: 'A.1', header: 'END' })])
  first.close()
  first.close()
  const again = openSqliteTruth(path)
  expect(again.findHeader('A.1')).toBe('END')
  expect(again.lastBatch()).toBe(1)
  again.close()
})

test('the audit log takes no change and no removal', () => {
  const path = fresh()
  const truth = openSqliteTruth(path)
  truth.audit({ atMs: 1, action: 'retrieve', subject: 'pi', outcome: 'sent', requestId: 'r', dpId: 'A', clause: 'granted', bytes: 12 })
  truth.audit({ atMs: 2, action: 'sign-in', subject: null, outcome: 'refused', requestId: 's' })
  truth.close()
  const db = new DatabaseSync(path)
  for (const sql of ["update audit set subject = 'x'", 'delete from audit']) expect(() => db.exec(sql)).toThrow(/append-only/)
  expect(db.prepare('select * from audit order by n').all().map((row) => ({ ...row }))).toEqual([
    { n: 1, at_ms: 1, action: 'retrieve', subject: 'pi', outcome: 'sent', request_id: 'r', dp_id: 'A', clause: 'granted', bytes: 12, actor: null, detail: null },
    { n: 2, at_ms: 2, action: 'sign-in', subject: null, outcome: 'refused', request_id: 's', dp_id: null, clause: null, bytes: null, actor: null, detail: null },
  ])
  db.close()
})

test('durable: a write-ahead log, and an fsync in every transaction', () => {
  const path = fresh()
  openSqliteTruth(path).close()
  const db = new DatabaseSync(path)
  expect(db.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  db.close()
})

test('a file of another version is refused, not changed', () => {
  const path = fresh()
  const db = new DatabaseSync(path)
  db.exec('create table t (x); pragma user_version = 99')
  db.close()
  expect(() => openSqliteTruth(path)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
})

test('a file of the version before is brought up, with all that is in it', () => {
  const path = fresh()
  openSqliteTruth(path).close()
  const db = new DatabaseSync(path)
  db.exec(`alter table audit drop column actor; alter table audit drop column detail; pragma user_version = 2;
    alter table person drop column tokens_from_ms; drop index product_run; create index product_run on product (run_id);
    insert into audit values (1, 5, 'download', 'pi', 'complete', 'r', 'A.1', 'granted', 7)`)
  db.close()
  const truth = openSqliteTruth(path)
  truth.audit({ atMs: 6, action: 'grant_add', subject: 'pi', outcome: 'ok', requestId: 's', actor: 'os' })
  expect(truth.readAudit({ afterN: 0, limit: 9 }).map(({ n, subject, actor }) => [n, subject, actor]))
    .toEqual([[1, 'pi', undefined], [2, 'pi', 'os']])
  truth.close()
})

test('the index answers questions of nearness: no scan, no sort of all', () => {
  const path = fresh()
  openSqliteTruth(path).close()
  const db = new DatabaseSync(path)
  const plan = db.prepare(`explain query plan select group_id from cal_entry
    where family = ? and key_hash = ? and mjd > ? and mjd <= ? order by mjd, name`).all()
  expect(plan.map((row) => row['detail'])).toEqual([expect.stringMatching(/^SEARCH cal_entry USING PRIMARY KEY/)])
  db.close()
})

test('thousands of frames under one entry: the nearest is found without reading them all', () => {
  const truth = openSqliteTruth(fresh())
  truth.addBatch(Array.from({ length: 2_000 }, (_, i) => calibration(`K.${i}`, i, `g${i}`, ['FLAT:h'])))
  const started = process.cpuUsage()
  for (let i = 0; i < 200; i++) {
    const [group] = truth.nearGroups({
      family: 'FLAT', keyHash: 'h', atMjd: 1_000.1, fromMjd: 0, toMjd: 2_000, limit: 1,
    }, { all: false, runs: new Set() })
    expect(group?.mjd).toBe(1_000)
  }
  expect(process.cpuUsage(started).user).toBeLessThan(400_000)
  truth.close()
})
