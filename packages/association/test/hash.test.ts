import { expect, test } from 'vitest'
import { fnv64 } from '../src/hash.ts'

// The published vectors of FNV-1a, 64 bits.
test.each([['', 'cbf29ce484222325'], ['a', 'af63dc4c8601ec8c'], ['foobar', '85944171f73967e8']])('%j', (text, hash) => {
  expect(fnv64(text)).toBe(hash)
})

test('agrees with big integers on other text', () => {
  const slow = (text: string): string => {
    let hash = 0xcbf29ce484222325n
    for (const byte of new TextEncoder().encode(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
    return hash.toString(16).padStart(16, '0')
  }
  for (const text of ['DET.BIN=n1', 'sphère ±5 d', 'x'.repeat(1000), '\u{1f52d}']) expect(fnv64(text)).toBe(slow(text))
})
