/**
 * A password as a command gets it: typed twice without being shown, or the first line of standard input. It
 * is never an argument: those are seen by whoever lists processes, and kept by shells.
 */
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { ArchiveError } from '@quipu/vo'

/** Standard input, or what stands for it in a test. */
export type Keyboard = Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown }

/** @throws ArchiveError `parameter_invalid`: none was given, or the second was another. */
export async function askPassword(input: Keyboard, output: Writable, subject: string): Promise<string> {
  if (input.isTTY !== true) return checked(await firstLine(input))
  const first = checked(await typed(input, output, `Password of ${subject}: `))
  const second = await typed(input, output, 'Again: ')
  if (first === second) return first
  throw new ArchiveError('parameter_invalid', 'the two passwords differ; nothing was changed')
}

function checked(password: string): string {
  if (password === '') {
    throw new ArchiveError('parameter_invalid',
      'no password was given: type it in a terminal, or send it to standard input')
  }
  if (Buffer.byteLength(password) > 1024) {
    throw new ArchiveError('parameter_invalid', 'a password has at most 1024 bytes')
  }
  return password
}

async function firstLine(input: Keyboard): Promise<string> {
  for await (const line of createInterface({ input })) return line
  return ''
}

/** Reads keys one by one: the terminal itself would show them. */
function typed(input: Keyboard, output: Writable, prompt: string): Promise<string> {
  output.write(prompt)
  return new Promise((resolve, reject) => {
    let text = ''
    const end = (error?: ArchiveError): void => {
      input.off('data', take)
      input.setRawMode?.(false)
      input.pause()
      output.write('\n')
      if (error) reject(error)
      else resolve(text)
    }
    const take = (keys: Buffer | string): void => {
      for (const key of String(keys)) {
        if (key === '\r' || key === '\n' || key === '\u0004') return end()
        if (key === '\u0003') return end(new ArchiveError('parameter_invalid', 'nothing was changed'))
        if (key === '\u007f' || key === '\b') text = [...text].slice(0, -1).join('')
        else text += key
      }
    }
    input.setRawMode?.(true)
    input.resume()
    input.on('data', take)
  })
}
