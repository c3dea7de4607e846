/** The demo's archive: made once in a folder through quipu-archive's own commands, then served by it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { OBSERVATORY_VERSION, writeHoldings, writeSettings } from './observatory/make.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const command = join(root, 'packages/server/src/main.ts')

/** Written last: a folder without it is made anew or completed. */
const MARK = 'demo.json'

/** Makes the demo archive in the folder unless it is there. `say` tells what is done. */
export async function ensureArchive(dataDir: string, say: (text: string) => void): Promise<void> {
  const mark = await readFile(join(dataDir, MARK), 'utf8').catch(() => undefined)
  if (mark !== undefined) {
    if ((JSON.parse(mark) as { version?: unknown }).version === OBSERVATORY_VERSION) return
    throw new Error(`${dataDir} holds the demo of another version of Quipu; remove it or give another --data`)
  }
  const there = await readdir(dataDir).catch((): string[] => [])
  const isArchive = there.includes('archive.yaml')
  if (there.length > 0 && !isArchive) {
    throw new Error(`${dataDir} is not empty and holds no archive; give another --data`)
  }
  const making = await mkdtemp(join(tmpdir(), 'quipu-demo-'))
  try {
    const startMs = performance.now()
    await writeSettings(making)
    if (isArchive) {
      const [theirs, ours] = await Promise.all([dataDir, making].map(configOf))
      if (theirs !== ours) throw new Error(`${dataDir} holds another archive; give another --data`)
    }
    // The folder is made while the holdings are: there are two processors more often than one.
    const initialised = isArchive ? undefined : run(making, [
      'init', dataDir, '--config', join(making, 'archive.yaml'), '--access', join(making, 'access.yaml'),
      '--schema', join(root, 'schema'), '--schema', join(root, 'demo/schema'),
      '--rules', join(root, 'demo/rules'),
    ])
    const [made] = await Promise.all([writeHoldings(making), initialised])
    say(`made ${made.files} files, ${(made.bytes / 1e6).toFixed(1)} MB`)
    await run(making, ['ingest', dataDir, join(making, 'holdings')])
    await writeFile(join(dataDir, MARK), JSON.stringify({ version: OBSERVATORY_VERSION }))
    say(`the archive is in ${dataDir} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`)
  } finally {
    await rm(making, { recursive: true, force: true })
  }
}

function configOf(dir: string): Promise<string> {
  return readFile(join(dir, 'archive.yaml'), 'utf8')
}

/**
 * Runs one quipu-archive command to its end; its words go to this process's own streams. What Node compiles
 * for the first is kept in the folder for the next.
 */
async function run(making: string, args: readonly string[]): Promise<void> {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(making, 'compiled') }
  const child = spawn(process.execPath, [command, ...args], { stdio: ['ignore', 'ignore', 'inherit'], env })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
  if (code !== 0) throw new Error(`quipu-archive ${args[0]} ended with ${code}`)
}

export interface Served {
  readonly url: string
  /** Settles when the server has ended, with its exit code. */
  readonly ended: Promise<number | null>
  stop(): Promise<void>
}

/** Starts `quipu-archive serve` and waits for its address. */
export async function serve(dataDir: string, port: number): Promise<Served> {
  const child: ChildProcess = spawn(process.execPath,
    [command, 'serve', dataDir, '--host', '127.0.0.1', '--port', String(port)],
    { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve))
  process.once('exit', () => child.kill('SIGKILL'))
  const url = await new Promise<string>((resolve, reject) => {
    if (!child.stdout) return reject(new Error('the archive has no output'))
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^Quipu archive at (\S+)$/.exec(line)
      if (match?.[1]) resolve(match[1])
    })
    child.on('error', reject)
    const hint = 'if another version of Quipu made it, remove it'
    void ended.then((code) => reject(
      new Error(`the archive in ${dataDir} did not start (exit code ${code}); ${hint}`)))
  })
  return {
    url, ended,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
