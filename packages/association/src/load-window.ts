/** Reads how far from the reference a calibration may lie: `[-5, 5]`, `{0: [-5, 5], 1: any}`, `previous`. */
import type { Level, Window } from './rule.ts'
import { isList, isText, readList, readMap, readNumber, readWord, refuse } from './yaml-reader.ts'
import type { Entry } from './yaml-reader.ts'

/** Windows that state no plan. Ends are inclusive. */
export const OPEN_WINDOWS = {
  any: { lo: -Infinity, hi: Infinity },
  previous: { lo: -Infinity, hi: 0 },
  next: { lo: 0, hi: Infinity },
} as const

/** `name` is for messages. A map's level 0 is the plan; a word alone states none. */
export function readWindow(name: string, entry: Entry): Window {
  if (isText(entry)) return { name, planned: false, levels: [{ level: 0, ...readSpan(entry) }] }
  if (isList(entry)) return { name, planned: true, levels: [{ level: 0, ...readSpan(entry) }] }
  const levels: Level[] = [...readMap(entry)].map(([key, value]) => {
    if (!/^[0-9]$/.test(key)) {
      refuse(value, `'${key.slice(0, 20)}' is not a level (0 is the plan, 1 to 9 are wider)`)
    }
    return { level: Number(key), ...readSpan(value) }
  }).sort((a, b) => a.level - b.level)
  if (levels.length === 0) refuse(entry, 'a window has at least one level')
  for (const [index, outer] of levels.entries()) {
    const inner = levels[index - 1]
    if (inner !== undefined && (outer.lo > inner.lo || outer.hi < inner.hi)) {
      refuse(entry, `level ${outer.level} is narrower than level ${inner.level}; levels widen`)
    }
  }
  return { name, planned: true, levels }
}

function readSpan(entry: Entry): { lo: number; hi: number } {
  if (!isList(entry)) return OPEN_WINDOWS[readWord(entry, ['any', 'previous', 'next'])]
  const [lo, hi, ...more] = readList(entry).map(readNumber)
  if (lo === undefined || hi === undefined || more.length > 0) {
    return refuse(entry, 'two numbers are expected: [days before, days after]')
  }
  return lo <= hi ? { lo, hi } : refuse(entry, `the window ends before it begins (${lo} > ${hi})`)
}
