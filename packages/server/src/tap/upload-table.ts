/**
 * A VOTable's columns as ADQL and an engine take them. TAP 1.1 §2.7.6, §3.5; conformance P-6 to P-8. Every
 * type comes out of `SELECT *` as it went in; arrays are text to the engine, as are times, which have digits
 * and forms that it would lose.
 */
import { UPLOAD_SCHEMA } from '@quipu/adql'
import type { SourceColumn, TableSource } from '@quipu/adql'
import { ArchiveError } from '@quipu/vo'
import type { Table } from '@quipu/vo/vosi'
import type { Cell, Field, Row } from '@quipu/vo/votable'
import type { StoredColumn } from '../schema/catalog.ts'
import { elementsText, isElements } from '../stores/array-text.ts'
import type { PublishedRow } from '../stores/truth.ts'
import { cut } from './formats.ts'

/** PostgreSQL has 1 600, fewer of long ones. */
const MAX_COLUMNS = 1_000

export interface UploadedTable {
  readonly table: Table
  /** `tap_upload.t1`. */
  readonly key: string
  readonly source: TableSource
  readonly columns: readonly StoredColumn[]
  /** A row as the engine takes it. */
  readonly rowOf: (row: Row) => PublishedRow[string][]
}

/**
 * @param relation Its name in the engine, and the engine's schema.
 * @throws ArchiveError `document_invalid`, `document_too_large`.
 */
export function uploadedTable(
  name: string, fields: readonly Field[], relation: readonly [string, string],
): UploadedTable {
  checkFields(name, fields)
  const columns = fields.map((field, i): StoredColumn => ({ name: `c${i + 1}`, type: engineType(field) }))
  const writers = fields.map(cellWriter)
  const names = fields.map((field) => `"${field.name.replaceAll('"', '""')}"`)
  return {
    key: `${UPLOAD_SCHEMA}.${name}`.toLowerCase(),
    table: {
      schema: UPLOAD_SCHEMA, name, kind: 'table', title: '', description: '', foreignKeys: [], isUpload: true,
      columns: fields.map(({ id: _, ...field }, i) => ({
        ...field, name: names[i] ?? '', description: field.description ?? '',
        principal: false, indexed: false, std: false,
      })),
    },
    source: {
      parts: [{ relation }],
      columns: new Map(names.map((given, i): [string, SourceColumn] =>
        [given, { kind: 'stored', column: `c${i + 1}` }])),
    },
    columns,
    rowOf: (row) => writers.map((write, i) => write(row[i] ?? null)),
  }
}

function checkFields(name: string, fields: readonly Field[]): void {
  if (fields.length === 0) {
    throw new ArchiveError('document_invalid', `upload '${name}': its table has no columns`)
  }
  if (fields.length > MAX_COLUMNS) {
    throw new ArchiveError('document_too_large',
      `upload '${name}': its table has ${fields.length} columns; at most ${MAX_COLUMNS} are taken`)
  }
  const seen = new Set<string>()
  for (const { name: column } of fields) {
    if (seen.has(column)) {
      throw new ArchiveError('document_invalid',
        `upload '${name}': two columns have the name '${cut(column)}'; give each its own`)
    }
    seen.add(column)
  }
}

function engineType(field: Field): StoredColumn['type'] {
  if (isElements(field)) return 'text'
  switch (field.datatype) {
    case 'boolean': return 'boolean'
    case 'bit': case 'unsignedByte': case 'short': return 'smallint'
    case 'int': return 'integer'
    case 'long': return 'bigint'
    case 'float': return 'real'
    case 'double': return 'double'
    default: return 'text'
  }
}

function cellWriter(field: Field): (cell: Cell) => PublishedRow[string] {
  if (isElements(field)) {
    return (cell) => cell === null ? null : elementsText(field, cell as readonly (number | bigint | null)[])
  }
  if (field.datatype === 'bit') return (cell) => cell === null ? null : Number(cell)
  return (cell) => cell as PublishedRow[string]
}
