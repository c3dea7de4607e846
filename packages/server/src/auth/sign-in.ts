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

/** A name and a password as they came. */
export interface Attempt {
  readonly name: string
  readonly password: string
  /** The caller's address. */
  readonly source: string
  /** `basic` comes with every request, `form` gives a token: its line is in the log each time. */
  readonly way: 'form' | 'basic'
  readonly requestId: string
}

export interface SignIn {
  /**
   * Every attempt that is verified leaves a line in the audit log, which so grows no faster than passwords
   * can be guessed; one by Basic that was right a moment ago leaves none.
   * @throws ArchiveError `credentials_invalid`, `too_many_attempts`, `overloaded`.
   */
  check(attempt: Attempt): Promise<Person>
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
  /** A name that is nobody's may be a password typed in the wrong box: left out. */
  const tell = (person: Person | undefined, outcome: string, { way, requestId }: Attempt): void => {
    const action = way === 'form' ? 'sign_in' : 'sign_in_basic'
    archive.truth.audit({ atMs: archive.now(), action, subject: person?.subject ?? null, outcome, requestId })
  }
  return {
    async check(attempt) {
      const { name, password, source, way } = attempt
      const person = archive.truth.findPerson(name)
      const passwordHash = person?.passwordHash ?? await decoy
      const mark = createHmac('sha256', secret)
        .update(JSON.stringify([name, password, passwordHash])).digest('base64')
      if (person && (remembered.get(mark) ?? 0) > archive.now()) {
        if (way === 'form') tell(person, 'ok', attempt)
        return person
      }
      const fits = await attempts.attempt(source, name, () => fitsHash(passwordHash, password))
      if (!fits || !person) {
        tell(person, 'credentials_invalid', attempt)
        throw new ArchiveError('credentials_invalid', 'the name or the password is wrong')
      }
      tell(person, 'ok', attempt)
      remembered.set(mark, archive.now() + REMEMBER_MS)
      for (const oldest of remembered.keys()) {
        if (remembered.size <= MAX_REMEMBERED) break
        remembered.delete(oldest)
      }
      return person
    },
  }
}
