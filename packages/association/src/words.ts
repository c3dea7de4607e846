/** Which of the known words somebody probably meant, for messages. */

/** The nearest word by edit distance, if it is near enough to be a slip; earlier words win ties. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  const most = Math.max(1, Math.min(3, Math.floor(word.length / 2)))
  let best: string | undefined
  let bestDistance = most + 1
  if (word.length > 100) return undefined
  for (const other of known) {
    const distance = distanceOf(word.toLowerCase(), other.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [other, distance]
  }
  return best
}

/** `; did you mean 'bias'?`, or nothing when no word is near. */
export function hintOf(word: string, known: readonly string[]): string {
  const guess = nearestWord(word, known)
  return guess === undefined ? '' : `; did you mean '${guess}'?`
}

/** Levenshtein's distance, one row at a time. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
