/**
 * VOSI tables. VOSI 1.1 §2.5 (tableset, table, detail) and VODataService 1.2 §3.3 (Table, TableParam,
 * VOTableType and TAPType, in the order of its schema). Only the root is qualified.
 */
import { ArchiveError } from '../errors.ts'
import type { Datatype } from '../votable/field.ts'
import {
  attributesText, childOf, childrenOf, childText, escapeXml, readXml, SMALL_DOCUMENT, XSI,
} from '../xml.ts'
import type { XmlElement, XmlLimits } from '../xml.ts'
import type { Column, ForeignKey, Schema, Table, TableSet } from './table-set.ts'

const NAMESPACES = ' xmlns:vosi="http://www.ivoa.net/xml/VOSITables/v1.0"'
  + ` xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1" xmlns:xsi="${XSI}"`
const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** Large services list tens of thousands of tables. */
const LIMITS: XmlLimits = { ...SMALL_DOCUMENT, maxBytes: 128 * 1024 * 1024, maxElements: 8_000_000 }

/**
 * How an identifier is spelt in documents: with quotes where a query needs them (VODataService 1.2 §3.3.1).
 * Give the language's own; the default quotes only what is no regular identifier, and knows no reserved
 * words.
 */
export type Spelling = (identifier: string) => string

const plainSpelling: Spelling = (identifier) =>
  /^[A-Za-z]\w*$/.test(identifier) ? identifier : `"${identifier.replaceAll('"', '""')}"`

/** The document of `/tables`. `min` leaves out columns and keys. */
export function writeTables(
  tableSet: TableSet, detail: 'max' | 'min', spell: Spelling = plainSpelling,
): string {
  const schemas = tableSet.schemas.map((schema) => `  <schema>\n${element('name', spell(schema.name), 4)}${
    optional('description', schema.description, 4)}${
    schema.tables.map((table) => tableText(table, detail, spell)).join('')}  </schema>\n`)
  return `${DECLARATION}<vosi:tableset${NAMESPACES}>\n${schemas.join('')}</vosi:tableset>\n`
}

/** The document of `/tables/{name}`, with columns. */
export function writeTable(table: Table, spell: Spelling = plainSpelling): string {
  return `${DECLARATION}<vosi:table${NAMESPACES} type="${table.kind}">\n${
    tableContent(table, 'max', spell, 2)}</vosi:table>\n`
}

function tableText(table: Table, detail: 'max' | 'min', spell: Spelling): string {
  return `    <table type="${table.kind}">\n${tableContent(table, detail, spell, 6)}    </table>\n`
}

function tableContent(table: Table, detail: 'max' | 'min', spell: Spelling, indent: number): string {
  const about = element('name', `${spell(table.schema)}.${spell(table.name)}`, indent)
    + optional('title', table.title, indent)
    + optional('description', table.description, indent)
    + optional('utype', table.utype, indent)
  if (detail === 'min') return about
  return about + table.columns.map((column) => columnText(column, spell, indent)).join('')
    + table.foreignKeys.map((key) => keyText(key, spell, indent)).join('')
}

function columnText(column: Column, spell: Spelling, indent: number): string {
  const { arraysize, xtype } = column
  const type = { 'xsi:type': 'vs:VOTableType', arraysize, extendedType: xtype === '' ? undefined : xtype }
  const blanks = ' '.repeat(indent)
  return `${blanks}<column std="${column.std}">\n${element('name', spell(column.name), indent + 2)}${
    optional('description', column.description, indent + 2)}${optional('unit', column.unit, indent + 2)}${
    optional('ucd', column.ucd, indent + 2)}${optional('utype', column.utype, indent + 2)}${
    element('dataType', column.datatype, indent + 2, attributesText(type))}${
    column.indexed ? element('flag', 'indexed', indent + 2) : ''}${blanks}</column>\n`
}

function keyText(key: ForeignKey, spell: Spelling, indent: number): string {
  const blanks = ' '.repeat(indent)
  const target = key.target.split('.').map(spell).join('.')
  const pairs = key.columns.map(({ from, to }) => `${blanks}  <fkColumn>\n${
    element('fromColumn', spell(from), indent + 4)}${
    element('targetColumn', spell(to), indent + 4)}${blanks}  </fkColumn>\n`)
  return `${blanks}<foreignKey>\n${element('targetTable', target, indent + 2)}${pairs.join('')}${
    optional('description', key.description, indent + 2)}${blanks}</foreignKey>\n`
}

function element(name: string, text: string, indent: number, attributes = ''): string {
  return `${' '.repeat(indent)}<${name}${attributes}>${escapeXml(text)}</${name}>\n`
}

function optional(name: string, text: string | undefined, indent: number): string {
  return text === undefined || text === '' ? '' : element(name, text, indent)
}

/**
 * Reads the document of `/tables`, with columns or without. Names lose their quotes. Throws
 * `document_invalid`.
 */
export function readTables(xml: string): TableSet {
  const root = readXml(xml, 'the tables document', LIMITS)
  if (root.name !== 'tableset') {
    throw new ArchiveError('document_invalid', `expected a VOSI tableset, got a document of <${root.name}>`)
  }
  return { schemas: childrenOf(root, 'schema').map(schemaOf) }
}

/** Reads the document of `/tables/{name}`. Throws `document_invalid`. */
export function readTable(xml: string): Table {
  const root = readXml(xml, 'the table document')
  if (root.name !== 'table') {
    throw new ArchiveError('document_invalid', `expected a VOSI table, got a document of <${root.name}>`)
  }
  return tableOf(root, undefined)
}

function schemaOf(element: XmlElement): Schema {
  const name = withoutQuotes(childText(element, 'name') ?? '')
  return {
    name,
    description: childText(element, 'description') ?? '',
    tables: childrenOf(element, 'table').map((table) => tableOf(table, name)),
  }
}

function tableOf(element: XmlElement, schemaName: string | undefined): Table {
  const parts = partsOf(childText(element, 'name') ?? '')
  const inSchema = parts.length > 1 && (schemaName === undefined || sameName(parts[0], schemaName))
  return {
    schema: schemaName ?? (inSchema ? parts[0] ?? '' : ''),
    name: (inSchema ? parts.slice(1) : parts).join('.'),
    kind: element.attributes.get('type') === 'view' ? 'view' : 'table',
    title: childText(element, 'title') ?? '',
    description: childText(element, 'description') ?? '',
    utype: childText(element, 'utype') ?? undefined,
    columns: childrenOf(element, 'column').map(columnOf),
    foreignKeys: childrenOf(element, 'foreignKey').map(keyOf),
  }
}

function sameName(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase()
}

/** `dbo.raw`, `"II/246".out`: split at dots outside quotes, then without quotes. */
function partsOf(name: string): string[] {
  return (name.match(/"(?:[^"]|"")*"|[^."]+/g) ?? []).map(withoutQuotes)
}

function withoutQuotes(name: string): string {
  return /^".+"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name
}

function columnOf(element: XmlElement): Column {
  const text = (name: string) => childText(element, name) ?? undefined
  return {
    name: withoutQuotes(text('name') ?? ''),
    ...typeOf(childOf(element, 'dataType')),
    unit: text('unit'),
    ucd: text('ucd'),
    utype: text('utype'),
    description: text('description') ?? '',
    // VODataService has no word for it.
    principal: true,
    indexed: childrenOf(element, 'flag').some((flag) => flag.text.trim() === 'indexed'),
    std: element.attributes.get('std') === 'true',
  }
}

type Type = Pick<Column, 'datatype' | 'arraysize' | 'xtype'>

const text: Type = { datatype: 'char', arraysize: '*' }
const bytes: Type = { datatype: 'unsignedByte', arraysize: '*' }

/** TAP types of VODataService 1.2 §3.5.3, and VOTable types by their own names. */
const TYPES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ['SMALLINT', { datatype: 'short' }], ['INTEGER', { datatype: 'int' }], ['BIGINT', { datatype: 'long' }],
  ['REAL', { datatype: 'float' }], ['DOUBLE', { datatype: 'double' }], ['BOOLEAN', { datatype: 'boolean' }],
  ['TIMESTAMP', { ...text, xtype: 'timestamp' }], ['CHAR', text], ['VARCHAR', text], ['CLOB', text],
  ['BINARY', bytes], ['VARBINARY', bytes], ['BLOB', bytes],
  ['POINT', { ...text, xtype: 'adql:POINT' }], ['REGION', { ...text, xtype: 'adql:REGION' }],
  ...([
    'boolean', 'bit', 'unsignedByte', 'short', 'int', 'long', 'float', 'double', 'char', 'unicodeChar',
    'floatComplex', 'doubleComplex',
  ] as const).map((datatype): [string, Type] => [datatype, { datatype }]),
])

/** A type that is not known reads as text: every value has one. */
function typeOf(element: XmlElement | undefined): Type {
  if (element === undefined) return text
  const word = element.text.trim()
  const known = TYPES.get(word) ?? TYPES.get(word.toUpperCase()) ?? text
  const size = element.attributes.get('size')
  const upTo = word.toUpperCase().startsWith('VAR') ? '*' : ''
  const sized = size === undefined ? known.arraysize : size + upTo
  const arraysize = element.attributes.get('arraysize') ?? sized
  return {
    datatype: known.datatype,
    arraysize: arraysize === '1' ? undefined : arraysize,
    xtype: element.attributes.get('extendedType') ?? known.xtype,
  }
}

function keyOf(element: XmlElement): ForeignKey {
  return {
    target: partsOf(childText(element, 'targetTable') ?? '').join('.'),
    columns: childrenOf(element, 'fkColumn').map((pair) => ({
      from: withoutQuotes(childText(pair, 'fromColumn') ?? ''),
      to: withoutQuotes(childText(pair, 'targetColumn') ?? ''),
    })),
    description: childText(element, 'description') ?? undefined,
  }
}
