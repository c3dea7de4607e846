/**
 * How fast somebody may guess. Every attempt is verified, so that a right password is answered at once,
 * however many wrong ones came before it; a wrong answer is held back, longer each time. What a password
 * costs to verify is shared fairly among sources, and who guesses on and on is let in by the second only.
 * Nobody is ever locked out elsewhere. OWASP ASVS 4 §2.2.1; RFC 6585 §4 (429).
 */
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { ArchiveError } from '@quipu/vo'
import { openTurns } from './turns.ts'

const FREE_FAILURES = 3
/** A source may be a whole institute: many people mistype there. */
const FREE_FAILURES_OF_SOURCE = 20
const FIRST_DELAY_MS = 250
const MAX_DELAY_MS = 4_000
const FORGET_MS = 15 * 60_000
/** Wrong answers that are held back: of one source, and of all. Those beyond are told at once. */
const HELD_PER_SOURCE = 100
const HELD = 2_000
const MAX_REMEMBERED = 20_000
/** Pairs that were right once: their source's wrong answers for other names do not slow them. */
const MAX_FAMILIAR = 10_000
const QUEUE_PER_SOURCE = 64
const QUEUE = 512
/** So many wrong passwords are verified without a pause, for a name from a source and for a source. */
const PACE_OF_PAIR = { burst: 60, everyMs: 1_000 }
const PACE_OF_SOURCE = { burst: 300, everyMs: 200 }
/** Who would wait longer is refused. */
const MAX_PAUSE_MS = 3_000

export interface Attempts {
  /**
   * Runs `check` under the limits. True is given at once; false after the delay that is due.
   * @param source The caller's address.
   * @throws ArchiveError `too_many_attempts`, `overloaded`.
   */
  attempt(source: string, name: string, check: () => Promise<boolean>): Promise<boolean>
}

interface Failures { count: number; lastMs: number }

/** `wait` and `now` come from outside, both in milliseconds. */
export function openAttempts(now: () => number, wait: (ms: number) => Promise<void>): Attempts {
  const failures = new Map<string, Failures>()
  const familiar = new Set<string>()
  const held = makeCounter()
  const queued = makeCounter()
  const turns = openTurns()
  const paces = openPaces(now)
  const fail = (key: string): number => {
    const known = failures.get(key)
    const count = (known && now() - known.lastMs < FORGET_MS ? known.count : 0) + 1
    failures.delete(key)
    failures.set(key, { count, lastMs: now() })
    forgetOldest(failures, MAX_REMEMBERED)
    return count
  }
  const pause = async (from: string, pair: string): Promise<void> => {
    const pauseMs = Math.max(
      paces.pauseOf(pair, PACE_OF_PAIR), familiar.has(pair) ? 0 : paces.pauseOf(from, PACE_OF_SOURCE))
    if (pauseMs > MAX_PAUSE_MS) {
      throw new ArchiveError('too_many_attempts', 'too many wrong attempts; try again in a few seconds')
    }
    paces.spend(pair, PACE_OF_PAIR.everyMs)
    paces.spend(from, PACE_OF_SOURCE.everyMs)
    if (pauseMs > 0) await wait(pauseMs)
  }
  return {
    async attempt(source, name, check) {
      const from = `source ${networkOf(source)}`
      // A digest: names are as long as callers like, and many are kept.
      const named = createHash('sha256').update(name).digest('base64')
      const pair = `pair ${from} ${named}`
      if (queued.of(from) >= QUEUE_PER_SOURCE || queued.total() >= QUEUE) {
        throw new ArchiveError('overloaded', 'too many sign-ins at once; try again in a few seconds')
      }
      const right = await queued.during([from], async () => {
        await pause(from, pair)
        return turns.take(from, pair, check)
      })
      if (right) {
        failures.delete(pair)
        paces.forget(pair)
        paces.spend(from, -PACE_OF_SOURCE.everyMs)
        familiar.delete(pair)
        familiar.add(pair)
        forgetOldest(familiar, MAX_FAMILIAR)
        return true
      }
      const excess = Math.max(
        fail(pair) - FREE_FAILURES, fail(`name ${named}`) - FREE_FAILURES,
        fail(from) - FREE_FAILURES_OF_SOURCE)
      if (held.of(from) < HELD_PER_SOURCE && held.total() < HELD) {
        await held.during([from], () => wait(delayAfter(excess)))
      }
      return false
    },
  }
}

/** In milliseconds; `excess` is how many failures there were beyond those that are free. */
function delayAfter(excess: number): number {
  return excess <= 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(excess - 1, 10))
}

interface Pace { readonly burst: number; readonly everyMs: number }

/** A bucket a key, as the time at which it is full again (the generic cell rate algorithm). */
function openPaces(now: () => number) {
  const fullAtMs = new Map<string, number>()
  return {
    /** How long until there is room for one more. */
    pauseOf: (key: string, { burst, everyMs }: Pace): number =>
      Math.max(0, (fullAtMs.get(key) ?? 0) - now() - (burst - 1) * everyMs),
    spend(key: string, ms: number): void {
      const atMs = Math.max(now(), fullAtMs.get(key) ?? 0) + ms
      fullAtMs.delete(key)
      fullAtMs.set(key, atMs)
      forgetOldest(fullAtMs, MAX_REMEMBERED)
    },
    forget: (key: string): void => { fullAtMs.delete(key) },
  }
}

/** Keeps so many, the latest; both kinds of collection hold their entries in order. */
function forgetOldest(kept: Map<string, unknown> | Set<string>, most: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= most) return
    kept.delete(oldest)
  }
}

/** An address of IPv6 stands for its /64, which one machine has for itself (RFC 6177 §2). */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::')
  const start = head === '' ? [] : head.split(':')
  const end = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = new Array<string>(Math.max(0, 8 - start.length - end.length)).fill('0')
  const groups = [...start, ...tail === undefined ? [] : zeros, ...end].slice(0, 4)
  return `${groups.map((group) => parseInt(group, 16).toString(16)).join(':')}::/64`
}

/** Counts what is under way, by key. */
function makeCounter() {
  const counts = new Map<string, number>()
  let total = 0
  const add = (key: string, step: 1 | -1): void => {
    const next = (counts.get(key) ?? 0) + step
    if (next === 0) counts.delete(key)
    else counts.set(key, next)
  }
  return {
    of: (key: string): number => counts.get(key) ?? 0,
    total: (): number => total,
    async during<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
      total += 1
      for (const key of keys) add(key, 1)
      try {
        return await work()
      } finally {
        total -= 1
        for (const key of keys) add(key, -1)
      }
    },
  }
}
