/** The routes below `/tap_obs` and its sisters: TAP 1.1 §2, with the jobs and the VOSI resources of each. */
import type { Archive } from '../archive.ts'
import type { Route } from '../http/route.ts'
import { uwsRoutes } from '../uws/routes.ts'
import { vosiRoutes } from '../vosi/routes.ts'
import { syncHandlers } from './sync.ts'

/** All routes of the TAP services that the catalog has. */
export function tapRoutes(archive: Archive): Route[] {
  const syncOf = syncHandlers(archive)
  return [...archive.catalog.services.keys()].flatMap((service): Route[] => {
    const sync = syncOf(service)
    return [
      { method: 'GET', path: `/${service}/sync`, handler: sync, faults: 'votable' },
      { method: 'POST', path: `/${service}/sync`, handler: sync, faults: 'votable' },
      ...uwsRoutes(service),
      ...vosiRoutes(service, archive.now()),
    ]
  })
}
