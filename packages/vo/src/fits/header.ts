/** A whole FITS header: reading, its keys, its text, the size of the data after it. FITS 4.0 §3.3, §4. */
import { ArchiveError } from '../errors.ts'
import { readCard, readContinue } from './card.ts'
import type { Card } from './card.ts'

/** FITS 4.0 §3.1: everything comes in blocks of this size. */
export const BLOCK_BYTES = 2880
const CARD_BYTES = 80
/** Cards of one header; the longest of real instruments have a few thousand. */
const MAX_CARDS = 36_000

/** A value as rules and schema columns see it. */
export type KeyValue = string | number | boolean

/** The size rounded up to whole blocks. */
export function paddedBytes(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES
}

/**
 * Reads the header at the start of the bytes: of a file, or of an extension. `headerBytes` is where its
 * data begin. What follows END is not looked at.
 * @throws ArchiveError `holding_invalid`: no FITS header, no END in what is given, a byte that is not
 *   ASCII text (§4.1.2.1), more than 36 000 cards, the last block cut short.
 */
export function parseHeader(bytes: Uint8Array): { cards: Card[]; headerBytes: number } {
  const cards: Card[] = []
  for (let index = 0; ; index++) {
    if (index >= MAX_CARDS) throw invalid(`the header has more than ${MAX_CARDS} cards`)
    const text = cardText(bytes, index)
    if (index === 0 && !/^(SIMPLE {2}|XTENSION)= /.test(text)) {
      throw invalid(`a FITS header begins with SIMPLE or XTENSION, not '${text.slice(0, 10).trimEnd()}'`)
    }
    if (/^END {77}$/.test(text)) {
      const headerBytes = paddedBytes((index + 1) * CARD_BYTES)
      if (bytes.length < headerBytes) {
        throw invalid(`the file ends within its header: ${bytes.length} of ${headerBytes} bytes`)
      }
      return { cards, headerBytes }
    }
    addCard(cards, text)
  }
}

function addCard(cards: Card[], text: string): void {
  const last = cards.at(-1)
  const joined = text.startsWith('CONTINUE') && last ? readContinue(last, text) : undefined
  if (joined) cards[cards.length - 1] = joined
  else cards.push(readCard(text))
}

function cardText(bytes: Uint8Array, index: number): string {
  const start = index * CARD_BYTES
  if (bytes.length < start + CARD_BYTES) {
    if (bytes.length === 0) throw invalid('the file is empty')
    throw invalid(`the header has no END card in ${bytes.length} bytes`)
  }
  let text = ''
  for (let at = start; at < start + CARD_BYTES; at++) {
    const byte = bytes[at] ?? 0
    if (byte < 0x20 || byte > 0x7e) {
      throw invalid(index === 0
        ? 'this is not a FITS file: it does not begin with text'
        : `card ${index + 1} of the header has a byte that is not ASCII text (${byte}) at ${at - start + 1}`)
    }
    text += String.fromCharCode(byte)
  }
  return text
}

/**
 * Keyword → value, short forms; the first of several counts, as in CFITSIO. Keywords without a value are
 * left out; an integer beyond 2^53 is its digits.
 */
export function keysOf(cards: readonly Card[]): Record<string, KeyValue> {
  const keys: Record<string, KeyValue> = {}
  for (const { keyword, value } of cards) {
    if (value === null || Object.hasOwn(keys, keyword)) continue
    keys[keyword] = typeof value === 'bigint' ? String(value) : value
  }
  return keys
}

/** The header as people read it: the cards without padding, one a line, ending with `END`. */
export function headerText(cards: readonly Card[]): string {
  return [...cards.map((card) => card.raw), 'END'].join('\n')
}

/**
 * Bytes of data that the header announces, without padding. FITS 4.0 §4.4.1.1 eq. 1, §4.4.1.2 eq. 2;
 * random groups §6.1.1.
 * @throws ArchiveError `holding_invalid` when BITPIX, NAXIS, NAXISn, PCOUNT or GCOUNT is missing or not one.
 */
export function dataBytes(cards: readonly Card[]): number {
  const keys = keysOf(cards)
  const bits = keys['BITPIX']
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64 && bits !== -32 && bits !== -64) {
    throw invalid(`BITPIX is ${shown(bits)}; it is 8, 16, 32, 64, -32 or -64`)
  }
  const axes = countOf(keys, 'NAXIS', undefined)
  if (axes > 999) throw invalid(`NAXIS is ${axes}; it is at most 999`)
  if (axes === 0) return 0
  const isGroups = keys['NAXIS1'] === 0 && keys['GROUPS'] === true
  let elements = 1
  for (let axis = 1; axis <= axes; axis++) {
    const length = countOf(keys, `NAXIS${axis}`, undefined)
    if (!(isGroups && axis === 1)) elements *= length
  }
  const size = Math.abs(bits) / 8 * countOf(keys, 'GCOUNT', 1) * (countOf(keys, 'PCOUNT', 0) + elements)
  if (!Number.isSafeInteger(size)) throw invalid(`the header announces ${size} bytes of data`)
  return size
}

function countOf(keys: Record<string, KeyValue>, keyword: string, absent: number | undefined): number {
  const value = keys[keyword] ?? absent
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw invalid(`${keyword} is ${shown(value)}; it is a whole number from 0`)
}

const shown = (value: KeyValue | undefined) => (value === undefined ? 'missing' : `'${value}'`)
const invalid = (why: string) => new ArchiveError('holding_invalid', why)
