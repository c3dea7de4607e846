/**
 * calSelector: `/calselector/v1/associations`, which calibrations belong to a raw frame. As a list (VOTable,
 * DataLink's columns), as a tree (XML; multipart for several frames), or as reasons in plain text, which is
 * Quipu's own. eso-protocol §5.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ArchiveError } from '@quipu/vo'
import { DATALINK_TYPE, writeLinks } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { multipartBody, parseMode, publisherDid, writeAssociationTree } from '@quipu/vo/eso'
import type { DpId, Mode } from '@quipu/vo/eso'
import { votableError } from '@quipu/vo/votable'
import { openSight, seesOnlyPublic } from '../access/sight.ts'
import type { Sight } from '../access/sight.ts'
import type { Archive } from '../archive.ts'
import { failedLink } from '../datalink/links.ts'
import { askedDid, shown } from '../http/dp-id.ts'
import type { Context, Reply, Route } from '../http/route.ts'
import { siblingRoutes } from '../http/siblings.ts'
import { associated } from './cascade.ts'
import type { Associated } from './cascade.ts'
import { listOf } from './links.ts'

/** ESO's clients ask for at most so many at a time (eso-protocol §5.1). */
const MAX_IDS = 100

const TREE_TYPE = 'application/xml; content=calselector'
const PATH = '/calselector/v1/associations'

/** The routes of calSelector. */
export function calselectorRoutes(archive: Archive): Route[] {
  return [
    { method: 'GET', path: PATH, handler: associations },
    { method: 'POST', path: PATH, handler: associations },
    ...siblingRoutes(archive, {
      base: '/calselector/v1', endpoint: PATH, version: '1.0',
      standardId: `${archive.config.site.authority}/calselector#associations`,
    }),
  ]
}

type Form = 'tree' | 'list' | 'text'

/** What the caller asks: ids as sent, each once. */
interface Question { readonly ids: readonly string[]; readonly mode: Mode; readonly form: Form }

async function associations(ctx: Context): Promise<Reply> {
  const form = formOf(ctx.parameters.one('responseformat'))
  if (form !== 'list') return answer(ctx, questionOf(ctx, form))
  try {
    return await answer(ctx, questionOf(ctx, form))
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    return {
      status: error.status, headers: { 'Content-Type': 'application/x-votable+xml' },
      body: votableError(error.toFaultText()),
    }
  }
}

async function answer(ctx: Context, question: Question): Promise<Reply> {
  const { ids } = question
  const sight = openSight(ctx, 'associations')
  if (question.form === 'list') {
    const rows = await eachOf(ctx, ids, (id) => rowsOf(ctx, sight, id, question))
    sight.tell()
    return listReply(rows)
  }
  const found = await eachOf(ctx, ids, (id) => frameOf(ctx, sight, id, question))
  if (!seesOnlyPublic(ctx)) for (const one of found) noteNamed(ctx, sight, one)
  sight.tell()
  return question.form === 'text' ? textReply(found) : treeReply(found, ctx.archive.id())
}

/** One id at a time, with a turn for other requests between: a cascade takes its time. */
async function eachOf<T>(ctx: Context, ids: readonly string[], work: (id: string) => T): Promise<T[]> {
  const results: T[] = []
  for (const id of ids) {
    if (results.length > 0) await nextTurn()
    ctx.signal.throwIfAborted()
    results.push(work(id))
  }
  return results
}

function frameOf(
  { archive, principal }: Context, sight: Sight, id: string, { mode, form }: Question,
): Associated {
  return associated(archive, askedDid(id), principal, { mode, withReasons: form === 'text', sight })
}

/** A tree names files by ids alone; which of them not everybody may know of is looked up for the log. */
function noteNamed({ archive }: Context, sight: Sight, { calibrations, siblings }: Associated): void {
  for (const { id } of [...calibrations, ...siblings]) {
    const product = archive.truth.findProduct(id)
    if (product) sight.shows(product)
  }
}

/** The rows of one id; an unknown or hidden one has one row that says so. */
function rowsOf(ctx: Context, sight: Sight, id: string, question: Question): Link[] {
  try {
    const { archive, baseUrl } = ctx
    return listOf(frameOf(ctx, sight, id, question), { truth: archive.truth, sight, baseUrl })
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    return [failedLink(didOf(id), error.toFaultText())]
  }
}

function didOf(id: string): string {
  return id.startsWith('ivo:') ? id : publisherDid(id as DpId)
}

function listReply(rows: readonly Link[][]): Reply {
  return {
    status: 200, headers: { 'Content-Type': DATALINK_TYPE }, body: writeLinks(rows.flat(), 'calselector'),
  }
}

/** eso-protocol §5.2: one id gives the document, several a multipart body with a document each. */
function treeReply(found: readonly Associated[], unique: string): Reply {
  const parts = found.map(({ product, tree, requestedMode }) => ({
    filename: `${product.dpId}_${requestedMode.toLowerCase()}.xml`, xml: writeAssociationTree(tree()),
  }))
  const [only] = parts
  if (only && parts.length === 1) {
    return {
      status: 200,
      headers: {
        'Content-Type': TREE_TYPE, 'Content-Disposition': `attachment; filename="${only.filename}"`,
      },
      body: only.xml,
    }
  }
  const boundary = `quipu-${unique}`
  return {
    status: 200,
    headers: { 'Content-Type': `multipart/form-data; boundary=${boundary};charset=UTF-8` },
    body: multipartBody(boundary, parts),
  }
}

function textReply(found: readonly Associated[]): Reply {
  const body = found.map(({ reasons }) => `${reasons().join('\n')}\n`).join('\n')
  return { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body }
}

function questionOf({ parameters }: Context, form: Form): Question {
  const ids = [...new Set(parameters.all('dp_id').map((id) => id.trim()).filter((id) => id !== ''))]
  const mode = parameters.one('mode')
  if (ids.length === 0) {
    throw new ArchiveError('parameter_missing',
      'dp_id is missing: name the raw frame, dp_id=SPHER.2016-09-26T04:15:07.252')
  }
  if (ids.length > MAX_IDS) {
    throw new ArchiveError('parameter_invalid', `${ids.length} dp_ids; at most ${MAX_IDS} in one request`)
  }
  if (mode === undefined || mode.trim() === '') {
    throw new ArchiveError('parameter_missing', 'mode is missing: use mode=Raw2Raw or mode=Raw2Master')
  }
  return { ids, mode: parseMode(mode), form }
}

function formOf(format: string | undefined): Form {
  const bare = format?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (['votable', 'application/x-votable+xml'].includes(bare)) return 'list'
  if (['', 'xml', 'application/xml', 'text/xml'].includes(bare)) return 'tree'
  if (['text', 'explain', 'text/plain'].includes(bare)) return 'text'
  throw new ArchiveError('parameter_invalid',
    `responseformat=${shown(format ?? '')}: votable is the list, text the reasons, none the tree`)
}
