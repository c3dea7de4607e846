/** The rows of TAP_SCHEMA, made from the table set that it describes. TAP 1.1 §4; conformance S-1 to S-6. */
import type { Column, Table, TableSet } from '@quipu/vo/vosi'
import type { CatalogueEntry } from './model.ts'

type TapSchemaRow = Readonly<Record<string, string | number | null>>

/** By table name: `TAP_SCHEMA.tables` and its four sisters. */
export type TapSchemaRows = ReadonlyMap<string, readonly TapSchemaRow[]>

/**
 * @param reserved `schema.table.column` of columns whose names a query writes in double quotes (S-1).
 * @param catalogues By table name; undefined when the service publishes none, and has no columns for them.
 */
export function makeTapSchemaRows(
  tableSet: TableSet, reserved: ReadonlySet<string>,
  catalogues: ReadonlyMap<string, CatalogueEntry> | undefined,
): TapSchemaRows {
  const tables = tableSet.schemas.flatMap((schema) => schema.tables)
  const keys = tables.flatMap((table) => table.foreignKeys.map((key, i) => ({
    id: `${nameOf(table)}.${i + 1}`, from: nameOf(table), key,
  })))
  return new Map<string, TapSchemaRow[]>([
    ['TAP_SCHEMA.schemas', tableSet.schemas.map((schema, i) => ({
      schema_name: schema.name, utype: null, description: schema.description, schema_index: i + 1,
    }))],
    ['TAP_SCHEMA.tables', tables.map((table, i) => ({
      schema_name: table.schema, table_name: nameOf(table), table_type: table.kind,
      utype: table.utype ?? null, description: table.description, table_index: i + 1,
      ...catalogues ? catalogueCells(table, catalogues.get(nameOf(table))) : {},
    }))],
    ['TAP_SCHEMA.columns', tables.flatMap((table) => table.columns.map((column, i) =>
      columnRow(table, column, i + 1, reserved.has(`${nameOf(table)}.${column.name}`))))],
    ['TAP_SCHEMA.keys', keys.map(({ id, from, key }) => ({
      key_id: id, from_table: from, target_table: key.target,
      description: key.description ?? null, utype: null,
    }))],
    ['TAP_SCHEMA.key_columns', keys.flatMap(({ id, key }) => key.columns.map((pair) => ({
      key_id: id, from_column: pair.from, target_column: pair.to,
    })))],
  ])
}

/** ESO's columns of TAP_SCHEMA.tables (eso-protocol §2.11); all null of a table that is no catalogue. */
function catalogueCells(table: Table, entry: CatalogueEntry | undefined): TapSchemaRow {
  return {
    cat_id: entry?.catId ?? null, title: table.title === '' ? null : table.title,
    version: entry?.version ?? null, collection: entry?.collection ?? null, filter: entry?.filter ?? null,
    instrument: entry?.instrument ?? null, telescope: entry?.telescope ?? null,
    publication_date: entry?.publicationDate ?? null, number_rows: entry?.numberRows ?? null,
    number_columns: entry ? table.columns.length : null, rel_descr_url: entry?.relDescrUrl ?? null,
    acknowledgment: entry?.acknowledgment ?? null, mjd_obs: entry?.mjdObs ?? null,
    mjd_end: entry?.mjdEnd ?? null, skysqdeg: entry?.skySquareDeg ?? null,
    bibliography: entry?.bibliography ?? null, document_id: entry?.documentId ?? null,
  }
}

function nameOf(table: Table): string {
  return `${table.schema}.${table.name}`
}

function columnRow(table: Table, column: Column, index: number, isReserved: boolean): TapSchemaRow {
  const size = /^(\d+)\*?$/.exec(column.arraysize ?? '')?.[1]
  return {
    table_name: nameOf(table), column_name: isReserved ? `"${column.name}"` : column.name,
    datatype: column.datatype, arraysize: column.arraysize ?? null, xtype: column.xtype ?? null,
    size: size === undefined ? null : Number(size), description: column.description,
    utype: column.utype ?? null, unit: column.unit ?? null, ucd: column.ucd ?? null,
    indexed: Number(column.indexed), principal: Number(column.principal), std: Number(column.std),
    column_index: index,
  }
}
