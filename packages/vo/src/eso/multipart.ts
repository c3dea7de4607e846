/**
 * Several association trees in one answer, as calSelector gives them for several ids: `multipart/form-data`
 * with one attachment a frame. RFC 2046 §5.1 (multipart), RFC 6266 §4 (file names).
 */
import { ArchiveError } from '../errors.ts'
import { assert } from '../assert.ts'

/** One document of the answer: `FORS2.2021-01-02T00:59:12.533_raw2raw.xml` and its text. */
export interface TreePart { readonly filename: string; readonly xml: string }

const MAX_PARTS = 1000

/** The body. The boundary is the caller's: RFC 2046 §5.1.1 characters, and in none of the documents. */
export function multipartBody(boundary: string, parts: readonly TreePart[]): string {
  assert(/^[0-9A-Za-z'()+_,./:=?-]{1,70}$/.test(boundary), 'a boundary has 1 to 70 of the characters allowed')
  const bodies = parts.map(({ filename, xml }) => {
    assert(!xml.includes(`--${boundary}`), 'the boundary is in a document')
    assert(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/.test(filename), `'${filename}' is no file name for a header`)
    return [
      `--${boundary}`,
      `Content-Disposition: attachment; filename="${filename}"`,
      'Content-Type: application/xml;content=calselector',
      `Content-Length: ${new TextEncoder().encode(xml).length}`,
      '',
      xml,
    ].join('\r\n')
  })
  return [...bodies, `--${boundary}--`, ''].join('\r\n')
}

/**
 * The documents of such an answer; line ends may be CRLF or LF.
 * @throws ArchiveError `document_invalid` when the type is not multipart with a boundary, the body does not
 *   have it, is cut short, or a part has no file name.
 */
export function readMultipart(contentType: string, body: string): TreePart[] {
  const match = /^\s*multipart\/[\w-]+\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType)
  const boundary = match?.[1] ?? match?.[2]
  if (boundary === undefined) {
    throw invalid(`its type is '${contentType.slice(0, 80)}', not multipart/form-data with a boundary`)
  }
  const pieces = splitAt(body, boundary)
  if (pieces.length > MAX_PARTS) {
    throw new ArchiveError('document_too_large', `the answer has more than ${MAX_PARTS} parts`)
  }
  return pieces.map(partOf)
}

/** The text between delimiter lines; what stands before the first and behind the last does not count. */
function splitAt(body: string, boundary: string): string[] {
  const pieces: string[] = []
  const delimiter = `--${boundary}`
  let start = -1
  let at = 0
  for (;;) {
    const found = body.indexOf(delimiter, at)
    if (found < 0) throw invalid(start < 0 ? 'the boundary is not in its body' : 'it is cut short')
    at = found + delimiter.length
    const line = /^(--)?[ \t]*(\r?\n|$)/.exec(body.slice(at, at + 200))
    // Within a line, or with more behind it, it is text like any other.
    if (line === null || (found > 0 && body[found - 1] !== '\n')) continue
    if (start >= 0) pieces.push(body.slice(start, found).replace(/\r?\n$/, ''))
    if (line[1] !== undefined) return pieces
    at = start = at + line[0].length
  }
}

function partOf(piece: string): TreePart {
  const end = /(^|\n)\r?\n/.exec(piece)
  if (end === null) throw invalid('a part has no blank line after its headers')
  const headers = piece.slice(0, end.index)
  const filename = /^content-disposition:.*?;\s*filename="?([^";\r\n]+)/im.exec(headers)?.[1]?.trim()
  if (filename === undefined || filename === '') throw invalid('a part has no file name')
  return { filename, xml: piece.slice(end.index + end[0].length) }
}

const invalid = (why: string) => new ArchiveError('document_invalid', `this is no multipart answer: ${why}`)
