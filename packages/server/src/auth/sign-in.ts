/**
 * Name and password to person. An unknown name and a wrong password are one case: the same look-ups,
 * the same hash work, the same answer. RFC 6749 §4.3, §10.7.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { ArchiveError } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import type { Truth } from '../stores/truth.ts'
import { openAttempts } from './attempts.ts'
import { fitsHash, hashPassword } from './passwords.ts'

export type Person = NonNullable<ReturnType<Truth['findPerson']>>

export interface SignIn {
  /** @throws ArchiveError `credentials_invalid`, `too_many_attempts`, `overloaded`. */
  check(name: string, password: string, source: string): Promise<Person>
}

/** A password that was right a moment ago need not be hashed again: scripts send Basic with every file. */
const REMEMBER_MS = 5 * 60_000
const MAX_REMEMBERED = 1_000

/** Opens sign-in over the archive's people. */
export function openSignIn(archive: Archive): SignIn {
  const attempts = openAttempts(archive.now, async (ms) => { await wait(ms, undefined, { ref: false }) })
  const decoy = hashPassword(randomBytes(16).toString('hex'))
  decoy.catch(() => undefined)
  const secret = randomBytes(32)
  const remembered = new Map<string, number>()
  return {
    async check(name, password, source) {
      const person = archive.truth.findPerson(name)
      const passwordHash = person?.passwordHash ?? await decoy
      const mark = createHmac('sha256', secret)
        .update(JSON.stringify([name, password, passwordHash])).digest('base64')
      if (person && (remembered.get(mark) ?? 0) > archive.now()) return person
      const fits = await attempts.attempt(source, name, () => fitsHash(passwordHash, password))
      if (!fits || !person) throw new ArchiveError('credentials_invalid', 'the name or the password is wrong')
      remembered.set(mark, archive.now() + REMEMBER_MS)
      for (const oldest of remembered.keys()) {
        if (remembered.size <= MAX_REMEMBERED) break
        remembered.delete(oldest)
      }
      return person
    },
  }
}
