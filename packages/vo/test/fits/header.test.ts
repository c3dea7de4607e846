import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArchiveError } from '../../src/errors.ts'
import { dataBytes, headerText, keysOf, parseHeader } from '../../src/fits/header.ts'

const header = (...cards: string[]) => {
  const text = [...cards, 'END'].map((card) => card.padEnd(80)).join('')
  return new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 2880) * 2880))
}
const PRIMARY = ['SIMPLE  = T', 'BITPIX  = 16', 'NAXIS   = 2', 'NAXIS1  = 10', 'NAXIS2  = 7']

test('cards, keys and text', () => {
  const { cards, headerBytes } = parseHeader(header(...PRIMARY,
    "HIERARCH ESO DPR CATG = 'CALIB'", "LONG    = 'a&'", "CONTINUE  'b'", 'DUP     = 1', 'DUP     = 2', 'BIG     = 9007199254740993', 'UNDEF   ='))
  expect(headerBytes).toBe(2880)
  expect(keysOf(cards)).toEqual({
    SIMPLE: true, BITPIX: 16, NAXIS: 2, NAXIS1: 10, NAXIS2: 7, 'DPR.CATG': 'CALIB', LONG: 'ab', DUP: 1, BIG: '9007199254740993',
  })
  expect(headerText(cards)).toContain("LONG    = 'a&'\nCONTINUE  'b'\nDUP     = 1")
  expect(headerText(cards).endsWith('\nEND')).toBe(true)
  expect(dataBytes(cards)).toBe(140)
})

test('a header of exactly one block, and one card more', () => {
  const comments = (n: number) => Array.from({ length: n }, () => 'COMMENT x')
  expect(parseHeader(header(...PRIMARY, ...comments(30))).headerBytes).toBe(2880)
  expect(parseHeader(header(...PRIMARY, ...comments(31))).headerBytes).toBe(5760)
})

// FITS 4.0 §4.4.1: equations 1 and 2, and §6.1.1 for random groups.
test.each<[string, string[], number]>([
  ['no data', ['SIMPLE  = T', 'BITPIX  = 8', 'NAXIS   = 0'], 0],
  ['an empty axis', ['SIMPLE  = T', 'BITPIX  = -64', 'NAXIS   = 2', 'NAXIS1  = 5', 'NAXIS2  = 0'], 0],
  ['a table with a heap', ['XTENSION= \'BINTABLE\'', 'BITPIX  = 8', 'NAXIS   = 2', 'NAXIS1  = 12', 'NAXIS2  = 3', 'PCOUNT  = 100', 'GCOUNT  = 1'], 136],
  ['random groups', ['SIMPLE  = T', 'BITPIX  = -32', 'NAXIS   = 3', 'NAXIS1  = 0', 'NAXIS2  = 4', 'NAXIS3  = 5', 'GROUPS  = T', 'PCOUNT  = 2', 'GCOUNT  = 3'], 264],
])('size of the data: %s', (_why, cards, size) => expect(dataBytes(parseHeader(header(...cards)).cards)).toBe(size))

test.each([
  ['BITPIX  = 12', 'BITPIX is \'12\''], ['BITPIX  = T', 'BITPIX'],
])('a header with %s has no size', (bad, message) => {
  expect(() => dataBytes(parseHeader(header('SIMPLE  = T', bad, 'NAXIS   = 0')).cards)).toThrow(message)
})
test.each(['NAXIS1  = -1', 'NAXIS1  = 1.5', 'NAXIS1  = \'5\'', 'NAXIS2  = 5', 'NAXIS1  = 99999999999999999'])('an axis of %s is refused', (bad) => {
  expect(() => dataBytes(parseHeader(header('SIMPLE  = T', 'BITPIX  = 64', 'NAXIS   = 1', bad)).cards)).toThrow(ArchiveError)
})

test.each<[string, Uint8Array, string]>([
  ['nothing', new Uint8Array(), 'empty'],
  ['a page', new TextEncoder().encode('<!DOCTYPE html><html><body>'.padEnd(200)), 'begins with SIMPLE'],
  ['a picture', Uint8Array.from({ length: 200 }, (_, i) => (i * 37) % 256), 'not a FITS file'],
  ['no END', header(...PRIMARY).subarray(0, 400), 'no END card'],
  ['half a block', header(...PRIMARY).subarray(0, 2000), 'ends within its header'],
  ['a control character', header(...PRIMARY, 'BAD     = \'\u0007\''), 'card 6'],
  ['a byte beyond ASCII', new Uint8Array(header(...PRIMARY)).fill(0xe9, 85, 86), 'card 2'],
])('%s is refused', (_why, bytes, message) => {
  expect(() => parseHeader(bytes)).toThrow(expect.objectContaining({ code: 'holding_invalid', message: expect.stringContaining(message) }))
})

test('an endless header ends', () => {
  const bytes = new Uint8Array(80 * 40_000).fill(0x20)
  bytes.set(header(...PRIMARY).subarray(0, 400))
  expect(() => parseHeader(bytes)).toThrow('more than 36000 cards')
})

test('any bytes end in a header or an ArchiveError', () => {
  const start = header(...PRIMARY)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(2879), (noise, at) => {
    const bytes = new Uint8Array(start)
    bytes.set(noise.subarray(0, 2880 - at), at)
    try { dataBytes(parseHeader(bytes).cards) } catch (error) { expect(error).toBeInstanceOf(ArchiveError) }
  }))
})
