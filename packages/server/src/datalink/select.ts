/**
 * Which links of a document were asked for: `INCLUDE` and `EXCLUDE` by semantics, and `eso_download`, which
 * leads straight to one of them. eso-protocol §4.1.
 */
import { ArchiveError } from '@quipu/vo'
import { isSemantics, SEMANTICS } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { shown } from '../http/dp-id.ts'

/** What `eso_download` may name, in the spelling of ESO's links; compared in any case. */
const DOWNLOADS = {
  file: SEMANTICS.this,
  calSelector_raw2raw: SEMANTICS.raw2raw,
  calSelector_raw2master: SEMANTICS.raw2master,
  data_documentation: SEMANTICS.dataDocumentation,
} as const

/**
 * The address that `eso_download` leads to.
 * @throws ArchiveError `parameter_invalid` for another word, `product_not_found` when there is no such link.
 */
export function downloadTarget(links: readonly Link[], asked: string): string {
  const term = Object.entries(DOWNLOADS).find(([name]) => name.toLowerCase() === asked.toLowerCase())?.[1]
  if (term === undefined) {
    throw new ArchiveError('parameter_invalid',
      `eso_download=${shown(asked)} is none of ${Object.keys(DOWNLOADS).join(', ')}`)
  }
  const link = links.find((row) => isSemantics(row, term))
  if (link?.errorMessage) throw new ArchiveError('product_not_found', link.errorMessage.replace(/^\w+: /, ''))
  if (!link?.accessUrl) {
    throw new ArchiveError('product_not_found', `the file has no link for eso_download=${shown(asked)}`)
  }
  return link.accessUrl
}

/**
 * The rows that stay: all, less those of `EXCLUDE` (`ALL` is every one), and those of `INCLUDE`.
 * `related` are the rows that stand behind `#progenitor` and `#derivation`; they come by INCLUDE only.
 */
export function chosenLinks(
  links: readonly Link[], related: () => readonly Link[],
  include: readonly string[], exclude: readonly string[],
): readonly Link[] {
  if (include.length === 0 && exclude.length === 0) return links
  const isIn = (link: Link, terms: readonly string[]) => terms.some((term) => isSemantics(link, asTerm(term)))
  const excludesAll = exclude.some((term) => term.toUpperCase() === 'ALL')
  const opened = related().filter((link) => isIn(link, include))
  const isOpened = (link: Link) => opened.some(({ semantics }) => semantics === link.semantics)
  const kept = links.filter((link) => isIn(link, include) || !excludesAll && !isIn(link, exclude))
  return [...kept.filter((link) => !isOpened(link)), ...opened]
}

function asTerm(word: string): string {
  return word.includes('#') ? word : `#${word}`
}
