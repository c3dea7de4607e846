/**
 * ESO's `id_token`: made and verified. eso-protocol §1.3 to §1.5; RFC 7515 (JWS), RFC 7519 (JWT),
 * RFC 8725 (what goes wrong with JWTs), OpenID Connect Core 1.0 §3.1.3.6 (at_hash).
 */
import { createHash } from 'node:crypto'
import { CompactSign, errors, jwtVerify } from 'jose'
import { ArchiveError } from '@quipu/vo'
import type { KeySet } from './keys.ts'

export const TOKEN_SECONDS = 28_800
/** Clocks of clients differ: a token is valid since before it was made. */
export const CLOCK_SLACK_SECONDS = 300
export const CLIENT_ID = 'clientid'

/** Who a token speaks of. */
export interface Subject {
  readonly subject: string; readonly name: string; readonly givenName: string; readonly familyName: string
  readonly email: string; readonly accountId: number
}

export interface TokenFacts {
  readonly issuer: string; readonly tokenId: string; readonly nowMs: number; readonly accessToken: string
  readonly nonce?: string | undefined; readonly state?: string | undefined
}

/** Makes an `id_token`: header and claims in ESO's order, the payload pure ASCII. */
export async function makeIdToken(keys: KeySet, person: Subject, facts: TokenFacts): Promise<string> {
  const iat = Math.floor(facts.nowMs / 1000)
  const claims = {
    jti: facts.tokenId, iss: facts.issuer, aud: CLIENT_ID,
    exp: iat + TOKEN_SECONDS, iat, nbf: iat - CLOCK_SLACK_SECONDS,
    sub: person.subject, client_id: CLIENT_ID, state: facts.state ?? '', nonce: facts.nonce ?? '',
    at_hash: atHash(facts.accessToken), account_id: person.accountId, email: person.email,
    family_name: person.familyName, given_name: person.givenName, is_impersonating: false,
    name: person.name, roles: 'user', sex: '', title: '', preferred_username: person.subject,
  }
  return new CompactSign(new TextEncoder().encode(asciiJson(claims)))
    .setProtectedHeader({ alg: 'RS256', kid: keys.current.kid })
    .sign(keys.current.privateKey)
}

/**
 * JSON whose base64url has neither `-` nor `_`: only ASCII, and no `>`, `?`, `~` or DEL. Clients in
 * use decode the payload with standard base64, which drops those two signs (eso-protocol §1.5).
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[>?~\x7f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The left half of the SHA-256 of the access token, base64url. */
function atHash(accessToken: string): string {
  return createHash('sha256').update(accessToken, 'ascii').digest().subarray(0, 16).toString('base64url')
}

/**
 * Verifies a token: RS256 and nothing else, a key id of ours, issuer, audience, times.
 * Trailing `=` are dropped first: old ESO clients add two (eso-protocol §1.4).
 *
 * @returns The subject, and when the token was made, in seconds since 1970.
 * @throws ArchiveError `token_expired` or `token_invalid`.
 */
export async function verifyIdToken(
  keys: KeySet, token: string, isOurIssuer: (issuer: string) => boolean, nowMs: number,
): Promise<{ readonly subject: string; readonly issuedAt: number }> {
  const bare = token.replace(/={1,2}$/, '')
  if (bare.split('.').length !== 3) throw invalid('it is not a JWT; send the id_token of the answer')
  try {
    const { payload } = await jwtVerify(bare, ({ kid }) => {
      const key = typeof kid === 'string' ? keys.find(kid) : undefined
      if (!key) throw invalid('its key is not one of ours')
      return key.publicKey
    }, {
      algorithms: ['RS256'], audience: CLIENT_ID, currentDate: new Date(nowMs), clockTolerance: 0,
      requiredClaims: ['iss', 'aud', 'sub', 'exp', 'nbf', 'iat'],
    })
    if (typeof payload.iss !== 'string' || !isOurIssuer(payload.iss)) throw invalid('its issuer is another')
    if (typeof payload.sub !== 'string' || payload.sub === '') throw invalid('it names no subject')
    if (typeof payload.iat !== 'number') throw invalid('it does not say when it was made')
    return { subject: payload.sub, issuedAt: payload.iat }
  } catch (cause) {
    if (cause instanceof ArchiveError) throw cause
    if (cause instanceof errors.JWTExpired) {
      throw new ArchiveError('token_expired', 'the token is over; sign in again', { cause })
    }
    throw invalid('its signature or its claims are not right')
  }
}

function invalid(why: string): ArchiveError {
  return new ArchiveError('token_invalid', `the token was not accepted: ${why}`)
}
