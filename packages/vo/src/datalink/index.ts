export { ESO_TERMS, ESO_VOCABULARY, isSemantics, SEMANTICS, semanticsTerm } from './link.ts'
export type { Link, VocabularyTerm } from './link.ts'
export { DATALINK_TYPE, linkFields, readLinks, writeLinks } from './links.ts'
export type { LinksForm, LinksOptions } from './links.ts'
