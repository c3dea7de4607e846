/**
 * Which part of a file an answer holds, and whether it needs to be sent at all. RFC 9110 §13 (conditional
 * requests, in the order of §13.2.2) and §14 (ranges). Pure: headers in, decision out.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** What is known of the bytes before they are read. */
export interface Representation {
  readonly sizeBytes: number
  /** A strong validator with its quotes: `"…"`. */
  readonly etag: string
  /** Milliseconds since 1970; HTTP dates hold whole seconds of it. */
  readonly modifiedMs: number
}

/** `end` is inclusive. */
export interface Slice { readonly start: number; readonly end: number }

export type Selection =
  | { readonly status: 200 }
  | { readonly status: 206; readonly slice: Slice }
  | { readonly status: 304 | 412 | 416 }

/** Decides what a GET or HEAD gets. A `Range` means something to GET only (RFC 9110 §14.2). */
export function select(method: string, headers: IncomingHttpHeaders, what: Representation): Selection {
  if (preconditionFails(headers, what)) return { status: 412 }
  if (isUnchanged(headers, what)) return { status: 304 }
  const { range } = headers
  if (method !== 'GET' || range === undefined) return { status: 200 }
  if (!rangeStands(headers['if-range'], what)) return { status: 200 }
  const slice = parseRange(range, what.sizeBytes)
  if (slice === undefined) return { status: 200 }
  return slice === 'unsatisfiable' ? { status: 416 } : { status: 206, slice }
}

/** If-Match, or If-Unmodified-Since where it is absent: RFC 9110 §13.1.1, §13.1.4. */
function preconditionFails(headers: IncomingHttpHeaders, what: Representation): boolean {
  const match = headers['if-match']
  if (match !== undefined) return !tagsOf(match).some((tag) => tag === '*' || tag === what.etag)
  const since = dateOf(headers['if-unmodified-since'])
  return since !== undefined && secondsOf(what.modifiedMs) > since
}

/** If-None-Match, or If-Modified-Since where it is absent: RFC 9110 §13.1.2 (weak comparison), §13.1.3. */
function isUnchanged(headers: IncomingHttpHeaders, what: Representation): boolean {
  const noneMatch = headers['if-none-match']
  if (noneMatch !== undefined) {
    return tagsOf(noneMatch).some((tag) => tag === '*' || tag.replace(/^W\//, '') === what.etag)
  }
  const since = dateOf(headers['if-modified-since'])
  return since !== undefined && secondsOf(what.modifiedMs) <= since
}

/** If-Range: strong comparison, or exactly the date that was given; RFC 9110 §13.1.5. */
function rangeStands(ifRange: string | string[] | undefined, what: Representation): boolean {
  if (ifRange === undefined) return true
  const text = String(ifRange).trim()
  if (/^(W\/)?"/.test(text)) return text === what.etag
  return dateOf(text) === secondsOf(what.modifiedMs)
}

/**
 * Reads one byte range. RFC 9110 §14.1.2; a set of several ranges is answered whole (§14.2 allows it).
 *
 * @returns `undefined` where the header is to be ignored.
 */
export function parseRange(range: string, sizeBytes: number): Slice | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes[ \t]*=[ \t]*(\d*)[ \t]*-[ \t]*(\d*)[ \t]*$/i.exec(range) ?? []
  if (first === '' && last === '') return undefined
  if (first === '') {
    const length = Number(last)
    if (length === 0) return 'unsatisfiable'
    return sizeBytes === 0 ? undefined : { start: Math.max(0, sizeBytes - length), end: sizeBytes - 1 }
  }
  const start = Number(first)
  const end = last === '' ? Infinity : Number(last)
  if (end < start) return undefined
  return start >= sizeBytes ? 'unsatisfiable' : { start, end: Math.min(end, sizeBytes - 1) }
}

/** The time as an HTTP date, RFC 9110 §5.6.7. */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString()
}

function tagsOf(header: string): string[] {
  return header.match(/\*|(?:W\/)?"[^"]*"/g) ?? []
}

/** Seconds since 1970; undefined for what is no date, which is then ignored. */
function dateOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^[A-Z][a-z]{2}/.test(text)) return undefined
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? undefined : secondsOf(ms)
}

function secondsOf(ms: number): number {
  return Math.floor(ms / 1000)
}
