/** The rows of a published table from a catalogue's file: CSV with a header line, or a FITS binary table. */
import { ArchiveError } from '@quipu/vo'
import type { IngestTable } from '../schema/catalog.ts'
import type { ColumnEntry } from '../schema/model.ts'
import type { PublishedRow } from '../stores/truth.ts'
import { openBintable } from './bintable.ts'
import { readCsv } from './csv.ts'
import { Misfit, storedValue } from './values.ts'
import type { Given, Stored } from './values.ts'

/** What a file has under a column's name; a text stands for a number or a time too. */
type Cell = Given | null

/**
 * Reads the file, at most 2 048 rows at a time. What it is, its first bytes say.
 * @param isStrict Refuses columns that the table does not have; otherwise they are passed over, as those of
 *   rows are that were taken in under another schema.
 * @throws ArchiveError `holding_invalid`, naming line (or row) and column.
 */
export async function* readRows(
  source: AsyncIterable<Uint8Array>, table: IngestTable, isStrict: boolean,
): AsyncGenerator<readonly PublishedRow[]> {
  const parts = source[Symbol.asyncIterator]()
  try {
    const first = await parts.next()
    if (first.done === true) throw invalid('the file is empty')
    const whole = rest(first.value, parts)
    const isFits = Buffer.from(first.value.subarray(0, SIMPLE.length)).toString('latin1') === SIMPLE
    yield* isFits ? bintableRows(whole, table, isStrict) : csvRows(whole, table, isStrict)
    // Who looks at the bytes as they pass, for their checksum, sees those after a table too.
    while ((await parts.next()).done !== true);
  } finally {
    await parts.return?.()
  }
}

const SIMPLE = 'SIMPLE  ='

async function* rest(first: Uint8Array, parts: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (let next = await parts.next(); next.done !== true; next = await parts.next()) yield next.value
}

async function* csvRows(
  source: AsyncIterable<Uint8Array>, table: IngestTable, isStrict: boolean,
): AsyncGenerator<readonly PublishedRow[]> {
  let columns: readonly (Column | undefined)[] | undefined
  for await (const records of readCsv(source)) {
    const body = columns === undefined ? records.slice(1) : records
    columns ??= columnsOf((records[0]?.fields ?? []).map((name) => name ?? ''), 'line 1', table, isStrict)
    const known = columns
    yield body.map(({ line, fields }) => rowOf(`line ${line}`, fields, known, table))
  }
}

async function* bintableRows(
  source: AsyncIterable<Uint8Array>, table: IngestTable, isStrict: boolean,
): AsyncGenerator<readonly PublishedRow[]> {
  const { names, rows } = await openBintable(source)
  const columns = columnsOf(names, 'its table', table, isStrict)
  for await (const batch of rows) {
    yield batch.map(({ row, cells }) => rowOf(`row ${row}`, cells, columns, table))
  }
}

interface Column { readonly name: string; readonly entry: ColumnEntry }

/** The columns that the names stand for, in any case; the cells of undefined ones are passed over. */
function columnsOf(
  names: readonly string[], where: string, table: IngestTable, isStrict: boolean,
): readonly (Column | undefined)[] {
  const known = new Map([...table.columns].map(([name, entry]) => [name.toLowerCase(), { name, entry }]))
  const seen = new Set<string>()
  return names.map((given, i) => {
    const name = given.trim().toLowerCase()
    const column = known.get(name)
    if (!column && isStrict) {
      throw invalid(name === '' ? `${where}: column ${i + 1} has no name`
        : `${where}: ${table.name} stores no column '${cut(given)}'; it has ${
          [...table.columns.keys()].join(', ')}`)
    }
    if (column && seen.has(name)) throw invalid(`${where}: the column '${column.name}' is there twice`)
    seen.add(name)
    return column
  })
}

function rowOf(
  where: string, cells: readonly Cell[], columns: readonly (Column | undefined)[], table: IngestTable,
): PublishedRow {
  if (cells.length !== columns.length) {
    throw invalid(`${where} has ${cells.length} fields, but the header has ${columns.length}`)
  }
  const row: Record<string, Stored> = { ...table.blank as Record<string, Stored> }
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]
    if (column) row[column.name] = valueOf(where, column, cells[i] ?? null)
  }
  for (const [name, entry] of table.columns) {
    if (row[name] !== null) continue
    if (entry.default !== undefined) row[name] = storedValue(entry.type, entry.default)
    if (row[name] === null && entry.required) throw invalid(`${where}, column ${name}: it needs a value`)
  }
  return row
}

/** Longest text of a number or a time. */
const MAX_SCALAR = 64

function valueOf(where: string, { name, entry: { type } }: Column, cell: Cell): Stored {
  if (cell === null) return null
  try {
    if (typeof cell !== 'string' || type === 'text' || type === 'region') return storedValue(type, cell)
    const text = cell.trim()
    // How a table that has no null writes one.
    if (text === '' || ((type === 'float' || type === 'double') && /^nan$/i.test(text))) return null
    if (text.length > MAX_SCALAR) throw new Misfit(`'${cut(text)}' is too long for a value of type ${type}`)
    return storedValue(type, text)
  } catch (error) {
    if (!(error instanceof Misfit)) throw error
    throw invalid(`${where}, column ${name}: ${error.message}`)
  }
}

function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const invalid = (why: string) => new ArchiveError('holding_invalid', why)
