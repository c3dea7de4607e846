import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryVotableWriter, queryStatus, readVotable, resultTable, votableError, votableWriter } from '../../src/votable/index.ts'
import type { Field } from '../../src/votable/index.ts'
import { anyTable } from '../support/tables.ts'

const fields: Field[] = [
  { name: 'dp_id', datatype: 'char', arraysize: '*', ucd: 'meta.id', description: 'archive id; a < b & c' },
  { name: 'access_estsize', datatype: 'long', unit: 'kbyte', ucd: 'phys.size;meta.file', utype: 'obscore:Access.size' },
  { name: 't', datatype: 'char', arraysize: '*', xtype: 'timestamp', unit: '', ucd: '', description: '' },
]

test('the layout is the one that ESO clients were tested with', () => {
  const writer = votableWriter(fields, { infos: [{ name: 'QUERY', value: "select 'a' < \"b\"" }] })
  const rows = [['MUSE.2016', 8458n, '2016-01-01T00:00:00Z'], [null, null, null]]
  expect(writer.head() + writer.rows(rows) + writer.foot({})).toBe(
    `<?xml version="1.0" encoding="UTF-8"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.ivoa.net/xml/VOTable/v1.3 http://www.ivoa.net/xml/VOTable/VOTable-1.4.xsd">
  <RESOURCE type="results">
    <INFO name="QUERY_STATUS" value="OK"/>
    <INFO name="QUERY" value="select &apos;a&apos; &lt; &quot;b&quot;"/>
    <TABLE>
      <FIELD arraysize="*" datatype="char" name="dp_id" ucd="meta.id">
        <DESCRIPTION>archive id; a &lt; b &amp; c</DESCRIPTION>
      </FIELD>
      <FIELD datatype="long" name="access_estsize" ucd="phys.size;meta.file" unit="kbyte" utype="obscore:Access.size"/>
      <FIELD arraysize="*" datatype="char" name="t" xtype="timestamp"/>
      <DATA>
        <TABLEDATA>
<TR><TD>MUSE.2016</TD><TD>8458</TD><TD>2016-01-01T00:00:00Z</TD></TR>
<TR><TD></TD><TD></TD><TD></TD></TR>
        </TABLEDATA>
      </DATA>
    </TABLE>
  </RESOURCE>
</VOTABLE>
`)
})

test.each([
  ['ended well', {}, ''],
  ['overflow', { overflow: true }, '<INFO name="QUERY_STATUS" value="OVERFLOW"/>'],
  ['error', { error: 'a < b' }, '<INFO name="QUERY_STATUS" value="ERROR">a &lt; b</INFO>'],
  ['both', { overflow: true, error: 'late' }, '<INFO name="QUERY_STATUS" value="ERROR">late</INFO>'],
])('how it ended stands after the table: %s', (_, ending, info) => {
  const foot = votableWriter(fields, { after: '  <RESOURCE type="meta"/>\n' }).foot(ending)
  expect(foot.replace(/^\s+|\n\s*/g, '')).toBe(
    `</TABLEDATA></DATA></TABLE>${info}</RESOURCE><RESOURCE type="meta"/></VOTABLE>`)
})

test('an error is a whole document', async () => {
  const document = await readVotable(votableError('UsageFault: "<x>" is no table\nline 2'))
  expect(queryStatus(document)).toEqual({ status: 'ERROR', message: 'UsageFault: "<x>" is no table\nline 2' })
})

test('what is written is what is read, for every datatype', async () => {
  await fc.assert(fc.asyncProperty(anyTable, async ({ fields, rows }) => {
    const writer = votableWriter(fields)
    const half = Math.floor(rows.length / 2)
    const text = writer.head() + writer.rows(rows.slice(0, half)) + writer.rows(rows.slice(half)) + writer.foot({ overflow: true })
    const document = await readVotable(text)
    const table = resultTable(document)
    expect(table.fields).toEqual(fields)
    expect(table.rows).toEqual(rows)
    expect(queryStatus(document).status).toBe('OVERFLOW')
  }), { numRuns: 300 })
})

test('an empty text is null, and what XML cannot hold is dropped', async () => {
  const writer = votableWriter([{ name: 'a', datatype: 'char', arraysize: '*' }])
  const table = resultTable(await readVotable(writer.head() + writer.rows([[''], ['a\u0000\u001bb\ud800']]) + writer.foot({})))
  expect(table.rows).toEqual([[null], ['ab']])
})

test('columns refer to what they are measured in, each system told once, before the table', () => {
  const column = (name: string, system?: Field['system']): Field => ({ name, datatype: 'double', system })
  const fields = [column('ra', 'ICRS'), column('dec', 'ICRS'), column('n'), column('t', 'utc_mjd'), column('l', 'galactic')]
  for (const writer of [votableWriter(fields), binaryVotableWriter(fields, 'BINARY2'), binaryVotableWriter(fields, 'BINARY')]) {
    const text = `${String(writer.head())}${String(writer.foot({}))}`
    expect(text.match(/<(COOSYS|TIMESYS).*/g)).toEqual([
      '<COOSYS ID="ICRS" system="ICRS"/>',
      '<TIMESYS ID="utc_mjd" refposition="TOPOCENTER" timeorigin="MJD-origin" timescale="UTC"/>',
      '<COOSYS ID="galactic" system="galactic"/>',
    ])
    expect(text.match(/<FIELD[^>]*name="\w+"( ref="\w+")?/g)?.map((field) => /ref="(\w+)"/.exec(field)?.[1]))
      .toEqual(['ICRS', 'ICRS', undefined, 'utc_mjd', 'galactic'])
    expect(text).toMatch(/<INFO[^>]*>\s*<COOSYS[^]*<TABLE>/)
  }
})
