/**
 * Calibration groups in the embedded truth: which frames are used together, and under which entries of the
 * index a group is found. Design §2, §5 (groups of protected runs never mix with others).
 */
import type { Frame, Group, IndexEntry, KeyValue, NearQuery } from '@quipu/association'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Calibration, CalibrationScope, Run, Truth } from './truth.ts'

/** The scope of what everybody may see; a protected run's is its run id (from 1). */
const OPEN_SCOPE = 0

export interface CalibrationStore extends Pick<Truth, 'findCalibration' | 'findGroup' | 'nearGroups'> {
  /** Puts a frame into its group, inside the caller's transaction; `settle` must follow. */
  add(calibration: Calibration, run: Run | undefined): void
  /** Takes a frame out of its group; `settle` must follow. */
  remove(dpId: string): void
  /** Makes mean times and entries of the groups that changed right again. */
  settle(): void
}

interface FrameRow {
  dp_id: string; group_id: number; instrument: string; kind: string; mjd: number; exposure_seconds: number
  certified: number; keys: string; rule_set: string; raw_type: string; category: string; group_key: string
  entries: string
}
interface GroupRow { name: string; kind: string; raw_type: string; scope: number; mjd: number }
interface EntryRow { group_id: number; name: string; mjd: number; scope: number }

export function openCalibrations(db: DatabaseSync): CalibrationStore {
  const touched = new Set<number>()
  const frameOf = db.prepare('select * from cal_frame where dp_id = ?')
  const groupOf = db.prepare('select * from cal_group where group_id = ?')
  const members = db.prepare('select * from cal_frame where group_id = ? order by mjd, dp_id')
  const removeFrame = db.prepare('delete from cal_frame where dp_id = ?')
  const insertFrame = db.prepare(
    'insert into cal_frame values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
  const openGroup = db.prepare(`insert into cal_group (name, kind, raw_type, scope, mjd)
    values (?, ?, ?, ?, ?)
    on conflict (name) do update set name = name returning group_id`)
  const settleGroup = openSettling(db, members)
  const near = openNear(db)

  const load = (groupId: number): Group => toGroup(
    groupOf.get(groupId) as unknown as GroupRow, members.all(groupId) as unknown as FrameRow[])

  return {
    add({ frame, classification: c }, run) {
      // A protected run's frames are a scope of their own; everybody's are one.
      const closed = run !== undefined && !run.metadataPublic ? run : undefined
      const scope = closed?.runId ?? OPEN_SCOPE
      const name = JSON.stringify(
        [frame.instrument, frame.kind, c.rawType, c.groupKey, closed?.progId ?? null])
      const opened = openGroup.get(name, frame.kind, c.rawType, scope, frame.mjd)
      const groupId = Number(opened?.['group_id'])
      insertFrame.run(frame.id, groupId, frame.instrument, frame.kind, frame.mjd, frame.exposureSeconds,
        Number(frame.certified), JSON.stringify(frame.keys), c.ruleSet, c.rawType, c.category, c.groupKey,
        JSON.stringify(c.entries))
      touched.add(groupId)
    },
    remove(dpId) {
      const row = frameOf.get(dpId)
      if (row === undefined) return
      removeFrame.run(dpId)
      touched.add(Number(row['group_id']))
    },
    settle() {
      for (const groupId of touched) settleGroup(groupId)
      touched.clear()
    },
    findCalibration(dpId) {
      const row = frameOf.get(dpId) as unknown as FrameRow | undefined
      return row && toCalibration(row)
    },
    findGroup(dpId, scope) {
      const row = frameOf.get(dpId)
      if (row === undefined) return undefined
      const groupId = Number(row['group_id'])
      return isInScope(scope, Number(groupOf.get(groupId)?.['scope'])) ? load(groupId) : undefined
    },
    nearGroups(query, scope) {
      return near(query, scope).map(load)
    },
  }
}

function isInScope(scope: CalibrationScope, of: number): boolean {
  return of === OPEN_SCOPE || scope.all || scope.runs.has(of)
}

/** A group is what its members make it, whatever the order in which they came. */
function openSettling(db: DatabaseSync, members: StatementSync): (groupId: number) => void {
  const removeEntries = db.prepare('delete from cal_entry where group_id = ?')
  const removeGroup = db.prepare('delete from cal_group where group_id = ?')
  const setMjd = db.prepare('update cal_group set mjd = ? where group_id = ? returning name, scope')
  const insertEntry = db.prepare('insert or ignore into cal_entry values (?, ?, ?, ?, ?, ?)')
  return (groupId) => {
    const rows = members.all(groupId) as unknown as FrameRow[]
    removeEntries.run(groupId)
    if (rows.length === 0) {
      removeGroup.run(groupId)
      return
    }
    const mjd = meanOf(rows.map((row) => row.mjd))
    const group = setMjd.get(mjd, groupId) as unknown as GroupRow
    for (const row of rows) {
      for (const { family, keyHash } of JSON.parse(row.entries) as IndexEntry[]) {
        insertEntry.run(family, keyHash, mjd, group.name, group.scope, groupId)
      }
    }
  }
}

/** Sums distances from the first (the values come sorted), so that equal times have exactly their mean. */
function meanOf(sorted: readonly number[]): number {
  const first = sorted[0] ?? 0
  return first + sorted.reduce((sum, mjd) => sum + (mjd - first), 0) / sorted.length
}

/**
 * Ids of the groups under an entry, nearest in time first; of two as near the earlier, then by name. Two
 * scans of the index, one going back in time and one forward, are read only as far as the answer needs.
 */
function openNear(db: DatabaseSync): (query: NearQuery, scope: CalibrationScope) => number[] {
  const before = db.prepare(`select group_id, name, mjd, scope from cal_entry
    where family = ? and key_hash = ? and mjd between ? and ? order by mjd desc, name`)
  const after = db.prepare(`select group_id, name, mjd, scope from cal_entry
    where family = ? and key_hash = ? and mjd > ? and mjd >= ? and mjd <= ? order by mjd, name`)
  return ({ family, keyHash, atMjd, fromMjd, toMjd, limit }, scope) => {
    const back = visible(before.iterate(family, keyHash, fromMjd, Math.min(atMjd, toMjd)), scope)
    const forth = visible(after.iterate(family, keyHash, atMjd, fromMjd, toMjd), scope)
    const found: number[] = []
    try {
      let [b, f] = [back.next().value, forth.next().value]
      while (found.length < limit && (b ?? f) !== undefined) {
        const isBack = b !== undefined && (f === undefined || atMjd - b.mjd <= f.mjd - atMjd)
        found.push((isBack ? b! : f!).group_id)
        if (isBack) b = back.next().value
        else f = forth.next().value
      }
    } finally {
      back.return(undefined)
      forth.return(undefined)
    }
    return found
  }
}

function* visible(rows: Iterable<unknown>, scope: CalibrationScope): Generator<EntryRow, undefined> {
  for (const row of rows as Iterable<EntryRow>) if (isInScope(scope, row.scope)) yield row
  return undefined
}

function toGroup(group: GroupRow, rows: readonly FrameRow[]): Group {
  return {
    id: group.name, kind: kindOf(group.kind), rawType: group.raw_type, mjd: group.mjd,
    members: rows.map(toCalibration),
  }
}

function toCalibration(row: FrameRow): Calibration {
  return {
    frame: {
      id: row.dp_id, instrument: row.instrument, kind: kindOf(row.kind), mjd: row.mjd,
      exposureSeconds: row.exposure_seconds, certified: row.certified !== 0,
      keys: JSON.parse(row.keys) as Record<string, KeyValue>,
    },
    classification: {
      ruleSet: row.rule_set, rawType: row.raw_type, category: row.category, groupKey: row.group_key,
      entries: JSON.parse(row.entries) as IndexEntry[],
    },
  }
}

function kindOf(text: string): Frame['kind'] {
  return text === 'master' ? 'master' : 'raw'
}
