/** FITS files with a binary table, for tests. */
import { paddingAfter, writeHeader } from '@quipu/vo/fits'
import type { HeaderEntry } from '@quipu/vo/fits'

export interface TestColumn {
  readonly name: string
  readonly form: string
  readonly more?: Readonly<Record<string, string | number>>
  readonly bytes: (view: DataView, at: number, row: number) => void
  readonly width: number
}

/** A primary unit with some data, and the table as the first extension. */
export function bintableFile(
  columns: readonly TestColumn[], rows: number, change: (entries: HeaderEntry[]) => HeaderEntry[] = (entries) => entries,
): Uint8Array {
  const rowBytes = columns.reduce((sum, column) => sum + column.width, 0)
  const primary = writeHeader([
    { keyword: 'SIMPLE', value: true }, { keyword: 'BITPIX', value: 8 }, { keyword: 'NAXIS', value: 1 }, { keyword: 'NAXIS1', value: 3000 },
    { keyword: 'EXTEND', value: true }, { keyword: 'PRODCATG', value: 'SCIENCE.CATALOG' }, { keyword: 'INSTRUME', value: 'FORS2' },
    { keyword: 'ARCFILE', value: 'ADP.2021-05-06T07:08:09.000.fits' },
  ])
  const extension = writeHeader(change([
    { keyword: 'XTENSION', value: 'BINTABLE' }, { keyword: 'BITPIX', value: 8 }, { keyword: 'NAXIS', value: 2 },
    { keyword: 'NAXIS1', value: rowBytes }, { keyword: 'NAXIS2', value: rows }, { keyword: 'PCOUNT', value: 0 }, { keyword: 'GCOUNT', value: 1 },
    { keyword: 'TFIELDS', value: columns.length },
    ...columns.flatMap(({ name, form, more }, i): HeaderEntry[] => [
      { keyword: `TTYPE${i + 1}`, value: name }, { keyword: `TFORM${i + 1}`, value: form },
      ...Object.entries(more ?? {}).map(([keyword, value]) => ({ keyword: `${keyword}${i + 1}`, value })),
    ]),
  ]))
  const data = new DataView(new ArrayBuffer(rows * rowBytes))
  for (let row = 0; row < rows; row++) {
    let at = row * rowBytes
    for (const column of columns) {
      column.bytes(data, at, row)
      at += column.width
    }
  }
  return Buffer.concat([primary, new Uint8Array(3000), paddingAfter(3000), extension, new Uint8Array(data.buffer), paddingAfter(rows * rowBytes)])
}

/** One column of each type. */
export const EVERY_COLUMN: readonly TestColumn[] = [
  { name: 'ID', form: 'K', width: 8, bytes: (view, at, row) => view.setBigInt64(at, 9_007_199_254_740_993n + BigInt(row)) },
  { name: 'ra', form: '1D', width: 8, bytes: (view, at, row) => view.setFloat64(at, row === 1 ? NaN : 0.1 + row) },
  { name: 'dec', form: 'E', width: 4, bytes: (view, at, row) => view.setFloat32(at, -row / 2) },
  { name: 'mag', form: '1J', more: { TNULL: -99 }, width: 4, bytes: (view, at, row) => view.setInt32(at, row === 1 ? -99 : 70_000) },
  { name: 'epochs', form: 'I', more: { TNULL: -1 }, width: 2, bytes: (view, at, row) => view.setInt16(at, row - 1) },
  { name: 'name', form: '6A', width: 6, bytes: (view, at, row) => ['star ', 'a\u0000zz', '      '][row]?.split('').forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0))) },
]
