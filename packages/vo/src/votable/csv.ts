/** CSV, written: a header line, CRLF, quotes where needed, empty for null. RFC 4180 §2; TAP 1.1 §3.2. */
import { cellWriter } from './cells.ts'
import type { Cell, Field } from './field.ts'
import type { RowWriter } from './writer.ts'

/** TAP 1.1 §3.2 asks for `header=present`. */
export const CSV_TYPE = 'text/csv;charset=utf-8;header=present'

const NEEDS_QUOTES = /[",\r\n]/

/** Writes a table as CSV. Its foot is empty: overflow and late errors cannot be told. */
export function csvWriter(fields: readonly Field[]): RowWriter<string> {
  const columns = fields.map((field) => {
    const text = cellWriter(field)
    return (cell: Cell | undefined) => cell === null || cell === undefined ? '' : quoted(text(cell))
  })
  const last = columns.length - 1
  return {
    mediaType: CSV_TYPE,
    extension: 'csv',
    head: () => `${fields.map(({ name }) => quoted(name)).join(',')}\r\n`,
    rows(batch) {
      let text = ''
      for (const row of batch) {
        const start = text.length
        for (let index = 0; index < last; index++) text += `${columns[index]?.(row[index])},`
        text += columns[last]?.(row[last]) ?? ''
        // Readers skip an empty line, so a null alone in its row is written as quotes.
        text += text.length === start ? '""\r\n' : '\r\n'
      }
      return text
    },
    foot: () => '',
    form: 'CSV',
  }
}

function quoted(text: string): string {
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
