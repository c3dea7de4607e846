import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { askPassword } from '../../src/admin/prompt.ts'
import type { Keyboard } from '../../src/admin/prompt.ts'

function terminal(...pieces: string[]) {
  const input: Keyboard & PassThrough = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined })
  const shown: string[] = []
  const output = new PassThrough()
  output.on('data', (text: Buffer) => {
    shown.push(text.toString())
    if (text.toString().endsWith(': ')) input.write(pieces.shift() ?? '\r')
  })
  return { input, output, shown }
}

test('a terminal is asked twice, and shows nothing of it', async () => {
  const { input, output, shown } = terminal('geheim\u007fm \u00fc\r', 'geheim \u00fc\n')
  expect(await askPassword(input, output, 'pi')).toBe('geheim \u00fc')
  expect(shown.join('')).toBe('Password of pi: \nAgain: \n')
})

test.each([[['a\r', 'b\r'], /differ/], [['\r'], /no password/], [['a\u0003'], /nothing was changed/]])('%j is refused', async (keys, message) => {
  const { input, output } = terminal(...keys)
  await expect(askPassword(input, output, 'pi')).rejects.toThrow(message)
})

test.each([['secret\n', 'secret'], ['sec ret\r\nmore\n', 'sec ret'], ['secret', 'secret']])('standard input %j gives its first line', async (text, password) => {
  const input = new PassThrough()
  input.end(text)
  expect(await askPassword(input, new PassThrough(), 'pi')).toBe(password)
})

test('an empty one is refused', async () => {
  const input = new PassThrough()
  input.end('')
  await expect(askPassword(input, new PassThrough(), 'pi')).rejects.toThrow(/no password/)
})
