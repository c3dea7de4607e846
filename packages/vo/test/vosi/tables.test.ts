import { expect, test } from 'vitest'
import { readTable, readTables, writeTable, writeTables } from '../../src/vosi/index.ts'
import type { Column, Table, TableSet } from '../../src/vosi/index.ts'
import { readXml } from '../../src/xml.ts'

const column = (name: string, more: Partial<Column> = {}): Column => ({
  name, datatype: 'char', arraysize: '*', description: '', principal: true, indexed: false, std: false, ...more,
})
const raw: Table = {
  schema: 'dbo', name: 'raw', kind: 'table', title: 'Raw frames', description: 'a < b', utype: undefined,
  columns: [
    column('dp_id', { description: 'archive id', ucd: 'meta.id', indexed: true }),
    column('exp_start', { xtype: 'timestamp', utype: 'obscore:x', std: true }),
    column('ra', { datatype: 'double', arraysize: undefined, unit: 'deg' }),
    column('size', { datatype: 'int', arraysize: undefined }),
  ],
  foreignKeys: [{ target: 'ivoa.ObsCore', columns: [{ from: 'dp_id', to: 'dp_id' }], description: 'products' }],
}
const tables: TableSet = { schemas: [
  { name: 'dbo', description: 'main', tables: [raw, { ...raw, name: 'ssa', kind: 'view', utype: 'u', columns: [], foreignKeys: [] }] },
  { name: 'ivoa', description: '', tables: [] },
] }

test('what is written is what is read', () => {
  expect(readTables(writeTables(tables, 'max'))).toEqual(tables)
  expect(readTable(writeTable(raw))).toEqual(raw)
})

test('the root alone is qualified, has no version, and children stand in the order of the schema', () => {
  const root = readXml(writeTables(tables, 'max'), 'it')
  expect([root.name, root.uri, [...root.attributes.keys()]]).toEqual(['tableset', 'http://www.ivoa.net/xml/VOSITables/v1.0', ['xmlns:vosi', 'xmlns:vs', 'xmlns:xsi']])
  const table = root.children[0]?.children[2]
  expect([table?.name, table?.uri, table?.attributes.get('type')]).toEqual(['table', '', 'table'])
  expect(table?.children.map(({ name }) => name)).toEqual(['name', 'title', 'description', 'column', 'column', 'column', 'column', 'foreignKey'])
  expect(table?.children[3]?.children.map(({ name }) => name)).toEqual(['name', 'description', 'ucd', 'dataType', 'flag'])
})

test('a type is a VOTable type; a scalar has no arraysize', () => {
  const xml = writeTable(raw)
  expect(xml).toContain('<dataType xsi:type="vs:VOTableType" arraysize="*" extendedType="timestamp">char</dataType>')
  expect(xml).toContain('<dataType xsi:type="vs:VOTableType">double</dataType>')
})

test('detail=min leaves out columns and keys', () => {
  const min = readTables(writeTables(tables, 'min'))
  expect(min.schemas[0]?.tables.map(({ name, title, columns, foreignKeys }) => [name, title, columns.length + foreignKeys.length])).toEqual([['raw', 'Raw frames', 0], ['ssa', 'Raw frames', 0]])
})

test('names are quoted where a query needs it, and lose the quotes on reading', () => {
  const odd: Table = { ...raw, schema: 'J/A+A', name: 'a.b "c"', columns: [column('2mass'), column('size')], foreignKeys: [] }
  const xml = writeTable(odd, (name) => name === 'size' || !/^[a-z]\w*$/i.test(name) ? `"${name.replaceAll('"', '""')}"` : name)
  expect(xml).toContain('<name>&quot;J/A+A&quot;.&quot;a.b &quot;&quot;c&quot;&quot;&quot;</name>')
  expect(xml).toContain('<name>&quot;size&quot;</name>')
  expect(readTable(xml)).toEqual(odd)
})

test('reads TAP types, names without schema, unknown types', () => {
  const read = readTables(`<v:tableset xmlns:v="http://www.ivoa.net/xml/VOSITables/v1.0"><schema><name>safcat</name><table><name>VVVX_V2</name>
    <column><name>ID</name><dataType xsi:type="vs:TAPType">BIGINT</dataType><flag>indexed</flag></column>
    <column std="true"><name>N</name><dataType xsi:type="vs:TAPType" size="8">VARCHAR</dataType></column>
    <column><name>C</name><dataType size="3">CHAR</dataType></column><column><name>T</name><dataType>TIMESTAMP</dataType></column>
    <column><name>B</name><dataType>BLOB</dataType></column><column><name>X</name><dataType>hologram</dataType></column><column><name>Y</name></column>
    <column><name>S</name><dataType arraysize="1">short</dataType></column></table></schema></v:tableset>`)
  const table = read.schemas[0]?.tables[0]
  expect([table?.schema, table?.name, table?.kind]).toEqual(['safcat', 'VVVX_V2', 'table'])
  expect(table?.columns.map(({ name, datatype, arraysize, xtype }) => [name, datatype, arraysize, xtype])).toEqual([
    ['ID', 'long', undefined, undefined], ['N', 'char', '8*', undefined], ['C', 'char', '3', undefined], ['T', 'char', '*', 'timestamp'],
    ['B', 'unsignedByte', '*', undefined], ['X', 'char', '*', undefined], ['Y', 'char', '*', undefined], ['S', 'short', undefined, undefined]])
  expect(table?.columns.map(({ indexed, std }) => [indexed, std]).slice(0, 2)).toEqual([[true, false], [false, true]])
})

test('refuses other documents', () => {
  expect(() => readTables('<html/>')).toThrow(/expected a VOSI tableset, got a document of <html>/)
  expect(() => readTable('<tableset/>')).toThrow(/expected a VOSI table, got a document of <tableset>/)
})
