#!/usr/bin/env node
/** The `quipu` command. Results go to standard output, everything else to standard error. */
import { readFileSync } from 'node:fs'
import { printableLines } from './output.ts'
import { makeProgram } from './program.ts'

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
const { version } = JSON.parse(manifest) as { version: string }
const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
// A reader that went away (quipu query … | head) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  await makeProgram(version, interrupted.signal).parseAsync()
} catch (error) {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`quipu: ${printableLines(text)}\n`)
  process.exitCode = interrupted.signal.aborted ? 130 : 1
}
