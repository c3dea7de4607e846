/** The routes below `/tap_obs`: TAP 1.1 §2, with the jobs and the VOSI resources of the service. */
import type { Archive } from '../archive.ts'
import type { Route } from '../http/route.ts'
import { uwsRoutes } from '../uws/routes.ts'
import { vosiRoutes } from '../vosi/routes.ts'
import { syncHandler } from './sync.ts'

const SERVICE = 'tap_obs'

/** All routes of the TAP service. */
export function tapRoutes(archive: Archive): Route[] {
  const sync = syncHandler(archive)
  return [
    { method: 'GET', path: `/${SERVICE}/sync`, handler: sync, faults: 'votable' },
    { method: 'POST', path: `/${SERVICE}/sync`, handler: sync, faults: 'votable' },
    ...uwsRoutes(SERVICE),
    ...vosiRoutes(SERVICE, archive.now()),
  ]
}
