import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openBase64, readBase64 } from '../../src/votable/base64.ts'

test('gives what was encoded, with line breaks or without padding', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), fc.boolean(), (bytes, breaks, pads) => {
    let text = Buffer.from(bytes).toString('base64')
    if (breaks) text = ` ${text.replace(/(.{10})/g, '$1\r\n\t')}\n`
    if (!pads) text = text.replaceAll('=', '')
    expect([...readBase64(text, 'it')]).toEqual([...bytes])
  }))
})

test.each(['A', 'AAAAA', 'AA=A', 'A-_A', 'AAA*', 'AAé=', 'AAA\u0000', '====A'])('refuses %j', (text) => {
  expect(() => readBase64(text, 'it')).toThrow(expect.objectContaining({ code: 'document_invalid' }))
})

test('written in pieces of any size, it is what was given', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 }), (pieces) => {
    const stream = openBase64()
    const text = [...pieces.map((piece) => stream.write(piece)), stream.end()]
      .map((line) => Buffer.from(line).toString('latin1')).join('')
    expect(text.replaceAll('\n', '')).toBe(Buffer.concat(pieces).toString('base64'))
  }))
})
