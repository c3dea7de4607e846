/** Reads one entry of `needs`: what an action needs, or `firstOf` alternatives in order. */
import { readCondition, readKeys } from './load-parts.ts'
import type { Names } from './load-parts.ts'
import { readWindow } from './load-window.ts'
import type { NearMatch, Need, NeedSlot, Window } from './rule.ts'
import { hintOf } from './words.ts'
import {
  isText, placeOf, readCount, readList, readMap, readNumber, readText, readWord, refuse,
} from './yaml-reader.ts'
import type { Entry } from './yaml-reader.ts'

const NEED = ['tag', 'from', 'min', 'max', 'keys', 'near', 'window', 'when', 'where', 'certified', 'deliver']

export function readNeedSlot(entry: Entry, names: Names): NeedSlot {
  const parts = readMap(entry, [...NEED, 'firstOf'])
  const firstOf = parts.get('firstOf')
  if (firstOf === undefined) return { alternatives: [readNeed(entry, names)] }
  if (parts.size > 1) refuse(entry, `'firstOf' stands alone; what each alternative asks stands in it`)
  const alternatives = readList(firstOf).map((item) => readNeed(item, names))
  const [first] = alternatives
  if (first === undefined) return refuse(firstOf, 'at least one alternative is expected')
  const mixed = alternatives.some((need) => (
    (need.min > 0) !== (first.min > 0) || need.deliver !== first.deliver))
  if (mixed) refuse(firstOf, 'alternatives are all mandatory or all optional, and delivered alike')
  return { alternatives }
}

function readNeed(entry: Entry, names: Names): Need {
  const parts = readMap(entry, NEED)
  const optional = <T>(key: string, read: (entry: Entry) => T, otherwise: T): T => {
    const part = parts.get(key)
    return part === undefined ? otherwise : read(part)
  }
  const tag = readText(parts.get('tag') ?? refuse(entry, `'tag' is missing`), 80)
  const from = optional('from', (part) => readWord(part, ['made', 'static', 'raw'] as const), 'made')
  const deliver = optional('deliver', (part) => readWord(part, ['need', 'extra', 'rawOnly'] as const), 'need')
  const min = optional('min', (part) => readCount(part, 0, 100), deliver === 'extra' ? 0 : 1)
  const max = optional('max', (part) => readCount(part, 0, 100), Math.max(1, min))
  if (max < min) refuse(entry, `'max' (${max}) is below 'min' (${min})`)
  if (deliver === 'extra' && min > 0) refuse(entry, `what is delivered as 'extra' has min 0`)
  const window = parts.get('window')
    ?? refuse(entry, `'window' is missing: a name, [days before, days after], or previous, next, any`)
  return {
    tag, from, min, max, deliver,
    keys: optional('keys', (part) => readKeys(part, names), []),
    near: optional('near', readNear, []),
    window: windowOf(window, names),
    when: optional('when', readCondition, undefined),
    where: optional('where', readCondition, undefined),
    certified: optional('certified', (part) => readWord(part, ['any', 'required'] as const), 'any'),
    at: placeOf(entry),
  }
}

function readNear(entry: Entry): readonly NearMatch[] {
  return [...readMap(entry)].map(([key, value]) => {
    const [lo, hi, ...more] = readList(value).map(readNumber)
    if (lo === undefined || hi === undefined || more.length > 0 || lo > hi) {
      return refuse(value, 'two numbers are expected: [least, most] of candidate − reference')
    }
    return { key, lo, hi }
  })
}

function windowOf(entry: Entry, names: Names): Window {
  if (!isText(entry)) return readWindow('', entry)
  const text = readText(entry, 80)
  const named = names.windows.get(text)
  names.used.add(`window ${text}`)
  if (named !== undefined) return named
  if (['any', 'previous', 'next'].includes(text)) return readWindow(text, entry)
  const known = [...names.windows.keys(), 'any', 'previous', 'next']
  return refuse(entry, `no window is called '${text}'${hintOf(text, known)}`)
}
