/**
 * A link, and the words that say what it is. DataLink 1.1 §3.2 (columns), §3.2.6 (semantics, core vocabulary
 * http://www.ivoa.net/rdf/datalink/core) and ESO's own terms.
 */

/**
 * One row of a links table. Exactly one of accessUrl, serviceDef and errorMessage has a value (DataLink 1.1
 * §3.2). Null and '' are the same: no value.
 */
export interface Link {
  /** What was asked for, unchanged: `ivo://eso.org/ID?SPHER.2016-09-26T04:15:07.252`. */
  readonly id: string
  readonly accessUrl: string | null
  /** XML ID of a service descriptor in the same document. */
  readonly serviceDef: string | null
  /** Starts with a fault word (DataLink 1.1 §3.4). */
  readonly errorMessage: string | null
  readonly semantics: string
  readonly description: string | null
  readonly contentType: string | null
  /** Bytes. */
  readonly contentLength: bigint | null
  /** The name in ESO's file store: `2016-09-25/SPHER.2016-09-26T04:15:07.252.fits.Z`. */
  readonly esoOrigfile: string | null
  /** `SCIENCE.IMAGE`, `Night Log`, a pipeline tag. */
  readonly esoCategory: string | null
  /** The links of the file that this link leads to. */
  readonly esoDatalink: string | null
}

/** The vocabulary of ESO's own terms, before the `#`. */
export const ESO_VOCABULARY = 'http://archive.eso.org/rdf/datalink/eso'

/** The terms in use, as they stand in the semantics column: ESO's are full addresses. */
export const SEMANTICS = {
  this: '#this',
  auxiliary: '#auxiliary',
  preview: '#preview',
  cutout: '#cutout',
  progenitor: '#progenitor',
  derivation: '#derivation',
  calibration: '#calibration',
  raw2raw: `${ESO_VOCABULARY}#calSelector_raw2raw`,
  raw2master: `${ESO_VOCABULARY}#calSelector_raw2master`,
  siblingRaw: `${ESO_VOCABULARY}#sibling_raw`,
  nightLog: `${ESO_VOCABULARY}#night_log`,
  dataDocumentation: `${ESO_VOCABULARY}#data_documentation`,
} as const

/** A term of a vocabulary page. */
export interface VocabularyTerm {
  readonly term: string
  readonly label: string
  readonly description: string
}

/** ESO's terms for the vocabulary page, in our words. */
export const ESO_TERMS: readonly VocabularyTerm[] = [
  {
    term: 'calSelector_raw2raw', label: 'Raw calibrations',
    description: 'The raw calibration files associated with a raw file. '
      + 'Among links it leads to the list of them; inside that list it leads to the association tree.',
  },
  {
    term: 'calSelector_raw2master', label: 'Processed calibrations',
    description: 'The processed calibration files associated with a raw file, or raw ones where none exist. '
      + 'Among links it leads to the list of them; inside that list it leads to the association tree.',
  },
  {
    term: 'sibling_raw', label: 'Sibling raw file',
    description: 'A raw file that is to be reduced together with #this.',
  },
  {
    term: 'night_log', label: 'Night log',
    description: 'A text report of the night: problems during the observation, and ambient conditions.',
  },
  {
    term: 'data_documentation', label: 'Data documentation',
    description: 'The description of the data release that a product belongs to.',
  },
]

/** The part after `#`: `this` of `#this`, `night_log` of ESO's full address. */
export function semanticsTerm(semantics: string): string {
  return semantics.slice(semantics.lastIndexOf('#') + 1)
}

/**
 * Whether the link means this term: the whole string is compared, then the part after `#`, because some
 * services write full addresses and some write only the term.
 */
export function isSemantics(link: Pick<Link, 'semantics'>, term: string): boolean {
  const semantics = link.semantics.trim()
  return semantics === term || semanticsTerm(semantics) === semanticsTerm(term)
}
