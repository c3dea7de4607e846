import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compressZ, decompressZ, decompressZStart, isCompressed } from '../../src/fits/compress.ts'
import { ArchiveError } from '../../src/errors.ts'
import { checkFits } from '../../src/fits/check.ts'

/** Bytes from a fixed seed, of an alphabet: 1 repeats, 256 is noise. */
function sample(length: number, alphabet: number): Uint8Array {
  let state = length * 257 + alphabet
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor(state / 2 ** 32 * alphabet)
  })
}

/** Its kind changes twice, so that a full table stops paying and is emptied. */
function changing(): Uint8Array {
  const bytes = sample(1_200_000, 256)
  for (let i = 0; i < bytes.length; i++) if (i < 400_000) bytes[i] = i % 7; else if (i >= 800_000) bytes[i] = (i >> 8) & 15
  return bytes
}

const SAMPLES: [string, Uint8Array][] = [
  ...[0, 1, 2, 3, 255, 256, 257, 511, 512, 513, 770, 1025, 5000, 70_000, 200_000].flatMap((length) =>
    [1, 2, 4, 256].map((alphabet): [string, Uint8Array] => [`${length} of ${alphabet}`, sample(length, alphabet)])),
  ['changing', changing()],
]
const same = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i])

test.each(SAMPLES)('there and back: %s', (_name, bytes) => {
  expect(same(decompressZ(compressZ(bytes), bytes.length), bytes)).toBe(true)
})

test('any bytes come back', () => {
  const few = fc.array(fc.constantFrom(0, 1, 255), { maxLength: 3000 }).map((list) => Uint8Array.from(list))
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 3000 }), few), (bytes) => same(decompressZ(compressZ(bytes), 3000), bytes)))
})

test('a full table is emptied when it no longer pays', () => {
  const bytes = changing()
  // Without a clear the second part, noise, would still be coded with 16 bits a byte.
  expect(compressZ(bytes).length).toBeLessThan(640_000)
})

// Written by ncompress 4.2.4.6: `printf TOBEORNOTTOBEORTOBEORNOT | compress -cf`, with -b 12.
const TOBE = 'TOBEORNOTTOBEORTOBEORNOT'
test.each([
  ['16 bits', '1f9d90549e0829f2448a932754020e2ca890a04184'],
  ['12 bits', '1f9d8c549e0829f2448a932754020e2ca890a04184'],
])('reads what ncompress wrote: %s', (_why, hex) => {
  const bytes = Uint8Array.from(hex.match(/../g)!.map((pair) => Number.parseInt(pair, 16)))
  expect(new TextDecoder().decode(decompressZ(bytes, 100))).toBe(TOBE)
})

test('reads codes without block mode, where 256 is a string like any other', () => {
  // Welch's example: T O B E O R N O T TO BE OR TOB EO RN OT.
  const codes = [...'TOBEORNOT'].map((letter) => letter.charCodeAt(0)).concat(256, 258, 260, 265, 259, 261, 263)
  let bits = codes.reduce((all, code, i) => all | BigInt(code) << BigInt(9 * i), 0n)
  const bytes = [0x1f, 0x9d, 0x10]
  for (; bits > 0n; bits >>= 8n) bytes.push(Number(bits & 0xffn))
  expect(new TextDecoder().decode(decompressZ(Uint8Array.from(bytes), 100))).toBe(TOBE)
})

const hasNcompress = spawnSync('compress', ['-V']).status === 0
if (!hasNcompress) process.stderr.write('SKIPPED: ncompress is not installed, so .Z files are not compared with it\n')
describe.skipIf(!hasNcompress)('against ncompress', () => {
  const run = (command: string, args: string[], input: Uint8Array) => new Uint8Array(execFileSync(command, args, { input, maxBuffer: 1e9 }))
  const some = SAMPLES.filter(([name]) => /^(3|257|512|770|5000|70000|200000) of (1|4|256)$|^changing$/.test(name))
  test.each(some)('both directions: %s', (_name, bytes) => {
    expect(same(run('uncompress', ['-c'], compressZ(bytes)), bytes)).toBe(true)
    for (const bits of ['10', '16']) {
      expect(same(decompressZ(run('compress', ['-c', '-f', '-b', bits], bytes), bytes.length), bytes)).toBe(true)
    }
  })
})

const recorded = '../shared/fixtures/dataportal/testfile.fits.Z'
if (!existsSync(recorded)) process.stderr.write('SKIPPED: no recorded .fits.Z\n')
test.skipIf(!existsSync(recorded))('reads a file of the data portal', () => {
  expect(checkFits(decompressZ(readFileSync(recorded), 1e6))).toHaveLength(1)
})

describe('hostile', () => {
  const whole = compressZ(sample(70_000, 4))
  const refused = (bytes: Uint8Array, message: string, limit = 1e6) =>
    expect(() => decompressZ(bytes, limit)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }))

  test('not .Z', () => {
    refused(new Uint8Array(), 'not a .Z file')
    refused(Uint8Array.of(0x1f, 0x8b, 8, 0), 'not a .Z file')
    expect(isCompressed(Uint8Array.of(0x1f, 0x8b, 8, 0))).toBe(false)
  })
  test('impossible widths', () => {
    refused(Uint8Array.of(0x1f, 0x9d, 0x88, 0, 0), '8 bits')
    refused(Uint8Array.of(0x1f, 0x9d, 0x91, 0, 0), '17 bits')
  })
  test('a first code above 255', () => refused(Uint8Array.of(0x1f, 0x9d, 0x90, 0x01, 0x01), 'code 257'))
  test('a code that is not there yet', () => refused(Uint8Array.of(0x1f, 0x9d, 0x90, 0x41, 0xfe, 0x03), 'code 511'))
  test('a bomb is stopped at its limit, and its start can still be read', () => {
    const bomb = compressZ(new Uint8Array(3_000_000))
    expect(bomb.length).toBeLessThan(4000)
    expect(() => decompressZ(bomb, 2_999_999)).toThrow(expect.objectContaining({ code: 'document_too_large' }))
    expect(decompressZ(bomb, 3_000_000)).toHaveLength(3_000_000)
    expect(decompressZStart(bomb, 2880)).toHaveLength(2880)
    expect(() => decompressZ(bomb, 0)).toThrow(ArchiveError)
  })
  test('cut short: seen, or the beginning of what was there', () => {
    const bytes = sample(70_000, 4)
    let seen = 0
    for (let length = 3; length < whole.length; length += 97) {
      try {
        const out = decompressZ(whole.subarray(0, length), 1e6)
        expect(same(out, bytes.subarray(0, out.length))).toBe(true)
      } catch (error) {
        expect(error).toMatchObject({ code: 'holding_invalid' })
        seen += 1
      }
    }
    expect(seen).toBeGreaterThan(100)
  })
  test('any bytes end', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), fc.constantFrom(0x90, 0x89, 0x8c, 0x10), (noise, flags) => {
      try { decompressZ(Uint8Array.of(0x1f, 0x9d, flags, ...noise), 50_000) } catch (error) { expect(error).toBeInstanceOf(ArchiveError) }
    }), { numRuns: 200 })
  })
})
