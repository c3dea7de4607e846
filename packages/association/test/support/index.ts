/** An index in memory, as the truth store keeps one: groups formed by key, entries by family and hash. */
import { classify } from '@quipu/association'
import type { Classification, FindGroups, Frame, Group, KeyValue, NearQuery, RuleSets } from '@quipu/association'

export interface Archive {
  readonly find: FindGroups
  readonly groupOf: (id: string) => Group
  readonly groups: readonly Group[]
  readonly queries: NearQuery[]
}

type Member = { frame: Frame; classification: Classification }

/** Frames in any order; those that no rule set knows are left out. */
export function archiveOf(rules: RuleSets, frames: readonly Frame[]): Archive {
  const byKey = new Map<string, Member[]>()
  for (const frame of frames) {
    const classification = classify(rules, frame)
    if (classification === undefined) continue
    const members = byKey.get(classification.groupKey) ?? []
    members.push({ frame, classification })
    byKey.set(classification.groupKey, members)
  }
  const groups = [...byKey].map(([id, members]): Group => {
    members.sort((a, b) => a.frame.mjd - b.frame.mjd || (a.frame.id < b.frame.id ? -1 : 1))
    const [first] = members
    if (first === undefined) throw new Error('a group has members')
    const mjd = members.reduce((sum, member) => sum + member.frame.mjd, 0) / members.length
    return { id, kind: first.frame.kind, rawType: first.classification.rawType, mjd, members }
  })
  const byEntry = new Map<string, Group[]>()
  for (const group of groups) {
    for (const entry of group.members[0]?.classification.entries ?? []) {
      const key = `${entry.family} ${entry.keyHash}`
      byEntry.set(key, [...(byEntry.get(key) ?? []), group])
    }
  }
  const queries: NearQuery[] = []
  return {
    groups,
    queries,
    find: (query) => {
      queries.push(query)
      return (byEntry.get(`${query.family} ${query.keyHash}`) ?? [])
        .filter((group) => group.mjd >= query.fromMjd && group.mjd <= query.toMjd)
        .sort((a, b) => Math.abs(a.mjd - query.atMjd) - Math.abs(b.mjd - query.atMjd))
        .slice(0, query.limit)
    },
    groupOf: (id) => {
      const group = groups.find((one) => one.members.some((member) => member.frame.id === id))
      if (group === undefined) throw new Error(`no group has ${id}`)
      return group
    },
  }
}

/** The time in a dp_id, as MJD. */
export function mjdOfId(id: string): number {
  const time = id.slice(id.search(/\d{4}-\d\d-\d\dT/))
  return Date.parse(`${time}Z`) / 86_400_000 + 40_587
}

/** A frame of the instrument and time in its id. */
export function frameOf(id: string, keys: Record<string, KeyValue>, more: Partial<Frame> = {}): Frame {
  const isMaster = id.startsWith('M.')
  return {
    id, instrument: 'CAM', kind: isMaster ? 'master' : 'raw', mjd: mjdOfId(id), exposureSeconds: 1, certified: true, keys, ...more,
  }
}
