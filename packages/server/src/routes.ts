/** Everything that is served, one line a protocol. Paths are ESO's, below one base URL. */
import type { Archive } from './archive.ts'
import { tokenRoutes } from './auth/routes.ts'
import type { SignIn } from './auth/sign-in.ts'
import { calselectorRoutes } from './calselector/routes.ts'
import { datalinkRoutes } from './datalink/routes.ts'
import { fileRoutes } from './files/routes.ts'
import { headerRoutes } from './headers/routes.ts'
import { homeRoutes } from './http/home.ts'
import type { Route } from './http/route.ts'
import { rdfRoutes } from './rdf/routes.ts'
import { tapRoutes } from './tap/routes.ts'

/** The table of routes of one archive. */
export function routesOf(archive: Archive, signIn: SignIn): Route[] {
  return [
    ...homeRoutes(archive), ...tokenRoutes(archive, signIn), ...tapRoutes(archive),
    ...datalinkRoutes(archive), ...calselectorRoutes(archive), ...fileRoutes(archive),
    ...headerRoutes(archive), ...rdfRoutes(archive),
  ]
}
