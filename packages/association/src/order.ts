/**
 * The total order of candidates. Two groups are never equal, so an answer depends neither on the order
 * of ingest nor on that of an index.
 */
import type { Group } from './frame.ts'

export interface Candidate {
  readonly group: Group
  /** Candidate minus reference, days. */
  readonly dtDays: number
  readonly level: number
  readonly certified: boolean
}

const MICROSECONDS_PER_DAY = 86_400_000_000

/** Distance in time, whole microseconds: an MJD in a double has no more. */
export function distanceOf(dtDays: number): number {
  return Math.round(Math.abs(dtDays) * MICROSECONDS_PER_DAY)
}

/** Better first: level, distance, certified, earlier rather than later, id. */
export function compareCandidates(a: Candidate, b: Candidate): number {
  return a.level - b.level
    || distanceOf(a.dtDays) - distanceOf(b.dtDays)
    || Number(b.certified) - Number(a.certified)
    || Number(a.dtDays > 0) - Number(b.dtDays > 0)
    || compareText(firstId(a.group), firstId(b.group))
    || compareText(a.group.id, b.group.id)
}

/** The order in which chosen groups are listed: by time, then id. */
export function compareGroups(a: Group, b: Group): number {
  return a.mjd - b.mjd || compareText(firstId(a), firstId(b)) || compareText(a.id, b.id)
}

/** By code unit, as the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function firstId(group: Group): string {
  return group.members[0]?.frame.id ?? ''
}
