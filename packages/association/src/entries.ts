/**
 * Under which index entries a group is found. A family is what is wanted (origin, tag) and by which
 * keywords; the hash is of their values. One more family per tag has no keywords at all: from it come
 * the groups that were near but not chosen, for explanations.
 */
import { valueOf } from './expression.ts'
import type { Keys } from './expression.ts'
import type { IndexEntry, KeyValue } from './frame.ts'
import { fnv64 } from './hash.ts'
import { compareText } from './order.ts'
import type { KeyMatch, Need, RuleSet, RuleSets } from './rule.ts'

/** Where candidates come from: raw groups whose action makes the tag, raw groups as they are, masters. */
export type Supply = 'made' | 'raw' | 'master'

/** Name of the family; short, since every entry of the index carries it. */
export function familyOf(rules: RuleSet, supply: Supply, tag: string, keys: readonly KeyMatch[]): string {
  const names = keys.map((key) => (key.optional ? `${key.candidate}?` : key.candidate)).sort()
  const keyset = names.length === 0 ? '0' : fnv64(names.join(',')).slice(0, 8)
  return `${rules.instruments[0] ?? ''}/${supply}/${tag}/${keyset}`
}

/** The hash of what must agree; undefined when a keyword that must be there is absent. */
export function keyHashOf(
  keys: readonly KeyMatch[], values: Keys, side: 'candidate' | 'reference',
): string | undefined {
  const parts: string[] = []
  for (const key of [...keys].sort((a, b) => compareText(a.candidate, b.candidate))) {
    const value = valueOf(values, key[side])
    if (value === undefined && !key.optional) return undefined
    parts.push(`${key.candidate}=${textOf(value)}`)
  }
  return fnv64(parts.join('\n'))
}

/** Whether the values really agree: two sets of values can have one hash. */
export function keysAgree(keys: readonly KeyMatch[], candidate: Keys, reference: Keys): boolean {
  return keys.every((key) => disagreement(key, candidate, reference) === undefined)
}

/** What the two sides have where they differ. */
export function disagreement(
  key: KeyMatch, candidate: Keys, reference: Keys,
): { readonly wanted: KeyValue | undefined; readonly got: KeyValue | undefined } | undefined {
  const [got, wanted] = [valueOf(candidate, key.candidate), valueOf(reference, key.reference)]
  const agree = textOf(got) === textOf(wanted) && (got !== undefined || key.optional)
  return agree ? undefined : { wanted, got }
}

/** The same text for the same value; a number's last digits may come from its decimal form in the header. */
function textOf(value: KeyValue | undefined): string {
  if (value === undefined) return '-'
  if (typeof value === 'number') return `n${Number(value.toPrecision(12)) + 0}`
  return typeof value === 'string' ? `s${JSON.stringify(value)}` : `b${value}`
}

/** A need with the rule set that states it. */
export interface Asked { readonly rules: RuleSet; readonly need: Need }

/**
 * All that any version of any rule set for the instrument may ask for: a calibration is indexed for the
 * frames of later and earlier versions too.
 */
export function askedFor(all: RuleSets, instrument: string): readonly Asked[] {
  return all.filter((rules) => rules.instruments.includes(instrument)).flatMap((rules) => (
    rules.actions.flatMap((action) => action.needs.flatMap((slot) => slot.alternatives))
      .map((need) => ({ rules, need }))))
}

/** Entries of a raw group whose action makes these tags. Ordered, each once. */
export function rawEntries(
  asked: readonly Asked[], makes: readonly string[], rawType: string, keys: Keys,
): readonly IndexEntry[] {
  const made = asked.filter(({ need }) => need.from === 'made' && makes.includes(need.tag))
  const raw = asked.filter(({ need }) => need.from === 'raw' && need.tag === rawType)
  return entriesFor([['made', made], ['raw', raw]], keys)
}

/** Entries of a master, whose raw type is its tag. */
export function masterEntries(asked: readonly Asked[], tag: string, keys: Keys): readonly IndexEntry[] {
  return entriesFor([['master', asked.filter(({ need }) => need.from !== 'raw' && need.tag === tag)]], keys)
}

function entriesFor(
  wanted: readonly (readonly [Supply, readonly Asked[]])[], keys: Keys,
): readonly IndexEntry[] {
  const entries = new Map<string, IndexEntry>()
  for (const [supply, asked] of wanted) {
    for (const { rules, need } of asked) {
      for (const by of [need.keys, []]) {
        const keyHash = keyHashOf(by, keys, 'candidate')
        const family = familyOf(rules, supply, need.tag, by)
        if (keyHash !== undefined) entries.set(`${family} ${keyHash}`, { family, keyHash })
      }
    }
  }
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
}
