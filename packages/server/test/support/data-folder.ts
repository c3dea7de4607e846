/** Data folders made by `init` for tests, and the command as a process of its own. */
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { initArchive } from '../../src/admin/init.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** A folder that is gone with the machine's temporary ones. */
export function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'quipu-data-'))
}

/** An archive without holdings, that logs nothing. */
export async function dataFolder(access?: string): Promise<string> {
  const around = await emptyFolder()
  await writeFile(join(around, 'archive.yaml'), 'log: { level: silent }\n')
  if (access !== undefined) await writeFile(join(around, 'access.yaml'), access)
  const dir = join(around, 'data')
  await initArchive(dir, {
    config: join(around, 'archive.yaml'),
    ...access === undefined ? {} : { access: join(around, 'access.yaml') },
  })
  return dir
}

export interface Ended { readonly code: number | null; readonly out: string; readonly err: string }

export function start(args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs `quipu-archive` to its end. */
export function run(...args: string[]): Promise<Ended> {
  return ended(start(args))
}

/** Runs it with a text as its standard input. */
export function runWith(input: string, ...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.end(input)
  return ended(child)
}

async function ended(child: ChildProcessByStdio<Writable | null, Readable, Readable>): Promise<Ended> {
  const code = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, out, err }
}

export interface Serving {
  readonly url: string
  /** Ends it and gives its exit code, null when the signal did it. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

/** `quipu-archive serve` on a free port. */
export async function serving(dataDir: string): Promise<Serving> {
  const child = start(['serve', dataDir, '--port', '0'])
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const err = text(child.stderr)
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = /^Quipu archive at (\S+)$/.exec(line)
      if (match?.[1]) resolve(match[1])
    })
    void ended.then(async (code) => reject(new Error(`serve ended with ${code}: ${await err}`)))
  })
  return {
    url,
    stop(signal) {
      child.kill(signal)
      return ended
    },
  }
}
