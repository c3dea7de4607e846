/** The routes below `/tap_obs` and its sisters: TAP 1.1 §2, with the jobs and the VOSI resources of each. */
import type { Archive } from '../archive.ts'
import { htmlReply } from '../http/page.ts'
import type { Route } from '../http/route.ts'
import { httpSettings } from '../http/settings.ts'
import type { ServiceCatalog } from '../schema/catalog.ts'
import { uwsRoutes } from '../uws/routes.ts'
import { vosiRoutes } from '../vosi/routes.ts'
import { examplesDocument, examplesFor } from './examples.ts'
import { servicePage } from './page.ts'
import { syncHandlers } from './sync.ts'

/** All routes of the TAP services that the catalog has. */
export function tapRoutes(archive: Archive): Route[] {
  const syncOf = syncHandlers(archive)
  return [...archive.catalog.services].flatMap(([service, catalog]): Route[] => {
    const sync = syncOf(service)
    return [
      { method: 'GET', path: `/${service}/sync`, handler: sync, faults: 'votable' },
      { method: 'POST', path: `/${service}/sync`, handler: sync, faults: 'votable', takesUploads: true },
      ...uwsRoutes(service),
      ...vosiRoutes(service, archive.now()),
      ...pageRoutes(archive, service, catalog),
    ]
  })
}

/** What people read: the page of the service, and its examples. */
function pageRoutes({ config }: Archive, service: string, catalog: ServiceCatalog): Route[] {
  const { title } = httpSettings(config)
  const { defaultRows } = config.tap
  const examples = examplesFor(catalog.tableSet)
  const document = examplesDocument(examples, title)
  return [
    {
      method: 'GET', path: `/${service}`,
      handler: ({ baseUrl }) => htmlReply(200,
        servicePage({ title, baseUrl: `${baseUrl}/${service}`, catalog, examples, defaultRows })),
    },
    {
      method: 'GET', path: `/${service}/examples`, faults: 'votable',
      handler: () => ({
        status: 200, headers: { 'Content-Type': 'application/xhtml+xml; charset=UTF-8' }, body: document,
        encodable: { leastBytes: 0 },
      }),
    },
  ]
}
