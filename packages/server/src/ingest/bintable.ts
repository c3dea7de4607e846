/**
 * The rows of a FITS file's first binary table, as a stream. FITS 4.0 §7.3: columns of one value each, of the
 * types L, B, I, J, K, E, D and A, with TNULL; scaled ones (TSCAL, TZERO) and arrays are refused by name.
 */
import { ArchiveError } from '@quipu/vo'
import { BLOCK_BYTES, dataBytes, keysOf, paddedBytes, parseHeader } from '@quipu/vo/fits'
import type { KeyValue } from '@quipu/vo/fits'

export type BintableCell = string | number | bigint | boolean | null

export interface BintableRow {
  /** From 1. */
  readonly row: number
  readonly cells: readonly BintableCell[]
}

export interface Bintable {
  readonly names: readonly string[]
  /** At most 2 048 at a time. Can be read once. */
  readonly rows: AsyncIterable<readonly BintableRow[]>
}

/** Rows that are given at a time. */
const BATCH = 2_048
const MAX_ROW_BYTES = 1_048_576
/** 36 000 cards, as `parseHeader` takes at most. */
const MAX_HEADER_BLOCKS = 1_000
/** Units before the table. */
const MAX_UNITS = 100

/**
 * Reads up to the table's first row.
 * @throws ArchiveError `holding_invalid`: no FITS file, no binary table in it, a column that cannot be read.
 */
export async function openBintable(source: AsyncIterable<Uint8Array>): Promise<Bintable> {
  const bytes = new ByteReader(source)
  for (let unit = 0; unit < MAX_UNITS; unit++) {
    const keys = await readHeader(bytes, unit)
    if (keys.values['XTENSION'] === 'BINTABLE') {
      const columns = columnsOf(keys.values)
      const count = Number(keys.values['NAXIS2'])
      return {
        names: columns.map((column) => column.name),
        rows: readRows(bytes, columns, Number(keys.values['NAXIS1']), count),
      }
    }
    await bytes.skip(paddedBytes(keys.dataBytes))
  }
  throw invalid(`there is no binary table among the first ${MAX_UNITS} units`)
}

type Keys = Readonly<Record<string, KeyValue>>

async function readHeader(bytes: ByteReader, unit: number): Promise<{ values: Keys; dataBytes: number }> {
  const blocks: Uint8Array[] = []
  do {
    if (blocks.length >= MAX_HEADER_BLOCKS) throw invalid(`the header of unit ${unit} has no end`)
    const block = await bytes.take(BLOCK_BYTES)
    if (!block) {
      throw invalid(blocks.length === 0 ? 'it has no binary table' : `unit ${unit} ends within its header`)
    }
    blocks.push(block)
  } while (!hasEnd(blocks.at(-1)))
  const { cards } = parseHeader(Buffer.concat(blocks))
  return { values: keysOf(cards), dataBytes: dataBytes(cards) }
}

const END = `END${' '.repeat(77)}`

function hasEnd(block: Uint8Array | undefined): boolean {
  const text = Buffer.from(block ?? []).toString('latin1')
  for (let at = 0; at < text.length; at += END.length) if (text.startsWith(END, at)) return true
  return false
}

interface Column {
  readonly name: string
  readonly at: number
  readonly read: (view: DataView, at: number) => BintableCell
}

function columnsOf(keys: Keys): readonly Column[] {
  const count = Number(keys['TFIELDS'] ?? 0)
  if (!Number.isInteger(count) || count < 1 || count > 999) throw invalid('TFIELDS is not from 1 to 999')
  const columns: Column[] = []
  let at = 0
  for (let n = 1; n <= count; n++) {
    const name = String(keys[`TTYPE${n}`] ?? '')
    const form = String(keys[`TFORM${n}`] ?? '').trim()
    const [, repeatText = '', code = ''] = /^(\d{0,7})([A-Z])/.exec(form) ?? []
    const repeat = repeatText === '' ? 1 : Number(repeatText)
    const width = code === 'A' ? repeat : (WIDTHS[code] ?? 0)
    const isScaled = (keys[`TSCAL${n}`] ?? 1) !== 1 || (keys[`TZERO${n}`] ?? 0) !== 0
    if (width === 0 || isScaled || (code !== 'A' && repeat !== 1)) {
      throw invalid(`column ${n}, '${name}', is ${isScaled ? 'scaled' : `of the form '${form}'`}; columns of `
        + 'one value are read, of the forms 1L, 1B, 1I, 1J, 1K, 1E, 1D and nA, not scaled')
    }
    columns.push({ name, at, read: readerOf(code, repeat, keys[`TNULL${n}`]) })
    at += width
  }
  if (at !== keys['NAXIS1']) {
    throw invalid(`its columns are ${at} bytes wide, but NAXIS1 is ${String(keys['NAXIS1'])}`)
  }
  if (at > MAX_ROW_BYTES) throw invalid(`a row has ${at} bytes; at most ${MAX_ROW_BYTES} are read`)
  return columns
}

const WIDTHS: Readonly<Record<string, number>> = { L: 1, B: 1, I: 2, J: 4, K: 8, E: 4, D: 8 }

function readerOf(code: string, repeat: number, tnull: KeyValue | undefined): Column['read'] {
  const unlessNull = (value: number): number | null => value === tnull ? null : value
  switch (code) {
    case 'L': return (view, at) => LOGICAL.get(view.getUint8(at)) ?? null
    case 'B': return (view, at) => unlessNull(view.getUint8(at))
    case 'I': return (view, at) => unlessNull(view.getInt16(at))
    case 'J': return (view, at) => unlessNull(view.getInt32(at))
    case 'K': {
      const none = tnull === undefined ? undefined : BigInt(tnull)
      return (view, at) => {
        const value = view.getBigInt64(at)
        return value === none ? null : value
      }
    }
    // §7.3.3.1: NaN is the null of a number with a fraction.
    case 'E': return (view, at) => unlessNan(view.getFloat32(at))
    case 'D': return (view, at) => unlessNan(view.getFloat64(at))
    default: return (view, at) => textOf(view, at, repeat)
  }
}

const LOGICAL: ReadonlyMap<number, boolean> = new Map([[0x54, true], [0x46, false]])

const unlessNan = (value: number): number | null => Number.isNaN(value) ? null : value

/** §7.3.3.1: ends at the first NUL; trailing blanks say nothing. */
function textOf(view: DataView, at: number, length: number): string | null {
  let text = ''
  for (let i = at; i < at + length; i++) {
    const byte = view.getUint8(i)
    if (byte === 0) break
    if (byte < 0x20 || byte > 0x7e) throw invalid(`a text has a byte that is not ASCII (${byte})`)
    text += String.fromCharCode(byte)
  }
  const trimmed = text.trimEnd()
  return trimmed === '' ? null : trimmed
}

async function* readRows(
  bytes: ByteReader, columns: readonly Column[], rowBytes: number, count: number,
): AsyncGenerator<readonly BintableRow[]> {
  const most = Math.max(1, Math.min(BATCH, Math.floor(MAX_ROW_BYTES / rowBytes)))
  for (let done = 0; done < count;) {
    const size = Math.min(most, count - done)
    const block = await bytes.take(size * rowBytes)
    if (!block) throw invalid(`the table ends after row ${done} of ${count}, or soon after`)
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
    const batch: BintableRow[] = []
    for (let i = 0; i < size; i++) {
      batch.push({ row: done + i + 1, cells: columns.map(({ at, read }) => read(view, i * rowBytes + at)) })
    }
    yield batch
    done += size
  }
}

/** Bytes of a stream by the number. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>
  #held: Uint8Array[] = []
  #heldBytes = 0

  constructor(source: AsyncIterable<Uint8Array>) { this.#source = source[Symbol.asyncIterator]() }

  /** Undefined when fewer are left. */
  async take(count: number): Promise<Uint8Array | undefined> {
    while (this.#heldBytes < count) {
      const next = await this.#source.next()
      if (next.done === true) return undefined
      this.#held.push(next.value)
      this.#heldBytes += next.value.length
    }
    const whole = this.#held.length === 1 && this.#held[0] ? this.#held[0] : Buffer.concat(this.#held)
    this.#held = [whole.subarray(count)]
    this.#heldBytes = whole.length - count
    return whole.subarray(0, count)
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      const part = Math.min(left, MAX_ROW_BYTES)
      if (!await this.take(part)) throw invalid('the file ends within a unit before its table')
      left -= part
    }
  }
}

const invalid = (why: string) => new ArchiveError('holding_invalid', why)
