import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attributesText, childOf, childText, childrenOf, escapeXml, isNil, readXml, xmlDecoder } from '../src/xml.ts'

const limits = { maxBytes: 1000, maxDepth: 5, maxAttributes: 3, maxElements: 20 }
const code = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    return (error as { code: string }).code
  }
  return 'no error'
}

describe('escapeXml', () => {
  test.each([
    ['plain', 'plain'],
    [`<a b='c' d="e">&`, '&lt;a b=&apos;c&apos; d=&quot;e&quot;&gt;&amp;'],
    ['a\tb\nc\rd', 'a&#9;b&#10;c&#13;d'],
    ['\u0000\u0001\u001b\ufffe\uffff', ''],
    ['α 😀 \u0085', 'α 😀 \u0085'],
    ['a\ud800b\udc00c', 'abc'],
    ['a\ud83d\ude00\ud83d', 'a\ud83d\ude00'],
  ])('%j', (text, expected) => { expect(escapeXml(text)).toBe(expected) })

  test('what is written is what is read, in content and in attributes', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      const held = text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
      const root = readXml(`<a b="${escapeXml(text)}" c='${escapeXml(text)}'>${escapeXml(text)}</a>`, 'it')
      expect(root.text).toBe(held)
      expect(root.attributes.get('b')).toBe(held)
      expect(root.attributes.get('c')).toBe(held)
    }))
  })
})

describe('readXml', () => {
  test('names are without prefix, xsi attributes have one', () => {
    const root = readXml(`<?xml version="1.0"?><p:a xmlns:p="urn:x" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
      <p:b i:nil="true"/><p:b><![CDATA[<&>]]> and &lt;</p:b><c xsi:type="t" type="u">  x </c></p:a>`, 'it')
    expect([root.name, root.uri]).toEqual(['a', 'urn:x'])
    expect(childrenOf(root, 'b').map(isNil)).toEqual([true, false])
    expect(childrenOf(root, 'b')[1]?.text).toBe('<&> and <')
    expect(childOf(root, 'c')?.attributes).toEqual(new Map([['xsi:type', 't'], ['type', 'u']]))
    expect(childText(root, 'c')).toBe('x')
    expect(childText(root, 'b')).toBe(null)
  })

  test.each([
    ['empty', ''],
    ['blank', '  \n'],
    ['not XML', 'hello'],
    ['HTML of a proxy', '<html><head><link rel="a"></head></html>'],
    ['unclosed', '<a><b></b>'],
    ['crossed', '<a><b></a></b>'],
    ['two roots', '<a/><b/>'],
    ['a bare ampersand', '<a>a & b</a>'],
    ['an unknown entity', '<a>&nbsp;</a>'],
    ['an entity named as an object member', '<a>&toString;</a>'],
    ['the prototype as an entity', '<a>&__proto__;</a>'],
    ['a character that XML cannot hold', '<a>\u0001</a>'],
    ['a reference to such a character', '<a>&#1;</a>'],
    ['an attribute twice', '<a b="1" b="2"/>'],
    ['a DOCTYPE', '<!DOCTYPE a><a/>'],
    ['a DOCTYPE with a system address', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'],
    ['a DOCTYPE with entities', '<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://h/x">%x;]><a/>'],
  ])('refuses %s', (_, xml) => { expect(code(() => readXml(xml, 'it', limits))).toBe('document_invalid') })

  test.each([
    ['long', `<a>${'x'.repeat(1001)}</a>`],
    ['deep', '<a>'.repeat(6) + '</a>'.repeat(6)],
    ['in attributes', '<a b="1" c="2" d="3" e="4"/>'],
    ['in elements', `<a>${'<b/>'.repeat(20)}</a>`],
  ])('refuses what is too %s', (_, xml) => { expect(code(() => readXml(xml, 'it', limits))).toBe('document_too_large') })

  test('says where', () => {
    expect(() => readXml('<a>\n <b></a>', 'the job')).toThrow(expect.objectContaining({
      message: expect.stringMatching(/^the job is not XML that can be read: /), at: { line: 2, column: expect.any(Number) },
    }))
  })

  test('an element without prefix has no namespace unless one is declared for it', () => {
    const root = readXml('<p:a xmlns:p="urn:x"><b/><c xmlns="urn:y"/><q:d/></p:a>', 'it')
    expect([root, ...root.children].map(({ uri }) => uri)).toEqual(['urn:x', '', 'urn:y', 'undeclared:q'])
  })

  test('names of object members are only names', () => {
    const root = readXml('<constructor:a __proto__="1" constructor="2"/>', 'it')
    expect([root.name, typeof root.uri, root.attributes.get('__proto__')]).toEqual(['a', 'string', '1'])
  })

  test('reads any text without anything but an ArchiveError', () => {
    const piece = fc.constantFrom('<a>', '</a>', '<a', '/>', '&', ';', '"', '=', '<!--', '-->', '<![CDATA[', ']]>',
      '<?x', '?>', 'b', ' ', '<!DOCTYPE', '[', '\u0000', '\ud800')
    fc.assert(fc.property(fc.array(piece), (pieces) => {
      expect(['no error', 'document_invalid', 'document_too_large']).toContain(code(() => readXml(pieces.join(''), 'it', limits)))
    }))
  })
})

test('attributesText leaves out what has no value', () => {
  expect(attributesText({ a: 'x"', b: null, c: undefined, d: 3, e: '' })).toBe(' a="x&quot;" d="3" e=""')
})

test.each([
  ['<?xml version="1.0"?>', 'utf-8'],
  ['<a/>', 'utf-8'],
  [`<?xml version='1.0' encoding = 'ISO-8859-1'?>`, 'windows-1252'],
  ['<?xml version="1.0" encoding="UTF-16"?>', 'utf-8'],
  ['\u00ef\u00bb\u00bf<?xml version="1.0" encoding="latin1"?>', 'windows-1252'],
  ['\u00ff\u00fe<\u0000', 'utf-16le'],
  ['\u00fe\u00ff\u0000<', 'utf-16be'],
])('xmlDecoder: %j', (start, encoding) => {
  expect(xmlDecoder(Uint8Array.from(start, (c) => c.charCodeAt(0)), 'it').encoding).toBe(encoding)
})

test('xmlDecoder refuses what it does not know', () => {
  const start = new TextEncoder().encode('<?xml version="1.0" encoding="x-klingon"?>')
  expect(code(() => xmlDecoder(start, 'it'))).toBe('document_invalid')
})
