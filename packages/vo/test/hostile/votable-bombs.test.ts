/** VOTables that want memory or time, or files that are not theirs. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readVotable } from '../../src/votable/index.ts'

const encoder = new TextEncoder()
const start = '<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="char" arraysize="*"/><DATA><TABLEDATA>'

/** Chunks without end, and how many were taken. */
function endless(head: string, piece: string): { source: AsyncIterable<Uint8Array>; taken: () => number } {
  let count = 0
  async function* source() {
    yield encoder.encode(head)
    const chunk = encoder.encode(piece.repeat(Math.ceil(4096 / piece.length)))
    for (;;) {
      count++
      yield chunk
    }
  }
  return { source: source(), taken: () => count }
}

test.each([
  ['one cell', `${start}<TR><TD>`, 'x'],
  ['rows', start, '<TR><TD>x</TD></TR>'],
  ['a tag', `${start}<TR `, 'x'],
  ['an attribute', `${start}<TR a="`, 'x'],
  ['attributes', `${start}<TR `, 'a '],
  ['a comment', '<VOTABLE><!-- ', 'x'],
  ['a DOCTYPE', '<!DOCTYPE VOTABLE [', '<!ENTITY a "b">'],
  ['depth', '<VOTABLE>', '<RESOURCE>'],
  ['blanks before the start', '', ' '],
  ['a stream', '<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="int"/><DATA><BINARY><STREAM encoding="base64">', 'AAAA'],
])('what never ends, in %s, is left after its limit', async (_, head, piece) => {
  const { source, taken } = endless(head, piece)
  await expect(readVotable(source, { maxBytes: 100_000 })).rejects.toMatchObject({ name: 'ArchiveError' })
  expect(taken()).toBeLessThan(30)
})

test('too many rows', async () => {
  const { source } = endless(start, '<TR><TD>x</TD></TR>')
  await expect(readVotable(source, { maxRows: 1000 })).rejects.toMatchObject({ code: 'document_too_large' })
})

test('a hundred thousand nested resources side by side are only many', async () => {
  const document = await readVotable(`<VOTABLE><RESOURCE>${'<RESOURCE/>'.repeat(100_000)}</RESOURCE></VOTABLE>`)
  expect(document.resources[0]?.resources.length).toBe(100_000)
})

test.each([
  ['billion laughs', '<!DOCTYPE V [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><VOTABLE><DESCRIPTION>&c;</DESCRIPTION></VOTABLE>'],
  ['a file of the host', '<!DOCTYPE V [<!ENTITY a SYSTEM "file:///etc/passwd">]><VOTABLE><DESCRIPTION>&a;</DESCRIPTION></VOTABLE>'],
  ['the old DTD', '<!DOCTYPE VOTABLE SYSTEM "http://us-vo.org/xml/VOTable.dtd"><VOTABLE/>'],
])('%s', async (_, xml) => { await expect(readVotable(xml)).rejects.toMatchObject({ code: 'document_invalid' }) })

test('any pieces of a VOTable end in a document or an error of ours', async () => {
  const piece = fc.constantFrom('<RESOURCE>', '</RESOURCE>', '<TABLE>', '</TABLE>', '<FIELD name="a" datatype="int"/>', '<FIELD datatype="bit" arraysize="*"/>',
    '<DATA>', '</DATA>', '<TABLEDATA>', '</TABLEDATA>', '<TR>', '</TR>', '<TD>1</TD>', '<TD/>', '<BINARY2>', '</BINARY2>', '<STREAM>AAAA</STREAM>', '<STREAM/>',
    '<GROUP>', '</GROUP>', '<PARAM name="p"/>', '<INFO/>', '<DESCRIPTION>x</DESCRIPTION>', '<VALUES null="1"/>', '<constructor/>', '<MIN/>', '<OPTION/>', '<FIELDref/>')
  await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
    // Without the closing tags most would not be well-formed, so what is open is closed.
    const open: string[] = []
    let text = '<VOTABLE>'
    for (const tag of pieces) {
      const name = /^<(\/?)(\w+)>$/.exec(tag)
      if (name?.[1] === '/') {
        if (open.at(-1) !== name[2]) continue
        open.pop()
      } else if (name) open.push(name[2] ?? '')
      text += tag
    }
    text += `${open.reverse().map((name) => `</${name}>`).join('')}</VOTABLE>`
    try {
      expect((await readVotable(text)).resources).toBeInstanceOf(Array)
    } catch (error) {
      expect(error).toMatchObject({ name: 'ArchiveError' })
    }
  }), { numRuns: 500 })
})
