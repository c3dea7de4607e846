/** The list form of an association: DataLink rows, texts and order as at ESO. eso-protocol §5.3. */
import { ArchiveError, assert } from '@quipu/vo'
import { SEMANTICS } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { publisherDid, writeAssociationTree, writeThisDescription } from '@quipu/vo/eso'
import type { DpId, Mode } from '@quipu/vo/eso'
import type { Sight } from '../access/sight.ts'
import { datalinkUrl, downloadUrl, treeUrl } from '../http/links.ts'
import type { Product, Truth } from '../stores/truth.ts'
import type { Associated } from './cascade.ts'

const CALIBRATION_TEXT = 'Calibration file associated to the input raw observation(s): #this (see above) '
  + 'and related siblings (if any)'
const SIBLING_TEXT = 'Raw file to be reduced together with the input raw observation: #this (see above)'

export interface ListFacts {
  readonly truth: Pick<Truth, 'findProduct'>
  readonly sight: Pick<Sight, 'shows'>
  readonly baseUrl: string
}

/** The rows of one frame: itself with the flags, its calibrations, its siblings, the tree. */
export function listOf(found: Associated, facts: ListFacts): Link[] {
  const { product, requestedMode } = found
  const row = (dpId: string, semantics: string, description: string, category: string): Link => (
    fileRow(productOf(dpId, facts), { id: didOf(product), semantics, description, category }, facts.baseUrl))
  return [
    row(product.dpId, SEMANTICS.this, writeThisDescription({
      category: found.type, certified: found.certified, complete: found.complete,
      mode: found.executedMode, type: 'main', messages: found.messages.join('; '),
    }), found.category),
    ...found.calibrations.map(({ id, category }) => (
      row(id, SEMANTICS.calibration, CALIBRATION_TEXT, category))),
    ...found.siblings.map(({ id, category }) => row(id, SEMANTICS.siblingRaw, SIBLING_TEXT, category)),
    {
      id: didOf(product), serviceDef: '', errorMessage: '', esoOrigfile: '', esoDatalink: '',
      accessUrl: treeUrl(facts.baseUrl, product.dpId, requestedMode),
      semantics: requestedMode === 'Raw2Raw' ? SEMANTICS.raw2raw : SEMANTICS.raw2master,
      description: treeText(requestedMode),
      contentType: 'application/xml',
      contentLength: treeLength(found),
      esoCategory: 'ASSOCIATION_TREE',
    },
  ]
}

/** Null where the tree is too large to be written; the list is not. */
function treeLength({ tree }: Associated): bigint | null {
  try {
    return BigInt(Buffer.byteLength(writeAssociationTree(tree())))
  } catch (error) {
    if (error instanceof ArchiveError) return null
    throw error
  }
}

function treeText(mode: Mode): string {
  const kind = mode === 'Raw2Raw' ? 'raw' : 'master'
  return `Calibration cascade showing relations among all science and the ${kind} calibration files`
}

function fileRow(
  { dpId, file }: Product,
  row: { id: string; semantics: string; description: string; category: string }, baseUrl: string,
): Link {
  return {
    id: row.id, serviceDef: '', errorMessage: '', esoOrigfile: '',
    accessUrl: downloadUrl(baseUrl, dpId),
    semantics: row.semantics,
    description: row.description,
    contentType: file?.mediaType ?? 'application/fits',
    contentLength: file ? BigInt(file.sizeBytes) : null,
    esoCategory: row.category,
    esoDatalink: datalinkUrl(baseUrl, dpId),
  }
}

/** The engine was given only what the caller may discover; a frame that is not would be a leak. */
function productOf(dpId: string, { truth, sight }: ListFacts): Product {
  const product = truth.findProduct(dpId)
  assert(product && sight.shows(product), 'an association names only what its caller may discover')
  return product
}

function didOf({ dpId }: Product): string {
  return publisherDid(dpId as DpId)
}
