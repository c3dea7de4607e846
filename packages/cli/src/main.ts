#!/usr/bin/env node
/** The `quipu` command. Results go to standard output, everything else to standard error. */
import { readFileSync } from 'node:fs'
import { ArchiveError } from '@quipu/vo'
import { makeProgram } from './program.ts'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
// A reader that went away (quipu query … | head) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

try {
  await makeProgram(manifest.version, interrupted.signal).parseAsync()
} catch (error) {
  const text = error instanceof ArchiveError ? error.toFaultText() : error instanceof Error ? error.message : String(error)
  process.stderr.write(`quipu: ${text}\n`)
  process.exitCode = interrupted.signal.aborted ? 130 : 1
}
