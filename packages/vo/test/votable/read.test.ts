import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { queryStatus, readVotable, resultTable, votableWriter } from '../../src/votable/index.ts'
import { anyTable, encode } from '../support/tables.ts'

const body = (field: string, data: string) => `<RESOURCE type="results"><TABLE><FIELD name="a" ${field}/><DATA>${data}</DATA></TABLE></RESOURCE>`
const rows = (...cells: string[]) => `<TABLEDATA>${cells.map((cell) => `<TR><TD>${cell}</TD></TR>`).join('')}</TABLEDATA>`

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test.each([
  ['a prefix', `<v:VOTABLE xmlns:v="http://www.ivoa.net/xml/VOTable/v1.3" version="1.4">${body('datatype="int"', rows('1', '2')).replace(/<(\/?)/g, '<$1v:')}</v:VOTABLE>`, '1.4'],
  ['no namespace', `<VOTABLE version="1.1">${body('datatype="int"', rows('1', '2'))}</VOTABLE>`, '1.1'],
  ['the namespace of 1.2', `<VOTABLE xmlns="http://www.ivoa.net/xml/VOTable/v1.2" version="1.2">${body('datatype="int"', rows('1', '2'))}</VOTABLE>`, '1.2'],
  ['a prefix that is not declared', `<VOTABLE xsi:schemaLocation="x y" version="1.5">${body('datatype="int"', rows('1', '2'))}</VOTABLE>`, '1.5'],
  ['an empty line first', `\n <?xml version="1.0"?>\n<VOTABLE version="1.3">${body('datatype="int"', rows('1', '2'))}</VOTABLE>\n`, '1.3'],
  ['comments and blanks', `<VOTABLE>${body('datatype="int"', rows(' 1<!-- one -->', '<![CDATA[2]]>').replaceAll('<T', '\n <T'))}</VOTABLE>`, ''],
  ['arraysize 1', `<VOTABLE>${body('datatype="int" arraysize="1"', rows('1', '2'))}</VOTABLE>`, ''],
])('reads a document with %s', async (_, xml, version) => {
  const document = await readVotable(xml)
  const table = resultTable(document)
  expect([document.version, table.fields, table.rows]).toEqual([version, [{ name: 'a', datatype: 'int' }], [[1], [2]]])
})

test('a document in chunks of any size is the same', async () => {
  const text = `<?xml version="1.0" encoding="UTF-8"?><VOTABLE>${body('datatype="char" arraysize="*"', rows('α🌟&amp;', '', 'x'.repeat(300)))}</VOTABLE>`
  const bytes = new TextEncoder().encode(text)
  const whole = await readVotable(bytes)
  expect(resultTable(whole).rows).toEqual([['α🌟&'], [null], ['x'.repeat(300)]])
  for (const size of [1, 2, 3, 7, 64, 199, 200, 201]) expect(await readVotable(chunks(bytes, size))).toEqual(whole)
  expect(await readVotable(text)).toEqual(whole)
})

test('reads other encodings, and survives a wrong byte', async () => {
  const latin = `<?xml version="1.0" encoding="ISO-8859-1"?><VOTABLE>${body('datatype="char" arraysize="*"', rows('\u00e9t\u00e9'))}</VOTABLE>`
  expect(resultTable(await readVotable(Buffer.from(latin, 'latin1'))).rows).toEqual([['été']])
  expect(resultTable(await readVotable(Buffer.from(latin.replace('ISO-8859-1', 'UTF-8'), 'latin1'))).rows).toEqual([['\ufffdt\ufffd']])
  expect(resultTable(await readVotable(Buffer.from(`\ufeff${latin}`, 'utf16le'))).rows).toEqual([['été']])
})

test.each(['BINARY', 'BINARY2'] as const)('%s is read as the same table', async (serialization) => {
  await fc.assert(fc.asyncProperty(anyTable, async ({ fields, rows }) => {
    const complete = { fields, rows: rows.filter((row) => !row.includes(null)) }
    const writer = votableWriter(fields)
    const data = `<${serialization}><STREAM encoding="base64">\n${encode(complete, serialization)}\n</STREAM></${serialization}>`
    const foot = writer.foot({ overflow: true }).replace('</TABLEDATA>', '')
    const document = await readVotable(writer.head().replace('<TABLEDATA>', data) + foot)
    expect(resultTable(document).fields).toEqual(fields)
    expect(resultTable(document).rows).toEqual(complete.rows)
    expect(queryStatus(document).status).toBe('OVERFLOW')
  }))
})

test('BINARY2 as another library writes it', async () => {
  // Flags 0x00 and 0x40; short 1, text 'ab'; short 2, null text.
  const stream = Buffer.from([0, 0, 1, 0, 0, 0, 2, 0x61, 0x62, 0x40, 0, 2, 0, 0, 0, 0]).toString('base64')
  const xml = `<VOTABLE version="1.3"><RESOURCE><TABLE><FIELD name="n" datatype="short"/><FIELD name="t" datatype="char" arraysize="*"/>
    <DATA><BINARY2><STREAM encoding='base64'>${stream}</STREAM></BINARY2></DATA></TABLE></RESOURCE></VOTABLE>`
  expect(resultTable(await readVotable(xml)).rows).toEqual([[1, 'ab'], [2, null]])
})

test('structure: infos, params, groups, nested resources, values', async () => {
  const document = await readVotable(`<VOTABLE version="1.4"><DESCRIPTION>about</DESCRIPTION><INFO name="a"/>
    <RESOURCE type="results" name="r"><DESCRIPTION> the results </DESCRIPTION><INFO name="QUERY_STATUS" value="OK">fine</INFO>
      <COOSYS ID="s" system="ICRS"/>
      <TABLE ID="t1" name="t"><DESCRIPTION>the table</DESCRIPTION><PARAM name="p" datatype="char" arraysize="*" value="v"/>
        <FIELD ID="f1" name="n" datatype="short" unit="s"><DESCRIPTION>a number</DESCRIPTION><VALUES null="-32768"><MIN value="1"/></VALUES><LINK href="x"/></FIELD>
        <FIELD name="s" datatype="string"/><FIELD ID="x3" datatype="double" arraysize="2" xtype="point"/>
        <DATA><TABLEDATA><TR><TD>-32768</TD><TD>b</TD><TD>1 2</TD></TR></TABLEDATA></DATA><INFO name="in" value="side"/></TABLE>
      <RESOURCE type="results"/></RESOURCE>
    <RESOURCE type="meta" utype="adhoc:service" ID="soda"><PARAM name="accessURL" datatype="char" arraysize="*" value="http://h/soda"/>
      <GROUP name="inputParams"><DESCRIPTION>in</DESCRIPTION><PARAM name="ID" datatype="char" arraysize="*" value="" ref="f1"/>
        <PARAM name="CIRCLE" datatype="double" arraysize="3" xtype="circle" unit="deg" value=""><VALUES><MAX value="1 2 3"/><OPTION value="o"/></VALUES></PARAM>
        <GROUP name="inner"><FIELDref ref="f1"/></GROUP></GROUP></RESOURCE><INFO name="z" value="last"/></VOTABLE>`)
  const [results, soda] = document.resources
  expect(document.infos).toEqual([{ name: 'a', value: '' }, { name: 'z', value: 'last' }])
  expect(results).toMatchObject({
    type: 'results', name: 'r', description: 'the results', infos: [{ name: 'QUERY_STATUS', value: 'OK', text: 'fine' }], resources: [{ type: 'results' }],
  })
  expect(results?.tables[0]).toMatchObject({
    id: 't1', name: 't', description: 'the table', params: [{ name: 'p', value: 'v' }], infos: [{ name: 'in', value: 'side' }],
    fields: [
      { id: 'f1', name: 'n', datatype: 'short', unit: 's', description: 'a number' },
      { name: 's', datatype: 'char', arraysize: '*' }, { name: 'x3', datatype: 'double', arraysize: '2', xtype: 'point' },
    ],
    rows: [[null, 'b', [1, 2]]],
  })
  expect(soda).toMatchObject({
    type: 'meta', id: 'soda', utype: 'adhoc:service', params: [{ name: 'accessURL', value: 'http://h/soda' }],
    groups: [{
      name: 'inputParams', params: [{ name: 'ID', ref: 'f1' }, { name: 'CIRCLE', xtype: 'circle', max: '1 2 3', options: ['o'] }],
      groups: [{ name: 'inner', refs: ['f1'] }],
    }],
  })
})

describe('refuses', () => {
  const of = (content: string) => `<VOTABLE>${content}</VOTABLE>`
  test.each([
    ['another document', '<html><body>502 Proxy Error</body></html>', /expected a VOTable, got a document of <html>/],
    ['nothing', '', /not XML/],
    ['a cut document', of(body('datatype="int"', rows('1'))).slice(0, -20), /not XML/],
    ['a cell of another type', of(body('datatype="int"', rows('1', 'x'))), /row 2, field 'a': 'x' is no int/],
    ['a cell too few', of(body('datatype="int"', '<TABLEDATA><TR></TR></TABLEDATA>')), /row 1 has 0 cells for 1 fields/],
    ['a cell too many', of(body('datatype="int"', '<TABLEDATA><TR><TD>1</TD><TD>2</TD></TR></TABLEDATA>')), /row 1 has more than 1 cells/],
    ['an unknown datatype', of(body('datatype="quaternion"', rows('1'))), /field 'a' has the unknown datatype 'quaternion'/],
    ['a table outside a resource', of('<TABLE/>'), /outside a RESOURCE/],
    ['a FITS stream', of(body('datatype="int"', '<FITS><STREAM href="file:///etc/passwd"/></FITS>')), /FITS/],
    ['an address', of(body('datatype="int"', '<BINARY><STREAM href="http://10.0.0.1/"/></BINARY>')), /another address/],
    ['gzip', of(body('datatype="int"', '<BINARY><STREAM encoding="gzip">x</STREAM></BINARY>')), /'gzip'/],
    ['wrong base64', of(body('datatype="int"', '<BINARY><STREAM encoding="base64">****</STREAM></BINARY>')), /not base64/],
    ['a short stream', of(body('datatype="int"', '<BINARY><STREAM encoding="base64">AAAA</STREAM></BINARY>')), /in row 1/],
    ['a field after the data', of(body('datatype="int"', rows('1')).replace('</TABLE>', '<FIELD name="b" datatype="int"/></TABLE>')), /'b' stands after/],
  ])('%s', async (_, xml, message) => {
    await expect(readVotable(xml)).rejects.toMatchObject({ code: 'document_invalid', message: expect.stringMatching(message) })
  })
})
