/**
 * The token of one sign-in. It cannot be printed by accident: no own property, JSON or inspection shows it.
 */
import { ArchiveError } from '@quipu/vo'

/** Tokens this close to their end are not used any more: seconds. astroquery keeps the same distance. */
const MARGIN_SECONDS = 600
/** RFC 6750 §2.1, without the `=` signs that old code added at the end (eso-protocol §1.4). */
const VALUE = /^[A-Za-z0-9._~+/-]+$/

export class Token {
  readonly #value: string
  readonly #marginMs: number
  /** The user name it was made for; null when only the token is known. */
  readonly subject: string | null
  /** Milliseconds since 1970; Infinity when unknown. */
  readonly expiresMs: number

  constructor(value: string, expiresMs: number, subject: string | null, lifetimeMs = Infinity) {
    this.#value = value
    // Of a token that lives for minutes only, the margin must leave something.
    this.#marginMs = Math.min(MARGIN_SECONDS * 1000, lifetimeMs / 6)
    this.expiresMs = expiresMs
    this.subject = subject
  }

  /** The header's value. The only way out. */
  authorization(): string {
    return `Bearer ${this.#value}`
  }

  /** Whether it is over, or so close to it that a request may come too late. */
  isOver(nowMs: number): boolean {
    return nowMs > this.expiresMs - this.#marginMs
  }

  /** The text with the token taken out, should somebody have put it in. */
  hiddenIn(text: string): string {
    return text.replaceAll(this.#value, '(token)')
  }

  toString(): string {
    return 'Token(hidden)'
  }

  toJSON(): string {
    return this.toString()
  }
}

/**
 * A token from its text, its end and subject read from the claims (RFC 7519 §4.1), which are not
 * verified: the archive does that. A token that is no JWT counts as good until refused.
 * @throws ArchiveError `token_invalid` when the text cannot be a token; it is not repeated.
 */
export function tokenOf(text: string): Token {
  const value = text.trim().replace(/^bearer\s+/i, '').replace(/=+$/, '')
  if (!VALUE.test(value)) {
    throw new ArchiveError('token_invalid',
      'what was given as a token is none: it has characters that no token has')
  }
  const { exp, iat, sub } = claimsOf(value)
  if (typeof exp !== 'number') return new Token(value, Infinity, typeof sub === 'string' ? sub : null)
  const lifetimeMs = typeof iat === 'number' && iat < exp ? (exp - iat) * 1000 : Infinity
  return new Token(value, exp * 1000, typeof sub === 'string' ? sub : null, lifetimeMs)
}

function claimsOf(value: string): { readonly exp?: unknown; readonly iat?: unknown; readonly sub?: unknown } {
  try {
    const payload = value.split('.')[1] ?? ''
    const base64 = payload.replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof claims === 'object' && claims !== null ? claims : {}
  } catch {
    return {}
  }
}
