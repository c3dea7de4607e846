/**
 * A result as a page for people, written. HTML Living Standard §4.9, §13.1. Whatever a cell holds is text: no
 * markup comes out of data, and only addresses of http and https become links.
 */
import { escapeXml } from '../xml.ts'
import { cellWriter, isText } from './cells.ts'
import type { Cell, Field, Info } from './field.ts'
import type { Ending, RowWriter } from './writer.ts'

export const HTML_TYPE = 'text/html;charset=UTF-8'

const ADDRESS = /^https?:\/\/[^\s<>"'\\]+$/i

const STYLE = 'body{font-family:sans-serif}table{border-collapse:collapse}'
  + 'th,td{border:1px solid #bbb;padding:2px 6px;text-align:left;white-space:pre-wrap}'
  + '.n{text-align:right}thead{background:#eee}'

/** Writes a table as HTML; the infos stand above it. */
export function htmlWriter(fields: readonly Field[], infos: readonly Info[] = []): RowWriter<string> {
  const columns = fields.map(cellHtml)
  const told = infos.map(({ name, value }) =>
    `<dt>${escapeXml(name)}</dt><dd><pre>${escapeXml(value)}</pre></dd>\n`)
  return {
    mediaType: HTML_TYPE,
    extension: 'html',
    head: () => '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
      + `<title>Result</title>\n<style>${STYLE}</style>\n</head>\n<body>\n`
      + (told.length === 0 ? '' : `<dl>\n${told.join('')}</dl>\n`)
      + `<table>\n<thead>\n<tr>${fields.map(headHtml).join('')}</tr>\n</thead>\n<tbody>\n`,
    rows(batch) {
      let html = ''
      for (const row of batch) {
        html += '<tr>'
        for (let index = 0; index < columns.length; index++) html += columns[index]!(row[index] ?? null)
        html += '</tr>\n'
      }
      return html
    },
    foot: (ending) => `</tbody>\n</table>\n${endingHtml(ending)}</body>\n</html>\n`,
  }
}

function headHtml({ name, unit, ucd, description }: Field): string {
  const more = [description, ucd].filter((text) => text !== undefined && text !== '').join(' · ')
  const title = more === '' ? '' : ` title="${escapeXml(more)}"`
  const inUnit = unit === undefined || unit === '' ? '' : `<br><small>${escapeXml(unit)}</small>`
  return `<th scope="col"${title}>${escapeXml(name)}${inUnit}</th>`
}

function cellHtml(field: Field): (cell: Cell) => string {
  const text = cellWriter(field)
  if (!isText(field.datatype)) {
    return (cell) => cell === null ? '<td></td>' : `<td class="n">${text(cell)}</td>`
  }
  return (cell) => {
    if (cell === null) return '<td></td>'
    const html = escapeXml(text(cell))
    return ADDRESS.test(cell as string) ? `<td><a href="${html}" rel="noreferrer noopener">${html}</a></td>`
      : `<td>${html}</td>`
  }
}

function endingHtml({ overflow, error }: Ending): string {
  if (error !== undefined) return `<p role="alert"><strong>ERROR</strong>: ${escapeXml(error)}</p>\n`
  return overflow === true
    ? '<p role="alert"><strong>OVERFLOW</strong>: there are more rows than the limit of this answer</p>\n'
    : ''
}
