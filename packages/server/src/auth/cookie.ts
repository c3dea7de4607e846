/**
 * The session cookie of VO sign-in: an id_token in a cookie that scripts cannot read. RFC 6265 §4, §5;
 * conformance A-8. Over https its name begins with `__Host-`, so no other host can have set it.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { ArchiveError } from '@quipu/vo'
import { TOKEN_SECONDS } from './token.ts'

/** Cookies know no port, and two archives on one host are two sessions. */
function nameFor(baseUrl: string): string {
  const { protocol, port } = new URL(baseUrl)
  return `${protocol === 'https:' ? '__Host-' : ''}quipu${port === '' ? '' : `-${port}`}`
}

/** The `Set-Cookie` line that signs a client in. */
export function sessionCookie(baseUrl: string, idToken: string): string {
  return line(baseUrl, idToken, TOKEN_SECONDS)
}

/** The line that makes a client forget it. */
export function endedCookie(baseUrl: string): string {
  return line(baseUrl, '', 0)
}

function line(baseUrl: string, value: string, seconds: number): string {
  const secure = baseUrl.startsWith('https:') ? '; Secure' : ''
  return `${nameFor(baseUrl)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`
}

/**
 * The token in a request's session cookie; undefined when there is none.
 * @throws ArchiveError `token_invalid` for two of them: who set the other one?
 */
export function sessionOf(headers: IncomingHttpHeaders, baseUrl: string): string | undefined {
  const wanted = `${nameFor(baseUrl)}=`
  const found = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(wanted)).map((pair) => pair.slice(wanted.length))
  if (found.length <= 1) return found[0]
  throw new ArchiveError('token_invalid', 'the request has two session cookies: send one')
}

/** Verbs that change nothing: RFC 9110 §9.2.1. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

/** What a request says of where it comes from. */
export interface Coming {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly baseUrl: string
}

/** True when a web page of another origin made a browser send it. Fetch standard §3.2; Fetch Metadata §2. */
export function isForeign({ headers, baseUrl }: Coming): boolean {
  const site = headers['sec-fetch-site']
  if (typeof site === 'string' && site !== 'same-origin' && site !== 'none') return true
  return headers.origin !== undefined && headers.origin !== new URL(baseUrl).origin
}

/**
 * What a browser sends by itself (cookies, remembered passwords) must not let a foreign page change anything.
 * @throws ArchiveError `origin_refused`.
 */
export function checkOwnOrigin(coming: Coming): void {
  if (SAFE.has(coming.method) || !isForeign(coming)) return
  throw new ArchiveError('origin_refused',
    'a page of another origin asks for a change with a cookie or password of this one; send a token instead')
}
