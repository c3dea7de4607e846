/**
 * JSON, written: `{"metadata":[…],"data":[[…],…]}`, the shape that ESO's TAP has (that of vollt). RFC 8259.
 *
 * Metadata leave out what is empty; NaN and the infinities, which JSON cannot hold, are null; a long has all
 * its digits, which a reader in JavaScript must ask for. That shape says nothing of how a result ended: only
 * a result that was cut or broke off has `query_status` behind its data, and perhaps `query_message`.
 */
import { floatText } from './cells.ts'
import type { Cell, Field } from './field.ts'
import type { Ending, RowWriter } from './writer.ts'

export const JSON_TYPE = 'application/json'

/** Writes a table as JSON. */
export function jsonWriter(fields: readonly Field[]): RowWriter<string> {
  const columns = fields.map(cellText)
  let isFirst = true
  return {
    mediaType: JSON_TYPE,
    extension: 'json',
    head: () => `{"metadata":[${fields.map(metadataText).join(',\n')}],\n"data":[`,
    rows(batch) {
      let text = ''
      for (const row of batch) {
        text += isFirst ? '\n[' : ',\n['
        isFirst = false
        for (let index = 0; index < columns.length; index++) {
          const cell = row[index]
          if (index > 0) text += ','
          text += cell === null || cell === undefined ? 'null' : columns[index]!(cell)
        }
        text += ']'
      }
      return text
    },
    foot: (ending) => `\n]${endingText(ending)}}\n`,
  }
}

function metadataText({ name, description, datatype, arraysize, xtype, unit, ucd, utype }: Field): string {
  const told = { description, datatype, arraysize, xtype, unit, ucd, utype }
  const filled = Object.entries(told).filter(([, value]) => value !== undefined && value !== '')
  return JSON.stringify({ name, ...Object.fromEntries(filled) })
}

function endingText({ overflow, error }: Ending): string {
  if (error !== undefined) return `,\n"query_status":"ERROR","query_message":${JSON.stringify(error)}`
  return overflow === true ? ',\n"query_status":"OVERFLOW"' : ''
}

function cellText({ datatype }: Field): (cell: NonNullable<Cell>) => string {
  switch (datatype) {
    case 'char': case 'unicodeChar': return (cell) => JSON.stringify(cell)
    case 'float': case 'floatComplex': return (cell) => ofElements(cell, (value) => floatText(Number(value)))
    case 'boolean':
      return (cell) => ofElements(cell, (value) => value === 1 || value === true ? 'true' : 'false')
    default: return (cell) => ofElements(cell, String)
  }
}

type Element = number | bigint | boolean | string

function ofElements(cell: NonNullable<Cell>, text: (value: Element) => string): string {
  if (!Array.isArray(cell)) return finite(cell as Element, text)
  const elements = cell as readonly (number | bigint | null)[]
  return `[${elements.map((value) => value === null ? 'null' : finite(value, text)).join(',')}]`
}

function finite(value: Element, text: (value: Element) => string): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null'
  return Object.is(value, -0) ? '-0.0' : text(value)
}
