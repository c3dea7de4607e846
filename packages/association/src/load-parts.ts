/** The parts that actions, needs and classification rules share: key lists, days, conditions. */
import { ArchiveError, mjdOf, parseIso } from '@quipu/vo'
import { parseExpression } from './expression.ts'
import type { Expression } from './expression.ts'
import type { KeyMatch, Window } from './rule.ts'
import { hintOf } from './words.ts'
import {
  isList, isTable, isText, readList, readMap, readNumber, readText, readValue, refuse,
} from './yaml-reader.ts'
import type { Entry } from './yaml-reader.ts'

/** A keyword in its short form: `DET.CHIP1.ID`, `MJD-OBS`. */
export const KEYWORD = /^[A-Z][A-Z0-9_-]*(\.[A-Z0-9_-]+)*$/i

/** Names that needs may refer to; each use is noted, so that lint can name what is never used. */
export interface Names {
  readonly windows: ReadonlyMap<string, Window>
  readonly keysets: ReadonlyMap<string, readonly KeyMatch[]>
  readonly used: Set<string>
}

/** `[$set, KEY, KEY?, {candidate: A, reference: B}]`, each keyword once. */
export function readKeys(entry: Entry, names: Names): readonly KeyMatch[] {
  const keys: KeyMatch[] = []
  for (const item of readList(entry)) {
    for (const match of readKeyMatch(item, names)) {
      const same = keys.some((key) => key.candidate === match.candidate && key.reference === match.reference)
      if (!same) keys.push(match)
    }
  }
  return keys
}

function readKeyword(entry: Entry): string {
  const text = readText(entry, 80)
  return KEYWORD.test(text) ? text : refuse(entry, `'${text}' is not a keyword (like DET.CHIP1.ID)`)
}

function readKeyMatch(entry: Entry, names: Names): readonly KeyMatch[] {
  if (isTable(entry)) {
    const pair = readMap(entry, ['candidate', 'reference'])
    const [candidate, reference] = [pair.get('candidate'), pair.get('reference')]
    if (candidate === undefined || reference === undefined) {
      return refuse(entry, `'candidate' and 'reference' are both needed`)
    }
    return [{ candidate: readKeyword(candidate), reference: readKeyword(reference), optional: false }]
  }
  const text = readText(entry, 80)
  if (text.startsWith('$')) {
    const set = names.keysets.get(text.slice(1))
    names.used.add(`keyset ${text.slice(1)}`)
    if (set !== undefined) return set
    const known = [...names.keysets.keys()].map((name) => `$${name}`)
    return refuse(entry, `no key set is called '${text.slice(1)}'${hintOf(text, known)}`)
  }
  const optional = text.endsWith('?')
  const key = optional ? text.slice(0, -1) : text
  if (!KEYWORD.test(key)) {
    refuse(entry, `'${text}' is not a keyword (like DET.CHIP1.ID, or FILTER? where it may be absent)`)
  }
  return [{ candidate: key, reference: key, optional }]
}

/** A day: MJD as a number, or an ISO date and time (UTC). */
export function readMjd(entry: Entry): number {
  if (!isText(entry)) return readNumber(entry)
  const text = readText(entry, 40)
  const milliseconds = parseIso(text)
  return milliseconds === undefined
    ? refuse(entry, `'${text}' is not a day; write 2015-05-20, 2015-05-20T12:00:00 or an MJD`)
    : mjdOf(milliseconds)
}

/** An expression at an entry; a fault in it is told with the entry's place. */
export function readExpression(entry: Entry): Expression {
  const text = readText(entry, 4000)
  try {
    return parseExpression(text)
  } catch (error) {
    if (error instanceof ArchiveError) return refuse(entry, error.message)
    throw error
  }
}

/** `{KEY: value, KEY: [value, value], KEY: null, expr: '…'}`: all must hold. */
export function readCondition(entry: Entry): Expression {
  if (isText(entry)) return readExpression(entry)
  const of: Expression[] = []
  for (const [key, value] of readMap(entry)) {
    if (key === 'expr') of.push(readExpression(value))
    else if (!KEYWORD.test(key)) refuse(value, `'${key.slice(0, 60)}' is not a keyword`)
    else of.push(readEquality(key, value))
  }
  if (of.length === 0) refuse(entry, 'a condition asks at least one thing; write `expr: T` for all frames')
  return of.length === 1 && of[0] !== undefined ? of[0] : { op: 'and', of }
}

function readEquality(key: string, entry: Entry): Expression {
  const equals = (value: Entry): Expression => {
    const constant = readValue(value)
    const left: Expression = { op: 'key', key, of: 'candidate' }
    if (typeof constant === 'string' && constant.includes('%')) return { op: 'like', left, pattern: constant }
    return { op: 'compare', by: '==', left, right: { op: 'literal', value: constant } }
  }
  if (!isList(entry)) return equals(entry)
  const of = readList(entry).map(equals)
  return of.length > 0 ? { op: 'or', of } : refuse(entry, 'the list of allowed values is empty')
}
