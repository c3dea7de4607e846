/**
 * VOTable, written: ESO's layout around rows in TABLEDATA, BINARY or BINARY2. VOTable 1.4 §3-§5, §8 and
 * DALI 1.1 §4.4 (INFO QUERY_STATUS).
 *
 * The declaration and VOTABLE on one line, FIELD attributes in alphabetical order and an empty TD for null
 * are what ESO's TAP writes and what its clients were tested with. The version is 1.4, the newest that the
 * validators in use know; its namespace is that of 1.3 (VOTable 1.4 §3.2).
 */
import { attributesText, escapeXml, XSI } from '../xml.ts'
import { openBase64 } from './base64.ts'
import type { Serialization } from './binary.ts'
import { openSink, written } from './bytes.ts'
import { cellWriter } from './cells.ts'
import { batchEncoder } from './columns.ts'
import type { ColumnBatch } from './columns.ts'
import { binaryColumns, rowEncoder } from './encode.ts'
import type { Field, Info, Row } from './field.ts'
import { systemsText } from './systems.ts'
import type { Ending, RowWriter } from './writer.ts'

/** What stands around the cells of a row. On one line: blanks between elements would be half of the bytes. */
export const TABLEDATA_ROW = { open: '<TR><TD>', between: '</TD><TD>', close: '</TD></TR>\n' } as const

/** The media type of a VOTable in TABLEDATA (VOTable 1.4 §8). */
export const VOTABLE_TYPE = 'application/x-votable+xml'

const NAMESPACE = 'http://www.ivoa.net/xml/VOTable/v1.3'
const OPEN = '<?xml version="1.0" encoding="UTF-8"?>'
  + `<VOTABLE version="1.4" xmlns="${NAMESPACE}" xmlns:xsi="${XSI}"`
  + ` xsi:schemaLocation="${NAMESPACE} http://www.ivoa.net/xml/VOTable/VOTable-1.4.xsd">\n`

/** What stands around the table. */
export interface VotableOptions {
  /** After QUERY_STATUS, before the table. */
  readonly infos?: readonly Info[] | undefined
  /** Written as they are before `</VOTABLE>`: RESOURCE elements of type meta (service descriptors). */
  readonly after?: string | undefined
  /** The first rows, where they are known before the head: binary forms declare their text by it. */
  readonly sample?: readonly Row[] | undefined
}

/** Writes a table in TABLEDATA with status OK; the foot adds OVERFLOW or ERROR after the table. */
export function votableWriter(
  fields: readonly Field[], options: VotableOptions = {},
): RowWriter<string> {
  const rowText = rowWriter(fields)
  return {
    mediaType: VOTABLE_TYPE,
    extension: 'xml',
    head: () => `${headText(fields, fields.map((field) => fieldText(field)), options)}        <TABLEDATA>\n`,
    rows(batch) {
      let text = ''
      for (const row of batch) text += rowText(row)
      return text
    },
    foot: (ending) => `        </TABLEDATA>\n${footText(ending, options)}`,
    form: 'TABLEDATA',
  }
}

/** The same table as a stream of BINARY or BINARY2, in base64. */
export function binaryVotableWriter(
  fields: readonly Field[], serialization: Serialization, options: VotableOptions = {},
): RowWriter {
  const columns = binaryColumns(fields, serialization, options.sample)
  const put = rowEncoder(columns, serialization)
  const putBatch = batchEncoder(columns, serialization)
  const sink = openSink()
  const base64 = openBase64()
  return {
    mediaType: `${VOTABLE_TYPE};serialization=${serialization}`,
    extension: 'xml',
    head: () => headText(fields, columns.map(({ field, nullText }) => fieldText(field, nullText)), options)
      + `        <${serialization}>\n          <STREAM encoding="base64">\n`,
    rows(batch) {
      sink.at = 0
      for (const row of batch) put(sink, row)
      return base64.write(written(sink))
    },
    ...putBatch === undefined ? {} : {
      columns(batch: ColumnBatch, count: number) {
        sink.at = 0
        putBatch(sink, batch, count)
        return base64.write(written(sink))
      },
    },
    foot: (ending) => `${new TextDecoder().decode(base64.end())}          </STREAM>\n`
      + `        </${serialization}>\n${footText(ending, options)}`,
  }
}

/** The document of a table without DATA, for files that hold the rows otherwise (VOParquet 1.0 §2). */
export function votableWithoutData(
  fields: readonly Field[], options: VotableOptions = {}, ending: Ending = {},
): string {
  const declared = fields.map((field) => fieldText(field))
  return tableText(fields, declared, options) + tableEnd(ending, options)
}

/** A whole document that says only what failed (DALI 1.1 §4.4.2). */
export function votableError(text: string): string {
  return `${OPEN}  <RESOURCE type="results">\n${endingText({ error: text })}  </RESOURCE>\n</VOTABLE>\n`
}

function headText(fields: readonly Field[], declared: readonly string[], options: VotableOptions): string {
  return `${tableText(fields, declared, options)}      <DATA>\n`
}

function tableText(fields: readonly Field[], declared: readonly string[], options: VotableOptions): string {
  const infos = [{ name: 'QUERY_STATUS', value: 'OK' }, ...options.infos ?? []]
  return `${OPEN}  <RESOURCE type="results">\n${infos.map(infoText).join('')}${systemsText(fields)}`
    + `    <TABLE>\n${declared.join('')}`
}

function footText(ending: Ending, options: VotableOptions): string {
  return `      </DATA>\n${tableEnd(ending, options)}`
}

function tableEnd(ending: Ending, options: VotableOptions): string {
  return `    </TABLE>\n${endingText(ending)}  </RESOURCE>\n${options.after ?? ''}</VOTABLE>\n`
}

function endingText(ending: Ending): string {
  const name = 'QUERY_STATUS'
  if (ending.error !== undefined) return infoText({ name, value: 'ERROR', text: ending.error })
  return ending.overflow === true ? infoText({ name, value: 'OVERFLOW' }) : ''
}

function infoText({ name, value, text }: Info): string {
  const attributes = attributesText({ name, value })
  if (text === undefined || text === '') return `    <INFO${attributes}/>\n`
  return `    <INFO${attributes}>${escapeXml(text)}</INFO>\n`
}

function fieldText(field: Field, nullText?: string): string {
  const { id: ID, arraysize, datatype, name, system: ref, ucd, unit, utype, xtype, description } = field
  const attributes = attributesText({
    ID, arraysize, datatype, name, ref, ucd: orNothing(ucd), unit: orNothing(unit), utype: orNothing(utype),
    xtype: orNothing(xtype),
  })
  const children = (orNothing(description) === undefined
    ? '' : `        <DESCRIPTION>${escapeXml(description ?? '')}</DESCRIPTION>\n`)
    + (nullText === undefined ? '' : `        <VALUES${attributesText({ null: nullText })}/>\n`)
  return children === '' ? `      <FIELD${attributes}/>\n`
    : `      <FIELD${attributes}>\n${children}      </FIELD>\n`
}

function orNothing(text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}

function rowWriter(fields: readonly Field[]): (row: Row) => string {
  const columns = fields.map((field) => {
    const text = cellWriter(field)
    const isPlain = field.datatype !== 'char' && field.datatype !== 'unicodeChar'
    return isPlain ? text : (cell: NonNullable<Row[number]>) => escapeXml(text(cell))
  })
  return (row) => {
    let text = TABLEDATA_ROW.open
    let index = 0
    for (const column of columns) {
      const cell = row[index]
      if (index++ > 0) text += TABLEDATA_ROW.between
      if (cell !== null && cell !== undefined) text += column(cell)
    }
    return text + TABLEDATA_ROW.close
  }
}
