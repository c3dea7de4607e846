/**
 * What a 401 asks for. RFC 9110 §11.6.1, RFC 6750 §3 (Bearer), RFC 7617 (Basic), and `ivoa_bearer` of
 * the IVOA's SSO draft, by which TOPCAT offers to sign in; conformance.
 */
import type { ArchiveError } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import type { CredentialForm } from '../http/route.ts'
import { httpSettings } from '../http/settings.ts'

const TLS_WITH_PASSWORD = 'ivo://ivoa.net/sso#tls-with-password'

/** One `WWW-Authenticate` line a scheme. `error` is left out where nothing was wrong, as on capabilities. */
export function challengesOf(
  archive: Archive, baseUrl: string, form: CredentialForm, error?: ArchiveError,
): string[] {
  const realm = quoted(httpSettings(archive.config).title)
  const wrong = error && error.code !== 'token_missing'
    ? `, error="invalid_token", error_description=${quoted(error.message)}` : ''
  const lines = [`Bearer realm=${realm}${wrong}`]
  if (baseUrl !== '') {
    const accessUrl = quoted(`${baseUrl}/sso/oidc/token`)
    lines.push(`ivoa_bearer standard_id="${TLS_WITH_PASSWORD}", access_url=${accessUrl}`)
  }
  if (form === 'bearerOrBasic') lines.push(`Basic realm=${realm}, charset="UTF-8"`)
  return lines
}

/** A quoted-string of RFC 9110 §5.6.4, printable ASCII only. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, "'")}"`
}
