/** `npm run demo` as a process of its own, without a terminal. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const DEMO = fileURLToPath(new URL('../../demo.ts', import.meta.url))

export interface Ended { readonly code: number | null; readonly out: string; readonly err: string }

/** Starts it in a folder. Its standard input is open until the caller ends it. */
export function startDemoCommand(args: readonly string[], cwd: string) {
  // Some libraries colour a pipe where CI is set; ours must not.
  const env = { ...process.env, CI: 'true' }
  const child = spawn(process.execPath, [DEMO, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  child.stdin.on('error', () => undefined)
  return child
}

/** Runs it to its end. */
export async function runDemo(args: readonly string[], cwd: string, input = ''): Promise<Ended> {
  const child = startDemoCommand(args, cwd)
  child.stdin.end(input)
  const code = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, out, err }
}

/** The command lines of running processes that name this folder (Linux). */
export function processesNaming(folder: string): string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((pid) => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      return line.includes(folder) ? [line] : []
    } catch {
      return []
    }
  })
}
