/**
 * Writes FITS headers that every reader takes: fixed format, ESO's dotted keywords as HIERARCH cards.
 * FITS 4.0 §4.1, §4.2 (values), §4.4.1 (mandatory keywords first is the caller's part).
 */
import { ArchiveError } from '../errors.ts'
import type { CardValue } from './card.ts'
import { BLOCK_BYTES, paddedBytes } from './header.ts'

/** One card to write. */
export interface HeaderEntry {
  /** `NAXIS1`, `DPR.CATG` (written as HIERARCH ESO DPR CATG), `COMMENT`, `HISTORY`. */
  readonly keyword: string
  /** Null writes a keyword without a value (§4.1.2.3). */
  readonly value: CardValue
  /** ASCII; cut where the card ends. */
  readonly comment?: string | undefined
  /** Writes a whole number as a real: `120.0`. */
  readonly real?: boolean | undefined
}

const CARD_BYTES = 80
const KEYWORD = /^[A-Z0-9_-]{1,8}$/
const DOTTED = /^[A-Z0-9_-]+(\.[A-Z0-9_-]+)+$/
const PRINTABLE = /^[\x20-\x7e]*$/

/**
 * A header in whole 2880-byte blocks, END included. The first entry is SIMPLE or XTENSION.
 * @throws ArchiveError `holding_invalid`: a keyword that is none, text that is not ASCII or does not fit on
 *   its card (no CONTINUE is written: ESO's clients stumble over it), a number that is not finite.
 */
export function writeHeader(entries: readonly HeaderEntry[]): Uint8Array {
  const first = entries[0]?.keyword
  if (first !== 'SIMPLE' && first !== 'XTENSION') {
    throw invalid(`a header begins with SIMPLE or XTENSION, not ${first ?? 'nothing'}`)
  }
  const lines = [...entries.map(cardText), 'END'.padEnd(CARD_BYTES)]
  const bytes = new Uint8Array(paddedBytes(lines.length * CARD_BYTES)).fill(0x20)
  bytes.set(new TextEncoder().encode(lines.join('')))
  return bytes
}

/** Zeros that fill up data of this size to a whole block (§3.3.2: images and binary tables). */
export function paddingAfter(sizeBytes: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - sizeBytes % BLOCK_BYTES) % BLOCK_BYTES)
}

function cardText(entry: HeaderEntry): string {
  const { keyword, value } = entry
  if (keyword === 'COMMENT' || keyword === 'HISTORY' || keyword === '') return commentary(keyword, value)
  if (keyword === 'END' || keyword === 'CONTINUE') throw invalid(`${keyword} is not a keyword to write`)
  const card = KEYWORD.test(keyword)
    ? `${keyword.padEnd(8)}= ${fixed(keyword, entry)}`
    : `${hierarchy(keyword)} = ${valueText(keyword, entry)}`
  if (card.length > CARD_BYTES) {
    throw invalid(`the value of ${keyword} is ${card.length - CARD_BYTES} characters too long for its card`)
  }
  return withComment(card, keyword, entry.comment)
}

function commentary(keyword: string, value: CardValue): string {
  const text = String(value ?? '')
  if (!PRINTABLE.test(text)) throw notAscii(keyword, text)
  if (text.length > 72) throw invalid(`a ${keyword} card holds 72 characters, not ${text.length}`)
  return (keyword.padEnd(8) + text).padEnd(CARD_BYTES)
}

function hierarchy(keyword: string): string {
  if (!DOTTED.test(keyword)) {
    throw invalid(`'${keyword}' is not a keyword: at most 8 of A-Z 0-9 _ -, or words of those joined by dots`)
  }
  return `HIERARCH ESO ${keyword.replaceAll('.', ' ')}`
}

/** §4.2: text begins in column 11, everything else ends in column 30. */
function fixed(keyword: string, entry: HeaderEntry): string {
  const text = valueText(keyword, entry)
  return typeof entry.value === 'string' ? text : text.padStart(20)
}

function valueText(keyword: string, { value, real }: HeaderEntry): string {
  switch (typeof value) {
    case 'string':
      if (!PRINTABLE.test(value)) throw notAscii(keyword, value)
      return `'${value.replaceAll("'", "''").padEnd(8)}'`
    case 'boolean': return value ? 'T' : 'F'
    case 'bigint': return String(value)
    case 'number': return numberText(keyword, value, real === true)
    default: return ''
  }
}

/** The shortest digits that give the number again. Exponents are E, never D (§4.2.4 allows both). */
function numberText(keyword: string, value: number, real: boolean): string {
  if (!Number.isFinite(value)) throw invalid(`${keyword} cannot be ${value}: a header has no such number`)
  if (Number.isSafeInteger(value)) return real ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value)
  const text = String(value).toUpperCase().replace('E+', 'E')
  return /[.E]/.test(text) ? text : `${text}.0`
}

function withComment(card: string, keyword: string, comment: string | undefined): string {
  if (comment === undefined || comment === '') return card.padEnd(CARD_BYTES)
  if (!PRINTABLE.test(comment)) throw notAscii(keyword, comment)
  const start = card.padEnd(30)
  const whole = `${start} / ${comment}`
  // A comment of which not even a letter fits is better left out.
  return (start.length + 3 < CARD_BYTES ? whole.slice(0, CARD_BYTES) : card).padEnd(CARD_BYTES)
}

function notAscii(keyword: string, text: string): ArchiveError {
  const found = [...text].find((character) => !PRINTABLE.test(character)) ?? ''
  const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')
  return invalid(`${keyword} holds U+${code}; a header takes printable ASCII only`)
}

const invalid = (why: string) => new ArchiveError('holding_invalid', why)
