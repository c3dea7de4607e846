/**
 * The answer of ESO's token endpoint. RFC 6749 §5.1 (success), §5.2 (errors). What it sends when it refuses
 * is not documented, so each form that clients met is taken: another status, JSON without a token, a page.
 */
import { ArchiveError } from '../errors.ts'

/** What a client needs of it. `idToken` is the bearer token; `access_token` is of no use at ESO. */
export interface TokenAnswer { readonly idToken: string; readonly expiresInSeconds: number }

/** ESO's tokens live this long; used when the answer does not say. */
const DEFAULT_SECONDS = 28_800
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/
/** RFC 6749 §5.2: these say that the request was wrong, not the password. */
const REQUEST_ERRORS = [
  'invalid_request', 'invalid_client', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope',
]

/**
 * Reads the answer. Its text is never repeated in a message: it may hold a token.
 * @param status HTTP status, after redirects.
 * @throws ArchiveError `credentials_invalid` when name or password were refused; `too_many_attempts`;
 *   `archive_unreachable` when it was not the token endpoint that answered, or it could not.
 */
export function parseTokenAnswer(status: number, body: string): TokenAnswer {
  const answer = readObject(body)
  const error = typeof answer?.['error'] === 'string' ? answer['error'] : ''
  if (status === 429) throw new ArchiveError('too_many_attempts', 'too many attempts to sign in; wait')
  if (REQUEST_ERRORS.includes(error)) throw unreachable(`the token endpoint refuses such requests (${error})`)
  if (status === 400 || status === 401 || status === 403 || (status === 200 && error === 'invalid_grant')) {
    throw refused()
  }
  if (status !== 200) throw unreachable(`the token endpoint answered with status ${status}`)
  if (answer === undefined) {
    const what = /^\s*(<!doctype html|<html)/i.test(body) ? 'a web page' : 'text'
    throw unreachable(`the token endpoint answered with ${what} instead of a token; is its address right?`)
  }
  // A 200 without a token is how a refusal looks to ESO's own script.
  if (typeof answer['id_token'] !== 'string' || answer['id_token'] === '') throw refused()
  // Old code added '=' to the signature; such a token still counts, the signs do not.
  const idToken = answer['id_token'].trim().replace(/=+$/, '')
  if (!JWT.test(idToken)) throw unreachable('the token endpoint answered with something that is no token')
  const seconds = Number(answer['expires_in'])
  return { idToken, expiresInSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : DEFAULT_SECONDS }
}

function readObject(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

const refused = () => new ArchiveError('credentials_invalid', 'the archive refused this name and password')
const unreachable = (why: string) => new ArchiveError('archive_unreachable', why)
