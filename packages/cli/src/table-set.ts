/** Published tables from a file: the document of a service's `/tables`, or rows of its TAP_SCHEMA.columns. */
import { ArchiveError } from '@quipu/vo'
import type { Datatype } from '@quipu/vo/votable'
import { readTables } from '@quipu/vo/vosi'
import type { Column, Table, TableSet } from '@quipu/vo/vosi'

/**
 * Reads a VOSI tables document (XML), or a JSON array of records of TAP_SCHEMA.columns as
 * `quipu query --format json 'SELECT * FROM TAP_SCHEMA.columns'` prints them.
 * @throws ArchiveError `document_invalid`.
 */
export function readTableSet(text: string): TableSet {
  const begin = text.trimStart().at(0)
  if (begin === '<') return readTables(text)
  if (begin !== '[' && begin !== '{') throw invalid('begins neither as XML nor as JSON')
  const parsed = parseJson(text)
  const records: unknown = Array.isArray(parsed) ? parsed : (parsed as Record<string, unknown>)['columns']
  if (!Array.isArray(records)) throw invalid('holds no array of columns')
  const tables = new Map<string, Column[]>()
  for (const record of records as unknown[]) {
    const { table, column } = columnOf(record)
    tables.set(table, [...tables.get(table) ?? [], column])
  }
  return { schemas: [{ name: '', description: '', tables: [...tables].map(tableOf) }] }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw invalid(`is no JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const DATATYPES = new Set<string>([
  'boolean', 'bit', 'unsignedByte', 'short', 'int', 'long', 'float', 'double', 'char', 'unicodeChar',
  'floatComplex', 'doubleComplex',
] satisfies Datatype[])

function columnOf(record: unknown): { table: string; column: Column } {
  const fields: Record<string, unknown> = typeof record === 'object' && record !== null ? { ...record } : {}
  const text = (name: string): string | undefined => {
    const value = fields[name]
    return value === undefined || value === null || value === '' ? undefined : String(value)
  }
  const [table, name, given] = [text('table_name'), text('column_name'), text('datatype') ?? 'char']
  if (table === undefined || name === undefined) {
    throw invalid('has a column without table_name or column_name')
  }
  const column: Column = {
    name, datatype: DATATYPES.has(given) ? given as Datatype : 'char', arraysize: text('arraysize'),
    xtype: text('xtype'), unit: text('unit'), ucd: text('ucd'), utype: text('utype'),
    description: text('description') ?? '', principal: false, indexed: false, std: false,
  }
  return { table, column }
}

function tableOf([whole, columns]: readonly [string, readonly Column[]]): Table {
  const [schema, name] = whole.includes('.')
    ? [whole.slice(0, whole.indexOf('.')), whole.slice(whole.indexOf('.') + 1)] : ['', whole]
  return { schema, name, kind: 'table', title: '', description: '', columns, foreignKeys: [] }
}

const invalid = (what: string) => new ArchiveError('document_invalid', `the file of tables ${what}`)
