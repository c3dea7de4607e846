/** The page at the root: what is served, and where. For people who were given the address. */
import type { Archive } from '../archive.ts'
import { escapeHtml, htmlReply, page } from './page.ts'
import type { ServiceCatalog } from '../schema/catalog.ts'
import type { Context, Reply, Route } from './route.ts'
import { httpSettings } from './settings.ts'

type Service = readonly [path: string, what: string]

/** Beside the TAP services. */
const OTHERS: readonly Service[] = [
  ['/datalink/capabilities', 'DataLink: what belongs to a file'],
  ['/calselector/v1/capabilities', 'calSelector: the calibrations of a raw frame'],
  ['/sso/oidc/.well-known/openid-configuration', 'sign-in'],
  ['/rdf/datalink/eso', 'terms used in links'],
]
const FORMS = ['/dataPortal/file/<dp_id>', '/datalink/links?ID=ivo://eso.org/ID?<dp_id>',
  '/calselector/v1/associations?dp_id=<dp_id>&mode=Raw2Raw', '/hdr?DpId=<dp_id>']

/** The route of the root page. */
export function homeRoutes(archive: Archive): Route[] {
  const { title } = httpSettings(archive.config)
  const services = [...[...archive.catalog.services].flatMap(tapService), ...OTHERS]
  return [{ method: 'GET', path: '/', handler: (ctx) => home(ctx, title, services) }]
}

function tapService([service, { tableSet }]: readonly [string, ServiceCatalog]): Service[] {
  const names = tableSet.schemas.map(({ name }) => name).join(', ')
  return [
    [`/${service}/capabilities`, 'TAP: queries in ADQL, synchronous and as jobs'],
    [`/${service}/tables`, `its published tables (${names})`],
  ]
}

function home({ baseUrl }: Context, title: string, services: readonly Service[]): Reply {
  const entries = services.map(([path, what]) => (
    `<li><a href="${escapeHtml(path)}">${escapeHtml(baseUrl + path)}</a>: ${escapeHtml(what)}</li>`))
  const forms = FORMS.map((form) => `<li><code>${escapeHtml(baseUrl + form)}</code></li>`)
  return htmlReply(200, page(title, [
    `<h1>${escapeHtml(title)}</h1>`, '<ul>', ...entries, '</ul>',
    '<p>By id of a file:</p>', '<ul>', ...forms, '</ul>',
  ].join('\n')))
}
