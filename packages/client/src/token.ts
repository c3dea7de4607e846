/** The token of one sign-in. It cannot be printed by accident: no own property, JSON or inspection shows it. */

/** Tokens this close to their end are not used any more: seconds. astroquery keeps the same distance. */
const MARGIN_SECONDS = 600

export class Token {
  readonly #value: string
  /** The user name it was made for; null when only the token is known. */
  readonly subject: string | null
  /** Milliseconds since 1970. */
  readonly expiresMs: number

  constructor(value: string, expiresMs: number, subject: string | null) {
    this.#value = value
    this.expiresMs = expiresMs
    this.subject = subject
  }

  /** The header's value. The only way out. */
  authorization(): string {
    return `Bearer ${this.#value}`
  }

  isOver(nowMs: number): boolean {
    return nowMs > this.expiresMs - MARGIN_SECONDS * 1000
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
 */
export function tokenOf(text: string): Token {
  const value = text.trim()
  try {
    const payload = value.split('.')[1] ?? ''
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { exp?: unknown; sub?: unknown }
    const exp = typeof claims.exp === 'number' ? claims.exp * 1000 : Infinity
    return new Token(value, exp, typeof claims.sub === 'string' ? claims.sub : null)
  } catch {
    return new Token(value, Infinity, null)
  }
}
