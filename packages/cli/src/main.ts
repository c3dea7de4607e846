#!/usr/bin/env node
/** The `quipu` command. Results go to standard output, everything else to standard error. */
import { readFileSync } from 'node:fs'
import { run } from './program.ts'

const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
const { version } = JSON.parse(manifest) as { version: string }
const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
// A reader that went away (quipu query … | head) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

process.exitCode = await run(process.argv.slice(2), version, interrupted.signal)
