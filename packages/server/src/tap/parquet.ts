/**
 * A result as a Parquet file, written. Apache Parquet 2.10; the VOTable of its columns, without rows, stands
 * in the file's metadata (VOParquet 1.0 §2), where a cut result says OVERFLOW.
 *
 * Integers, floats and booleans have Parquet's own types, an integer of fewer bits with its width;
 * timestamps are UTC in microseconds; text is UTF-8; arrays, and complex numbers as their two parts, are
 * lists. Nulls are nulls everywhere.
 */
import { assert, parseIsoMicros } from '@quipu/vo'
import { isArray, isText, openMeasure, votableWithoutData } from '@quipu/vo/votable'
import type { Cell, Field, MeasuredFormat, Row } from '@quipu/vo/votable'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { ColumnSource, SchemaElement } from 'hyparquet-writer'

export const PARQUET_TYPE = 'application/vnd.apache.parquet'

/** Cells of a row group, which is held in memory and coded at one go: few, so that nobody waits long, */
const GROUP_CELLS = 128 * 1024
/** and more in a large file, whose metadata grow with its groups; */
const LARGE_GROUP_CELLS = 1024 * 1024
/** a file of more groups than this is large. */
const MANY_GROUPS = 1_000
/** Characters of text of a row group. */
const GROUP_CHARACTERS = 16 * 1024 * 1024

/**
 * A Parquet file with one table. Its rows are read twice, so that a failure at the last row is still told as
 * one, and a column of timestamps is known to hold nothing else.
 */
export const parquetFormat: MeasuredFormat = {
  mediaType: PARQUET_TYPE,
  extension: 'parquet',
  // The width of a timestamp is 1 where some text is none: the column is then written as text.
  measure: (fields) => openMeasure(
    fields.map((field) => isTimestamp(field)
      ? (cell) => parseIsoMicros(cell as string) === undefined ? 1 : 0 : undefined),
    fields.map(() => 0)),
  writer(fields, { rows, widths, overflow }, infos = [], after = undefined) {
    const forms = fields.map((field, index) => formOf(field, widths[index] === 0))
    const bytes = new ByteWriter()
    const votable = votableWithoutData(fields, { infos, after }, { overflow })
    const writer = new ParquetWriter({
      writer: bytes,
      schema: [{ name: 'schema', num_children: forms.length }, ...forms.flatMap(({ schema }) => schema)],
      kvMetadata: [
        { key: 'IVOA.VOTable-Parquet.version', value: '1.0' },
        { key: 'IVOA.VOTable-Parquet.content', value: votable },
      ],
      createdBy: 'quipu',
    })
    const group = openGroup(forms, groupRows(rows, forms.length))
    const writeGroup = (): void => {
      const done = writer.write({ columnData: group.take(), rowGroupSize: Infinity })
      assert(done === undefined, 'bytes in memory are written at once')
    }
    const takeBytes = (): Uint8Array => {
      const taken = bytes.getBytes().slice()
      bytes.index = 0
      return taken
    }
    return {
      mediaType: PARQUET_TYPE,
      extension: 'parquet',
      head: takeBytes,
      rows(batch) {
        for (const row of batch) if (group.add(row)) writeGroup()
        return takeBytes()
      },
      foot() {
        if (group.count() > 0) writeGroup()
        void writer.finish()
        return takeBytes()
      },
    }
  },
}

function isTimestamp({ datatype, xtype }: Field): boolean {
  return isText(datatype) && (xtype === 'timestamp' || xtype === 'adql:TIMESTAMP')
}

/** Of a group: what of so many rows makes neither a long step nor many groups. */
function groupRows(rows: number, columns: number): number {
  const cells = Math.min(Math.max(GROUP_CELLS, Math.ceil(rows * columns / MANY_GROUPS)), LARGE_GROUP_CELLS)
  return Math.max(1, Math.floor(cells / Math.max(1, columns)))
}

interface Form {
  readonly name: string
  readonly schema: readonly SchemaElement[]
  readonly isFloating: boolean
  readonly value: (cell: NonNullable<Cell>) => unknown
}

/** The rows of one group, by column. */
function openGroup(forms: readonly Form[], maxRows: number) {
  let columns: unknown[][] = forms.map(() => [])
  let count = 0
  let characters = 0
  return {
    count: () => count,
    /** True when the group is full. */
    add(row: Row): boolean {
      for (let index = 0; index < forms.length; index++) {
        const cell = row[index] ?? null
        if (typeof cell === 'string') characters += cell.length
        else if (Array.isArray(cell)) characters += 8 * cell.length
        columns[index]!.push(cell === null ? null : forms[index]!.value(cell))
      }
      count += 1
      return count >= maxRows || characters >= GROUP_CHARACTERS
    },
    take(): ColumnSource[] {
      const taken = columns
      columns = forms.map(() => [])
      count = 0
      characters = 0
      return forms.map(({ name, isFloating }, index) => ({
        name, data: taken[index]!, offsetIndex: false,
        // A dictionary would take -0 for 0, and least and greatest of numbers with NaN help nobody.
        ...isFloating ? { encoding: 'PLAIN', statistics: false } as const : {},
      }))
    },
  }
}

function formOf(field: Field, isAllTimestamps: boolean): Form {
  const { name, datatype } = field
  const isFloating = /^(float|double)/.test(datatype)
  if (isText(datatype)) {
    const isTime = isTimestamp(field) && isAllTimestamps
    return {
      name, isFloating, schema: [{ ...isTime ? TIMESTAMP : TEXT, name, repetition_type: 'OPTIONAL' }],
      value: isTime ? (cell) => parseIsoMicros(cell as string) : String,
    }
  }
  const { element, value } = NUMBERS[datatype]
  const isComplex = datatype === 'floatComplex' || datatype === 'doubleComplex'
  if (!isArray(field) && !isComplex) {
    return { name, isFloating, schema: [{ ...element, name, repetition_type: 'OPTIONAL' }], value }
  }
  return {
    name, isFloating,
    schema: [
      { name, repetition_type: 'OPTIONAL', num_children: 1, ...LIST },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      { ...element, name: 'element', repetition_type: 'OPTIONAL' },
    ],
    value: (cell) => (cell as readonly (number | bigint | null)[])
      .map((each) => each === null ? null : value(each)),
  }
}

type Element = Omit<SchemaElement, 'name'>

const TEXT: Element = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } }
const LIST: Element = { converted_type: 'LIST', logical_type: { type: 'LIST' } }
const TIMESTAMP: Element = {
  type: 'INT64', converted_type: 'TIMESTAMP_MICROS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' },
}

interface Numbers { readonly element: Element; readonly value: (cell: NonNullable<Cell>) => unknown }

/** By its converted type only: the library writes the width of the logical type as Parquet has it not. */
const integer = (converted_type: 'UINT_8' | 'INT_16'): Numbers => ({
  element: { type: 'INT32', converted_type }, value: Number,
})
const LOGICAL: Numbers = { element: { type: 'BOOLEAN' }, value: (cell) => Number(cell) === 1 }
const FLOAT: Numbers = { element: { type: 'FLOAT' }, value: Number }
const DOUBLE: Numbers = { element: { type: 'DOUBLE' }, value: Number }

const NUMBERS: Readonly<Record<Exclude<Field['datatype'], 'char' | 'unicodeChar'>, Numbers>> = {
  boolean: LOGICAL,
  bit: LOGICAL,
  unsignedByte: integer('UINT_8'),
  short: integer('INT_16'),
  int: { element: { type: 'INT32' }, value: Number },
  long: { element: { type: 'INT64' }, value: (cell) => BigInt(cell as bigint) },
  float: FLOAT,
  double: DOUBLE,
  floatComplex: FLOAT,
  doubleComplex: DOUBLE,
}
