/**
 * UNIX compress (`.Z`): LZW with codes of 9 to 16 bits, block mode, as ncompress and the BSD `compress` write
 * it. Raw frames travel in this form. There is no standard; the format is what those programs do: codes go
 * out least significant bit first in groups of eight, and a group that is not full when the width changes, or
 * the table is cleared, is filled up with bits that nobody reads.
 */
import { assert } from '../assert.ts'
import { ArchiveError } from '../errors.ts'

const MAGIC = [0x1f, 0x9d] as const
const BLOCK_MODE = 0x80
const WIDTH_MASK = 0x1f
const MIN_WIDTH = 9
const MAX_WIDTH = 16
/** In block mode this code empties the table. */
const CLEAR = 256
/** How often, in bytes of input, the compressor looks whether its full table still serves. */
const CHECK_BYTES = 10_000

/** Whether the bytes begin as a `.Z` file does. */
export function isCompressed(bytes: Uint8Array): boolean {
  return bytes.length >= 3 && bytes[0] === MAGIC[0] && bytes[1] === MAGIC[1]
}

/**
 * The bytes that a `.Z` file holds.
 * @param maxBytes Most that may come out: a few bytes of input can stand for 65 536 of output.
 * @throws ArchiveError `holding_invalid` when it is no `.Z` file, is damaged or visibly cut short (the format
 *   has no length, so a cut between two codes goes unseen); `document_too_large` when more would come out.
 */
export function decompressZ(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const { out, isWhole } = decode(bytes, maxBytes)
  if (!isWhole) {
    throw new ArchiveError('document_too_large', `the .Z file holds more than ${maxBytes} bytes`)
  }
  return out
}

/** The first bytes that a `.Z` file holds, at most this many: enough to read a header. Throws as above. */
export function decompressZStart(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return decode(bytes, maxBytes).out
}

/** Reads codes of changing width from groups of eight. */
interface CodeReader {
  /** Whether no whole code is left. */
  atEnd(): boolean
  /** The next code; `atEnd` was asked and said no. */
  next(): number
  /** Leaves the group that was begun and goes on with codes of this width. */
  restart(width: number): void
}

function codeReader(bytes: Uint8Array): CodeReader {
  let width = MIN_WIDTH
  let groupsAt = 3
  let codes = 0
  let at = 3
  let bits = 0
  let bitCount = 0
  return {
    atEnd() {
      while (bitCount < width && at < bytes.length) {
        bits |= (bytes[at++] ?? 0) << bitCount
        bitCount += 8
      }
      if (bitCount >= width) return false
      // A compressor fills its last byte with zeros and writes no more than that.
      if (bitCount >= 8 || bits !== 0) throw damaged('it is cut short')
      return true
    },
    next() {
      const code = bits & ((1 << width) - 1)
      bits >>>= width
      bitCount -= width
      codes += 1
      return code
    },
    restart(newWidth) {
      groupsAt += Math.ceil(codes / 8) * width
      if (groupsAt > bytes.length) throw damaged('it is cut short')
      at = groupsAt
      bits = bitCount = codes = 0
      width = newWidth
    },
  }
}

/** Output that grows up to a limit, and copies from itself. */
class Output {
  size = 0
  #bytes: Uint8Array
  readonly #maxBytes: number

  constructor(expectedBytes: number, maxBytes: number) {
    this.#maxBytes = maxBytes
    this.#bytes = new Uint8Array(Math.min(maxBytes, expectedBytes))
  }

  get bytes(): Uint8Array { return this.#bytes.subarray(0, this.size) }

  /** False when there is no room; then nothing is written. */
  push(byte: number): boolean {
    if (!this.#makeRoom(1)) return false
    this.#bytes[this.size++] = byte
    return true
  }

  /** Repeats what stands at a place; the source may run into its own copy. False when not all had room. */
  repeat(from: number, length: number): boolean {
    const isAll = this.#makeRoom(length)
    const end = isAll ? this.size + length : this.#maxBytes
    if (!isAll) this.#makeRoom(end - this.size)
    if (length > 32 && from + length <= this.size) {
      this.#bytes.copyWithin(this.size, from, from + end - this.size)
    } else {
      for (let to = this.size, at = from; to < end; to++, at++) this.#bytes[to] = this.#bytes[at] ?? 0
    }
    this.size = end
    return isAll
  }

  #makeRoom(count: number): boolean {
    const wanted = this.size + count
    if (wanted > this.#maxBytes) return false
    if (wanted > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(wanted, this.#bytes.length * 2)))
      grown.set(this.#bytes.subarray(0, this.size))
      this.#bytes = grown
    }
    return true
  }
}

/**
 * Each table entry is a place in the output where its bytes already stand, since an entry is the last
 * string written and the byte that followed it. So no chain of prefixes has to be walked.
 */
function decode(bytes: Uint8Array, maxBytes: number): { out: Uint8Array; isWhole: boolean } {
  assert(Number.isSafeInteger(maxBytes) && maxBytes >= 0, `${maxBytes} is no limit in bytes`)
  const { maxWidth, firstFree } = readFlags(bytes)
  const starts = new Float64Array(1 << maxWidth)
  const lengths = new Float64Array(1 << maxWidth)
  const reader = codeReader(bytes)
  const out = new Output(Math.max(4096, bytes.length * 3), maxBytes)
  let width = MIN_WIDTH
  let free = firstFree
  /** Where the string before this one stands; none at the beginning and after a clear. */
  let previousAt = -1
  while (!reader.atEnd()) {
    if (free >= 1 << width && width < maxWidth) {
      width += 1
      reader.restart(width)
      // The first compress filled up the last group too.
      if (reader.atEnd()) break
    }
    const code = reader.next()
    if (code === CLEAR && firstFree > CLEAR) {
      width = MIN_WIDTH
      reader.restart(width)
      free = firstFree
      previousAt = -1
      continue
    }
    const start = out.size
    if (previousAt >= 0 && free < starts.length) {
      starts[free] = previousAt
      lengths[free] = start - previousAt + 1
      free += 1
    }
    if (code >= CLEAR && (code >= free || previousAt < 0)) {
      throw damaged(`it has code ${code} where there are only ${previousAt < 0 ? CLEAR : free}`)
    }
    const isAll = code < CLEAR ? out.push(code) : out.repeat(starts[code] ?? 0, lengths[code] ?? 0)
    if (!isAll) return { out: out.bytes, isWhole: false }
    previousAt = start
  }
  return { out: out.bytes, isWhole: true }
}

function readFlags(bytes: Uint8Array): { maxWidth: number; firstFree: number } {
  if (!isCompressed(bytes)) {
    throw new ArchiveError('holding_invalid', 'this is not a .Z file: it does not begin with 1f 9d')
  }
  const flags = bytes[2] ?? 0
  const maxWidth = flags & WIDTH_MASK
  if (maxWidth < MIN_WIDTH || maxWidth > MAX_WIDTH) {
    throw damaged(`its codes would have ${maxWidth} bits; 9 to 16 are possible`)
  }
  return { maxWidth, firstFree: (flags & BLOCK_MODE) === 0 ? CLEAR : CLEAR + 1 }
}

const damaged = (why: string) => new ArchiveError('holding_invalid', `the .Z file is damaged: ${why}`)

/** Writes codes of changing width in groups of eight. */
class CodeWriter {
  #bytes: Uint8Array
  #size = 3
  #groupsAt = 3
  #codes = 0
  #bits = 0
  #bitCount = 0
  #width = MIN_WIDTH

  constructor(expectedBytes: number) {
    this.#bytes = new Uint8Array(expectedBytes)
    this.#bytes.set([...MAGIC, BLOCK_MODE | MAX_WIDTH])
  }

  get sizeBytes(): number { return this.#size }

  put(code: number): void {
    this.#bits |= code << this.#bitCount
    this.#bitCount += this.#width
    this.#codes += 1
    while (this.#bitCount >= 8) this.#putByte()
  }

  restart(width: number): void {
    if (this.#bitCount > 0) this.#putByte()
    this.#groupsAt += Math.ceil(this.#codes / 8) * this.#width
    this.#size = this.#groupsAt
    this.#codes = this.#bits = this.#bitCount = 0
    this.#width = width
  }

  end(): Uint8Array {
    if (this.#bitCount > 0) this.#putByte()
    return this.#bytes.slice(0, this.#size)
  }

  #putByte(): void {
    // Room for the filling of a group as well, which is never written to.
    if (this.#size + 32 > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2)
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    this.#bytes[this.#size++] = this.#bits & 0xff
    this.#bits >>>= 8
    this.#bitCount -= 8
  }
}

/** String table: (code of the string, next byte) → code of the longer string. Open addressing. */
const SLOTS = 1 << 18

/** A `.Z` file of the bytes: block mode, 16 bits. Its table is emptied when it no longer pays. */
export function compressZ(bytes: Uint8Array): Uint8Array {
  const writer = new CodeWriter(bytes.length + 4096)
  if (bytes.length === 0) return writer.end()
  const keys = new Int32Array(SLOTS).fill(-1)
  const codes = new Uint16Array(SLOTS)
  let width = MIN_WIDTH
  let free = CLEAR + 1
  /** The next free code as the reader counts it: it learns of an entry one code later. */
  let readerFree = CLEAR
  let checkAt = CHECK_BYTES
  let bestRatio = 0
  const put = (code: number) => {
    if (readerFree >= 1 << width && width < MAX_WIDTH) writer.restart(++width)
    writer.put(code)
    if (readerFree < 1 << MAX_WIDTH) readerFree += 1
  }
  let prefix = bytes[0] ?? 0
  for (let at = 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const key = prefix << 8 | byte
    let slot = Math.imul(key, 0x9e3779b1) >>> 14
    while (keys[slot] !== key && keys[slot] !== -1) slot = (slot + 1) & (SLOTS - 1)
    if (keys[slot] === key) {
      prefix = codes[slot] ?? 0
      continue
    }
    put(prefix)
    prefix = byte
    if (free < 1 << MAX_WIDTH) {
      keys[slot] = key
      codes[slot] = free++
    } else if (at >= checkAt) {
      checkAt = at + CHECK_BYTES
      const ratio = at / writer.sizeBytes
      if (ratio >= bestRatio) {
        bestRatio = ratio
      } else {
        put(CLEAR)
        writer.restart(width = MIN_WIDTH)
        keys.fill(-1)
        free = CLEAR + 1
        readerFree = CLEAR
        bestRatio = 0
      }
    }
  }
  put(prefix)
  return writer.end()
}
