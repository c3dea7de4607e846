/**
 * What a frame is, which group it belongs to and how the index finds that group. OCA classification
 * and organisation: every rule is tried, a later assignment wins, and may read earlier ones.
 */
import { evaluate, holds, isLike, valueOf } from './expression.ts'
import type { Keys } from './expression.ts'
import { askedFor, masterEntries, rawEntries } from './entries.ts'
import type { Asked } from './entries.ts'
import type { Classification, Frame, IndexEntry, KeyValue } from './frame.ts'
import { fnv64 } from './hash.ts'
import { nameOf } from './rule.ts'
import type { Action, RuleSet, RuleSets } from './rule.ts'

/** The keywords that classification rules assign. */
const ASSIGNED = { rawType: 'RAW.TYPE', category: 'DO.CLASS' } as const

/** The rule sets for a frame: of each id the version valid at its time, by id. */
export function rulesFor(rules: RuleSets, frame: Frame): RuleSets {
  const byId = new Map<string, RuleSet>()
  for (const one of rules) {
    if (!one.instruments.includes(frame.instrument) || one.validFromMjd > frame.mjd) continue
    const other = byId.get(one.id)
    if (other === undefined || other.validFromMjd < one.validFromMjd) byId.set(one.id, one)
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Header keywords with those that the rules assign. */
export function keysAfter(rules: RuleSet, frame: Frame): Keys {
  const keys: Record<string, KeyValue> = { ...frame.keys }
  for (const rule of rules.classes) {
    if (!holds(rule.when, keys, keys)) continue
    for (const [keyword, assigned] of rule.set) {
      const value = 'value' in assigned ? assigned.value : evaluate(assigned.expression, keys, keys)
      if (value !== undefined) keys[keyword] = value
    }
  }
  return keys
}

/** The action that a raw type triggers: one that names it, else the first whose pattern fits. */
export function actionFor(rules: RuleSet, rawType: string): Action | undefined {
  return rules.actions.find((action) => action.types.includes(rawType))
    ?? rules.actions.find((action) => action.types.some((type) => isLike(rawType, type)))
}

/**
 * Classification of a frame under the first rule set that knows it; undefined when none does. Depends
 * on the frame and the rules alone, so frames may come in any order.
 */
export function classify(rules: RuleSets, frame: Frame): Classification | undefined {
  for (const one of rulesFor(rules, frame)) {
    const found = classifyBy(one, frame, askedFor(rules, frame.instrument))
    if (found !== undefined) return found
  }
  return undefined
}

function classifyBy(rules: RuleSet, frame: Frame, asked: readonly Asked[]): Classification | undefined {
  const keys = keysAfter(rules, frame)
  const isMaster = frame.kind === 'master'
  const rawType = textAt(keys, ASSIGNED.rawType) ?? (isMaster ? textAt(keys, 'PRO.CATG') : undefined)
  if (rawType === undefined) return undefined
  const category = textAt(keys, ASSIGNED.category) ?? rawType
  const ruleSet = nameOf(rules)
  if (isMaster) {
    const entries = masterEntries(asked, rawType, keys)
    return { ruleSet, rawType, category, entries, groupKey: fnv64(`master\n${frame.id}`) }
  }
  const action = actionFor(rules, rawType)
  const entries = rawEntries(asked, action?.makes ?? [], rawType, keys)
  return { ruleSet, rawType, category, entries, groupKey: groupKeyOf(frame, rawType, action, keys, entries) }
}

function textAt(keys: Keys, key: string): string | undefined {
  const value = valueOf(keys, key)
  return value === undefined || value === '' ? undefined : String(value)
}

/**
 * Frames with one key are one group. The entries are part of it, so that all members of a group have
 * the same ones whatever the order of ingest. Where a grouping keyword is absent a frame is alone: all
 * frames of an instrument that lack TPL.START are not one template.
 */
function groupKeyOf(
  frame: Frame, rawType: string, action: Action | undefined, keys: Keys, entries: readonly IndexEntry[],
): string {
  const by = action?.group.by ?? []
  const values = by.map((key) => valueOf(keys, key.candidate))
  const lacks = by.some((key, index) => !key.optional && values[index] === undefined)
  const alone = action === undefined || action.group.single || lacks
  const shared = alone ? ['single', frame.id] : values.map((value) => value ?? null)
  const found = entries.map((entry) => [entry.family, entry.keyHash])
  return fnv64(JSON.stringify([frame.instrument, rawType, shared, found]))
}
