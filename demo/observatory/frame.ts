/** A frame of the demo and how it becomes a FITS file. FITS 4.0 §4 (header), §7.1 (image), §7.3 (table). */
import { mjdOf, parseIso } from '@quipu/vo'
import { compressZ, paddingAfter, writeHeader } from '@quipu/vo/fits'
import type { HeaderEntry } from '@quipu/vo/fits'
import type { DemoRow } from './tutorial.ts'

export type Keywords = Readonly<Record<string, string | number | boolean>>

/** One holding, as a line of records.ndjson and perhaps a file. */
export interface DemoFrame {
  readonly dpId: string
  readonly kind: 'raw' | 'master' | 'product' | 'ancillary' | 'preview' | 'nightLog'
  readonly progId: string | null
  /** In header order; the frame's own, without the mandatory ones. */
  readonly keywords: Keywords
  /** Absent: a row without a file. */
  readonly content?: Content
  readonly releaseDate?: string | null
  readonly modified?: string
  readonly sources?: readonly string[]
  readonly parent?: string
  readonly category?: string
  readonly title?: string
  readonly mediaType?: string
  readonly fileName?: string
  readonly instrument: string
  readonly rows?: readonly { readonly table: string; readonly row: DemoRow }[]
  /** The published table whose rows its file holds. */
  readonly table?: string
}

export type Content =
  | { readonly kind: 'image'; readonly axes: readonly number[]; readonly level: number }
  | { readonly kind: 'spectrum'; readonly points: number }
  | { readonly kind: 'table'; readonly columns: readonly TableColumn[]; readonly rows: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

/** A column of a binary table; FITS 4.0 §7.3.3. Null is NaN, or the column's own value for it. */
export interface TableColumn {
  readonly name: string
  readonly form: 'K' | 'D' | 'E' | 'I'
  readonly unit?: string
  readonly nullValue?: number
  readonly value: (row: number) => number | null
}

/** Whole numbers of these are written as reals, as a FITS reader expects of a physical quantity. */
const REAL = new Set([
  'RA',
  'DEC',
  'EXPTIME',
  'TEXPTIME',
  'MJD-OBS',
  'MJD-END',
  'DET.SEQ1.DIT',
  'TEL.AIRM.START',
  'TEL.AIRM.END',
  'TEL.AMBI.RHUM',
  'WAVELMIN',
  'WAVELMAX',
  'SPEC_RES',
  'S_FOV',
])

/** Milliseconds of an ISO moment without zone, as keywords hold it. */
export function msOf(iso: string): number {
  const ms = parseIso(iso)
  if (ms === undefined) throw new Error(`'${iso}' is not a moment`)
  return ms
}

/** Keywords that every frame has. `start` is ISO without zone, up to four decimals. */
export function timeKeywords(start: string, exposureSeconds: number): Keywords {
  const mjd = mjdOf(msOf(start))
  return {
    'DATE-OBS': start,
    'MJD-OBS': mjd,
    EXPTIME: exposureSeconds,
  }
}

/** The bytes of the frame's file: FITS, and under UNIX compress when it is raw. */
export function bytesOf(frame: DemoFrame): Uint8Array {
  const { content } = frame
  if (!content) throw new Error(`${frame.dpId} has no file`)
  if (content.kind === 'bytes') return content.bytes
  const fits = fitsOf(frame, content)
  return frame.kind === 'raw' ? compressZ(fits) : fits
}

function fitsOf({ dpId, keywords }: DemoFrame, content: Exclude<Content, { kind: 'bytes' }>): Uint8Array {
  switch (content.kind) {
    case 'image': return image(dpId, keywords, content.axes, content.level)
    case 'spectrum': return spectrum(dpId, keywords, content.points)
    case 'table': return table(keywords, content.columns, content.rows)
  }
}

export function fileNameOf(frame: DemoFrame): string {
  return frame.fileName ?? `${frame.dpId}.fits${frame.kind === 'raw' ? '.Z' : ''}`
}

function entriesOf(keywords: Keywords): HeaderEntry[] {
  return Object.entries(keywords).map(([keyword, value]) => ({ keyword, value, real: REAL.has(keyword) }))
}

function image(dpId: string, keywords: Keywords, axes: readonly number[], level: number): Uint8Array {
  const header = writeHeader([
    { keyword: 'SIMPLE', value: true, comment: 'Standard FITS' },
    { keyword: 'BITPIX', value: 16 },
    { keyword: 'NAXIS', value: axes.length },
    ...axes.map((size, i) => ({ keyword: `NAXIS${i + 1}`, value: size })),
    ...entriesOf(keywords),
  ])
  const random = randomFrom(dpId)
  const pixels = axes.reduce((product, size) => product * size, 1)
  const data = new DataView(new ArrayBuffer(pixels * 2))
  for (let i = 0; i < pixels; i++) {
    data.setInt16(i * 2, Math.round(level + (random() + random() + random() - 1.5) * 12))
  }
  return join([header, new Uint8Array(data.buffer), paddingAfter(pixels * 2)])
}

/** A spectrum as ESO's science products have it: one row with arrays WAVE, FLUX and ERR. */
function spectrum(dpId: string, keywords: Keywords, points: number): Uint8Array {
  const rowBytes = points * 24
  const flux = 'erg cm**(-2) s**(-1) angstrom**(-1)'
  const extension = bintableHeader('SPECTRUM', rowBytes, 1, [
    { name: 'WAVE', form: `${points}D`, unit: 'nm' },
    { name: 'FLUX', form: `${points}D`, unit: flux },
    { name: 'ERR', form: `${points}D`, unit: flux },
  ], [{ keyword: 'NELEM', value: points }])
  const random = randomFrom(dpId)
  const first = Number(keywords['WAVELMIN'] ?? 380)
  const last = Number(keywords['WAVELMAX'] ?? 900)
  const data = new DataView(new ArrayBuffer(rowBytes))
  for (let i = 0; i < points; i++) {
    const value = 1e-13 * (1 + 0.1 * random())
    data.setFloat64(i * 8, first + ((last - first) * i) / (points - 1))
    data.setFloat64((points + i) * 8, value)
    data.setFloat64((2 * points + i) * 8, value / 80)
  }
  return join([emptyPrimary(keywords), extension, new Uint8Array(data.buffer), paddingAfter(rowBytes)])
}

const WIDTHS = { K: 8, D: 8, E: 4, I: 2 } as const

/** A catalogue: one value a cell. */
function table(keywords: Keywords, columns: readonly TableColumn[], rows: number): Uint8Array {
  const rowBytes = columns.reduce((sum, { form }) => sum + WIDTHS[form], 0)
  const extension = bintableHeader('CATALOGUE', rowBytes, rows, columns, [])
  const data = new DataView(new ArrayBuffer(rowBytes * rows))
  let at = 0
  for (let row = 0; row < rows; row++) {
    for (const { form, nullValue, value } of columns) {
      const cell = value(row) ?? nullValue ?? NaN
      if (form === 'K') data.setBigInt64(at, BigInt(cell))
      else if (form === 'D') data.setFloat64(at, cell)
      else if (form === 'E') data.setFloat32(at, cell)
      else data.setInt16(at, cell)
      at += WIDTHS[form]
    }
  }
  const padding = paddingAfter(data.byteLength)
  return join([emptyPrimary(keywords), extension, new Uint8Array(data.buffer), padding])
}

function emptyPrimary(keywords: Keywords): Uint8Array {
  return writeHeader([
    { keyword: 'SIMPLE', value: true, comment: 'Standard FITS' },
    { keyword: 'BITPIX', value: 8 },
    { keyword: 'NAXIS', value: 0 },
    { keyword: 'EXTEND', value: true },
    ...entriesOf(keywords),
  ])
}

interface ColumnHead {
  readonly name: string
  readonly form: string
  readonly unit?: string
  readonly nullValue?: number
}

function bintableHeader(
  name: string, rowBytes: number, rows: number, columns: readonly ColumnHead[], more: readonly HeaderEntry[],
): Uint8Array {
  return writeHeader([
    { keyword: 'XTENSION', value: 'BINTABLE' },
    { keyword: 'BITPIX', value: 8 },
    { keyword: 'NAXIS', value: 2 },
    { keyword: 'NAXIS1', value: rowBytes },
    { keyword: 'NAXIS2', value: rows },
    { keyword: 'PCOUNT', value: 0 },
    { keyword: 'GCOUNT', value: 1 },
    { keyword: 'TFIELDS', value: columns.length },
    { keyword: 'EXTNAME', value: name },
    ...more,
    ...columns.flatMap(({ name: column, form, unit, nullValue }, i): HeaderEntry[] => [
      { keyword: `TTYPE${i + 1}`, value: column },
      { keyword: `TFORM${i + 1}`, value: form },
      ...unit === undefined ? [] : [{ keyword: `TUNIT${i + 1}`, value: unit }],
      ...nullValue === undefined ? [] : [{ keyword: `TNULL${i + 1}`, value: nullValue }],
    ]),
  ])
}

export function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Numbers in [0, 1) that follow from the text: the same observatory everywhere. FNV-1a into mulberry32. */
export function randomFrom(text: string): () => number {
  let state = 0x811c9dc5
  for (const char of text) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 0x01000193)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
