/**
 * Catalogues: products whose file holds the rows of a published table. The file is what is kept; its rows
 * are read once to check them when it is taken in, and again whenever the column copy is filled. Design §6.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { ArchiveError, assert } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import type { Catalog, IngestTable } from '../schema/catalog.ts'
import type { ColumnEntry } from '../schema/model.ts'
import type { OpenRows } from '../stores/catch-up.ts'
import type { FileStore } from '../stores/files.ts'
import type { PublishedRow, StoredFile } from '../stores/truth.ts'
import { readCsv } from './csv.ts'
import type { CsvRecord } from './csv.ts'
import type { Facts } from './facts.ts'
import type { FoundFile, Item } from './folder.ts'
import { Misfit, storedValue } from './values.ts'
import type { Stored } from './values.ts'

/** What was found when a catalogue's file was read through. */
export interface CheckedCatalogue {
  /** `safcat.STARS_V1`. */
  readonly table: string
  readonly rowCount: number
  /** Of the bytes that were checked, in hex: those that are stored must be the same. */
  readonly sha256: string
}

type Bytes = AsyncIterable<Uint8Array>
type Rows = AsyncGenerator<readonly PublishedRow[]>

/**
 * Reads the item's file through when its record says that it fills a table; undefined when it does not.
 * @throws ArchiveError `holding_invalid`, naming line and column; Misfit.
 */
export async function checkCatalogue(
  item: Item, facts: Facts, { catalog, truth, now }: Pick<Archive, 'catalog' | 'truth' | 'now'>,
): Promise<CheckedCatalogue | undefined> {
  const name = item.record?.table
  if (name === undefined) return undefined
  const table = catalog.ingest.get(name)
  if (table?.holds !== 'catalogue') {
    const known = [...catalog.ingest.values()].filter(({ holds }) => holds === 'catalogue')
    throw new Misfit(`there is no catalogue table '${name}'; ${known.length === 0 ? 'there is none'
      : `they are ${known.map((one) => one.name).join(', ')}`}`)
  }
  const { file } = item
  if (facts.kind !== 'product' || !file) {
    throw new Misfit(`it fills ${name}, so it is a product with a file`)
  }
  const run = facts.progId === null ? undefined : truth.findRun(facts.progId)
  if (run?.metadataPublic === false || facts.releaseMs === null || facts.releaseMs > now()) {
    throw new Misfit(`it fills ${name}, whose rows are everybody's, so it cannot be proprietary`)
  }
  const hash = createHash('sha256')
  let rowCount = 0
  for await (const rows of readRows(hashed(createReadStream(file.absolute), hash), file.path, table, true)) {
    rowCount += rows.length
  }
  return { table: name, rowCount, sha256: hash.digest('hex') }
}

async function* hashed(source: Bytes, hash: { update(bytes: Uint8Array): unknown }): Bytes {
  for await (const bytes of source) {
    hash.update(bytes)
    yield bytes
  }
}

/** How the column copy gets the rows of a stored catalogue; none of a table that the schema no longer has. */
export function catalogueOpener(
  { files, catalog }: { readonly files: FileStore; readonly catalog: Pick<Catalog, 'ingest'> },
): OpenRows {
  return ({ table: name, dpId, file }) => {
    const table = catalog.ingest.get(name)
    return table?.holds === 'catalogue' ? storedRows(files, file, table, dpId) : undefined
  }
}

async function* storedRows(files: FileStore, file: StoredFile, table: IngestTable, dpId: string): Rows {
  try {
    yield* readRows(files.read(file.key, 0, file.sizeBytes - 1) as Bytes, file.name, table, false)
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    throw new ArchiveError('holding_invalid', `${table.name}, from the file of ${dpId}: ${error.message}`)
  }
}

/**
 * The rows of a catalogue's file, in batches.
 * @param isStrict Refuses columns that the table does not have; otherwise they are passed over, as those of
 *   rows are that were taken in under another schema.
 */
function readRows(source: Bytes, fileName: string, table: IngestTable, isStrict: boolean): Rows {
  if (/\.csv$/i.test(fileName)) return csvRows(source, table, isStrict)
  throw new ArchiveError('holding_invalid', `the rows of ${table.name} are read from a CSV file (.csv)`)
}

async function* csvRows(source: Bytes, table: IngestTable, isStrict: boolean): Rows {
  let columns: readonly (Column | undefined)[] | undefined
  for await (const records of readCsv(source)) {
    const body = columns === undefined ? records.slice(1) : records
    columns ??= columnsOf(records[0], table, isStrict)
    const known = columns
    yield body.map((record) => rowOf(record, known, table))
  }
  if (columns === undefined) throw new ArchiveError('holding_invalid', 'the file is empty')
}

interface Column { readonly name: string; readonly entry: ColumnEntry }

/** The columns that the header names, in any case; the fields of undefined ones are passed over. */
function columnsOf(
  header: CsvRecord | undefined, table: IngestTable, isStrict: boolean,
): readonly (Column | undefined)[] {
  assert(header, 'a batch is not empty')
  const known = new Map([...table.columns].map(([name, entry]) => [name.toLowerCase(), { name, entry }]))
  const seen = new Set<string>()
  return header.fields.map((field, i) => {
    const name = (field ?? '').trim().toLowerCase()
    const column = known.get(name)
    if (!column && isStrict) {
      throw new ArchiveError('holding_invalid', name === '' ? `line 1: field ${i + 1} has no name`
        : `line 1: ${table.name} stores no column '${cut(field ?? '')}'; it has ${
          [...table.columns.keys()].join(', ')}`)
    }
    if (column && seen.has(name)) {
      throw new ArchiveError('holding_invalid', `line 1: the column '${column.name}' is there twice`)
    }
    seen.add(name)
    return column
  })
}

function rowOf(
  { line, fields }: CsvRecord, columns: readonly (Column | undefined)[], table: IngestTable,
): PublishedRow {
  if (fields.length !== columns.length) {
    throw new ArchiveError('holding_invalid',
      `line ${line} has ${fields.length} fields, but the header has ${columns.length}`)
  }
  const row: Record<string, Stored> = {}
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]
    if (column) row[column.name] = valueOf(line, column, fields[i] ?? null)
  }
  for (const [name, entry] of table.columns) {
    if (row[name] !== undefined && row[name] !== null) continue
    row[name] = entry.default === undefined ? null : storedValue(entry.type, entry.default)
    if (row[name] === null && entry.required) {
      throw new ArchiveError('holding_invalid', `line ${line}, column ${name}: it needs a value`)
    }
  }
  return row
}

/** Longest text of a number or a time. */
const MAX_SCALAR = 64

function valueOf(line: number, { name, entry }: Column, field: string | null): Stored {
  if (field === null) return null
  const { type } = entry
  const isText = type === 'text' || type === 'region'
  if (isText) return field
  const text = field.trim()
  // How a table that has no null writes one.
  if (text === '' || ((type === 'float' || type === 'double') && /^nan$/i.test(text))) return null
  try {
    if (text.length > MAX_SCALAR) throw new Misfit(`'${cut(text)}' is too long for a value of type ${type}`)
    return storedValue(type, text)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw new ArchiveError('holding_invalid', `line ${line}, column ${name}: ${error.message}`)
  }
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
