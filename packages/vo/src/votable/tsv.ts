/**
 * TSV, written: a header line, one line a row, empty for null. IANA text/tab-separated-values; TAP 1.1 §3.2.
 * The format has no quotes, so tabs and line ends of a value become blanks.
 */
import { cellWriter } from './cells.ts'
import type { Field } from './field.ts'
import type { RowWriter } from './writer.ts'

export const TSV_TYPE = 'text/tab-separated-values'

const BREAKS = /[\t\r\n]/
const ALL_BREAKS = /[\t\r\n]/g

/** Writes a table as TSV. Its foot is empty: overflow and late errors cannot be told. */
export function tsvWriter(fields: readonly Field[]): RowWriter<string> {
  const columns = fields.map(cellWriter)
  return {
    mediaType: TSV_TYPE,
    extension: 'tsv',
    head: () => `${fields.map(({ name }) => onOneLine(name)).join('\t')}\n`,
    rows(batch) {
      let text = ''
      for (const row of batch) {
        for (let index = 0; index < columns.length; index++) {
          const cell = row[index]
          if (index > 0) text += '\t'
          if (cell !== null && cell !== undefined) text += onOneLine(columns[index]!(cell))
        }
        text += '\n'
      }
      return text
    },
    foot: () => '',
  }
}

function onOneLine(text: string): string {
  return BREAKS.test(text) ? text.replaceAll(ALL_BREAKS, ' ') : text
}
