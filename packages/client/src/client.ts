/**
 * An archive as its user sees it: sign in, search, follow links, download. One function makes it from
 * a profile; it works against ESO, against Quipu and, without sign-in, against any TAP service.
 */
import { ArchiveError } from '@quipu/vo'
import { parseTokenAnswer } from '@quipu/vo/eso'
import { makeFileService } from './files.ts'
import type { FileService } from './files.ts'
import { makeLinkService } from './links.ts'
import type { LinkService } from './links.ts'
import { maySignIn } from './profile.ts'
import type { ArchiveProfile } from './profile.ts'
import { makeRequester } from './request.ts'
import type { Fetch } from './request.ts'
import { makeTapService } from './tap.ts'
import type { TapService } from './tap.ts'
import { Token, tokenOf } from './token.ts'

export interface ArchiveClient extends LinkService, FileService {
  readonly profile: ArchiveProfile
  readonly tap: TapService
  /** The token in use; null when anonymous. */
  readonly token: Token | null
  /**
   * Gets a token with a name and a password; everything after it is asked with the token.
   * @throws ArchiveError `credentials_invalid`, `archive_unreachable`, `too_many_attempts`;
   *   `parameter_invalid` where name and password would travel in clear.
   */
  signIn(name: string, password: string, signal?: AbortSignal): Promise<Token>
  /**
   * Uses a token that was got elsewhere.
   * @throws ArchiveError `token_invalid` when it is none; `parameter_invalid` where it would travel in clear.
   */
  useToken(text: string): Token
  signOut(): void
  /** The same archive without a token. */
  anonymous(): ArchiveClient
}

export interface ClientOptions {
  readonly profile: ArchiveProfile
  /** The platform's fetch unless given. */
  readonly fetch?: Fetch
  readonly now?: () => number
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Node follows redirects step by step; a browser does it itself. */
  readonly redirects?: 'manual' | 'follow'
  /** Names the program to the archive; browsers send their own. */
  readonly userAgent?: string | null
}

/** Every status of the token endpoint is for `parseTokenAnswer` to judge; 0 is a redirect in a browser. */
const ANY_STATUS = [0, ...Array.from({ length: 300 }, (_, i) => 300 + i)]

/** Opens a client. Nothing is asked of the archive until it is used. */
export function openClient(options: ClientOptions): ArchiveClient {
  const { profile } = options
  const now = options.now ?? (() => Date.now())
  const wait = options.wait ?? pause
  const redirects = options.redirects ?? 'follow'
  const userAgent = options.userAgent ?? null
  const fetch: Fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init))
  let token: Token | null = null
  const requester = makeRequester({ profile, fetch, now, wait, redirects, userAgent, token: () => token })
  return {
    profile,
    get token() { return token },
    tap: makeTapService(profile.tapUrl, requester, { now, wait }),
    ...makeLinkService(profile, requester),
    ...makeFileService(profile, requester),
    async signIn(name, password, signal) {
      checkMaySignIn(profile)
      const form = {
        response_type: 'id_token token', grant_type: 'password', client_id: 'clientid',
        username: name, password,
      }
      const isGet = profile.tokenMethod === 'GET'
      const url = isGet ? `${profile.tokenUrl}?${new URLSearchParams(form)}` : profile.tokenUrl
      const answer = await requester.ask(url, {
        ...isGet ? {} : { method: 'POST', form },
        redirect: 'refuse', withToken: false, signal, accept: ANY_STATUS,
      })
      const { idToken, expiresInSeconds } = parseTokenAnswer(answer.status, await answer.text())
      const { expiresMs } = tokenOf(idToken)
      const lifetimeMs = expiresInSeconds * 1000
      token = new Token(idToken, Math.min(expiresMs, now() + lifetimeMs), name, lifetimeMs)
      return token
    },
    useToken(text) {
      checkMaySignIn(profile)
      token = tokenOf(text)
      return token
    },
    signOut() { token = null },
    anonymous: () => openClient(options),
  }
}

function checkMaySignIn(profile: ArchiveProfile): void {
  if (maySignIn(profile)) return
  throw new ArchiveError('parameter_invalid',
    `${profile.name} is not https: a password or token would travel in clear; give its https address`)
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const over = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', over)
      resolve()
    }, ms)
    signal?.addEventListener('abort', over, { once: true })
  })
}
