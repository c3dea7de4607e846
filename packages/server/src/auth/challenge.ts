/**
 * What a 401 asks for. RFC 9110 §11.6.1, RFC 6750 §3 (Bearer), RFC 7617 (Basic), and `ivoa_bearer` and
 * `ivoa_cookie` of the IVOA's SSO draft, by which TOPCAT offers to sign in; conformance.
 */
import type { ArchiveError } from '@quipu/vo'
import { SECURITY_METHODS } from '@quipu/vo/vosi'
import type { Archive } from '../archive.ts'
import { httpSettings } from '../http/settings.ts'

const TLS_WITH_PASSWORD = 'ivo://ivoa.net/sso#tls-with-password'

/**
 * The same for clients that read capabilities (pyvo), beside anonymous access: SSO 2.0 §3. A password by
 * Basic, the cookie of the login form, and its token.
 */
export const SIGN_IN_METHODS = [
  SECURITY_METHODS.basic, SECURITY_METHODS.cookie, SECURITY_METHODS.oauth,
] as const

/** One `WWW-Authenticate` line a scheme. `error` is left out where nothing was wrong, as on capabilities. */
export function challengesOf(archive: Archive, baseUrl: string, error?: ArchiveError): string[] {
  const realm = quoted(httpSettings(archive.config).title)
  const wrong = error && error.code !== 'token_missing'
    ? `, error="invalid_token", error_description=${quoted(error.message)}` : ''
  const lines = [`Bearer realm=${realm}${wrong}`]
  if (baseUrl !== '') {
    const accessUrl = quoted(`${baseUrl}/sso/oidc/token`)
    for (const scheme of ['ivoa_bearer', 'ivoa_cookie']) {
      lines.push(`${scheme} standard_id="${TLS_WITH_PASSWORD}", access_url=${accessUrl}`)
    }
  }
  return [...lines, `Basic realm=${realm}, charset="UTF-8"`]
}

/** A quoted-string of RFC 9110 §5.6.4, printable ASCII only. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, "'")}"`
}
