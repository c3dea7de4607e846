/** The command, as a process of its own or within this one, with a home of its own. */
import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'
import { run } from '../../src/program.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface Ended { readonly code: number | null; readonly out: string; readonly err: string }

export interface Given {
  readonly archive?: string
  /** Put in QUIPU_TOKEN. */
  readonly token?: string
  /** Standard input; empty unless given. */
  readonly input?: string
  /** XDG_CONFIG_HOME; a new folder unless given. */
  readonly config?: string
  /** Where it runs; a new folder unless given. */
  readonly cwd?: string
}

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'quipu-cli-'))
}

/** Starts it with nothing of this process's environment but the path. */
export function startQuipu(args: readonly string[], { archive, token, config, cwd }: Given = {}) {
  return spawn(process.execPath, [MAIN, ...args], {
    cwd: cwd ?? newFolder(),
    env: {
      PATH: process.env['PATH'], HOME: newFolder(), XDG_CONFIG_HOME: config ?? newFolder(),
      ...archive === undefined ? {} : { QUIPU_ARCHIVE: archive }, ...token === undefined ? {} : { QUIPU_TOKEN: token },
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs it within this process, which takes no time to start; it has no standard input and no folder of its own. */
export async function quipu(args: readonly string[], given: Omit<Given, 'input' | 'cwd'> = {}): Promise<Ended> {
  vi.stubEnv('XDG_CONFIG_HOME', given.config ?? newFolder())
  vi.stubEnv('QUIPU_ARCHIVE', given.archive ?? '')
  vi.stubEnv('QUIPU_TOKEN', given.token ?? '')
  const written = { out: '', err: '' }
  const spies = (['out', 'err'] as const).map((name) =>
    vi.spyOn(process[`std${name}`], 'write').mockImplementation((chunk) => {
      written[name] += String(chunk)
      return true
    }))
  try {
    return { code: await run(args, '0.1.0', new AbortController().signal), ...written }
  } finally {
    for (const spy of spies) spy.mockRestore()
    vi.unstubAllEnvs()
  }
}

/** Runs it as a process to its end. */
export async function quipuProcess(args: readonly string[], given: Given = {}): Promise<Ended> {
  const child = startQuipu(args, given)
  const code = new Promise<number | null>((resolve) => child.on('close', resolve))
  child.stdin.on('error', () => undefined)
  child.stdin.end(given.input ?? '')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, out, err }
}
