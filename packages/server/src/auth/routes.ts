/** The identity provider's routes: ESO's address, and those that its issuer implies. eso-protocol §1. */
import type { Archive } from '../archive.ts'
import type { Route } from '../http/route.ts'
import { discovery, keySet, signOut, tokenEndpoint } from './endpoint.ts'
import type { SignIn } from './sign-in.ts'

/** Whoever comes here with a token that is over must be let in: credentials are not read. */
export function tokenRoutes(_archive: Archive, signIn: SignIn): Route[] {
  const token = tokenEndpoint(signIn)
  const common = { faults: 'oauth', credentials: 'ignored' } as const
  return [
    { method: 'GET', path: '/sso/oidc/token', handler: token, ...common },
    { method: 'POST', path: '/sso/oidc/token', handler: token, ...common },
    { method: 'GET', path: '/sso/oidc/.well-known/openid-configuration', handler: discovery, ...common },
    { method: 'POST', path: '/sso/logout', handler: signOut, ...common },
    { method: 'GET', path: '/sso/oidc/jwks', handler: keySet, ...common },
  ]
}
