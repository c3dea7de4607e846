/**
 * ESO's archive identifiers. They name files and end URLs, so what is taken for one is safe as either.
 * Forms seen: `SPHER.2016-09-26T04:15:07.252`, `M.SPHERE.<time>`, `ADP.<time>`, a raw id with `.NL` (its
 * night log), `E-095.F-9802A.2015JUL15.TAR`. IVOA Identifiers 2.0 §2.4 for the `ivo://` form.
 */
import { ArchiveError } from '../errors.ts'
import { isoOf, parseIso } from '../time.ts'

declare const dpIdBrand: unique symbol
/** An identifier that was checked: 3 to 128 of `A-Z a-z 0-9 . : _ -`, without `..`. */
export type DpId = string & { readonly [dpIdBrand]: true }

const MAX_LENGTH = 128
/** Words of letters and digits, joined by single dots; at least one dot. No leading or trailing dot. */
const DP_ID = /^[A-Za-z0-9][A-Za-z0-9:_-]*(\.[A-Za-z0-9:_-]+)+$/
const DID = /^ivo:\/\/eso\.org\/ID\?/i

/**
 * Checks an identifier as a caller typed it.
 * @throws ArchiveError `parameter_invalid`, saying what is wrong and what would work.
 */
export function parseDpId(text: string): DpId {
  const problem = problemOf(text)
  if (problem !== undefined) throw new ArchiveError('parameter_invalid', problem)
  return text as DpId
}

/**
 * The identifier in `ivo://eso.org/ID?<dp_id>`, the form of DataLink's ID and ObsCore's obs_publisher_did, or
 * a bare one. The caller has undone percent-encoding. Throws as `parseDpId`.
 */
export function dpIdOfDid(text: string): DpId {
  if (/^ivo:/i.test(text) && !DID.test(text)) {
    const message = `'${shown(text)}' is no identifier of this archive; it would be ivo://eso.org/ID?<dp_id>`
    throw new ArchiveError('parameter_invalid', message)
  }
  return parseDpId(text.replace(DID, ''))
}

/** `ivo://eso.org/ID?<dp_id>`, colons literal as ESO writes them. */
export function publisherDid(dpId: string): string {
  return `ivo://eso.org/ID?${dpId}`
}

function problemOf(text: string): string | undefined {
  if (text === '') return 'the dp_id is empty; one looks like SPHER.2016-09-26T04:15:07.252'
  if (text.length > MAX_LENGTH) return `a dp_id has at most ${MAX_LENGTH} characters, this one ${text.length}`
  const given = `'${shown(text)}'`
  if (DID.test(text)) return `${given} is a publisher DID; the dp_id is the part after '?'`
  if (/%[0-9a-f]{2}/i.test(text)) return `${given} is percent-encoded; the dp_id has its colons as they are`
  const file = /^(.*?)(\.NL)?\.(fits(\.(Z|gz|fz))?|txt)$/i.exec(text)
  if (file?.[1]) return `${given} is a file name; its dp_id is '${shown(file[1] + (file[2] ?? ''))}'`
  // Windows and macOS turn the colons of file names into underscores.
  const colons = text.replace(/(T\d\d)_(\d\d)_(\d\d)/, '$1:$2:$3')
  if (colons !== text) return `${given} has '_' where a dp_id has ':'; did you mean '${shown(colons)}'?`
  const bad = /[^A-Za-z0-9.:_-]/u.exec(text)
  if (bad) return `${given} has ${characterName(bad[0])}; a dp_id has letters, digits and . : _ - only`
  if (DP_ID.test(text)) return undefined
  if (!text.includes('.')) return `${given} is no dp_id; one looks like SPHER.2016-09-26T04:15:07.252`
  return `${given} is no dp_id: it begins with a letter or digit and has single dots within`
}

function characterName(character: string): string {
  if (character === ' ') return 'a blank'
  const code = character.codePointAt(0) ?? 0
  if (code > 0x20 && code < 0x7f) return `'${character}'`
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** A caller's text as a message may show it: short, one line, printable. */
function shown(text: string): string {
  const line = text.replace(/[^\x20-\x7e]/gu, '?')
  return line.length > 80 ? `${line.slice(0, 77)}...` : line
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?/
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
/** A night begins at noon in Chile, taken as UT-4 the whole year. */
const NOON_MS = 16 * 3_600_000

/**
 * The night an exposure belongs to, `YYYY-MM-DD`: the date of its evening, so that all frames from one noon
 * in Chile (16:00 UT) to the next have the same. Of an id, or of milliseconds since 1970. An APEX id has its
 * date in it.
 * @throws ArchiveError `parameter_invalid` when the id has no time in it.
 */
export function nightOf(dpIdOrMs: string | number): string {
  const ms = typeof dpIdOrMs === 'number' ? dpIdOrMs : parseIso(TIME.exec(dpIdOrMs)?.[0] ?? '')
  if (ms !== undefined) return isoOf(ms - NOON_MS).slice(0, 10)
  const date = /\.(\d{4})([A-Z]{3})(\d\d)(?:\.|$)/.exec(String(dpIdOrMs))
  const month = MONTHS.indexOf(date?.[2] ?? '') + 1
  if (date && month > 0) return `${date[1]}-${String(month).padStart(2, '0')}-${date[3]}`
  throw new ArchiveError('parameter_invalid', `'${shown(String(dpIdOrMs))}' has no time in it, so no night`)
}
