/**
 * From the Authorization header, or else the session cookie, to the caller. Neither is the anonymous caller;
 * one that is not right is 401 whatever was asked for, public files included (design §5; eso-protocol §1.6,
 * §1.7). RFC 6750 §2.1 (Bearer; never in the URL), RFC 7617 (Basic); conformance.
 */
import { ArchiveError } from '@quipu/vo'
import { ANONYMOUS } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import { rightsFor } from '../access/rights.ts'
import type { Archive } from '../archive.ts'
import { httpSettings } from '../http/settings.ts'
import { baseUrlOf } from '../http/urls.ts'
import type { HostRules } from '../http/urls.ts'
import { checkOwnOrigin, sessionOf } from './cookie.ts'
import type { Coming } from './cookie.ts'
import type { Person, SignIn } from './sign-in.ts'
import { verifyIdToken } from './token.ts'

export interface Identity {
  /**
   * @throws ArchiveError `token_invalid`, `token_expired`, `credentials_invalid`, `too_many_attempts`;
   *   `origin_refused` for a change that a foreign page asks for.
   */
  resolve(request: Credentials): Promise<Principal>
}

/** What of a request may say who asks. */
export interface Credentials extends Coming {
  readonly nowMs: number
  /** The caller's address, for the limit on attempts. */
  readonly source: string
  readonly requestId: string
}

/** Opens the reader of credentials over the archive's keys, people and rights. */
export function openIdentity(archive: Archive, signIn: SignIn): Identity {
  const isOurs = (issuer: string): boolean => isOurIssuer(issuer, httpSettings(archive.config))
  const ofToken = async (token: string, nowMs: number): Promise<Principal> => {
    const { subject, issuedAt } = await verifyIdToken(archive.keys, token, isOurs, nowMs)
    const person = archive.truth.findPerson(subject)
    if (!person) {
      throw new ArchiveError('token_invalid', 'the token was not accepted: its subject is gone')
    }
    // Tokens tell seconds only: one of the same second is of the new password.
    if (issuedAt < Math.floor((person.tokensFromMs ?? 0) / 1000)) {
      throw new ArchiveError('token_expired', 'the token is over, as the password was changed; sign in again')
    }
    return principalOf(archive, person, nowMs)
  }
  return {
    async resolve(request) {
      const { headers, baseUrl, nowMs, source, requestId } = request
      const sent = headers.authorization
      if (sent === undefined) {
        const session = sessionOf(headers, baseUrl)
        if (session === undefined) return ANONYMOUS
        checkOwnOrigin(request)
        return ofToken(session, nowMs)
      }
      const [, scheme = '', credentials = ''] = /^([A-Za-z]+) +(\S+)\s*$/.exec(sent) ?? []
      if (scheme.toLowerCase() === 'bearer') {
        return ofToken(credentials, nowMs)
      }
      if (scheme.toLowerCase() === 'basic') {
        checkOwnOrigin(request)
        const { name, password } = readBasic(credentials)
        const person = await signIn.check({ name, password, source, way: 'basic', requestId })
        return principalOf(archive, person, nowMs)
      }
      throw new ArchiveError('token_invalid',
        'send Authorization: Bearer and the id_token, or Basic with name and password')
    },
  }
}

function principalOf(archive: Archive, { subject, name }: Person, nowMs: number): Principal {
  return { subject, name, ...rightsFor(archive, subject, nowMs) }
}

/** The issuer of tokens under a base URL. */
export function issuerOf(baseUrl: string): string {
  return `${baseUrl}/sso/oidc`
}

/** True of the public URL's issuer or, without a public URL, of any name that this archive serves. */
function isOurIssuer(issuer: string, rules: HostRules): boolean {
  if (rules.publicUrl !== undefined) return issuer === issuerOf(rules.publicUrl.replace(/\/+$/, ''))
  const match = /^(https?):\/\/([^/?#@]+)\/sso\/oidc$/.exec(issuer)
  if (!match) return false
  try {
    baseUrlOf({ scheme: match[1] === 'https' ? 'https' : 'http', host: match[2] }, rules)
    return true
  } catch {
    return false
  }
}

/** RFC 7617 §2: base64 of `name:password`, UTF-8. */
function readBasic(credentials: string): { name: string; password: string } {
  const text = Buffer.from(credentials, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  if (colon < 0) throw new ArchiveError('credentials_invalid', 'the name or the password is wrong')
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}
