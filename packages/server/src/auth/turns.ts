/**
 * Who is next when something dear is asked for by many: sources take turns, and so do the names that one
 * source asks for, so that nobody waits behind all of another's. What one asks for twice comes in order.
 */

/** A password takes a core and 19 MB for tens of milliseconds; others are to be served meanwhile. */
const AT_ONCE = 2

export interface Turns {
  /** Runs the work when it is the turn of its source, and within that of its pair. */
  take<T>(source: string, pair: string, work: () => Promise<T>): Promise<T>
}

/** Those of one source, by pair; both maps hold who had the latest turn last. */
type Waiting = Map<string, Map<string, (() => void)[]>>

export function openTurns(): Turns {
  const waiting: Waiting = new Map()
  let running = 0
  const enter = (source: string, pair: string): Promise<void> => {
    if (running < AT_ONCE) {
      running += 1
      return Promise.resolve()
    }
    return new Promise((go) => {
      const pairs = waiting.get(source) ?? new Map<string, (() => void)[]>()
      waiting.set(source, pairs)
      pairs.set(pair, [...pairs.get(pair) ?? [], go])
    })
  }
  const leave = (): void => {
    const go = nextOf(waiting)
    if (go) go()
    else running -= 1
  }
  return {
    async take(source, pair, work) {
      await enter(source, pair)
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}

/** Takes the first of the first pair of the first source, and puts both behind the others. */
function nextOf(waiting: Waiting): (() => void) | undefined {
  const [source] = waiting
  if (!source) return undefined
  const [name, pairs] = source
  const [pair] = pairs
  waiting.delete(name)
  if (!pair) return nextOf(waiting)
  const [pairName, [go, ...others]] = pair
  pairs.delete(pairName)
  if (others.length > 0) pairs.set(pairName, others)
  if (pairs.size > 0) waiting.set(name, pairs)
  return go
}
