/** What the command writes: tables for people, CSV and JSON for programs. */
import { printable } from '@quipu/vo'
import { distinctFiles } from '@quipu/vo/eso'
import type { TreeAssociation } from '@quipu/vo/eso'
import { csvWriter } from '@quipu/vo/votable'
import type { Cell, Field, Row } from '@quipu/vo/votable'

const REDRAW_MS = 100

export type Format = 'table' | 'csv' | 'json'

/** The whole result in one of the formats. */
export function formatResult(fields: readonly Field[], rows: readonly Row[], format: Format): string {
  if (format === 'csv') {
    const writer = csvWriter(fields)
    return `${writer.head()}${writer.rows(rows)}${writer.foot({})}`
  }
  if (format === 'json') {
    const records = rows.map((row) =>
      Object.fromEntries(fields.map(({ name }, i) => [name, jsonCell(row[i] ?? null)])))
    return `${JSON.stringify(records, null, 1)}\n`
  }
  return alignedTable(fields.map(({ name }) => name), rows.map((row) => row.map(cellText)))
}

/** A long that JSON numbers cannot hold is text. */
function jsonCell(cell: Cell): unknown {
  if (Array.isArray(cell)) return cell.map(jsonCell)
  if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell)
  return cell
}

function cellText(cell: Cell): string {
  return cell === null ? '' : printable(String(cell))
}

/** Columns side by side, as wide as their widest value. */
export function alignedTable(names: readonly string[], rows: readonly (readonly string[])[]): string {
  // Not Math.max of all: a call takes no more than some ten thousand arguments.
  const widths = names.map((name, i) =>
    rows.reduce((width, row) => Math.max(width, row[i]?.length ?? 0), name.length))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ').trimEnd()
  return `${[line(names), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')}\n`
}

export interface ProgressLine {
  update(done: number, total: number | null): void
  clear(): void
}

/** A line of standard error that is drawn over and over, where that is a terminal. */
export function progressLine(label: string): ProgressLine {
  const out = process.stderr
  let drawnMs = 0
  return {
    update(done, total) {
      if (out.isTTY !== true || performance.now() - drawnMs < REDRAW_MS) return
      drawnMs = performance.now()
      const text = `${label} ${done}${total === null ? '' : ` of ${total}`} bytes`
      out.write(`\r\x1b[2K${text.slice(0, (out.columns || 80) - 1)}`)
    },
    clear() { if (out.isTTY === true) out.write('\r\x1b[2K') },
  }
}

/** An association tree as indented lines; a branch that came before is named, not repeated. */
export function formatTree(root: TreeAssociation): string {
  const seen = new Set<string>()
  const lines: string[] = []
  const visit = (node: TreeAssociation, depth: number): void => {
    const key = JSON.stringify(node)
    const repeated = seen.has(key) && node.associatedFiles.length > 0
    const marks = [
      node.match ?? '', node.complete ? '' : 'INCOMPLETE', node.certified ? '' : 'not certified',
      repeated ? 'as above' : '', ...node.messages,
    ].filter((mark) => mark !== '')
    lines.push(`${'  '.repeat(depth)}${node.category}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}`)
    if (repeated) return
    seen.add(key)
    for (const file of node.mainFiles) lines.push(`${'  '.repeat(depth + 1)}${file.name}  ${file.category}`)
    for (const child of node.associatedFiles) visit(child, depth + 1)
  }
  visit(root, 0)
  return `${lines.map(printable).join('\n')}\n${distinctFiles(root).length} distinct files\n`
}

/** A remark: one line of standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
