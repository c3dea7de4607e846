/**
 * Reads YAML 1.2 strictly, with the place of everything: unknown and repeated keys, anchors, aliases,
 * tags and wrong types are refused. A rule file is written by people and travels between archives, so
 * it is read as hostile: limits on characters, depth and entries come before anything else.
 */
import {
  isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit, YAMLError,
} from 'yaml'
import type { Node } from 'yaml'
import { ArchiveError } from '@quipu/vo'
import type { Place } from '@quipu/vo'
import type { KeyValue } from './frame.ts'
import { hintOf, nearestWord } from './words.ts'

const LIMITS = { characters: 400_000, nodes: 50_000, depth: 24, columns: 1000 }

/** A node with the words that say where it is (`actions.BIAS.needs`). */
export interface Entry { readonly node: Node; readonly path: string; readonly file: OpenFile }

export interface OpenFile { readonly name: string; readonly lines: LineCounter }

/** The place of an entry, from 1. */
export function placeOf(entry: Entry): Place {
  const { line, col } = entry.file.lines.linePos(entry.node.range?.[0] ?? 0)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

/** Throws `rules_invalid` at the entry. */
export function refuse(entry: Entry, what: string): never {
  const at = placeOf(entry)
  const where = entry.path === '' ? '' : `${entry.path}: `
  const { name } = entry.file
  throw new ArchiveError('rules_invalid', `${name}:${at.line}:${at.column}: ${where}${what}`, { at })
}

/** Opens a document whose top is a map. Throws `rules_invalid`. */
export function openYaml(text: string, name: string): Entry {
  const lines = new LineCounter()
  const file: OpenFile = { name, lines }
  const fail = (what: string, at: Place = { line: 1, column: 1 }): never => {
    throw new ArchiveError('rules_invalid', `${name}:${at.line}:${at.column}: ${what}`, { at })
  }
  if (text.length > LIMITS.characters) fail(`a rule file has at most ${LIMITS.characters} characters`)
  const deep = tooDeep(text)
  if (deep !== undefined) fail(`nested deeper than ${LIMITS.depth}`, deep)
  const document = parse(text, lines, fail)
  const [error] = [...document.errors, ...document.warnings]
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    fail(firstLine(error), { line: Math.max(1, line), column: Math.max(1, col) })
  }
  const top = document.contents
  if (top === null) return fail('the file is empty; it begins with `ruleset: <name>`')
  checkNodes(top, file)
  return { node: top, path: '', file }
}

function parse(text: string, lines: LineCounter, fail: (what: string) => never) {
  try {
    return parseDocument(text, {
      lineCounter: lines, version: '1.2', schema: 'core', strict: true, uniqueKeys: true,
      prettyErrors: false, merge: false,
    })
  } catch (error) {
    // The parser descends by recursion.
    if (error instanceof RangeError) return fail('the YAML cannot be read: nested too deeply')
    throw error
  }
}

function firstLine(error: YAMLError): string {
  return `the YAML cannot be read: ${error.message.split('\n')[0] ?? ''}`.slice(0, 300)
}

/** Where brackets, or dashes and blanks before an item, go deeper than the limit. Before parsing. */
function tooDeep(text: string): Place | undefined {
  let open = 0
  for (const [index, line] of text.split('\n').entries()) {
    const indent = /^[\s?:-]*/.exec(line)?.[0] ?? ''
    const marks = indent.replace(/\s/g, '').length
    if (indent.length > 200 || marks > LIMITS.depth || line.length > LIMITS.columns) {
      return { line: index + 1, column: 1 }
    }
    for (const [column, character] of [...line].entries()) {
      if (character === '[' || character === '{') open++
      else if ((character === ']' || character === '}') && open > 0) open--
      if (open > LIMITS.depth) return { line: index + 1, column: column + 1 }
    }
  }
  return undefined
}

const CORE_TAG = 'tag:yaml.org,2002:'

function checkNodes(top: Node, file: OpenFile): void {
  let count = 0
  visit(top, (_key, item, path) => {
    if (!isNode(item)) return
    const entry: Entry = { node: item, path: '', file }
    if (++count > LIMITS.nodes) refuse(entry, `a rule file has at most ${LIMITS.nodes} entries`)
    if (path.length > 2 * LIMITS.depth) refuse(entry, `nested deeper than ${LIMITS.depth}`)
    if (isAlias(item)) refuse(entry, 'aliases (*name) are not used; name a window or key set instead')
    if ((item.anchor ?? '') !== '') refuse(entry, 'anchors (&name) are not used in rule files')
    if (!(item.tag ?? CORE_TAG).startsWith(CORE_TAG)) refuse(entry, 'tags (!name) are not used')
  })
}

/** The entries of a map, in order. With `allowed`, other keys are refused. */
export function readMap(entry: Entry, allowed?: readonly string[]): ReadonlyMap<string, Entry> {
  const { node, path, file } = entry
  if (!isMap(node)) return refuse(entry, `a map of keys is expected, not ${kindOf(node)}`)
  const entries = new Map<string, Entry>()
  for (const { key, value } of node.items) {
    if (!isScalar(key)) return refuse(entry, 'a key is a plain word')
    const word = String(key.value)
    const inner = path === '' ? word : `${path}.${word}`
    if (allowed !== undefined && !allowed.includes(word)) {
      const guess = nearestWord(word, allowed)
      const hint = guess === undefined ? `known are ${allowed.join(', ')}` : `did you mean '${guess}'?`
      refuse({ node: key, path, file }, `'${word.slice(0, 60)}' is not a key here; ${hint}`)
    }
    if (!isNode(value)) return refuse({ node: key, path: inner, file }, 'has no value')
    entries.set(word, { node: value, path: inner, file })
  }
  return entries
}

/** The entries of a list. */
export function readList(entry: Entry): readonly Entry[] {
  const { node, path, file } = entry
  if (!isSeq(node)) return refuse(entry, `a list is expected, not ${kindOf(node)}`)
  return node.items.map((item, index) => {
    if (!isNode(item)) return refuse(entry, 'an item of the list is empty')
    return { node: item, path: `${path}[${index}]`, file }
  })
}

/** A text that is not empty. */
export function readText(entry: Entry, limit = 300): string {
  const { node } = entry
  if (!isScalar(node) || typeof node.value !== 'string') {
    return refuse(entry, `text is expected, not ${kindOf(node)}; quote it when it looks like something else`)
  }
  const { length } = node.value
  if (length < 1 || length > limit) refuse(entry, `text of 1 to ${limit} characters is expected`)
  return node.value
}

export function readNumber(entry: Entry): number {
  const { node } = entry
  if (!isScalar(node) || typeof node.value !== 'number' || !Number.isFinite(node.value)) {
    return refuse(entry, `a number is expected, not ${kindOf(node)}`)
  }
  return node.value
}

/** A whole number inside the closed interval. */
export function readCount(entry: Entry, from: number, to: number): number {
  const value = readNumber(entry)
  const isInside = Number.isInteger(value) && value >= from && value <= to
  return isInside ? value : refuse(entry, `a whole number from ${from} to ${to} is expected`)
}

/** A constant of a rule: text, number or boolean. */
export function readValue(entry: Entry): KeyValue {
  const value: unknown = isScalar(entry.node) ? entry.node.value : undefined
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return readNumber(entry)
  return refuse(entry, `text, a number or true/false is expected, not ${kindOf(entry.node)}`)
}

/** One of the words, else a message with the nearest. */
export function readWord<W extends string>(entry: Entry, words: readonly W[]): W {
  const text = readText(entry)
  const found = words.find((word) => word === text)
  if (found !== undefined) return found
  return refuse(entry, `'${text.slice(0, 60)}' is not one of ${words.join(', ')}${hintOf(text, words)}`)
}

export function isText(entry: Entry): boolean {
  return isScalar(entry.node) && typeof entry.node.value === 'string'
}
export function isList(entry: Entry): boolean { return isSeq(entry.node) }
export function isTable(entry: Entry): boolean { return isMap(entry.node) }

function kindOf(node: Node): string {
  if (isMap(node)) return 'a map'
  if (isSeq(node)) return 'a list'
  if (!isScalar(node) || node.value === null) return 'nothing'
  const text = String(node.value).slice(0, 40)
  return typeof node.value === 'string' ? `the text '${text}'` : `the value ${text}`
}

/** The document as plain data, for the content hash. */
export function plainOf(entry: Entry): unknown {
  const { node } = entry
  if (isMap(node)) {
    const pairs = [...readMap(entry)].map(([key, value]) => [key, plainOf(value)])
    return { map: pairs }
  }
  if (isSeq(node)) return readList(entry).map(plainOf)
  return isScalar(node) ? node.value : null
}
