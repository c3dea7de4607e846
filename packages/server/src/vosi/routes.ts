/**
 * `/<service>/availability`, `/capabilities`, `/tables`: VOSI 1.1 §2 to §5; TAP 1.1 §2.3 to §2.5;
 * conformance chapter 4. All of them answer the anonymous caller.
 */
import { ArchiveError, assert } from '@quipu/vo'
import { writeAvailability, writeTable, writeTables } from '@quipu/vo/vosi'
import type { Spelling, Table, TableSet } from '@quipu/vo/vosi'
import { challengesOf } from '../auth/challenge.ts'
import { httpDate } from '../files/range.ts'
import type { Context, Reply, Route } from '../http/route.ts'
import type { ServiceCatalog } from '../schema/catalog.ts'
import { cut } from '../tap/formats.ts'
import { tapCapabilities } from './capabilities.ts'

/** The routes of a TAP service's VOSI resources. `startedMs` is when the service came up. */
export function vosiRoutes(service: string, startedMs: number): Route[] {
  const base = `/${service}`
  const routes: Omit<Route, 'faults' | 'method'>[] = [
    { path: `${base}/availability`, handler: () => availability(startedMs) },
    { path: `${base}/capabilities`, handler: (ctx) => since(startedMs, capabilities(ctx, service)) },
    { path: `${base}/tables`, handler: (ctx) => since(startedMs, tables(ctx, catalogOf(ctx, service))) },
    {
      path: `${base}/tables/:name`,
      handler: (ctx) => since(startedMs, table(ctx, catalogOf(ctx, service))),
    },
  ]
  return routes.map((route) => ({ ...route, method: 'GET', faults: 'votable' }))
}

function catalogOf({ archive }: Context, service: string): ServiceCatalog {
  const catalog = archive.catalog.services.get(service)
  assert(catalog, 'routes are made of the services that there are')
  return catalog
}

const xml = (body: string): Reply =>
  ({ status: 200, headers: { 'Content-Type': 'text/xml' }, body, encodable: { leastBytes: 0 } })

/** What the service is does not change while it is up (conformance V-7). */
function since(startedMs: number, reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'Last-Modified': httpDate(startedMs) } }
}

/** Touches no store: it is asked often, and when something is wrong (VOSI 1.1 §5). */
function availability(startedMs: number): Reply {
  return xml(writeAvailability({ available: true, note: 'queries are answered', upSinceMs: startedMs }))
}

/** Challenges come with it, so that clients learn that signing in is possible (conformance A-1). */
function capabilities(ctx: Context, service: string): Reply {
  const reply = xml(tapCapabilities(ctx.archive, catalogOf(ctx, service), `${ctx.baseUrl}/${service}`))
  if (ctx.principal.subject !== null) return reply
  return {
    ...reply,
    headers: { ...reply.headers, 'WWW-Authenticate': challengesOf(ctx.archive, ctx.baseUrl) },
  }
}

function tables(ctx: Context, catalog: ServiceCatalog): Reply {
  const detail = ctx.parameters.one('DETAIL')?.trim().toLowerCase() ?? 'max'
  if (detail !== 'min' && detail !== 'max') {
    throw new ArchiveError('parameter_invalid', `detail is min or max, not '${cut(detail)}'`)
  }
  return xml(writeTables(catalog.tableSet, detail, spellingOf(catalog)))
}

function table(ctx: Context, catalog: ServiceCatalog): Reply {
  const asked = ctx.params['name'] ?? ''
  const found = findTable(catalog.tableSet, asked)
  if (!found) {
    throw new ArchiveError('path_not_found', `there is no table '${cut(asked)}'; /tables lists them`)
  }
  return xml(writeTable(found, spellingOf(catalog)))
}

/** Names in quotes where TAP_SCHEMA has them in quotes (conformance V-24, S-1). */
function spellingOf(catalog: ServiceCatalog): Spelling {
  const rows = catalog.tapSchemaRows().get('TAP_SCHEMA.columns') ?? []
  const names = rows.map((row) => String(row['column_name']))
  const quoted = new Set(names.filter((name) => name.startsWith('"')).map((name) => name.slice(1, -1)))
  return (identifier) => quoted.has(identifier) ? `"${identifier}"` : identifier
}

/** By its full name, in any case, with or without quotes (VOSI 1.1 §2.5). */
function findTable(set: TableSet, asked: string): Table | undefined {
  const wanted = asked.replaceAll('"', '').toLowerCase()
  return set.schemas.flatMap((schema) => schema.tables)
    .find((one) => `${one.schema}.${one.name}`.toLowerCase() === wanted)
}
