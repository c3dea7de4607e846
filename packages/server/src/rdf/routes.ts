/**
 * The vocabulary that semantics such as `http://archive.eso.org/rdf/datalink/eso#night_log` point to, as a
 * page with an anchor a term. DataLink 1.1 §3.2.6 (own vocabularies); eso-protocol §4.3.
 */
import { ESO_TERMS } from '@quipu/vo/datalink'
import type { Archive } from '../archive.ts'
import { escapeHtml, htmlReply, page } from '../http/page.ts'
import type { Reply, Route } from '../http/route.ts'

const VOCABULARY = 'http://archive.eso.org/rdf/datalink/eso'

/** The route of the vocabulary page. */
export function rdfRoutes(_archive: Archive): Route[] {
  return [{ method: 'GET', path: '/rdf/datalink/eso', handler: vocabulary }]
}

function vocabulary(): Reply {
  const terms = ESO_TERMS.map(({ term, label, description }) => [
    `<dt id="${escapeHtml(term)}"><code>${VOCABULARY}#${escapeHtml(term)}</code></dt>`,
    `<dd><b>${escapeHtml(label)}</b>. ${escapeHtml(description)}</dd>`,
  ].join('\n'))
  const { headers, ...reply } = htmlReply(200, page('ESO terms for DataLink', [
    '<h1>ESO terms for DataLink</h1>',
    `<p>Terms of <code>${VOCABULARY}</code>, used in the column <code>semantics</code> beside those of`,
    '<a href="http://www.ivoa.net/rdf/datalink/core">the core vocabulary</a>.</p>',
    '<dl>', ...terms, '</dl>',
  ].join('\n')))
  return { ...reply, headers: { ...headers, 'Cache-Control': 'public, max-age=3600' } }
}
