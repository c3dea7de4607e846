/**
 * The one place where a failure becomes a response. DALI 1.1 §4.2 and §4.4.2 (VOTable errors),
 * DataLink 1.1 §3.4 (fault words), RFC 6749 §5.2 (OAuth errors), RFC 9110 §11.6.1 (challenges).
 */
import { ArchiveError } from '@quipu/vo'
import type { ErrorCode } from '@quipu/vo'
import { votableError } from '@quipu/vo/votable'
import { unlessDiskFull } from '../stores/disk-full.ts'
import type { FaultForm, Reply } from './route.ts'

/** What a failed request needs besides its error. */
export interface FaultContext {
  readonly form: FaultForm
  readonly requestId: string
  /** `WWW-Authenticate` lines for a 401, made for this route and error. */
  readonly challenges: (error: ArchiveError) => string[]
}

/** Failures worth a second try say when: seconds. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  overloaded: 10, archive_owned: 10, too_many_attempts: 5,
}

/** Turns what was thrown into an `ArchiveError`; a bug becomes a bare internal error with the request id. */
export function asArchiveError(error: unknown, requestId: string): ArchiveError {
  const known = unlessDiskFull(error, 'what you asked for was not kept; try again later')
  if (known instanceof ArchiveError) return known
  return new ArchiveError('internal_error', `internal error ${requestId}`, { cause: error })
}

/** Writes the failure in the form that the route's clients read. */
export function faultReply(error: ArchiveError, context: FaultContext): Reply {
  const headers: Record<string, string | string[]> = {}
  if (error.status === 401) headers['WWW-Authenticate'] = context.challenges(error)
  const retryAfter = RETRY_AFTER_SECONDS[error.code]
  if (retryAfter !== undefined) headers['Retry-After'] = String(retryAfter)
  const { type, body } = document(error, context.form)
  return { status: error.status, headers: { ...headers, 'Content-Type': type }, body }
}

function document(error: ArchiveError, form: FaultForm): { type: string; body: string } {
  const text = error.toFaultText()
  if (form === 'votable') return { type: 'application/x-votable+xml', body: votableError(text) }
  if (form === 'oauth') {
    const description = oauthText(error.message)
    return {
      type: 'application/json',
      body: JSON.stringify({ error: oauthCode(error), error_description: description }),
    }
  }
  return { type: 'text/plain; charset=utf-8', body: `${text}\n` }
}

/** RFC 6749 §5.2: one of its words. */
function oauthCode(error: ArchiveError): string {
  if (error.code === 'credentials_invalid') return 'invalid_grant'
  if (error.code === 'too_many_attempts') return 'temporarily_unavailable'
  if (error.status >= 500) return error.status === 500 ? 'server_error' : 'temporarily_unavailable'
  return 'invalid_request'
}

/** RFC 6749 §5.2: printable ASCII without the double quote and the backslash. */
function oauthText(text: string): string {
  return text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "'")
}
