/**
 * DataLink: `/datalink/links` and its siblings. DataLink 1.1 §2, §3; eso-protocol §4; conformance L-1
 * to L-9.
 */
import { ArchiveError } from '@quipu/vo'
import { DATALINK_TYPE, writeLinks } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { openSight } from '../access/sight.ts'
import type { Sight } from '../access/sight.ts'
import type { Archive } from '../archive.ts'
import { askedDid, shown } from '../http/dp-id.ts'
import type { Context, Reply, Route } from '../http/route.ts'
import { siblingRoutes } from '../http/siblings.ts'
import { failedLink, linksOf, relatedLinks } from './links.ts'
import { chosenLinks, downloadTarget } from './select.ts'

/** The links of the ids after these are left out, and the document says so: DataLink 1.1 §2.1.1. */
const MAX_IDS = 500

/** The routes of DataLink. */
export function datalinkRoutes(archive: Archive): Route[] {
  const faults = 'votable'
  return [
    { method: 'GET', path: '/datalink/links', handler: links, faults },
    { method: 'POST', path: '/datalink/links', handler: links, faults },
    ...siblingRoutes(archive, {
      base: '/datalink', endpoint: '/datalink/links', version: '1.1',
      standardId: 'ivo://ivoa.net/std/DataLink#links-1.1',
    }),
  ]
}

/** No ID gives a document without rows, as DataLink 1.1 §2.1.1 wants it (conformance L-2). */
function links(ctx: Context): Reply {
  const { parameters } = ctx
  const ids = parameters.all('ID').filter((id) => id.trim() !== '')
  const contentType = typeOf(parameters.one('RESPONSEFORMAT'))
  const asked = parameters.one('eso_download')
  if (asked !== undefined) return redirect(ctx, ids, asked)
  const sight = openSight(ctx, 'links')
  const rows = ids.slice(0, MAX_IDS).flatMap((id) => answerTo(ctx, sight, id))
  sight.tell()
  return {
    status: 200, headers: { 'Content-Type': contentType },
    body: writeLinks(rows, 'datalink', { overflow: ids.length > MAX_IDS }),
  }
}

function redirect(ctx: Context, ids: readonly string[], asked: string): Reply {
  const [id] = ids
  if (id === undefined) throw new ArchiveError('parameter_missing', 'eso_download needs an ID')
  if (ids.length > 1) throw new ArchiveError('parameter_invalid', 'eso_download takes one ID')
  const sight = openSight(ctx, 'links')
  const product = sight.find(askedDid(id))
  const links = linksOf(product, factsOf(ctx, sight, id))
  sight.tell()
  return { status: 302, headers: { Location: downloadTarget(links, asked) } }
}

/** The rows of one id. An unknown one has a row that says so; so has a hidden one, the same. */
function answerTo(ctx: Context, sight: Sight, id: string): readonly Link[] {
  const facts = factsOf(ctx, sight, id)
  try {
    const product = sight.find(askedDid(id))
    return chosenLinks(linksOf(product, facts), () => relatedLinks(product, facts).flat(),
      ctx.parameters.all('INCLUDE'), ctx.parameters.all('EXCLUDE'))
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    return [failedLink(id, error.toFaultText())]
  }
}

function factsOf({ archive, baseUrl }: Context, sight: Sight, id: string) {
  return { truth: archive.truth, sight, baseUrl, id }
}

/**
 * The media type of the answer: the one asked for (DALI 1.1 §3.4.3, conformance T-14). Parameters of it are
 * of no account (DataLink 1.1 §2.1.2).
 */
function typeOf(format: string | undefined): string {
  const bare = format?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (bare === 'text/xml') return bare
  if (['', 'votable', 'application/x-votable+xml'].includes(bare)) return DATALINK_TYPE
  throw new ArchiveError('parameter_invalid',
    `RESPONSEFORMAT=${shown(format ?? '')}; this service writes votable only`)
}
