/**
 * One HTTP exchange as the rest of the client wants it: the token only where it may go, redirects
 * followed step by step, failures as `ArchiveError`. Design §9; RFC 9110 §15.4 (redirects), §10.2.3
 * (Retry-After); eso-protocol §1.7, §2.2 (what goes wrong at ESO).
 */
import { ArchiveError } from '@quipu/vo'
import type { ErrorCode } from '@quipu/vo'
import { queryStatus, readVotable } from '@quipu/vo/votable'
import type { ArchiveProfile } from './profile.ts'
import { isLoopback, mayCarryToken, upgraded } from './profile.ts'
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
  /** False gives a redirect back instead of following it. */
  readonly follow?: boolean
}

export interface Answer {
  /** The address that answered in the end. */
  readonly url: string
  readonly response: Response
  /** Whether a token went with the last request. */
  readonly sentToken: boolean
}

/** Sends requests for one archive. */
export interface Requester {
  ask(url: string, asking?: Asking): Promise<Answer>
}

export interface RequesterOptions {
  readonly profile: ArchiveProfile
  readonly fetch: Fetch
  readonly token: () => Token | null
  readonly now: () => number
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>
  /** `follow` where the platform hides redirects (browsers, which drop the header across origins themselves). */
  readonly redirects: 'manual' | 'follow'
  readonly userAgent: string | null
}

const MAX_REDIRECTS = 10
const MAX_TRIES = 4
const MAX_ERROR_BYTES = 1_000_000
/** Worth a second try when the request changes nothing. */
const TRANSIENT = new Set([429, 502, 503, 504])

export function makeRequester(options: RequesterOptions): Requester {
  return {
    async ask(url, asking = {}) {
      const repeatable = asking.method === undefined || asking.method === 'GET' || asking.method === 'HEAD'
      for (let attempt = 1; ; attempt++) {
        const last = !repeatable || attempt >= MAX_TRIES
        try {
          const answer = await follow(options, url, asking)
          const { status } = answer.response
          if (answer.response.ok || asking.accept?.includes(status)) return answer
          if (!TRANSIENT.has(status) || last) throw await failureOf(answer)
          await answer.response.body?.cancel()
          await options.wait(delayMs(answer.response, attempt), asking.signal)
        } catch (error) {
          if (error instanceof ArchiveError || asking.signal?.aborted || last) throw wrapped(error, url, asking.signal)
          await options.wait(2 ** attempt * 250, asking.signal)
        }
      }
    },
  }
}

function delayMs(response: Response, attempt: number): number {
  const seconds = Number(response.headers.get('Retry-After'))
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 30) * 1000 : 2 ** attempt * 250
}

/** Follows redirects; every hop decides anew whether the token may go there. */
async function follow(options: RequesterOptions, first: string, asking: Asking): Promise<Answer> {
  let url = parseUrl(first)
  let method = asking.method ?? (asking.form ? 'POST' : 'GET')
  let body = asking.form ? new URLSearchParams(asking.form).toString() : undefined
  let mayHaveToken = asking.withToken !== false
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    url = upgraded(url, options.profile)
    const token = mayHaveToken && mayCarryToken(url, options.profile) ? options.token() : null
    if (token?.isOver(options.now())) throw new ArchiveError('token_expired', 'the sign-in is over; sign in again')
    // Bearer or nothing: no cookie, and no other credential that the platform may hold for the host.
    const response = await options.fetch(url.href, {
      method,
      redirect: options.redirects,
      credentials: 'omit',
      signal: asking.signal ?? null,
      headers: {
        ...asking.headers,
        ...options.userAgent ? { 'User-Agent': options.userAgent } : {},
        ...body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' },
        ...token ? { Authorization: token.authorization() } : {},
      },
      ...body === undefined ? {} : { body },
    })
    const location = response.headers.get('Location')
    const isRedirect = response.status >= 301 && response.status <= 308 && response.status !== 304 && location !== null
    if (!isRedirect || asking.follow === false) {
      const ended = options.redirects === 'follow' && response.url ? response.url : url.href
      return { url: ended, response, sentToken: token !== null }
    }
    await response.body?.cancel()
    const next = new URL(location, url)
    if (next.protocol !== 'https:' && !(next.protocol === 'http:')) {
      throw new ArchiveError('archive_unreachable', `${url.host} redirects to an address that is not http`)
    }
    if (!isLoopback(url) && isLoopback(next)) {
      throw new ArchiveError('archive_unreachable', `${url.host} redirects to this machine; not followed`)
    }
    if (!mayCarryToken(upgraded(next, options.profile), options.profile)) mayHaveToken = false
    if (response.status === 303 || (response.status < 303 && method === 'POST')) {
      method = method === 'HEAD' ? 'HEAD' : 'GET'
      body = undefined
    }
    url = next
  }
  throw new ArchiveError('archive_unreachable', `more than ${MAX_REDIRECTS} redirects from ${parseUrl(first).host}`)
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new ArchiveError('parameter_invalid', `'${withoutQuery(text)}' is not a URL`)
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ArchiveError('parameter_invalid', `'${withoutQuery(text)}' is not an http address`)
  }
  return url
}

/** An address for a message: a query string may hold a password. */
export function withoutQuery(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

function wrapped(error: unknown, url: string, signal?: AbortSignal): unknown {
  if (error instanceof ArchiveError) return error
  if (signal?.aborted) return signal.reason
  const reason = error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : ''
  return new ArchiveError('archive_unreachable', `${parseUrl(url).host} did not answer (${reason.slice(0, 200)})`, { cause: error })
}

/** The failure that an answer tells of, in the archive's own words where it has some. */
async function failureOf(answer: Answer): Promise<ArchiveError> {
  const { response, url, sentToken } = answer
  const text = await boundedText(response)
  const words = await wordsOf(text, response.headers.get('Content-Type') ?? '')
  const where = new URL(url).host
  const said = words === '' ? '' : `: ${words}`
  return new ArchiveError(codeOf(response.status, sentToken, words), `${where} answered ${response.status}${said}`)
}

function codeOf(status: number, sentToken: boolean, words: string): ErrorCode {
  if (status === 401) {
    if (/expired|is over/i.test(words)) return 'token_expired'
    return sentToken ? 'product_proprietary' : 'token_missing'
  }
  if (status === 403) return 'product_proprietary'
  if (status === 404) return 'product_not_found'
  if (status === 416) return 'range_not_satisfiable'
  if (status === 429) return 'too_many_attempts'
  if (status === 503) return 'overloaded'
  if (status >= 500) return 'archive_unreachable'
  return 'parameter_invalid'
}

async function wordsOf(text: string, contentType: string): Promise<string> {
  if (/xml/i.test(contentType) || text.startsWith('<?xml')) {
    try {
      return queryStatus(await readVotable(text)).message.trim()
    } catch {
      return ''
    }
  }
  if (/html/i.test(contentType)) return ''
  return text.trim().split('\n', 1)[0]?.slice(0, 500) ?? ''
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  if (!response.body) return text
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > MAX_ERROR_BYTES) break
  }
  return text
}
