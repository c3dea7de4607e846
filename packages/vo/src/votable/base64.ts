/** base64, read and written. RFC 4648 §4, with the line breaks that VOTable streams have. */
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

/** The two characters of each 12 bits, the first in the upper byte. */
const PAIRS = new Uint16Array(4096)
for (let bits = 0; bits < 4096; bits++) {
  PAIRS[bits] = ALPHABET.charCodeAt(bits >> 6) << 8 | ALPHABET.charCodeAt(bits & 63)
}

const NEW_LINE = 0x0a
const EQUALS = 0x3d

/** base64 in pieces: each a line of whole groups, what is left over kept for the next. */
export interface Base64Stream {
  /** ASCII. */
  write(bytes: Uint8Array): Uint8Array
  /** The last group, padded. */
  end(): Uint8Array
}

export function openBase64(): Base64Stream {
  let kept: Uint8Array = new Uint8Array()
  return {
    write(bytes) {
      const all = kept.length === 0 ? bytes : joined(kept, bytes)
      const whole = all.length - all.length % 3
      kept = all.slice(whole)
      return whole === 0 ? new Uint8Array() : encode(all.subarray(0, whole))
    },
    end() {
      if (kept.length === 0) return new Uint8Array()
      const padding = 3 - kept.length
      const line = encode(joined(kept, new Uint8Array(padding)))
      line.fill(EQUALS, 4 - padding, 4)
      kept = new Uint8Array()
      return line
    },
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function encode(bytes: Uint8Array): Uint8Array {
  const line = new Uint8Array(bytes.length / 3 * 4 + 1)
  let at = 0
  for (let index = 0; index < bytes.length; index += 3) {
    const bits = bytes[index]! << 16 | bytes[index + 1]! << 8 | bytes[index + 2]!
    const upper = PAIRS[bits >> 12]!
    const lower = PAIRS[bits & 0xfff]!
    line[at++] = upper >> 8
    line[at++] = upper & 0xff
    line[at++] = lower >> 8
    line[at++] = lower & 0xff
  }
  line[at] = NEW_LINE
  return line
}
