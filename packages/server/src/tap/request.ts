/**
 * The parameters of a TAP query, as a request or a stored job has them. TAP 1.1 §2.7; DALI 1.1 §3.4;
 * conformance T-11 to T-20, D-14.
 */
import { ArchiveError } from '@quipu/vo'
import type { Config } from '../config.ts'
import type { Parameters } from '../http/parameters.ts'
import { chooseFormat, cut } from './formats.ts'
import type { Choice } from './formats.ts'
import type { Upload } from './upload.ts'

/** Values of LANG; `ADQL` is the newest of them. Each is declared in capabilities. */
export const LANGUAGES = ['ADQL', 'ADQL-2.0', 'ADQL-2.1'] as const
export const MAX_RUNID = 64

export interface TapRequest {
  readonly query: string
  /** Rows at most: MAXREC, capped by the service; 0 asks for metadata only. */
  readonly maxRows: number
  readonly choice: Choice
  /** Tables that come with it; none unless given. */
  readonly uploads?: readonly Upload[] | undefined
}

/** Where a parameter's value comes from. */
export type Lookup = (name: string) => string | undefined

/** Reads the parameters of a request; a single-valued one that came twice is refused (DALI 1.1 §3.2). */
export function lookupOf(parameters: Parameters): Lookup {
  return (name) => parameters.one(name)
}

/**
 * Reads and checks. REQUEST and VERSION, of TAP 1.0, are not looked at (DALI 1.1 §3.4).
 * @throws ArchiveError `parameter_missing`, `parameter_invalid`, `parameter_repeated`, `adql_too_complex`.
 */
export function readTapRequest(find: Lookup, settings: Config['tap']): TapRequest {
  checkLanguage(find('LANG'))
  const query = find('QUERY')
  if (query === undefined || query.trim() === '') {
    throw new ArchiveError('parameter_missing', 'QUERY is missing; send the ADQL text in it')
  }
  const sizeBytes = Buffer.byteLength(query)
  if (sizeBytes > settings.queryBytes) {
    throw new ArchiveError('adql_too_complex',
      `the query has ${sizeBytes} bytes; at most ${settings.queryBytes} are read`)
  }
  return {
    query,
    maxRows: readMaxrec(find('MAXREC'), settings),
    choice: chooseFormat(find('RESPONSEFORMAT') ?? find('FORMAT')),
  }
}

function checkLanguage(language: string | undefined): void {
  if (isBlank(language)) throw new ArchiveError('parameter_missing', 'LANG is missing; send LANG=ADQL')
  if (!LANGUAGES.some((known) => known.toLowerCase() === language?.toLowerCase())) {
    throw new ArchiveError('parameter_invalid',
      `unknown query language '${cut(language ?? '')}'; use ${LANGUAGES.join(', ')}`)
  }
}

/** TAP 1.1 §2.7.4: missing is the default, above the hard limit is the hard limit. */
function readMaxrec(text: string | undefined, settings: Config['tap']): number {
  if (text === undefined || isBlank(text)) return settings.defaultRows
  const digits = text.trim()
  if (!/^\+?\d+$/.test(digits)) {
    throw new ArchiveError('parameter_invalid',
      `MAXREC is a whole number of rows from 0 up, not '${cut(text)}'`)
  }
  return Math.min(Number(digits), settings.maxRows)
}

/**
 * The caller's own name for a run (DALI 1.1 §3.4.6).
 * @throws ArchiveError `parameter_invalid` when it is longer than 64 characters.
 */
export function readRunId(find: Lookup): string | null {
  const text = find('RUNID')
  if (text === undefined || isBlank(text)) return null
  if (text.length > MAX_RUNID) {
    throw new ArchiveError('parameter_invalid', `RUNID has ${text.length} characters; at most ${MAX_RUNID}`)
  }
  return text
}

function isBlank(text: string | undefined): boolean {
  return text === undefined || text.trim() === ''
}
