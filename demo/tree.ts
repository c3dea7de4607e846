/** Draws an association tree in the terminal. Repeated branches are drawn once and referred to. */
import { printable } from '@quipu/vo'
import type { TreeAssociation } from '@quipu/vo/eso'

/** Lines of the tree; a node says how many files it has, how far it is trusted, and names one. */
export function drawTree(root: TreeAssociation): string[] {
  const seen = new Map<string, number>()
  const lines: string[] = []
  const visit = (node: TreeAssociation, lead: string, childLead: string): void => {
    const key = JSON.stringify(node)
    const number = seen.get(key)
    const { length } = node.mainFiles
    const first = node.mainFiles[0]?.name ?? 'no file'
    const files = length <= 1 ? first : `${length} files from ${first}`
    const flags = [
      ...node.match ? [node.match] : [],
      ...node.complete ? [] : ['INCOMPLETE'],
      ...node.certified ? [] : ['not certified'],
      ...node.messages,
    ].join(', ')
    const again = number !== undefined && node.associatedFiles.length > 0
    const marks = `${flags === '' ? '' : `  (${flags})`}${again ? `  [as in line ${number}]` : ''}`
    lines.push(printable(`${lead}${node.category}  ${files}${marks}`))
    if (again) return
    seen.set(key, lines.length)
    for (const [i, child] of node.associatedFiles.entries()) {
      const last = i === node.associatedFiles.length - 1
      visit(child, `${childLead}${last ? '└─ ' : '├─ '}`, `${childLead}${last ? '   ' : '│  '}`)
    }
  }
  visit(root, '', '')
  return lines
}
