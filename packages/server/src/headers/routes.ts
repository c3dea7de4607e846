/**
 * FITS headers as pages: `/hdr?DpId=<dp_id>`. eso-protocol §6. Whoever may know that a file exists may read
 * its header; the page of a hidden file is that of an unknown one.
 */
import { ArchiveError } from '@quipu/vo'
import { openSight } from '../access/sight.ts'
import type { Archive } from '../archive.ts'
import { askedDid, shown } from '../http/dp-id.ts'
import { escapeHtml, htmlReply, page } from '../http/page.ts'
import type { Context, Reply, Route } from '../http/route.ts'

/** The route of the header pages. */
export function headerRoutes(_archive: Archive): Route[] {
  return [{ method: 'GET', path: '/hdr', handler: headerPage }]
}

function headerPage(ctx: Context): Reply {
  const id = ctx.parameters.one('DpId')?.trim()
  if (!id) {
    throw new ArchiveError('parameter_missing',
      'DpId is missing: /hdr?DpId=SPHER.2016-09-26T04:15:07.252')
  }
  const text = headerOf(ctx, id)
  const title = `Header of ${shown(id)}`
  return text === undefined
    ? htmlReply(404, page(title, `<pre>\nNo info found for ${escapeHtml(shown(id))}\n</pre>`))
    : htmlReply(200, page(title, `<pre>\n${escapeHtml(text)}\n</pre>`))
}

/** The cards, one a line, END last; undefined when there are none or the caller may not know of the file. */
function headerOf(ctx: Context, id: string): string | undefined {
  const { archive } = ctx
  const sight = openSight(ctx, 'header')
  try {
    const { dpId } = sight.find(askedDid(id))
    sight.tell()
    const text = archive.truth.findHeader(dpId)?.trimEnd()
    return text === undefined || /(^|\n)END$/.test(text) ? text : `${text}\nEND`
  } catch (error) {
    if (error instanceof ArchiveError && error.code === 'product_not_found') return undefined
    throw error
  }
}
