/**
 * The links of one product, as one caller may know them: eso-protocol §4.3; DataLink 1.1 §3.2. Rows, order
 * and texts are ESO's; products that the caller may not discover have no row.
 */
import { DATALINK_TYPE, SEMANTICS } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { nightOf } from '@quipu/vo/eso'
import { msOfMjd } from '@quipu/vo'
import type { Mode } from '@quipu/vo/eso'
import type { Sight } from '../access/sight.ts'
import { calibrationListUrl, datalinkUrl, fileUrl } from '../http/links.ts'
import type { Product, Truth } from '../stores/truth.ts'

const NIGHT_LOG_TEXT = 'The Night Log report contains comments on any issues that could have happened during '
  + 'the observation (e.g. instrument problems), as well as the information about the ambient conditions '
  + '(airmass, seeing, transparency, etc.). The content_length provides only an order of magnitude of the '
  + 'file size.'

/** The list is made when it is asked for; ESO announces it with this size. */
const LIST_BYTES = 500_000n

/** What the rows are made from. */
export interface LinkFacts {
  readonly truth: Pick<Truth, 'childrenOf' | 'sourcesOf' | 'derivedFrom'>
  /** Decides which products the rows may name. */
  readonly sight: Pick<Sight, 'shows'>
  readonly baseUrl: string
  /** The column ID: what the caller sent, unchanged (DataLink 1.1 §3.2.1). */
  readonly id: string
}

const BLANK = {
  serviceDef: '', errorMessage: '', description: '', contentType: '', contentLength: null,
  esoOrigfile: '', esoCategory: '', esoDatalink: '', accessUrl: '',
} satisfies Omit<Link, 'id' | 'semantics'>

/** The row of an id that leads to nothing: DataLink 1.1 §3.4. */
export function failedLink(id: string, errorMessage: string): Link {
  return { ...BLANK, id, errorMessage, semantics: SEMANTICS.this }
}

/** All rows of a product that the caller may discover. */
export function linksOf(product: Product, facts: LinkFacts): Link[] {
  const { truth, sight, baseUrl, id } = facts
  const children = truth.childrenOf(product.dpId).filter((child) => sight.shows(child))
  const ofKind = (kind: Product['kind']) => children.filter((child) => child.kind === kind)
  return [
    thisLink(product, facts),
    ...product.kind === 'raw' && product.category === 'SCIENCE'
      ? [calibrationLink(product, 'Raw2Raw', facts), calibrationLink(product, 'Raw2Master', facts)] : [],
    ...ofKind('nightLog').map((child) => nightLogLink(child, facts)),
    ...ofKind('preview').map((child) => (
      attachedLink(child, SEMANTICS.preview, 'Preview of the requested file', facts))),
    ...ofKind('ancillary').map((child) => (
      attachedLink(child, SEMANTICS.auxiliary, 'Ancillary file of the requested file', facts))),
    ...relatedLinks(product, facts).filter(({ length }) => length > 0).map(([first]) => ({
      ...BLANK, id,
      semantics: first!.semantics,
      accessUrl: `${datalinkUrl(baseUrl, product.dpId)}&EXCLUDE=ALL&INCLUDE=${first!.semantics.slice(1)}`,
      description: first!.semantics === SEMANTICS.progenitor
        ? 'List of the files from which the requested file was made'
        : 'List of the products that were made from the requested file',
      contentType: DATALINK_TYPE,
    })),
  ]
}

/**
 * The rows that stand behind `#progenitor` and `#derivation`: one a file. They come when a caller asks for
 * them by `INCLUDE`; the whole list has one row for each, leading here.
 */
export function relatedLinks(product: Product, facts: LinkFacts): [Link[], Link[]] {
  const { truth, sight, id, baseUrl } = facts
  const rows = (products: readonly Product[], semantics: string, description: string): Link[] => products
    .filter((related) => sight.shows(related))
    .map((related) => ({
      ...BLANK, id, semantics, description, ...fileColumns(related),
      accessUrl: fileUrl(baseUrl, related.dpId), esoDatalink: datalinkUrl(baseUrl, related.dpId),
    }))
  return [
    rows(truth.sourcesOf(product.dpId), SEMANTICS.progenitor, 'File from which the requested file was made'),
    rows(truth.derivedFrom(product.dpId), SEMANTICS.derivation,
      'Product that was made from the requested file'),
  ]
}

function thisLink(product: Product, { id, baseUrl }: LinkFacts): Link {
  const row = {
    ...BLANK, id, semantics: SEMANTICS.this, description: 'Requested file',
    esoDatalink: datalinkUrl(baseUrl, product.dpId), ...fileColumns(product),
  }
  return product.file ? { ...row, accessUrl: fileUrl(baseUrl, product.dpId) }
    : { ...row, errorMessage: `NotFoundFault: ${product.dpId} has no file in this archive` }
}

function calibrationLink(product: Product, mode: Mode, { id, baseUrl }: LinkFacts): Link {
  const kind = mode === 'Raw2Raw' ? 'raw' : 'master'
  return {
    ...BLANK, id,
    semantics: mode === 'Raw2Raw' ? SEMANTICS.raw2raw : SEMANTICS.raw2master,
    accessUrl: calibrationListUrl(baseUrl, product.dpId, mode),
    description: `List of access points of all the ${kind} calibrations associated to the provided input raw`
      + ' file, and siblings (if any)',
    contentType: 'application/x-votable+xml',
    contentLength: LIST_BYTES,
  }
}

function nightLogLink(log: Product, { id, baseUrl }: LinkFacts): Link {
  return {
    ...BLANK, id, ...fileColumns(log),
    semantics: SEMANTICS.nightLog, accessUrl: fileUrl(baseUrl, log.dpId),
    description: NIGHT_LOG_TEXT, esoCategory: 'Night Log',
  }
}

function attachedLink(
  child: Product, semantics: string, description: string, { id, baseUrl }: LinkFacts,
): Link {
  return {
    ...BLANK, id, semantics, description: child.title === '' ? description : child.title,
    accessUrl: fileUrl(baseUrl, child.dpId), ...fileColumns(child),
  }
}

/** Size, type, name and category of a file. A raw frame's name stands below its night, as at ESO. */
function fileColumns(
  { kind, category, file, mjd }: Product,
): Pick<Link, 'contentType' | 'contentLength' | 'esoOrigfile' | 'esoCategory'> {
  const night = kind === 'raw' && mjd !== null ? `${nightOf(msOfMjd(mjd))}/` : ''
  return {
    contentType: file?.mediaType ?? '',
    contentLength: file ? BigInt(file.sizeBytes) : null,
    esoOrigfile: file ? `${night}${file.name}` : '',
    esoCategory: kind === 'raw' ? '' : category,
  }
}
