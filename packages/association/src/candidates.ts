/**
 * The search for one need: levels from the plan outward, windows cut at breakpoints, candidates in
 * total order, and those that were near but refused. calSelector's "closest in time" with its validity
 * windows, EDPS's levels; bounded, whatever the index holds.
 */
import { keysAfter } from './classify.ts'
import { REJECTIONS } from './cascade.ts'
import type { Rejection } from './cascade.ts'
import { disagreement, familyOf, keyHashOf, keysAgree } from './entries.ts'
import type { Supply } from './entries.ts'
import { holds, valueOf } from './expression.ts'
import type { Keys } from './expression.ts'
import type { FindGroups, Frame, Group, KeyValue } from './frame.ts'
import { compareCandidates, distanceOf } from './order.ts'
import type { Candidate } from './order.ts'
import type { Level, NearMatch, Need, RuleSet } from './rule.ts'

/** What one call of `associate` carries through the search; the counters go down. */
export interface Search {
  readonly rules: RuleSet
  readonly find: FindGroups
  readonly withReasons: boolean
  /** Keywords with the assigned ones, by frame. */
  readonly keys: Map<string, Keys>
  queriesLeft: number
  nodesLeft: number
}

/** The group that needs something, seen through the frame whose keywords must be matched. */
export interface Reference { readonly group: Group; readonly frame: Frame; readonly rawType: string }

export interface Found {
  /** Best first. */
  readonly chosen: readonly Candidate[]
  readonly rejected: readonly Rejection[]
  /** The bound on work was reached before the end of the window. */
  readonly stopped: boolean
}

const SCAN = { first: 16, most: 512 }

/** Keywords of a frame with those that classification assigns. */
export function keysOf(search: Search, frame: Frame): Keys {
  let keys = search.keys.get(frame.id)
  if (keys === undefined) search.keys.set(frame.id, keys = keysAfter(search.rules, frame))
  return keys
}

/** The best groups for a need, at most `max`, and why others were refused. */
export function findCandidates(
  search: Search, need: Need, supply: Supply, reference: Reference, minMembers: (group: Group) => number,
): Found {
  const asked: Asked = {
    search, need, supply, reference, minMembers,
    wanted: keysOf(search, reference.frame), cell: cellOf(search.rules, need, reference),
  }
  const keyHash = keyHashOf(need.keys, asked.wanted, 'reference')
  const usable = new Map<string, Candidate>()
  let stopped = false
  if (keyHash !== undefined) {
    for (const level of need.window.levels) {
      stopped = !scan(asked, keyHash, level, usable)
      if (usable.size >= Math.max(1, need.min) || stopped) break
    }
  }
  const chosen = [...usable.values()].sort(compareCandidates).slice(0, need.max)
  return { chosen, stopped, rejected: search.withReasons ? explainRejected(asked, chosen) : [] }
}

interface Asked {
  readonly search: Search
  readonly need: Need
  readonly supply: Supply
  readonly reference: Reference
  readonly minMembers: (group: Group) => number
  readonly wanted: Keys
  readonly cell: Cell
}

/** From inclusive, to exclusive. */
interface Cell { readonly fromMjd: number; readonly toMjd: number }

/** The stretch between the breakpoints around the reference. */
function cellOf(rules: RuleSet, need: Need, reference: Reference): Cell {
  let [fromMjd, toMjd] = [-Infinity, Infinity]
  for (const point of rules.breakpoints) {
    const isMeant = point.tag === undefined ? need.from !== 'static' : point.tag === need.tag
    if (!isMeant || (point.rawType !== undefined && point.rawType !== reference.rawType)) continue
    if (point.mjd <= reference.group.mjd) fromMjd = Math.max(fromMjd, point.mjd)
    else toMjd = Math.min(toMjd, point.mjd)
  }
  return { fromMjd, toMjd }
}

/** Adds what is usable inside a level's window; false when the bound on work was reached first. */
function scan(asked: Asked, keyHash: string, level: Level, usable: Map<string, Candidate>): boolean {
  const { search, need, reference, cell } = asked
  const atMjd = reference.group.mjd
  const family = familyOf(search.rules, asked.supply, need.tag, need.keys)
  const fromMjd = Math.max(atMjd + level.lo, cell.fromMjd)
  const toMjd = Math.min(atMjd + level.hi, cell.toMjd)
  if (fromMjd > toMjd) return true
  const first = Math.max(SCAN.first, 2 * need.max)
  let edge = 0
  for (let limit = first; limit <= Math.max(SCAN.most, first); limit *= 2) {
    if (--search.queriesLeft < 0) return false
    const groups = search.find({ family, keyHash, atMjd, fromMjd, toMjd, limit })
    for (const group of groups) {
      const candidate = candidateOf(asked, group)
      if (candidate !== undefined && refusal(asked, group) === undefined) usable.set(group.id, candidate)
    }
    if (groups.length < limit) return true
    // Equal distances at the end of the list may go on beyond it: only what is nearer is settled.
    edge = distanceOf((groups[groups.length - 1]?.mjd ?? atMjd) - atMjd)
    const settled = [...usable.values()].filter((one) => distanceOf(one.dtDays) < edge)
    if (settled.length >= need.max) return true
  }
  for (const [id, one] of usable) if (distanceOf(one.dtDays) >= edge) usable.delete(id)
  return false
}

/** The group with its distance and level; undefined outside the windows. */
function candidateOf(asked: Asked, group: Group): Candidate | undefined {
  const dtDays = group.mjd - asked.reference.group.mjd
  const level = asked.need.window.levels.find(({ lo, hi }) => dtDays >= lo && dtDays <= hi)
  if (level === undefined) return undefined
  return { group, dtDays, level: level.level, certified: isCertified(group) }
}

/** Every member is certified. */
export function isCertified(group: Group): boolean {
  return group.members.every((member) => member.frame.certified)
}

type Refusal = Pick<Rejection, 'reason' | 'detail'>

/** Why a group inside the window may not be used. */
function refusal(asked: Asked, group: Group): Refusal | undefined {
  const { need, cell, wanted, search } = asked
  const frame = group.members[0]?.frame
  if (frame === undefined) return { reason: 'tooFew', detail: 'no files' }
  const keys = keysOf(search, frame)
  const differing = keysAgree(need.keys, keys, wanted) ? undefined : describeKeys(asked, keys)
  if (differing !== undefined) return { reason: 'key', detail: differing }
  if (group.mjd < cell.fromMjd || group.mjd >= cell.toMjd) {
    return { reason: 'breakpoint', detail: breakpointBetween(asked, group.mjd) }
  }
  const least = asked.minMembers(group)
  if (group.members.length < least) {
    return { reason: 'tooFew', detail: `${group.members.length} of at least ${least} files` }
  }
  if (need.certified === 'required' && !isCertified(group)) {
    return { reason: 'uncertified', detail: 'not certified' }
  }
  const far = need.near.find((near) => !isNear(near, valueOf(keys, near.key), valueOf(wanted, near.key)))
  if (far !== undefined) {
    const [got, want] = [valueOf(keys, far.key), valueOf(wanted, far.key)]
    return { reason: 'near', detail: `${far.key} is ${show(got)}, wanted near ${show(want)}` }
  }
  const isRefused = need.where !== undefined && !holds(need.where, keys, wanted)
  return isRefused ? { reason: 'where', detail: 'a condition of the rule is not met' } : undefined
}

function isNear({ lo, hi }: NearMatch, got: KeyValue | undefined, want: KeyValue | undefined): boolean {
  return typeof got === 'number' && typeof want === 'number' && got - want >= lo && got - want <= hi
}

function describeKeys(asked: Asked, keys: Keys): string {
  const parts = asked.need.keys.flatMap((key) => {
    const differs = disagreement(key, keys, asked.wanted)
    if (differs === undefined) return []
    return [`${key.candidate} is ${show(differs.got)}, wanted ${show(differs.wanted)}`]
  })
  return parts.slice(0, 3).join('; ')
}

function breakpointBetween(asked: Asked, mjd: number): string {
  const { fromMjd, toMjd } = asked.cell
  const at = mjd < fromMjd ? fromMjd : toMjd
  const why = asked.search.rules.breakpoints.find((point) => point.mjd === at)?.why ?? ''
  return why === '' ? `across MJD ${at}` : `across MJD ${at} (${why})`
}

function show(value: KeyValue | undefined): string {
  return value === undefined ? 'absent' : String(value).slice(0, 60)
}

/** The nearest groups of the tag that were not chosen though nothing chosen is nearer. */
function explainRejected(asked: Asked, chosen: readonly Candidate[]): readonly Rejection[] {
  const { search, need, reference } = asked
  if (--search.queriesLeft < 0) return []
  const atMjd = reference.group.mjd
  const family = familyOf(search.rules, asked.supply, need.tag, [])
  const keyHash = keyHashOf([], {}, 'candidate') ?? ''
  const limit = REJECTIONS + need.max
  const groups = search.find({ family, keyHash, atMjd, fromMjd: -Infinity, toMjd: Infinity, limit })
  const isFull = chosen.length >= need.max
  const farthest = Math.max(0, ...chosen.map((one) => distanceOf(one.dtDays)))
  const rejected: Rejection[] = []
  for (const group of nearestOf(groups, atMjd, limit)) {
    const dtDays = group.mjd - atMjd
    if (chosen.some((one) => one.group.id === group.id) || (isFull && distanceOf(dtDays) > farthest)) continue
    const candidate = candidateOf(asked, group)
    const why = refusal(asked, group)
      ?? (candidate === undefined ? { reason: 'window' as const, detail: 'outside the window' } : undefined)
    if (why !== undefined) rejected.push({ id: group.members[0]?.frame.id ?? group.id, dtDays, ...why })
  }
  return rejected.slice(0, REJECTIONS)
}

/** In total order; of a list that was cut, without the end, where equals may be missing. */
function nearestOf(groups: readonly Group[], atMjd: number, limit: number): readonly Group[] {
  const sorted = groups.map((group): Candidate => (
    { group, dtDays: group.mjd - atMjd, level: 0, certified: isCertified(group) })).sort(compareCandidates)
  const edge = groups.length < limit ? Infinity : distanceOf(sorted[sorted.length - 1]?.dtDays ?? 0)
  return sorted.filter((one) => distanceOf(one.dtDays) < edge).map((one) => one.group)
}
