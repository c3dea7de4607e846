/**
 * The parameters of a request: one multimap, names in any case. DALI 1.1 §3.1, §3.2; conformance D-1 to D-4.
 */
import { ArchiveError } from '@quipu/vo'

/** So many may come in one request, whatever its size. */
const MAX_PARAMETERS = 10_000

export interface Parameters {
  /** The value of a single-valued parameter; throws `parameter_repeated` when it came twice. */
  one(name: string): string | undefined
  /** All values in the order sent: the query string's, then the body's. */
  all(name: string): string[]
  /** Names as first sent, in order, each once. */
  readonly names: readonly string[]
}

type Pairs = Iterable<readonly [string, string]>

/** Makes the multimap from name-value pairs. Unknown names are kept and do no harm (TAP 1.1 §2.7). */
export function makeParameters(...sources: readonly Pairs[]): Parameters {
  const values = new Map<string, string[]>()
  const names: string[] = []
  let count = 0
  for (const source of sources) {
    for (const [name, value] of source) {
      if (++count > MAX_PARAMETERS) {
        throw new ArchiveError('document_too_large', `a request takes at most ${MAX_PARAMETERS} parameters`)
      }
      const key = name.toLowerCase()
      const known = values.get(key)
      if (known) known.push(value)
      else {
        values.set(key, [value])
        names.push(name)
      }
    }
  }
  return {
    one(name) {
      const found = values.get(name.toLowerCase())
      if (found && found.length > 1) {
        throw new ArchiveError('parameter_repeated',
          `${name} takes one value, and came ${found.length} times`)
      }
      return found?.[0]
    },
    all: (name) => [...values.get(name.toLowerCase()) ?? []],
    names,
  }
}

/** The pairs of a query string or of a form body (`application/x-www-form-urlencoded`). */
export function formPairs(text: string): Pairs {
  return new URLSearchParams(text)
}

/** The query string of a request target: all after the first `?`. A fragment is never sent. */
export function queryOf(target: string): string {
  const start = target.indexOf('?')
  return start < 0 ? '' : target.slice(start + 1)
}
