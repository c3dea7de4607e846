/** Tables of the embedded truth, and the version they are at (PRAGMA user_version). */
import { ArchiveError } from '@quipu/vo'
import type { DatabaseSync } from 'node:sqlite'

export const TRUTH_VERSION = 5

const PRODUCTS = `
create table batch (number integer primary key autoincrement) strict;
create table run (
  run_id integer primary key, prog_id text not null unique, metadata_public integer not null
) strict;
create table product (
  dp_id text primary key, batch integer not null references batch, kind text not null,
  run_id integer references run, category text not null, instrument text not null, mjd real,
  release_ms integer, modified_ms integer not null, parent text, title text not null,
  file_key text, file_name text, media_type text, size_bytes integer, md5 text
) strict;
create index product_batch on product (batch);
create index product_run on product (run_id, instrument, mjd);
create index product_parent on product (parent) where parent is not null;
create table header (
  dp_id text primary key references product on delete cascade, cards text not null
) strict;
create table row_shape (
  shape_id integer primary key, table_name text not null, columns text not null, unique (table_name, columns)
) strict;
create table published_row (
  dp_id text not null references product on delete cascade, n integer not null,
  shape_id integer not null references row_shape, body text not null, primary key (dp_id, n)
) strict;
create table fills (
  dp_id text primary key references product on delete cascade, table_name text not null
) strict, without rowid;
create table provenance (
  dp_id text not null references product on delete cascade, source text not null, primary key (dp_id, source)
) strict, without rowid;
create index provenance_source on provenance (source);`

const PEOPLE = `
create table person (
  account_id integer primary key, subject text not null unique, name text not null, given_name text not null,
  family_name text not null, email text not null, password_hash text not null, is_operator integer not null,
  tokens_from_ms integer
) strict;
create table rights (
  subject text not null, run_id integer not null references run, role text not null, ends_ms integer,
  primary key (subject, run_id, role)
) strict, without rowid;`

/** `scope` is the run id of a protected run, 0 for what everybody may see. */
const CALIBRATIONS = `
create table cal_group (
  group_id integer primary key, name text not null unique, kind text not null, raw_type text not null,
  scope integer not null, mjd real not null
) strict;
create table cal_frame (
  dp_id text primary key references product on delete cascade,
  group_id integer not null references cal_group, instrument text not null, kind text not null,
  mjd real not null, exposure_seconds real not null, certified integer not null, keys text not null,
  rule_set text not null, raw_type text not null, category text not null, group_key text not null,
  entries text not null
) strict;
create index cal_frame_group on cal_frame (group_id, mjd, dp_id);
create table cal_entry (
  family text not null, key_hash text not null, mjd real not null, name text not null,
  scope integer not null, group_id integer not null references cal_group on delete cascade,
  primary key (family, key_hash, mjd, name)
) strict, without rowid;
create index cal_entry_group on cal_entry (group_id);`

const JOBS = `
create table job (
  id text primary key, service text not null, owner text, phase text not null, created_ms integer not null,
  destruction_ms integer not null, body text not null
) strict;
create index job_owner on job (owner, service, created_ms);
create index job_phase on job (phase, created_ms);
create index job_destruction on job (destruction_ms);
create table audit (
  n integer primary key autoincrement, at_ms integer not null, action text not null, subject text,
  outcome text not null, request_id text not null, dp_id text, clause text, bytes integer,
  actor text, detail text
) strict;
create trigger audit_stays before update on audit
begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_remains before delete on audit
begin select raise(abort, 'the audit log is append-only'); end;`

/** What makes a version from the one before it. */
const STEPS: Readonly<Record<number, string>> = {
  3: 'alter table audit add column actor text; alter table audit add column detail text;',
  4: 'drop index product_run; create index product_run on product (run_id, instrument, mjd);',
  5: 'alter table person add column tokens_from_ms integer;',
}

/**
 * Makes the tables of an empty database, and brings those of an earlier version up to this one.
 * @throws ArchiveError `config_invalid` when the file is of another version.
 */
export function prepareSchema(db: DatabaseSync): void {
  const found = db.prepare('pragma user_version').get()?.['user_version']
  if (found === TRUTH_VERSION) return
  const steps = stepsFrom(Number(found))
  if (steps !== undefined) {
    db.exec(`begin immediate; ${steps} pragma user_version = ${TRUTH_VERSION}; commit`)
    return
  }
  const tables = db.prepare('select count(*) as n from sqlite_schema').get()?.['n']
  if (found !== 0 || tables !== 0) {
    throw new ArchiveError('config_invalid',
      `the data folder's truth is of version ${String(found)}; this Quipu reads version ${TRUTH_VERSION}`)
  }
  db.exec(`begin immediate; ${PRODUCTS} ${PEOPLE} ${CALIBRATIONS} ${JOBS}
    pragma user_version = ${TRUTH_VERSION}; commit`)
}

/** Undefined for what is no earlier version that can be brought up. */
function stepsFrom(version: number): string | undefined {
  const count = Math.max(0, TRUTH_VERSION - version)
  const missing = Array.from({ length: count }, (_, i) => STEPS[version + 1 + i])
  return missing.length > 0 && !missing.includes(undefined) ? missing.join(' ') : undefined
}
