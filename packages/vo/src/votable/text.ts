/**
 * A result as lines of aligned columns, written: for terminals. Text stands left, numbers right; null is
 * blank. Control characters, which would break the lines or steer the terminal, become blanks.
 */
import { cellWriter, isText } from './cells.ts'
import type { Field } from './field.ts'
import { openMeasure } from './measured.ts'
import type { MeasuredFormat } from './measured.ts'

export const TEXT_TYPE = 'text/plain;charset=UTF-8'

const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g
const PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g

/** Aligned text: the widths of its columns are known only when all rows have been seen. */
export const textFormat: MeasuredFormat = {
  mediaType: TEXT_TYPE,
  extension: 'txt',
  measure: (fields) => openMeasure(
    fields.map((field) => {
      const text = shownWriter(field)
      return (cell) => widthOf(text(cell))
    }),
    fields.map(({ name }) => widthOf(shown(name)))),
  writer(fields, { widths }) {
    const texts = fields.map(shownWriter)
    const isRight = fields.map(({ datatype }) => !isText(datatype))
    const pad = (text: string, index: number): string => {
      const blanks = ' '.repeat(Math.max(0, (widths[index] ?? 0) - widthOf(text)))
      return isRight[index] === true ? blanks + text : text + blanks
    }
    const line = (cells: readonly string[]): string => `${cells.map(pad).join(' | ').trimEnd()}\n`
    return {
      mediaType: TEXT_TYPE,
      extension: 'txt',
      head: () => line(fields.map(({ name }) => shown(name)))
        + `${widths.map((width) => '-'.repeat(width)).join('-+-')}\n`,
      rows: (batch) => batch.map((row) => line(texts.map((text, index) => {
        const cell = row[index]
        return cell === null || cell === undefined ? '' : text(cell)
      }))).join(''),
      foot: ({ overflow }) => overflow === true
        ? '\nOVERFLOW: there are more rows than the limit of this answer\n' : '',
    }
  },
}

function shownWriter(field: Field): ReturnType<typeof cellWriter> {
  const text = cellWriter(field)
  return isText(field.datatype) ? (cell) => shown(text(cell)) : text
}

function shown(text: string): string {
  return text.replaceAll(CONTROLS, ' ')
}

/** Characters, not UTF-16 units. */
function widthOf(text: string): number {
  return text.length - (text.match(PAIRS)?.length ?? 0)
}
