/**
 * calSelector's association tree: XML without a namespace, `association` elements that hold `mainFiles`,
 * `messages` and `associatedFiles` in this order. The grammar and the layout are those of recorded answers.
 */
import { ArchiveError } from '../errors.ts'
import { childOf, childrenOf, escapeXml, readXml } from '../xml.ts'
import type { XmlElement } from '../xml.ts'
import { MODES } from './cascade-flags.ts'
import type { Mode } from './cascade-flags.ts'

export interface TreeFile {
  /** `SKY_FLAT_IMG`: the pipeline's tag. */
  readonly category: string
  /** dp_id. */
  readonly name: string
}

/** A group of files that are used together, and what they need. */
export interface TreeAssociation {
  /** `FLAT_SKY`: the type of its files as the rules name it. */
  readonly category: string
  readonly certified: boolean
  readonly complete: boolean
  /** Of the root only. */
  readonly mode?: Mode | undefined
  /** Of all but the root: `calib_plan`, `N/A`; readers take any other. */
  readonly match?: string | undefined
  /** `main`; `sibling` for frames to be reduced together with the input. */
  readonly type: string
  readonly mainFiles: readonly TreeFile[]
  readonly messages: readonly string[]
  readonly associatedFiles: readonly TreeAssociation[]
}

/** Associations in one document. A cascade repeats its subtrees, so a small one may be a large tree. */
const MAX_NODES = 50_000
const INDENT = 4
/** ESO's serialiser begins a new line before an attribute that would end beyond this column. */
const LINE_COLUMNS = 72

/**
 * The whole document, ESO's layout to the byte. A node without mode and match gets neither.
 * @throws ArchiveError `document_too_large` above 50 000 associations.
 */
export function writeAssociationTree(root: TreeAssociation): string {
  const lines: string[] = ['<?xml version="1.0" encoding="UTF-8"?>']
  let nodes = 0
  const put = (node: TreeAssociation, depth: number): void => {
    nodes += 1
    if (nodes > MAX_NODES) {
      const message = `the association tree has more than ${MAX_NODES} associations`
      throw new ArchiveError('document_too_large', message)
    }
    const at = (levels: number) => ' '.repeat(INDENT * (depth + levels))
    lines.push(wrapped(openTag(node), at(0), at(1)))
    const files = node.mainFiles.map((file) =>
      `${at(2)}<file category="${escapeXml(file.category)}" name="${escapeXml(file.name)}"/>`)
    putGroup(lines, 'mainFiles', at(1), files)
    const messages = node.messages.map((text) => `${at(2)}<message text="${escapeXml(text)}"/>`)
    putGroup(lines, 'messages', at(1), messages)
    if (node.associatedFiles.length === 0) {
      lines.push(`${at(1)}<associatedFiles/>`)
    } else {
      lines.push(`${at(1)}<associatedFiles>`)
      for (const child of node.associatedFiles) put(child, depth + 2)
      lines.push(`${at(1)}</associatedFiles>`)
    }
    lines.push(`${at(0)}</association>`)
  }
  put(root, 0)
  return `${lines.join('\n')}\n`
}

function putGroup(lines: string[], name: string, indent: string, children: readonly string[]): void {
  if (children.length === 0) lines.push(`${indent}<${name}/>`)
  else lines.push(`${indent}<${name}>`, ...children, `${indent}</${name}>`)
}

function openTag(node: TreeAssociation): string[] {
  const { category, certified, complete, mode, match, type } = node
  const attributes = Object.entries({ category, certified, complete, mode, match, type })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}="${escapeXml(String(value))}"`)
  return ['<association', ...attributes]
}

function wrapped(words: readonly string[], first: string, next: string): string {
  let text = ''
  let line = first + (words[0] ?? '')
  for (const [index, word] of words.entries()) {
    if (index === 0) continue
    // The last word is never moved: the serialiser looks at the width only when a blank follows.
    if (index < words.length - 1 && line.length + 1 + word.length > LINE_COLUMNS) {
      text += `${line}\n`
      line = next + word
    } else {
      line += ` ${word}`
    }
  }
  return `${text}${line}>`
}

/**
 * Reads a tree. Unknown elements and attributes are passed over; `messages` may hold text or elements.
 * @throws ArchiveError `document_invalid`, or `document_too_large` (16 MB, about 30 levels of associations).
 */
export function readAssociationTree(xml: string): TreeAssociation {
  const root = readXml(xml, 'the association tree')
  if (root.name !== 'association') throw invalid(`its root is '${root.name}', not 'association'`)
  return associationOf(root)
}

function associationOf(element: XmlElement): TreeAssociation {
  const text = (name: string) => element.attributes.get(name)
  const mode = MODES.find((known) => known.toLowerCase() === text('mode')?.toLowerCase())
  const associated = childOf(element, 'associatedFiles')
  const messages = childOf(element, 'messages')
  return {
    category: text('category') ?? '',
    certified: text('certified') === 'true',
    complete: text('complete') === 'true',
    ...(mode === undefined ? {} : { mode }),
    ...(text('match') === undefined ? {} : { match: text('match') }),
    type: text('type') ?? 'main',
    mainFiles: childrenOf(childOf(element, 'mainFiles') ?? NOTHING, 'file').map(fileOf),
    messages: messages === undefined ? [] : messagesOf(messages),
    associatedFiles: childrenOf(associated ?? NOTHING, 'association').map(associationOf),
  }
}

const NOTHING: XmlElement = { name: '', uri: '', attributes: new Map(), children: [], text: '' }

function fileOf(element: XmlElement): TreeFile {
  const name = element.attributes.get('name') ?? ''
  if (name === '') throw invalid('a file has no name')
  return { category: element.attributes.get('category') ?? '', name }
}

function messagesOf(element: XmlElement): string[] {
  const texts = element.children.map((child) => child.attributes.get('text') ?? child.text.trim())
  return [element.text.trim(), ...texts].filter((text) => text !== '')
}

/** Each file once, in the order of the document, the input first: what to download. */
export function distinctFiles(root: TreeAssociation): TreeFile[] {
  const files = new Map<string, TreeFile>()
  const visit = (node: TreeAssociation): void => {
    for (const file of node.mainFiles) if (!files.has(file.name)) files.set(file.name, file)
    node.associatedFiles.forEach(visit)
  }
  visit(root)
  return [...files.values()]
}

const invalid = (why: string) => new ArchiveError('document_invalid', `this is no association tree: ${why}`)
