/**
 * The one error class, and the one table that gives a failure its fault word and HTTP status.
 * DataLink 1.1 §3.4 (fault words), DALI 1.1 §4.2 (error documents), RFC 9110 §15 (statuses).
 */

/** The first five are DataLink 1.1 §3.4's words; the last two are ours, for 401 and 403. */
export type Fault =
  | 'NotFoundFault' | 'UsageFault' | 'TransientFault' | 'FatalFault' | 'DefaultFault'
  | 'AuthenticationFault' | 'AuthorizationFault'

/** Every code that Quipu answers with, and nothing else knows a status. */
export const ERROR_CODES = {
  adql_syntax: { fault: 'UsageFault', status: 400, help: 'The query is not ADQL; the message names the place.' },
  adql_unknown_table: { fault: 'UsageFault', status: 400, help: 'No published table has this name.' },
  adql_unknown_column: { fault: 'UsageFault', status: 400, help: 'No table in FROM has this column, or several have.' },
  adql_unknown_function: { fault: 'UsageFault', status: 400, help: 'The function is not declared in capabilities.' },
  adql_type: { fault: 'UsageFault', status: 400, help: 'An operator or function has arguments of the wrong type.' },
  adql_grouping: { fault: 'UsageFault', status: 400, help: 'A selected column is neither grouped nor aggregated.' },
  adql_unsupported: { fault: 'UsageFault', status: 400, help: 'Valid ADQL that this service does not run.' },
  adql_too_complex: { fault: 'UsageFault', status: 400, help: 'The query is longer or deeper than the limits.' },
  query_data: { fault: 'UsageFault', status: 400, help: 'The query failed on a value: a cast, a division, an overflow.' },
  parameter_missing: { fault: 'UsageFault', status: 400, help: 'A required parameter is absent.' },
  parameter_invalid: { fault: 'UsageFault', status: 400, help: 'A parameter has a value that cannot be used.' },
  parameter_repeated: { fault: 'UsageFault', status: 400, help: 'A single-valued parameter came twice.' },
  document_invalid: { fault: 'UsageFault', status: 400, help: 'A document that was read is not what it should be.' },
  document_too_large: { fault: 'UsageFault', status: 413, help: 'A document or request is over its limit.' },
  rules_invalid: { fault: 'UsageFault', status: 400, help: 'A calibration rule file has a mistake; the message names the place.' },
  holding_invalid: { fault: 'UsageFault', status: 400, help: 'A file or record to ingest cannot be used.' },
  config_invalid: { fault: 'UsageFault', status: 400, help: 'The configuration has a mistake; the message names the entry.' },
  token_missing: { fault: 'AuthenticationFault', status: 401, help: 'Sign in first.' },
  token_invalid: { fault: 'AuthenticationFault', status: 401, help: 'The token is not one of ours, or was changed.' },
  token_expired: { fault: 'AuthenticationFault', status: 401, help: 'The token is over; sign in again.' },
  credentials_invalid: { fault: 'AuthenticationFault', status: 401, help: 'The name or the password is wrong.' },
  product_proprietary: { fault: 'AuthorizationFault', status: 403, help: 'Signed in, but without the right to this file.' },
  job_not_yours: { fault: 'AuthorizationFault', status: 403, help: 'The job belongs to somebody else.' },
  job_phase_conflict: { fault: 'UsageFault', status: 403, help: 'The job is in a phase that does not allow this.' },
  origin_refused: { fault: 'AuthorizationFault', status: 403, help: 'The request names a host that this archive does not serve.' },
  product_not_found: { fault: 'NotFoundFault', status: 404, help: 'No such file, or none that the caller may know of.' },
  job_not_found: { fault: 'NotFoundFault', status: 404, help: 'No such job.' },
  result_not_found: { fault: 'NotFoundFault', status: 404, help: 'The job has no such result.' },
  path_not_found: { fault: 'NotFoundFault', status: 404, help: 'Nothing is served at this path.' },
  method_not_allowed: { fault: 'UsageFault', status: 405, help: 'The path does not take this verb.' },
  result_gone: { fault: 'AuthorizationFault', status: 410, help: 'The result holds rows its owner may no longer see; run it again.' },
  media_type_unsupported: { fault: 'UsageFault', status: 415, help: 'The body is of a type that the path does not take.' },
  range_not_satisfiable: { fault: 'UsageFault', status: 416, help: 'The range starts beyond the end of the file.' },
  too_many_attempts: { fault: 'TransientFault', status: 429, help: 'Too many attempts; try again after the time given.' },
  internal_error: { fault: 'FatalFault', status: 500, help: 'A bug. The request id finds it in the log.' },
  archive_unreachable: { fault: 'TransientFault', status: 502, help: 'The archive did not answer, or not with its own document.' },
  overloaded: { fault: 'TransientFault', status: 503, help: 'A limit of the service is reached; try again after the time given.' },
  query_timeout: { fault: 'TransientFault', status: 504, help: 'The query took longer than it was allowed.' },
  archive_owned: { fault: 'TransientFault', status: 503, help: 'Another process owns this data folder.' },
} as const satisfies Record<string, { fault: Fault; status: number; help: string }>

export type ErrorCode = keyof typeof ERROR_CODES

/** A place in the caller's text, both from 1. */
export interface Place { readonly line: number; readonly column: number }

/**
 * A failure that the caller caused or can act on. Its message is shown to the caller, so it never
 * contains SQL, a token, a path of the server or a stack. A bug is not an `ArchiveError`: it is a
 * failed `assert`, answered as a bare internal error and logged.
 */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
  readonly code: ErrorCode
  readonly at: Place | undefined

  constructor(code: ErrorCode, message: string, more: { at?: Place | undefined; cause?: unknown } = {}) {
    super(message, { cause: more.cause })
    this.code = code
    this.at = more.at
  }

  get fault(): Fault { return ERROR_CODES[this.code].fault }
  get status(): number { return ERROR_CODES[this.code].status }

  /** The text that DataLink 1.1 §3.4 asks for: the fault, a colon, the reason. */
  toFaultText(): string { return `${this.fault}: ${this.message}` }
}
