import { expect, test } from 'vitest'
import { checkFits } from '../../src/fits/check.ts'
import { paddingAfter, writeHeader } from '../../src/fits/write.ts'
import type { HeaderEntry } from '../../src/fits/write.ts'

const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const entries = (object: Record<string, string | number | boolean>): HeaderEntry[] => Object.entries(object).map(([keyword, value]) => ({ keyword, value }))
const image = join(writeHeader(entries({ SIMPLE: true, BITPIX: 16, NAXIS: 2, NAXIS1: 4, NAXIS2: 3 })), new Uint8Array(24), paddingAfter(24))
const table = join(writeHeader(entries({ XTENSION: 'BINTABLE', BITPIX: 8, NAXIS: 2, NAXIS1: 4, NAXIS2: 2, PCOUNT: 0, GCOUNT: 1, TFIELDS: 1 })), new Uint8Array(2880))

test('a file with two units', () => {
  expect(checkFits(join(image, table)).map(({ headerAt, dataAt, dataBytes }) => ({ headerAt, dataAt, dataBytes })))
    .toEqual([{ headerAt: 0, dataAt: 2880, dataBytes: 24 }, { headerAt: 5760, dataAt: 8640, dataBytes: 8 }])
})

const header = (object: Record<string, string | number | boolean>) => writeHeader(entries(object))
test.each<[string, Uint8Array, string]>([
  ['data cut short', image.subarray(0, 5000), '2120 of the 2880 bytes'],
  ['padding forgotten', image.subarray(0, 2904), '24 of the 2880 bytes'],
  ['junk behind', join(image, new Uint8Array(512)), '512 bytes follow unit 0'],
  ['a second primary', join(image, image), 'which are no extension'],
  ['an extension first', table, 'card 1 of unit 0 is XTENSION; it must be SIMPLE'],
  ['an axis missing', header({ SIMPLE: true, BITPIX: 8, NAXIS: 1 }), 'card 4 of unit 0 is missing; it must be NAXIS1'],
  ['out of order', header({ SIMPLE: true, NAXIS: 0, BITPIX: 8 }), 'it must be BITPIX'],
  ['no FITS', header({ SIMPLE: false, BITPIX: 8, NAXIS: 0 }), 'SIMPLE is not T'],
  ['an extension without PCOUNT', join(image, header({ XTENSION: 'IMAGE', BITPIX: 8, NAXIS: 0 })), 'it must be PCOUNT'],
])('%s', (_why, bytes, message) => expect(() => checkFits(bytes)).toThrow(message))
