/**
 * UPLOAD: names of tables and where they come from. TAP 1.1 §2.7.6; DALI 1.1 §3.4.5; conformance P-1 to P-3.
 */
import { RESERVED } from '@quipu/adql'
import { ArchiveError } from '@quipu/vo'
import type { Content, FormPart } from '../http/multipart.ts'
import { cut } from './formats.ts'

/** A table of one query. More are a mistake, and each costs a connection or a file. */
export const MAX_UPLOADS = 50

export interface UploadName {
  /** As sent; `TAP_UPLOAD.name` in the query, in any case. */
  readonly name: string
  readonly uri: string
}

/** A table that a query reads. `content` is there when its URI is `param:…`. */
export interface Upload extends UploadName { readonly content?: Content | undefined }

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,127}$/
/** Where another `name,scheme:` begins: URIs may hold semicolons. */
const BETWEEN = /;(?=[^,;]*,\s*[A-Za-z][A-Za-z0-9+.-]*:)/
const PART = /^param:/i

/**
 * Reads all values of UPLOAD: one pair each, or several with semicolons between (TAP 1.0 §2.3.8).
 * @throws ArchiveError `parameter_invalid`, `document_too_large`.
 */
export function readUploadNames(values: readonly string[], known: readonly UploadName[] = []): UploadName[] {
  const found = values.flatMap((value) => value.split(BETWEEN))
    .map((pair) => pair.trim().replace(/;$/, '').trim()).filter((pair) => pair !== '')
  if (found.length + known.length > MAX_UPLOADS) {
    throw new ArchiveError('document_too_large', `a query takes at most ${MAX_UPLOADS} uploads`)
  }
  const taken = new Set(known.map(({ name }) => name.toLowerCase()))
  return found.map((pair) => {
    const upload = readPair(pair)
    if (taken.has(upload.name.toLowerCase())) {
      throw new ArchiveError('parameter_invalid',
        `UPLOAD names the table '${upload.name}' twice; uploads are not replaced, and names have no case`)
    }
    taken.add(upload.name.toLowerCase())
    return upload
  })
}

function readPair(pair: string): UploadName {
  const comma = pair.indexOf(',')
  const name = (comma < 0 ? pair : pair.slice(0, comma)).trim()
  const uri = comma < 0 ? '' : pair.slice(comma + 1).trim()
  if (uri === '') {
    throw new ArchiveError('parameter_invalid',
      `UPLOAD is name,uri such as t1,param:t1 or t1,https://host/table.vot, not '${cut(pair)}'`)
  }
  if (!NAME.test(name)) {
    throw new ArchiveError('parameter_invalid', `UPLOAD: '${cut(name)}' is no name of a table; `
      + 'use a letter, then letters, digits and underscores, without a schema and without quotes')
  }
  if (RESERVED.has(name.toUpperCase())) {
    throw new ArchiveError('parameter_invalid',
      `UPLOAD: '${name}' is a reserved word of ADQL; choose another name, such as ${name}_1`)
  }
  if (!/^(param|https?):/i.test(uri)) {
    throw new ArchiveError('parameter_invalid',
      `UPLOAD: '${cut(uri)}' cannot be read; param:, http: and https: can`)
  }
  return { name, uri }
}

/** The part that a URI names, if it names one. */
export function partOf(uri: string): string | undefined {
  return PART.test(uri) ? uri.replace(PART, '') : undefined
}

/** Names of the parts that are uploads and no parameters, whatever else is wrong in UPLOAD. */
export function partNames(values: readonly string[]): ReadonlySet<string> {
  const pairs = values.flatMap((value) => value.split(BETWEEN))
  return new Set(pairs.flatMap((pair) =>
    partOf(pair.slice(pair.indexOf(',') + 1).trim().replace(/;$/, '')) ?? []))
}

/**
 * The part of a request that an upload names.
 * @throws ArchiveError `parameter_missing`, `parameter_repeated`.
 */
export function partFor({ name, uri }: UploadName, parts: readonly FormPart[]): FormPart | undefined {
  const wanted = partOf(uri)
  if (wanted === undefined) return undefined
  const [found, ...more] = parts.filter((part) => part.name === wanted)
  if (found === undefined) {
    throw new ArchiveError('parameter_missing', `UPLOAD: the table '${name}' is to be the part `
      + `'${cut(wanted)}' of the form (multipart/form-data), and there is no such part`)
  }
  if (more.length > 0) {
    throw new ArchiveError('parameter_repeated',
      `UPLOAD: the form has ${more.length + 1} parts '${cut(wanted)}'; give each a name of its own`)
  }
  return found
}

/** The uploads of a request with their contents. */
export function readUploads(values: readonly string[], parts: readonly FormPart[]): Upload[] {
  return readUploadNames(values).map((upload) => ({ ...upload, content: partFor(upload, parts)?.content }))
}
