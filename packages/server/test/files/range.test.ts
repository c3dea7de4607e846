import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { httpDate, parseRange, select } from '../../src/files/range.ts'

const modifiedMs = Date.UTC(2021, 0, 2, 3, 4, 5, 678)
const file = { sizeBytes: 1000, etag: '"abc"', modifiedMs }
const same = 'Sat, 02 Jan 2021 03:04:05 GMT'
const before = 'Sat, 02 Jan 2021 03:04:04 GMT'

// RFC 9110 §14.1.2, its own examples first (a representation of 10000 bytes there, of 1000 here).
test.each([
  ['bytes=0-499', { start: 0, end: 499 }],
  ['bytes=500-999', { start: 500, end: 999 }],
  ['bytes=-500', { start: 500, end: 999 }],
  ['bytes=500-', { start: 500, end: 999 }],
  ['bytes=0-', { start: 0, end: 999 }],
  ['bytes=999-5000', { start: 999, end: 999 }],
  ['bytes=-5000', { start: 0, end: 999 }],
  ['BYTES = 1 - 2 ', { start: 1, end: 2 }],
  ['bytes=0-99999999999999999999999', { start: 0, end: 999 }],
  ['bytes=1000-', 'unsatisfiable'],
  ['bytes=99999999999999999999999-', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=500-499', undefined],
  ['bytes=-', undefined],
  ['bytes=', undefined],
  ['bytes=a-b', undefined],
  ['bytes=0x1-2', undefined],
  ['bytes=--1', undefined],
  ['rows=0-1', undefined],
  ['bytes=0-0,-1', undefined],
  ['', undefined],
])('the range %s', (range, expected) => {
  expect(parseRange(range, 1000)).toEqual(expected)
})

test.each([
  ['bytes=0-', 'unsatisfiable'], ['bytes=-1', undefined], ['bytes=-0', 'unsatisfiable'],
])('the range %s of an empty file', (range, expected) => {
  expect(parseRange(range, 0)).toEqual(expected)
})

test('whatever is asked for, a slice lies in the file', () => {
  const bound = fc.oneof(fc.constant(''), fc.nat(2000).map(String), fc.bigInt(0n, 1n << 80n).map(String))
  fc.assert(fc.property(bound, bound, fc.nat(1500), (first, last, sizeBytes) => {
    const slice = parseRange(`bytes=${first}-${last}`, sizeBytes)
    if (typeof slice !== 'object') return
    expect(slice.start).toBeGreaterThanOrEqual(0)
    expect(slice.start).toBeLessThanOrEqual(slice.end)
    expect(slice.end).toBeLessThan(sizeBytes)
  }))
})

describe('RFC 9110 §13.2.2: conditions in their order', () => {
  const part = { status: 206, slice: { start: 0, end: 9 } }
  const range = 'bytes=0-9'
  test.each([
    ['GET', {}, { status: 200 }],
    ['GET', { range }, part],
    ['HEAD', { range }, { status: 200 }],
    ['GET', { range: 'bytes=1000-' }, { status: 416 }],
    ['GET', { range: 'bytes=0-1,5-9' }, { status: 200 }],
    ['GET', { 'if-none-match': '"abc"' }, { status: 304 }],
    ['HEAD', { 'if-none-match': '"abc"' }, { status: 304 }],
    ['GET', { 'if-none-match': '"x", W/"abc"' }, { status: 304 }],
    ['GET', { 'if-none-match': '*' }, { status: 304 }],
    ['GET', { 'if-none-match': '"x"' }, { status: 200 }],
    ['GET', { 'if-none-match': '"x"', 'if-modified-since': same }, { status: 200 }],
    ['GET', { 'if-none-match': '"abc"', range }, { status: 304 }],
    ['GET', { 'if-modified-since': same }, { status: 304 }],
    ['GET', { 'if-modified-since': before }, { status: 200 }],
    ['GET', { 'if-modified-since': 'yesterday' }, { status: 200 }],
    ['GET', { 'if-modified-since': '5' }, { status: 200 }],
    ['GET', { 'if-match': '"abc"', range }, part],
    ['GET', { 'if-match': 'W/"abc"' }, { status: 412 }],
    ['GET', { 'if-match': '"x"' }, { status: 412 }],
    ['GET', { 'if-match': '"x"', 'if-none-match': '"abc"' }, { status: 412 }],
    ['GET', { 'if-match': '*' }, { status: 200 }],
    ['GET', { 'if-unmodified-since': same }, { status: 200 }],
    ['GET', { 'if-unmodified-since': before }, { status: 412 }],
    ['GET', { range, 'if-range': '"abc"' }, part],
    ['GET', { range, 'if-range': 'W/"abc"' }, { status: 200 }],
    ['GET', { range, 'if-range': '"old"' }, { status: 200 }],
    ['GET', { range, 'if-range': same }, part],
    ['GET', { range, 'if-range': before }, { status: 200 }],
    ['GET', { range: 'bytes=1000-', 'if-range': '"old"' }, { status: 200 }],
  ])('%s %o', (method, headers, expected) => {
    expect(select(method, headers, file)).toEqual(expected)
  })
})

test('dates have the form of RFC 9110 §5.6.7', () => {
  expect(httpDate(modifiedMs)).toBe(same)
})
