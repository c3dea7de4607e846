/**
 * XML, read and written: escaping, a push reader with limits, small documents as a tree. XML 1.0 (5th
 * edition) §2.2 (characters), §2.11 (line ends), §3.3.3 (attribute values); Namespaces in XML 1.0.
 *
 * A DOCTYPE is refused, so there is no entity but the five built in and no external address is ever read.
 */
import { SaxesParser } from 'saxes'
import { ArchiveError } from './errors.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;',
  // As references these survive line-end and attribute normalisation.
  '\t': '&#9;', '\n': '&#10;', '\r': '&#13;',
}
const SPECIAL = /[&<>"'\u0000-\u001f\ud800-\udfff\ufffe\uffff]/
// With the u flag the surrogate range matches lone surrogates only.
const ALL_SPECIAL = /[&<>"'\u0000-\u001f\ud800-\udfff\ufffe\uffff]/gu

/**
 * The text as it may stand in content and in attribute values of either quote. Characters that XML 1.0 cannot
 * hold (§2.2: most controls, lone surrogates, U+FFFE, U+FFFF) are dropped.
 */
export function escapeXml(text: string): string {
  if (!SPECIAL.test(text)) return text
  return text.replace(ALL_SPECIAL, (character) => ESCAPES[character] ?? '')
}

/**
 * The namespace of `xsi:type`, `xsi:nil`. Attributes in it are named `xsi:…` whatever the document's
 * prefix.
 */
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance'

/** How much of a document is read before it is refused with `document_too_large`. */
export interface XmlLimits {
  /** Bytes, or UTF-16 units where the source is a string. */
  readonly maxBytes: number
  readonly maxDepth: number
  /** Of one element. */
  readonly maxAttributes: number
  readonly maxElements: number
}

/** Limits of the small documents: UWS, VOSI, association trees. */
export const SMALL_DOCUMENT: XmlLimits = {
  maxBytes: 16 * 1024 * 1024, maxDepth: 64, maxAttributes: 64, maxElements: 500_000,
}

/** An element as it opens. */
export interface XmlTag {
  /** Without prefix. */
  readonly name: string
  /** The namespace; '' for none. */
  readonly uri: string
  /** By name: `ID`, `xsi:type`; an attribute of another namespace keeps the prefix it was written with. */
  readonly attributes: ReadonlyMap<string, string>
}

export interface XmlEvents {
  open(tag: XmlTag): void
  /** The name without prefix. */
  close(name: string): void
  /** Text or CDATA; one run may come in pieces. */
  text(text: string): void
}

/** Takes a document in pieces. Both throw `document_invalid` or `document_too_large`. */
export interface XmlReader {
  write(chunk: string): void
  /** The document ends here; incomplete is invalid. */
  end(): void
}

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map()

/** A streaming reader. `what` names the document in messages (`the VOTable`). */
export function openXml(what: string, events: XmlEvents, limits: XmlLimits = SMALL_DOCUMENT): XmlReader {
  // Documents with an undeclared prefix exist (xsi above all); what is not declared is still told apart.
  const resolvePrefix = (prefix: string): string => prefix === 'xsi' ? XSI : prefix && `undeclared:${prefix}`
  const parser = new SaxesParser({ xmlns: true, position: false, resolvePrefix })
  // saxes looks entities up on an object with a prototype, where `&toString;` is something.
  parser.ENTITIES = Object.assign(Object.create(null), { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" })
  let read = 0
  let depth = 0
  let elements = 0
  let attributes = 0
  const tooLarge = (limit: string): never => {
    throw new ArchiveError('document_too_large', `${what} has more than ${limit}`)
  }
  const invalid = (reason: string): never => {
    const at = { line: parser.line, column: parser.columnIndex + 1 }
    throw new ArchiveError('document_invalid', `${what} is not XML that can be read: ${reason}`, { at })
  }
  parser.on('error', (error) => invalid(error.message.replace(/\.$/, '')))
  parser.on('doctype', () => invalid('a DOCTYPE is not accepted'))
  parser.on('opentagstart', () => {
    attributes = 0
    if (++elements > limits.maxElements) tooLarge(`${limits.maxElements} elements`)
    if (++depth > limits.maxDepth) tooLarge(`${limits.maxDepth} levels of elements`)
  })
  parser.on('attribute', () => {
    if (++attributes > limits.maxAttributes) tooLarge(`${limits.maxAttributes} attributes in an element`)
  })
  parser.on('opentag', (tag) => {
    const named = attributes === 0 ? NO_ATTRIBUTES : attributesOf(Object.values(tag.attributes))
    events.open({ name: tag.local, uri: typeof tag.uri === 'string' ? tag.uri : '', attributes: named })
  })
  parser.on('closetag', (tag) => {
    depth--
    events.close(tag.local)
  })
  parser.on('text', (text) => events.text(text))
  parser.on('cdata', (text) => events.text(text))
  return {
    write(chunk) {
      read += chunk.length
      if (read > limits.maxBytes) tooLarge(`${limits.maxBytes} bytes`)
      parser.write(chunk)
    },
    end() { parser.close() },
  }
}

type Attribute = Readonly<Record<'name' | 'local' | 'uri' | 'value', string>>

function attributesOf(list: readonly Attribute[]): ReadonlyMap<string, string> {
  const named = new Map<string, string>()
  for (const { name, local, uri, value } of list) named.set(uri === XSI ? `xsi:${local}` : name, value)
  return named
}

/** An element of a small document. */
export interface XmlElement extends XmlTag {
  readonly children: readonly XmlElement[]
  /** All text directly inside, joined, as written. */
  readonly text: string
}

interface OpenElement extends XmlTag { children: XmlElement[]; text: string }

/** Reads a whole small document and answers its root element. Throws as `openXml` does. */
export function readXml(xml: string, what: string, limits: XmlLimits = SMALL_DOCUMENT): XmlElement {
  const open: OpenElement[] = []
  let root: XmlElement | undefined
  const reader = openXml(what, {
    open(tag) {
      const element: OpenElement = { ...tag, children: [], text: '' }
      open.at(-1)?.children.push(element)
      root ??= element
      open.push(element)
    },
    close() { open.pop() },
    text(text) {
      const element = open.at(-1)
      if (element) element.text += text
    },
  }, limits)
  reader.write(xml)
  reader.end()
  if (root === undefined) throw new ArchiveError('document_invalid', `${what} is empty`)
  return root
}

/** The first child element of that name. */
export function childOf(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find((child) => child.name === name)
}

/** The child elements of that name. */
export function childrenOf(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name)
}

/** The first child's text without blanks around it; null when the child is absent or `xsi:nil`. */
export function childText(element: XmlElement, name: string): string | null {
  const child = childOf(element, name)
  if (child === undefined || isNil(child)) return null
  return child.text.trim()
}

/** `xsi:nil="true"` (XML Schema 1 §2.6.2). */
export function isNil(element: XmlElement): boolean {
  const nil = element.attributes.get('xsi:nil')
  return nil === 'true' || nil === '1'
}

/** ` name="value"` for each pair with a value, in order; nothing for undefined and null. */
export function attributesText(
  attributes: Readonly<Record<string, string | number | null | undefined>>,
): string {
  let text = ''
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) text += ` ${name}="${escapeXml(String(value))}"`
  }
  return text
}

/**
 * A decoder for the document that starts with these bytes: a byte order mark, then the encoding of the XML
 * declaration, then UTF-8 (XML 1.0 appendix F). Bytes that are wrong in it become U+FFFD, because one bad
 * byte in a description must not make a catalogue unreadable. Throws `document_invalid` for an unknown
 * encoding.
 */
export function xmlDecoder(start: Uint8Array, what: string): TextDecoder {
  if (start[0] === 0xfe && start[1] === 0xff) return new TextDecoder('utf-16be')
  if (start[0] === 0xff && start[1] === 0xfe) return new TextDecoder('utf-16le')
  const declaration = String.fromCharCode(...start.subarray(0, 200))
  const pattern = /^\s*(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/
  const encoding = pattern.exec(declaration)?.[1]
  // A document that says UTF-16 in single bytes is wrong about it.
  if (encoding === undefined || /^utf-?16/i.test(encoding)) return new TextDecoder()
  try {
    return new TextDecoder(encoding)
  } catch (cause) {
    const message = `${what} has the encoding '${encoding}', which cannot be read; UTF-8 would`
    throw new ArchiveError('document_invalid', message, { cause })
  }
}
