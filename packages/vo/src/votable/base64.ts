/** base64, read. RFC 4648 §4, with the line breaks that VOTable streams have. */
import { ArchiveError } from '../errors.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const BLANK = 64
const PAD = 65
const WRONG = 66

const VALUES = new Uint8Array(128).fill(WRONG)
for (const [value, character] of [...ALPHABET].entries()) VALUES[character.charCodeAt(0)] = value
for (const blank of ' \t\r\n') VALUES[blank.charCodeAt(0)] = BLANK
VALUES['='.charCodeAt(0)] = PAD

/** The bytes. Padding may be missing; anything else that is wrong throws `document_invalid`. */
export function readBase64(text: string, what: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(text.length / 4) * 3)
  let length = 0
  let bits = 0
  let held = 0
  let isPadded = false
  for (let index = 0; index < text.length; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? WRONG
    if (value === BLANK) continue
    if (value === PAD) {
      isPadded = true
      continue
    }
    if (value === WRONG || isPadded) {
      const place = `'${text[index]}' at character ${index + 1}`
      throw new ArchiveError('document_invalid', `${what} is not base64: ${place}`)
    }
    bits = (bits << 6 | value) & 0xffffff
    held += 6
    if (held >= 8) {
      held -= 8
      bytes[length++] = bits >> held & 0xff
    }
  }
  if (held >= 6) {
    throw new ArchiveError('document_invalid', `${what} is not base64: its last group has one character`)
  }
  return bytes.subarray(0, length)
}
