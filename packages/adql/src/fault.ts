/** How this package fails: an `ArchiveError` whose message ends with the place in the caller's text. */
import { ArchiveError } from '@quipu/vo'
import type { ErrorCode, Place } from '@quipu/vo'

/** An error at a place of the query: `… (line 1, column 8)`. */
export function fault(code: ErrorCode, at: Place, message: string): ArchiveError {
  return new ArchiveError(code, `${message} (line ${at.line}, column ${at.column})`, { at })
}

/** What the caller typed, for a message: cut, and without line breaks. */
export function shown(text: string): string {
  const flat = text.replaceAll(/\s+/g, ' ')
  return flat.length > 60 ? `${flat.slice(0, 57)}...` : flat
}

/** `; did you mean 'exposure'?`, or nothing when no known name is near. */
export function didYouMean(given: string, known: Iterable<string>): string {
  const wanted = given.toLowerCase().slice(0, 64)
  const names = [...known]
  let best: string | undefined
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1
  for (const name of names) {
    const distance = editDistance(wanted, name.toLowerCase().slice(0, 64), least)
    if (distance < least) [best, least] = [name, distance]
  }
  const near = best === undefined ? alike(wanted, names) : [best]
  return near.length === 0 ? '' : `; did you mean ${near.map((name) => `'${name}'`).join(' or ')}?`
}

const MOST_ALIKE = 3

// Names in which the given one stands whole, or that begin as it does: `exptime` and `exposure`.
function alike(wanted: string, names: readonly string[]): readonly string[] {
  let longest = 3
  let found: string[] = []
  for (const name of names) {
    const other = name.toLowerCase()
    const isLong = wanted.length >= 3 && other.length >= 3
    const isPart = isLong && (other.includes(wanted) || wanted.includes(other))
    const shared = isPart ? 64 : commonPrefix(wanted, other)
    if (shared > longest) [longest, found] = [shared, []]
    if (shared === longest) found.push(name)
  }
  return found.slice(0, MOST_ALIKE)
}

function commonPrefix(a: string, b: string): number {
  let length = 0
  while (length < Math.min(a.length, b.length) && a[length] === b[length]) length++
  return length
}

// Levenshtein with exchanged neighbours; `limit` ends it early.
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      let cost = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      }
      current.push(cost)
    }
    [before, previous] = [previous, current]
  }
  return previous[b.length] ?? limit
}
