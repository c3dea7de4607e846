/**
 * The DAG written out as the tree of calSelector's XML. A node that is used in several places is
 * repeated there, so the size is bounded: a list gives each file once.
 */
import { ArchiveError } from '@quipu/vo'
import type { TreeAssociation } from '@quipu/vo/eso'
import { siblingNodes } from './cascade.ts'
import type { Cascade, Node } from './cascade.ts'

const LIMIT_FILES = 50_000

/**
 * The association tree for `writeAssociationTree`. Siblings come last, marked as such. Throws
 * `document_too_large` above 50 000 file elements.
 */
export function treeOf(cascade: Cascade): TreeAssociation {
  let files = 0
  const expand = (node: Node): TreeAssociation => {
    files += node.members.length
    if (files > LIMIT_FILES) {
      throw new ArchiveError('document_too_large',
        `the tree would repeat more than ${LIMIT_FILES} files; ask for the list (responseformat=votable)`)
    }
    return {
      category: node.rawType, certified: node.certified, complete: node.complete, type: node.type,
      ...(node.match === null ? {} : { match: node.match }),
      mainFiles: node.members.map((member) => ({ category: member.category, name: member.id })),
      messages: node.messages,
      associatedFiles: node.children.map(expand),
    }
  }
  const root = expand(cascade.root)
  const associatedFiles = [...root.associatedFiles, ...siblingNodes(cascade).map(expand)]
  return { ...root, mode: cascade.executedMode, messages: cascade.messages, associatedFiles }
}
