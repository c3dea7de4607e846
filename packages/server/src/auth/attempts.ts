/**
 * How fast somebody may guess. A wrong answer is held back, longer each time, and while many of one
 * source's wrong answers are held it gets no further try; a right password is answered at once,
 * however many wrong ones came before it. Wrong answers are counted for a name from a source, for a
 * name from anywhere, and for a source with any names. OWASP ASVS 4 §2.2.1; RFC 6585 §4 (429).
 */
import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { ArchiveError } from '@quipu/vo'

const FREE_FAILURES = 3
/** A source may be a whole institute: many people mistype there. */
const FREE_FAILURES_OF_SOURCE = 20
const FIRST_DELAY_MS = 250
const MAX_DELAY_MS = 4_000
const FORGET_MS = 15 * 60_000
/** Wrong answers held back at the same time: for one name from one source, and for one source. */
const HELD_PER_PAIR = 4
const HELD_PER_SOURCE = 16
const MAX_REMEMBERED = 20_000
/** Pairs that were right once: a crowd of wrong answers from their source does not shut them out. */
const MAX_FAMILIAR = 10_000
const CONCURRENT = 2
const QUEUE_PER_SOURCE = 16
const QUEUE = 128

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
  const gate = openGate(CONCURRENT)
  const fail = (key: string): number => {
    const known = failures.get(key)
    const count = (known && now() - known.lastMs < FORGET_MS ? known.count : 0) + 1
    failures.delete(key)
    failures.set(key, { count, lastMs: now() })
    for (const oldest of failures.keys()) {
      if (failures.size <= MAX_REMEMBERED) break
      failures.delete(oldest)
    }
    return count
  }
  const checkHeld = (source: string, pair: string): void => {
    const isCrowded = held.of(source) >= HELD_PER_SOURCE && !familiar.has(pair)
    if (held.of(pair) >= HELD_PER_PAIR || isCrowded) {
      throw new ArchiveError('too_many_attempts',
        'too many wrong attempts at once; try again in a few seconds')
    }
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
      const right = await queued.during([from], () => gate.pass(async () => {
        checkHeld(from, pair)
        return check()
      }))
      if (right) {
        failures.delete(pair)
        remember(familiar, pair)
        return true
      }
      const excess = Math.max(
        fail(pair) - FREE_FAILURES, fail(`name ${named}`) - FREE_FAILURES,
        fail(from) - FREE_FAILURES_OF_SOURCE)
      const delayMs = excess <= 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(excess - 1, 10))
      await held.during([from, pair], () => wait(delayMs))
      return false
    },
  }
}

function remember(familiar: Set<string>, pair: string): void {
  familiar.delete(pair)
  familiar.add(pair)
  for (const oldest of familiar) {
    if (familiar.size <= MAX_FAMILIAR) break
    familiar.delete(oldest)
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

/** Lets so many through at a time, the rest in the order they came. */
function openGate(size: number) {
  const waiting: (() => void)[] = []
  let inside = 0
  return {
    async pass<T>(work: () => Promise<T>): Promise<T> {
      if (inside >= size) await new Promise<void>((go) => waiting.push(go))
      else inside += 1
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else inside -= 1
      }
    },
  }
}
