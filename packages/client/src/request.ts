/**
 * One HTTP exchange as the rest of the client wants it: the token only where it may go, redirects
 * followed step by step, failures as `ArchiveError`. Design §9; RFC 9110 §15.4 (redirects), §9.2.2 (what
 * may be repeated), §10.2.3 (Retry-After); eso-protocol §1.7, §2.2 (what goes wrong at ESO).
 */
import { ArchiveError, isLoopback } from '@quipu/vo'
import type { ErrorCode } from '@quipu/vo'
import { bytesOf, textOf } from './body.ts'
import { failureOf, isHtml } from './failure.ts'
import type { ArchiveProfile } from './profile.ts'
import { mayCarryToken, upgraded } from './profile.ts'
import type { Token } from './token.ts'

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface Asking {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'DELETE'
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** False leaves the token out: the thing asked for is known to be public. */
  readonly withToken?: boolean
  readonly signal?: AbortSignal | undefined
  /** Statuses that are answers, not failures, besides 2xx. */
  readonly accept?: readonly number[]
  /**
   * `show` gives back a redirect that ends the request, so that its Location can be read (a browser shows
   * where it led instead). `refuse` follows none, because the form or the address holds a password.
   */
  readonly redirect?: 'follow' | 'show' | 'refuse'
  /** A document for machines is wanted: a web page in its place is a failure that may pass. */
  readonly refuseHtml?: boolean
  /** The code of a failure by its status, where the usual one would not fit. */
  readonly codes?: Readonly<Partial<Record<number, ErrorCode>>>
}

export interface Answer {
  /** The address that answered in the end. */
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** Whether a token went with the last request. */
  readonly sentToken: boolean
  /** The body as it arrives; see `bytesOf`. Once only. */
  bytes(): AsyncGenerator<Uint8Array, void, undefined>
  /** The body as text, of 16 MB at most unless given. */
  text(maxBytes?: number): Promise<string>
  /** Gives up a body that was not begun. */
  close(): Promise<void>
}

/** Sends requests for one archive. */
export interface Requester {
  /** @throws ArchiveError as the statuses say; `archive_unreachable` without an answer. */
  ask(url: string, asking?: Asking): Promise<Answer>
}

export interface RequesterOptions {
  readonly profile: ArchiveProfile
  readonly fetch: Fetch
  readonly token: () => Token | null
  readonly now: () => number
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>
  /**
   * `follow` where the platform hides redirects (browsers, which drop the header across origins themselves).
   */
  readonly redirects: 'manual' | 'follow'
  readonly userAgent: string | null
}

const MAX_REDIRECTS = 10
const MAX_TRIES = 4
const MAX_WAIT_SECONDS = 60
const MAX_DOCUMENT_BYTES = 16_000_000
/** Worth another try when the request changes nothing. */
const TRANSIENT = new Set([429, 502, 503, 504])
/** With Retry-After these say that nothing was begun, so that even a POST may be sent again. */
const POSTPONED = new Set([429, 503])
const REDIRECTS = new Set([301, 302, 303, 307, 308])

/** No answer came: the network's failure, before it is told. */
class NoAnswer extends Error {}

export function makeRequester(options: RequesterOptions): Requester {
  return {
    async ask(url, asking = {}) {
      const isRepeatable = asking.method !== 'POST'
      for (let attempt = 1; ; attempt++) {
        let pauseMs = 2 ** attempt * 250
        try {
          const answer = await follow(options, url, asking)
          const isPage = asking.refuseHtml === true && isHtml(answer.headers)
          if (asking.accept?.includes(answer.status) || (isSuccess(answer) && !isPage)) return answer
          const seconds = retryAfterSeconds(answer.headers, options.now())
          const mayRepeat = isRepeatable ? isPage || TRANSIENT.has(answer.status)
            : seconds !== undefined && POSTPONED.has(answer.status)
          if (!mayRepeat || attempt >= MAX_TRIES || (seconds ?? 0) > MAX_WAIT_SECONDS) {
            throw await failureOf(answer, asking.codes ?? {}, options.token())
          }
          await answer.close()
          if (seconds !== undefined) pauseMs = seconds * 1000
        } catch (error) {
          if (!(error instanceof NoAnswer)) throw error
          if (asking.signal?.aborted) throw asking.signal.reason
          const isLast = !isRepeatable || attempt >= MAX_TRIES
          if (isLast) throw unreachable(error.cause, url, asking, options.token())
        }
        await options.wait(pauseMs, asking.signal)
      }
    },
  }
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300
}

/** Seconds or a date (RFC 9110 §10.2.3); undefined when it is neither. */
function retryAfterSeconds(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get('Retry-After')?.trim()
  if (text === undefined || text === '') return undefined
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000
  return Number.isFinite(seconds) ? Math.max(seconds, 0.25) : undefined
}

/** Follows redirects. The token goes no further than the first address outside the list. */
async function follow(options: RequesterOptions, first: string, asking: Asking): Promise<Answer> {
  const { profile } = options
  let url = upgraded(parseUrl(first), profile)
  let method = asking.method ?? 'GET'
  let { form } = asking
  let isInside = asking.withToken !== false
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    isInside &&= mayCarryToken(url, profile)
    const token = isInside ? options.token() : null
    if (token?.isOver(options.now())) {
      throw new ArchiveError('token_expired', 'the sign-in is over; sign in again')
    }
    const response = await send(options, url, method, form, token, asking)
    const location = response.headers.get('Location')
    const { status } = response
    const isEnd = asking.redirect === 'refuse' || (asking.redirect === 'show' && status <= 303)
    if (!REDIRECTS.has(status) || location === null || isEnd) {
      return answerOf(response, url, token !== null, asking.signal)
    }
    await response.body?.cancel()
    const next = upgraded(nextUrl(location, url), profile)
    if (status === 303 || (status < 303 && method === 'POST')) {
      method = method === 'HEAD' ? 'HEAD' : 'GET'
      form = undefined
    }
    url = next
  }
  throw new ArchiveError('archive_unreachable',
    `more than ${MAX_REDIRECTS} redirects from ${parseUrl(first).host}`)
}

async function send(
  options: RequesterOptions, url: URL, method: string, form: Asking['form'], token: Token | null,
  asking: Asking,
): Promise<Response> {
  try {
    return await options.fetch(url.href, {
      method,
      redirect: asking.redirect === 'refuse' ? 'manual' : options.redirects,
      // Bearer or nothing: no cookie, and no other credential that the platform may hold for the host.
      credentials: 'omit',
      signal: asking.signal ?? null,
      headers: {
        ...asking.headers,
        ...options.userAgent ? { 'User-Agent': options.userAgent } : {},
        ...form ? { 'Content-Type': 'application/x-www-form-urlencoded' } : {},
        ...token ? { Authorization: token.authorization() } : {},
      },
      ...form ? { body: new URLSearchParams(form).toString() } : {},
    })
  } catch (error) {
    throw new NoAnswer('no answer', { cause: error })
  }
}

function answerOf(
  response: Response, asked: URL, sentToken: boolean, signal: AbortSignal | undefined,
): Answer {
  const url = response.url || asked.href
  const bytes = (): ReturnType<typeof bytesOf> => bytesOf(response, asked.host, signal)
  return {
    url, bytes,
    status: response.status,
    headers: response.headers,
    // A platform that followed redirects by itself has dropped the token on the way to another origin.
    sentToken: sentToken && new URL(url).origin === asked.origin,
    text: (maxBytes = MAX_DOCUMENT_BYTES) => textOf(bytes(), maxBytes),
    close: async () => { await response.body?.cancel() },
  }
}

function nextUrl(location: string, from: URL): URL {
  if (!URL.canParse(location, from.href)) {
    throw new ArchiveError('archive_unreachable', `${from.host} redirects to something that is no address`)
  }
  const next = new URL(location, from)
  next.username = ''
  next.password = ''
  if (next.protocol !== 'https:' && next.protocol !== 'http:') {
    throw new ArchiveError('archive_unreachable', `${from.host} redirects to an address that is not http`)
  }
  if (!isLoopback(from.hostname) && isLoopback(next.hostname)) {
    throw new ArchiveError('archive_unreachable', `${from.host} redirects to this machine; not followed`)
  }
  return next
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) {
    throw new ArchiveError('parameter_invalid', `'${text.split('?', 1)[0]}' is not a URL`)
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    throw new ArchiveError('parameter_invalid',
      `an address must not hold a name or password; sign in at ${url.host}`)
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ArchiveError('parameter_invalid', `'${text.split('?', 1)[0]}' is not an http address`)
  }
  return url
}

/** What stands in the way, in the platform's words; none that could hold a password or the token. */
function unreachable(cause: unknown, url: string, asking: Asking, token: Token | null): ArchiveError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  const code = (inner as { code?: unknown } | undefined)?.code
  const words = inner instanceof Error && asking.redirect !== 'refuse' ? inner.message : ''
  const shown = token?.hiddenIn(words) ?? words
  const reason = (shown || (typeof code === 'string' ? code : 'no connection')).slice(0, 200)
  const isClean = asking.redirect !== 'refuse' && shown === words
  return new ArchiveError(
    'archive_unreachable', `${parseUrl(url).host} did not answer (${reason})`, isClean ? { cause } : {})
}
