/**
 * The built-in identity provider's doors: token, discovery, key set. eso-protocol §1; RFC 6749 §4.3
 * (password grant), §5; OpenID Connect Discovery 1.0 §3, §4; RFC 7517 §5.
 *
 * POST with just a name and a password works too: it is the login form that the IVOA's SSO draft
 * describes (conformance ), answered with `X-VO-Bearer` and the session cookie.
 */
import { randomBytes } from 'node:crypto'
import { ArchiveError } from '@quipu/vo'
import type { Context, Reply } from '../http/route.ts'
import { checkOwnOrigin, endedCookie, isForeign, sessionCookie } from './cookie.ts'
import { issuerOf } from './principal.ts'
import type { SignIn } from './sign-in.ts'
import { CLIENT_ID, makeIdToken, TOKEN_SECONDS } from './token.ts'

const JSON_TYPE = 'application/json'
const NO_STORE = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }
/** Longer values of `nonce` and `state` are refused: both are echoed in the token. */
const MAX_ECHO = 256

/** GET and POST `/sso/oidc/token`. The query string of a GET holds a password: nothing logs it. */
export function tokenEndpoint(signIn: SignIn): (ctx: Context) => Promise<Reply> {
  return async (ctx) => {
    const { archive, parameters } = ctx
    const refused = refusal(ctx)
    if (refused) return refused
    const name = required(parameters.one('username'), 'username')
    const password = required(parameters.one('password'), 'password')
    const { remoteAddress: source, requestId } = ctx
    const person = await signIn.check({ name, password, source, way: 'form', requestId })
    const accessToken = randomBytes(32).toString('base64url')
    const idToken = await makeIdToken(archive.keys, person, {
      issuer: issuerOf(ctx.baseUrl), tokenId: archive.id(), nowMs: ctx.nowMs, accessToken,
      nonce: parameters.one('nonce'), state: parameters.one('state'),
    })
    return {
      status: 200,
      headers: {
        ...NO_STORE, 'Content-Type': JSON_TYPE, 'X-VO-Bearer': idToken, ...cookieFor(ctx, idToken),
        'X-VO-Authenticated': person.subject.replaceAll(/[^\x21-\x7e]/g, encodeURIComponent),
      },
      body: JSON.stringify({
        access_token: accessToken, id_token: idToken,
        token_type: 'bearer', expires_in: TOKEN_SECONDS, scope: '',
      }),
    }
  }
}

/**
 * Signing in by the form gives the cookie, too. Not to a page of another origin, which could put somebody
 * into a session of its own making; nor by GET, which any page can ask for.
 */
function cookieFor(ctx: Context, idToken: string): { 'Set-Cookie'?: string } {
  if (ctx.method !== 'POST' || isForeign(ctx)) return {}
  return { 'Set-Cookie': sessionCookie(ctx.baseUrl, idToken) }
}

/** POST `/sso/logout`: the client forgets its cookie. Tokens stay good for their time. */
export function signOut(ctx: Context): Reply {
  checkOwnOrigin(ctx)
  return { status: 204, headers: { ...NO_STORE, 'Set-Cookie': endedCookie(ctx.baseUrl) } }
}

/** The refusals that have words of their own in RFC 6749 §5.2. */
function refusal({ parameters }: Context): Reply | undefined {
  const grantType = parameters.one('grant_type') ?? 'password'
  const clientId = parameters.one('client_id') ?? CLIENT_ID
  const responseType = parameters.one('response_type') ?? 'id_token'
  if (grantType !== 'password') return oauthFault('unsupported_grant_type', 'use grant_type=password')
  if (clientId !== CLIENT_ID) return oauthFault('invalid_client', `use client_id=${CLIENT_ID}`)
  if (!responseType.split(' ').includes('id_token')) {
    return oauthFault('unsupported_response_type', 'use response_type=id_token token')
  }
  for (const name of ['nonce', 'state']) {
    if ((parameters.one(name) ?? '').length > MAX_ECHO) {
      return oauthFault('invalid_request', `${name} is too long`)
    }
  }
  return undefined
}

function oauthFault(error: string, description: string): Reply {
  return {
    status: 400,
    headers: { ...NO_STORE, 'Content-Type': JSON_TYPE },
    body: JSON.stringify({ error, error_description: description }),
  }
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new ArchiveError('parameter_missing', `${name} is missing`)
  return value
}

/** GET `/sso/oidc/.well-known/openid-configuration`. */
export function discovery(ctx: Context): Reply {
  const issuer = issuerOf(ctx.baseUrl)
  return jsonReply({
    issuer,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    grant_types_supported: ['password'],
    response_types_supported: ['id_token token', 'id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_post'],
    claims_supported: [
      'sub', 'iss', 'aud', 'exp', 'iat', 'nbf', 'name', 'given_name', 'family_name', 'email',
      'account_id', 'preferred_username',
    ],
  })
}

/** GET `/sso/oidc/jwks`. */
export function keySet(ctx: Context): Reply {
  return jsonReply(ctx.archive.keys.publicSet())
}

function jsonReply(value: unknown): Reply {
  return { status: 200, headers: { 'Content-Type': JSON_TYPE }, body: JSON.stringify(value) }
}
