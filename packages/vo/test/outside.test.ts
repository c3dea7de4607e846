import { expect, test } from 'vitest'
import { isLoopback, printable, printableLines } from '../src/index.ts'

test.each([
  ['a\nb', 'a\\x0ab', 'a\nb'],
  ['\x1b]0;title\x07', '\\x1b]0;title\\x07', '\\x1b]0;title\\x07'],
  ['Zoë\x9b\u202e', 'Zoë\\x9b\\x202e', 'Zoë\\x9b\\x202e'],
])('%j is shown', (text, line, lines) => {
  expect([printable(text), printableLines(text)]).toEqual([line, lines])
})

test.each([
  ['localhost', true], ['127.0.0.1', true], ['127.9.9.9', true], ['[::1]', true],
  ['localhost.evil.org', false], ['127.0.0.1.evil.org', false], ['128.0.0.1', false], ['[::2]', false], ['', false],
])('is %j this machine? %j', (name, is) => expect(isLoopback(name)).toBe(is))
