/**
 * Rows in forms that cost no JavaScript value a cell: text that the engine puts together in SQL, and columns
 * as the engine has them. Byte for byte what the writers of `vo` make of the same cells; a test holds them
 * together. VOTable 1.4 §6; RFC 4180 §2.
 *
 * Escaping costs a search a text; only what was found to need it is replaced, so plain text costs no copy.
 */
import {
  DuckDBBigIntVector, DuckDBBlobVector, DuckDBBooleanVector, DuckDBDoubleVector, DuckDBFloatVector,
  DuckDBIntegerVector, DuckDBSmallIntVector, DuckDBTypeId,
} from '@duckdb/node-api'
import type { DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api'
import { assert } from '@quipu/vo'
import { TABLEDATA_ROW } from '@quipu/vo/votable'
import type { ColumnBatch, Datatype, Field, NumberColumn, RowForm } from '@quipu/vo/votable'
import type { ColumnRows, TextRows } from './columns.ts'

/** SQL that reads `q(c0, c1, …)` and gives the columns that `read` takes. */
export interface Form<B> {
  /** A SELECT over the statement's rows, without what marks the end. */
  readonly sql: (rows: string) => string
  readonly width: number
  readonly read: (chunk: DuckDBDataChunk, count: number) => B
}

/** The engine's own types of a datatype; text may be a timestamp too. A column of another one is refused. */
const TYPES: Partial<Record<Datatype, readonly DuckDBTypeId[]>> = {
  long: [DuckDBTypeId.BIGINT], int: [DuckDBTypeId.INTEGER], short: [DuckDBTypeId.SMALLINT],
  double: [DuckDBTypeId.DOUBLE], float: [DuckDBTypeId.FLOAT], boolean: [DuckDBTypeId.BOOLEAN],
  char: [DuckDBTypeId.VARCHAR, DuckDBTypeId.TIMESTAMP],
  unicodeChar: [DuckDBTypeId.VARCHAR, DuckDBTypeId.TIMESTAMP],
}

/** A column of `q` and what it holds. */
interface Source { readonly name: string; readonly type: DuckDBTypeId }

function sourcesOf(fields: readonly Field[], types: readonly DuckDBTypeId[]): Source[] | undefined {
  const isKnown = fields.every(({ datatype, arraysize }, i) => {
    const isArray = arraysize !== undefined && datatype !== 'char' && datatype !== 'unicodeChar'
    return !isArray && (TYPES[datatype] ?? []).some((type) => type === types[i])
  })
  return isKnown && fields.length > 0
    ? types.slice(0, fields.length).map((type, i) => ({ name: `c${i}`, type })) : undefined
}

const literal = (text: string): string => `'${text.replaceAll('\'', '\'\'')}'`

/** Rows of TABLEDATA or CSV; undefined for columns that the engine holds in a type of its own. */
export function textForm(
  form: RowForm, fields: readonly Field[], types: readonly DuckDBTypeId[],
): Form<TextRows> | undefined {
  const sources = sourcesOf(fields, types)
  if (sources === undefined) return undefined
  const escape = form === 'CSV' ? csvText : xmlText
  const cells = sources.map((source) => source.type === DuckDBTypeId.VARCHAR
    ? escape(source.name) : plainText(source))
  const { open, between, close } = form === 'CSV' ? { open: '', between: ',', close: '\r\n' } : TABLEDATA_ROW
  const parts = cells.flatMap((cell, i) => i === 0 ? [cell] : [literal(between), cell])
  // Readers skip an empty line, so a null alone in its row is written as quotes.
  const alone = form === 'CSV' && cells.length === 1
  const inner = alone ? `coalesce(nullif(concat(${parts.join(', ')}), ''), '""')` : parts.join(', ')
  const row = `encode(concat(${literal(open)}, ${inner}, ${literal(close)}))`
  return { sql: (rows) => `select ${row} from ${rows}`, width: 1, read: readText }
}

function readText(chunk: DuckDBDataChunk, count: number): TextRows {
  const vector = chunk.getColumnVector(0)
  assert(vector instanceof DuckDBBlobVector, 'rows of text come as bytes')
  const pieces: Uint8Array[] = []
  for (let row = 0; row < count; row++) {
    const bytes = vector.getItemBytes(row)
    assert(bytes !== null, 'a row of text is never null')
    pieces.push(bytes)
  }
  return { count, bytes: (n) => Buffer.concat(n < count ? pieces.slice(0, n) : pieces) }
}

/** Of what holds no sign that a form would escape. */
function plainText({ name, type }: Source): string {
  switch (type) {
    case DuckDBTypeId.DOUBLE: case DuckDBTypeId.FLOAT:
      return `case when isfinite(${name}) then ${name}::varchar when isnan(${name}) then 'NaN'`
        + ` when ${name} > 0 then '+Inf' when ${name} < 0 then '-Inf' end`
    case DuckDBTypeId.TIMESTAMP: return timestampText(name)
    default: return `${name}::varchar`
  }
}

/** ESO's form; years beyond four digits as ISO 8601 has them. */
function timestampText(name: string): string {
  const year = `lpad(abs(year(${name}))::varchar, 6, '0')`
  return `case when ${name} between timestamp '0001-01-01' and timestamp '9999-12-31 23:59:59.999999'`
    + ` then strftime(${name}, '%Y-%m-%dT%H:%M:%S.%gZ')`
    + ` when not isfinite(${name}) then error('not a time')`
    + ` when year(${name}) = 0 then strftime(${name}, '0000-%m-%dT%H:%M:%S.%gZ')`
    + ` when ${name} is not null then concat(case when year(${name}) < 0 then '-' else '+' end,`
    + ` ${year}, strftime(${name}, '-%m-%dT%H:%M:%S.%gZ')) end`
}

/** As `escapeXml` of `vo`. */
const XML_ESCAPES = [
  ['\'&\'', '&amp;'], ['\'<\'', '&lt;'], ['\'>\'', '&gt;'], ['\'"\'', '&quot;'], ['\'\'\'\'', '&apos;'],
  ['chr(9)', '&#9;'], ['chr(10)', '&#10;'], ['chr(13)', '&#13;'],
] as const

function xmlText(name: string): string {
  const replaced = XML_ESCAPES.reduce((sql, [sign, escape]) => `replace(${sql}, ${sign}, '${escape}')`, name)
  return `case when regexp_matches(${name}, '[&<>"''\\x00-\\x1f\\x{fffe}\\x{ffff}]')`
    + ` then regexp_replace(${replaced}, '[\\x00-\\x1f\\x{fffe}\\x{ffff}]', '', 'g') else ${name} end`
}

function csvText(name: string): string {
  return `case when regexp_matches(${name}, '[",\\r\\n]')`
    + ` then concat('"', replace(${name}, '"', '""'), '"') else ${name} end`
}

/** Rows as columns; undefined as for text. */
export function columnForm(fields: readonly Field[], types: readonly DuckDBTypeId[]):
Form<ColumnRows> | undefined {
  const sources = sourcesOf(fields, types)
  if (sources === undefined) return undefined
  const isText = ({ type }: Source): boolean =>
    type === DuckDBTypeId.VARCHAR || type === DuckDBTypeId.TIMESTAMP
  const texts = sources.filter(isText)
  const made = sources.map((source) => isText(source) ? `${wireText(source)} as ${source.name}` : source.name)
  const columns = sources.map((source) => isText(source) ? `strlen(${source.name})::integer` : source.name)
  const together = texts.length === 0 ? `''::blob`
    : `encode(concat(${texts.map(({ name }) => name).join(', ')}))`
  const isTexts = sources.map(isText)
  return {
    sql: (rows) =>
      `select ${columns.join(', ')}, ${together} from (select ${made.join(', ')} from ${rows}) as w`,
    width: sources.length + 1,
    read: (chunk, count) => readColumns(chunk, count, isTexts),
  }
}

/** As it goes into a binary stream, where NUL would end a text. */
function wireText(source: Source): string {
  const { name, type } = source
  if (type === DuckDBTypeId.TIMESTAMP) return timestampText(name)
  return `case when contains(${name}, chr(0)) then replace(${name}, chr(0), '') else ${name} end`
}

function readColumns(chunk: DuckDBDataChunk, count: number, isText: readonly boolean[]): ColumnRows {
  const columns = isText.map((text, i): ColumnBatch['columns'][number] => {
    const { values, valid } = arraysOf(chunk.getColumnVector(i), count)
    if (!text) return { kind: 'numbers', values, valid }
    assert(values instanceof Int32Array, 'the size of a text is an integer')
    return { kind: 'text', bytes: values, valid }
  })
  const texts = chunk.getColumnVector(isText.length)
  assert(texts instanceof DuckDBBlobVector, 'texts come as bytes')
  return { count, batch: { columns, texts: (row) => texts.getItemBytes(row) ?? new Uint8Array() } }
}

/**
 * What a vector has inside. It keeps it to itself, and giving it out value by value costs ten times as much;
 * where another version keeps it otherwise, the values are asked for.
 */
interface Inside {
  readonly items?: unknown
  readonly validity?: { readonly data?: unknown; readonly offset?: unknown }
}

type Values = NumberColumn['values']

function arraysOf(vector: DuckDBVector, count: number): { values: Values; valid: Uint8Array | undefined } {
  const { items, validity } = vector as unknown as Inside
  const isArray = items instanceof Float64Array || items instanceof Float32Array
    || items instanceof Int32Array || items instanceof Int16Array || items instanceof BigInt64Array
  const data = validity?.data
  const isBits = data === null || data instanceof BigUint64Array
  if (isArray && isBits && validity?.offset === 0) {
    const valid = data === null ? undefined : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    return { values: items, valid }
  }
  const values = emptyArray(vector, count)
  const valid = new Uint8Array(Math.ceil(count / 8))
  for (let row = 0; row < count; row++) {
    const value = vector.getItem(row)
    if (value === null) continue
    valid[row >> 3]! |= 1 << (row & 7)
    values[row] = values instanceof BigInt64Array ? value as bigint : Number(value)
  }
  return { values, valid }
}

function emptyArray(vector: DuckDBVector, count: number): Values {
  if (vector instanceof DuckDBDoubleVector) return new Float64Array(count)
  if (vector instanceof DuckDBFloatVector) return new Float32Array(count)
  if (vector instanceof DuckDBIntegerVector) return new Int32Array(count)
  if (vector instanceof DuckDBSmallIntVector) return new Int16Array(count)
  if (vector instanceof DuckDBBigIntVector) return new BigInt64Array(count)
  assert(vector instanceof DuckDBBooleanVector, 'numbers come in the types that were asked for')
  return new Uint8Array(count)
}
