/**
 * VOTable, written: ESO's layout, TABLEDATA. VOTable 1.3 §3-§5 and DALI 1.1 §4.4 (INFO QUERY_STATUS).
 *
 * Version 1.3 with the declaration and VOTABLE on one line, FIELD attributes in alphabetical order and an
 * empty TD for null are what ESO's TAP writes and what its clients were tested with.
 */
import { attributesText, escapeXml, XSI } from '../xml.ts'
import { cellWriter } from './cells.ts'
import type { Field, Info, Row } from './field.ts'
import type { Ending, RowWriter } from './writer.ts'

/** The media type of a VOTable in TABLEDATA (VOTable 1.4 §8). */
export const VOTABLE_TYPE = 'application/x-votable+xml'

const NAMESPACE = 'http://www.ivoa.net/xml/VOTable/v1.3'
const OPEN = '<?xml version="1.0" encoding="UTF-8"?>'
  + `<VOTABLE version="1.3" xmlns="${NAMESPACE}" xmlns:xsi="${XSI}"`
  + ` xsi:schemaLocation="${NAMESPACE} http://www.ivoa.net/xml/VOTable/VOTable-1.3.xsd">\n`

/** What stands around the table. */
export interface VotableOptions {
  /** After QUERY_STATUS, before the table. */
  readonly infos?: readonly Info[] | undefined
  /** Written as they are before `</VOTABLE>`: RESOURCE elements of type meta (service descriptors). */
  readonly after?: string | undefined
}

/** Writes a table with status OK; the foot adds OVERFLOW or ERROR after the table. */
export function votableWriter(fields: readonly Field[], options: VotableOptions = {}): RowWriter {
  const infos = [{ name: 'QUERY_STATUS', value: 'OK' }, ...options.infos ?? []]
  const rowText = rowWriter(fields)
  return {
    mediaType: VOTABLE_TYPE,
    extension: 'xml',
    head: () => `${OPEN}  <RESOURCE type="results">\n${infos.map(infoText).join('')}    <TABLE>\n`
      + `${fields.map(fieldText).join('')}      <DATA>\n        <TABLEDATA>\n`,
    rows(batch) {
      let text = ''
      for (const row of batch) text += rowText(row)
      return text
    },
    foot: (ending) => '        </TABLEDATA>\n      </DATA>\n    </TABLE>\n'
      + `${endingText(ending)}  </RESOURCE>\n${options.after ?? ''}</VOTABLE>\n`,
  }
}

/** A whole document that says only what failed (DALI 1.1 §4.4.2). */
export function votableError(text: string): string {
  return `${OPEN}  <RESOURCE type="results">\n${endingText({ error: text })}  </RESOURCE>\n</VOTABLE>\n`
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

function fieldText(field: Field): string {
  const { id: ID, arraysize, datatype, name, ucd, unit, utype, xtype, description } = field
  const attributes = attributesText({
    ID, arraysize, datatype, name, ucd: orNothing(ucd), unit: orNothing(unit), utype: orNothing(utype),
    xtype: orNothing(xtype),
  })
  if (orNothing(description) === undefined) return `      <FIELD${attributes}/>\n`
  const text = escapeXml(description ?? '')
  return `      <FIELD${attributes}>\n        <DESCRIPTION>${text}</DESCRIPTION>\n      </FIELD>\n`
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
    let text = '          <TR>\n'
    let index = 0
    for (const column of columns) {
      const cell = row[index++]
      text += cell === null || cell === undefined
        ? '            <TD></TD>\n'
        : `            <TD>${column(cell)}</TD>\n`
    }
    return `${text}          </TR>\n`
  }
}
