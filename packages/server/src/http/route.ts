/**
 * What a protocol folder gives to the server: routes, the context of one request, its reply. RFC 9110 §9,
 * §15.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Principal } from '../access/principal.ts'
import type { Archive } from '../archive.ts'
import type { FormPart } from './multipart.ts'
import type { Parameters } from './parameters.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/**
 * How a route answers its failures: a VOTable error document (DALI 1.1 §4.4.2), one line of text
 * that begins with the fault, or the JSON of OAuth (RFC 6749 §5.2).
 */
export type FaultForm = 'votable' | 'text' | 'oauth'

/** One line of the route table. A GET route answers HEAD too, with `ctx.method` saying so. */
export interface Route {
  readonly method: Method
  /** Segments that begin with `:` are parameters: `/tap_obs/async/:jobId`. */
  readonly path: string
  readonly handler: (ctx: Context) => Promise<Reply> | Reply
  /** `text` unless given. */
  readonly faults?: FaultForm
  /** For the sign-in routes: who holds a token that is over must still be able to get a new one. */
  readonly credentials?: 'ignored'
  /** Whether the body may be as large as uploads are; all others are forms (`http.formBytes`). */
  readonly takesUploads?: boolean
}

/** Everything that a handler may know of one request. */
export interface Context {
  readonly archive: Archive
  /** `GET`, `HEAD`, `POST`, ... A handler may leave out the body when it is `HEAD`. */
  readonly method: string
  /** The path without the query, as sent. */
  readonly path: string
  /** The path parameters, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  /** Query string and form body together, names in any case. */
  readonly parameters: Parameters
  /** The parts of a multipart form; those that nobody kept are gone when the handler has answered. */
  readonly parts: readonly FormPart[]
  readonly principal: Principal
  /** Scheme, host and port that the caller used; no trailing slash. For links in answers. */
  readonly baseUrl: string
  readonly headers: IncomingHttpHeaders
  /** Aborted when the caller hangs up or reads too slowly. */
  readonly signal: AbortSignal
  readonly requestId: string
  /** The caller's address, for limits. */
  readonly remoteAddress: string
  /** The time of the request: read once, used for every decision. Milliseconds since 1970. */
  readonly nowMs: number
}

export type Body = string | Uint8Array | Readable | AsyncIterable<string | Uint8Array>

/** How the sending of a body ended. */
export interface Sent { readonly bytes: number; readonly complete: boolean }

/** An answer. `Cache-Control` is heeded only for an anonymous caller; otherwise it is `no-store`. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body?: Body
  /** Set on text that may be sent coded, when it has so many bytes at least; never on files. */
  readonly encodable?: { readonly leastBytes: number }
  /** Headers behind a streamed body (RFC 9110 §6.5): their names, and their values when it has been sent. */
  readonly trailers?: {
    readonly names: readonly string[]
    readonly values: () => Readonly<Record<string, string>>
  }
  /** Called once, when the last byte is out or the caller is gone. */
  readonly ended?: (sent: Sent) => void
}
