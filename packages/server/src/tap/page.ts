/**
 * `/<service>` for people: a form, the tables, the examples, the addresses of the protocol. TAP 1.1 §2
 * (conformance T-9). Programs have no use for it.
 */
import { escapeHtml, page } from '../http/page.ts'
import type { ServiceCatalog } from '../schema/catalog.ts'
import type { Example } from './examples.ts'
import { FORMATS } from './formats.ts'

export interface PageFacts {
  readonly title: string
  /** Of the service, as the caller wrote it. */
  readonly baseUrl: string
  readonly catalog: ServiceCatalog
  readonly examples: readonly Example[]
  readonly defaultRows: number
}

const RESOURCES = ['capabilities', 'availability', 'tables', 'examples', 'async'] as const
/** What people look at; it stands first in the list. */
const SHOWN_FIRST = 'html'

/** The whole page. */
export function servicePage({ title, baseUrl, catalog, examples, defaultRows }: PageFacts): string {
  const [first] = examples
  const names = FORMATS.map(({ aliases }) => aliases[0] ?? '')
  const formats = [SHOWN_FIRST, ...names.filter((name) => name !== SHOWN_FIRST)]
  const sync = escapeHtml(`${baseUrl}/sync`)
  return page(`${title}: TAP`, [
    `<h1>${escapeHtml(title)}: TAP</h1>`,
    '<p>Table Access Protocol 1.1; TOPCAT, pyvo and other clients take',
    `<code>${escapeHtml(baseUrl)}</code>.</p>`,
    `<form action="${sync}" method="get">`,
    '<input type="hidden" name="LANG" value="ADQL">',
    '<p><textarea name="QUERY" rows="10" cols="100" aria-label="ADQL">',
    `${escapeHtml(first?.query ?? '')}</textarea></p>`,
    `<p><label>Rows at most <input name="MAXREC" size="8" value="${Math.min(1000, defaultRows)}"></label>`,
    `<label>as <select name="RESPONSEFORMAT">${formats.map(option).join('')}</select></label>`,
    '<button>Run</button></p>', '</form>',
    '<h2>Examples</h2>', '<ul>', ...examples.map((example) => exampleHtml(example, baseUrl)), '</ul>',
    '<h2>Tables</h2>', '<dl>', ...tableLines(catalog), '</dl>',
    '<h2>For programs</h2>', '<ul>', ...RESOURCES.map((name) => {
      const address = escapeHtml(`${baseUrl}/${name}`)
      return `<li><a href="${address}">${address}</a></li>`
    }), '</ul>',
  ].join('\n'))
}

function option(name: string): string {
  return `<option>${escapeHtml(name)}</option>`
}

function exampleHtml({ name, query, description }: Example, baseUrl: string): string {
  const fixed = { LANG: 'ADQL', RESPONSEFORMAT: SHOWN_FIRST, MAXREC: '100' }
  const address = `${baseUrl}/sync?${new URLSearchParams({ ...fixed, QUERY: query }).toString()}`
  return `<li><a href="${escapeHtml(address)}">${escapeHtml(name)}</a>: ${escapeHtml(description)}</li>`
}

function tableLines({ tableSet }: ServiceCatalog): string[] {
  return tableSet.schemas.flatMap(({ tables }) => tables.map((table) => (
    `<dt><code>${escapeHtml(`${table.schema}.${table.name}`)}</code></dt>`
    + `<dd>${escapeHtml(table.description)}</dd>`)))
}
