/**
 * CSV as a stream of records: RFC 4180 §2 in UTF-8, with LF beside CRLF. An empty field is null, and ""
 * between quotes is the empty text. Everything that repeats has a limit.
 */
import { ArchiveError } from '@quipu/vo'

export interface CsvRecord {
  /** Where it begins in the file; the first line is 1. */
  readonly line: number
  readonly fields: readonly (string | null)[]
}

export interface CsvLimits {
  /** Characters of one field, and of one record. */
  readonly fieldLength: number
  readonly recordLength: number
  readonly fields: number
}

export const CSV_LIMITS: CsvLimits = { fieldLength: 65_536, recordLength: 1_048_576, fields: 2_000 }

/** Records that are given at a time. */
const BATCH = 2_048

/**
 * Reads the records, the header's included, at most 2 048 at a time.
 * @throws ArchiveError `holding_invalid`, naming the line.
 */
export async function* readCsv(
  source: AsyncIterable<Uint8Array>, limits: CsvLimits = CSV_LIMITS,
): AsyncGenerator<readonly CsvRecord[]> {
  const cutter = new RecordCutter(limits)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode()
    } catch {
      throw invalid(cutter.line, 'or one soon after it is not UTF-8')
    }
  }
  let batch: CsvRecord[] = []
  for await (const bytes of source) {
    cutter.add(decode(bytes))
    for (let record = cutter.next(false); record; record = cutter.next(false)) {
      if (batch.push(record) < BATCH) continue
      yield batch
      batch = []
    }
  }
  cutter.add(decode())
  for (let record = cutter.next(true); record; record = cutter.next(true)) batch.push(record)
  if (batch.length > 0) yield batch
}

/** Cuts records off the front of a growing text. */
class RecordCutter {
  readonly #limits: CsvLimits
  #text = ''
  #at = 0
  /** The line at which the next record begins. */
  line = 1

  constructor(limits: CsvLimits) { this.#limits = limits }

  add(more: string): void {
    this.#text = this.#text.slice(this.#at) + more
    this.#at = 0
  }

  /** Undefined when the text does not hold a whole record yet; `isLast`: no more text will come. */
  next(isLast: boolean): CsvRecord | undefined {
    if (this.#at >= this.#text.length) return undefined
    const lineEnd = this.#text.indexOf('\n', this.#at)
    const quote = this.#text.indexOf('"', this.#at)
    const isPlain = quote < 0 || (lineEnd >= 0 && quote > lineEnd)
    return isPlain ? this.#plain(lineEnd, isLast) : this.#quoted(isLast)
  }

  #plain(lineEnd: number, isLast: boolean): CsvRecord | undefined {
    const end = lineEnd < 0 ? this.#text.length : lineEnd
    this.#checkLength(end)
    if (lineEnd < 0 && !isLast) return undefined
    const text = withoutReturn(this.#text.slice(this.#at, end))
    return this.#taken(end + 1, text.split(',').map((field) => field === '' ? null : field), 1)
  }

  /** Field by field: a line end between quotes is part of the field. */
  #quoted(isLast: boolean): CsvRecord | undefined {
    const text = this.#text
    const fields: (string | null)[] = []
    let lines = 1
    for (let at = this.#at; ;) {
      let value: string | null
      if (text[at] === '"') {
        const end = closingQuote(text, at + 1)
        this.#checkLength(end ?? text.length)
        if (end === undefined || (end + 1 >= text.length && !isLast)) {
          if (isLast) throw invalid(this.line, 'has a quote that is never closed')
          return undefined
        }
        const inside = text.slice(at + 1, end)
        lines += inside.split('\n').length - 1
        value = inside.replaceAll('""', '"')
        at = end + 1
        if (text[at] === '\r' && text[at + 1] === '\n') at += 1
        else if (text[at] === '\r' && at + 1 >= text.length && !isLast) return undefined
      } else {
        const next = fieldEnd(text, at)
        this.#checkLength(next ?? text.length)
        if (next === undefined && !isLast) return undefined
        const raw = text.slice(at, next ?? text.length)
        at = next ?? text.length
        value = text[at] === ',' ? raw : withoutReturn(raw)
        if (value.includes('"')) {
          throw invalid(this.line, 'has a quote within a field that does not begin with one')
        }
        if (value === '') value = null
      }
      fields.push(value)
      if (at >= text.length || text[at] === '\n') return this.#taken(at + 1, fields, lines)
      if (text[at] !== ',') throw invalid(this.line, 'has text after a closing quote')
      at += 1
    }
  }

  #taken(next: number, fields: (string | null)[], lines: number): CsvRecord {
    const { line } = this
    const { fieldLength, fields: most } = this.#limits
    if (fields.length > most) throw invalid(line, `has ${fields.length} fields; at most ${most} are read`)
    const long = fields.findIndex((field) => field !== null && field.length > fieldLength)
    if (long >= 0) {
      throw invalid(line,
        `field ${long + 1} has ${fields[long]?.length} characters; at most ${fieldLength} are read`)
    }
    this.#at = next
    this.line += lines
    return { line, fields }
  }

  #checkLength(end: number): void {
    if (end - this.#at <= this.#limits.recordLength) return
    throw invalid(this.line, `begins a record of more than ${this.#limits.recordLength} characters`)
  }
}

/** Where the quote that closes the field is, passing over doubled ones; undefined when it is not there. */
function closingQuote(text: string, from: number): number | undefined {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at
  }
  return undefined
}

function fieldEnd(text: string, from: number): number | undefined {
  const comma = text.indexOf(',', from)
  const lineEnd = text.indexOf('\n', from)
  const first = comma < 0 ? lineEnd : lineEnd < 0 ? comma : Math.min(comma, lineEnd)
  return first < 0 ? undefined : first
}

const withoutReturn = (text: string): string => text.endsWith('\r') ? text.slice(0, -1) : text

function invalid(line: number, what: string): ArchiveError {
  return new ArchiveError('holding_invalid', `line ${line} ${what}`)
}
