/** The archive that is measured, over HTTP, in a process of its own; and the requests that measure it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../packages/server/src/main.ts', import.meta.url))

export interface BenchServer {
  readonly url: string
  /** The most memory that the process has had at a time; undefined where the system does not tell. */
  peakBytes(): number | undefined
  stop(): Promise<void>
}

/** Serves the data folder on a free port. */
export async function startArchive(dataDir: string): Promise<BenchServer> {
  const child = spawn(process.execPath, [main, 'serve', dataDir, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const kill = (): void => { child.kill('SIGKILL') }
  process.once('exit', kill)
  return {
    url: await addressOf(child),
    peakBytes: () => peakOf(child),
    async stop() {
      process.off('exit', kill)
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  let said = ''
  for await (const chunk of stdout ?? []) {
    said += String(chunk)
    const url = /http:\S+/.exec(said)?.[0]
    if (url !== undefined) return url
  }
  throw new Error('the archive did not start')
}

function peakOf({ pid }: ChildProcess): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}

/** One request from its beginning to its end. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly bytes: number
  readonly firstByteMs: number
  readonly totalMs: number
  /** Of a request that keeps it. */
  readonly text: string
}

export interface Asking {
  readonly method?: string
  readonly form?: Readonly<Record<string, string>>
  /** The body and its type, instead of a form. */
  readonly body?: { readonly bytes: Buffer; readonly type: string }
  readonly agent?: Agent
  readonly signal?: AbortSignal
  readonly headers?: Readonly<Record<string, string>>
  /** Bodies are counted and forgotten unless they are kept. */
  readonly keep?: boolean
}

/** Asks and reads the whole body. */
export async function ask(url: string, asking: Asking = {}): Promise<Answer> {
  const { form, keep = false, agent, signal } = asking
  const body = form ? Buffer.from(new URLSearchParams(form).toString()) : asking.body?.bytes
  const type = form ? 'application/x-www-form-urlencoded' : asking.body?.type
  const headers: OutgoingHttpHeaders = {
    ...asking.headers, ...body ? { 'Content-Type': type, 'Content-Length': body.length } : {},
  }
  const startMs = performance.now()
  const sent = request(url, {
    method: asking.method ?? (body ? 'POST' : 'GET'), headers,
    ...agent ? { agent } : {}, ...signal ? { signal } : {},
  })
  sent.end(body)
  const [response] = await once(sent, 'response') as [IncomingMessage]
  let firstByteMs: number | undefined
  let bytes = 0
  const kept: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) {
    firstByteMs ??= performance.now() - startMs
    bytes += chunk.length
    if (keep) kept.push(chunk)
  }
  const totalMs = performance.now() - startMs
  return {
    status: response.statusCode ?? 0, headers: response.headers, bytes, totalMs,
    firstByteMs: firstByteMs ?? totalMs, text: Buffer.concat(kept).toString(),
  }
}

/** The query as a synchronous one; anything but 200 is a fault of the bench. */
export async function sync(
  url: string, query: string, format: string, asking: Asking & { readonly maxRows?: number } = {},
): Promise<Answer> {
  const form = {
    LANG: 'ADQL', QUERY: query, RESPONSEFORMAT: format,
    ...asking.maxRows === undefined ? {} : { MAXREC: String(asking.maxRows) },
  }
  const answer = await ask(`${url}/tap_obs/sync`, { ...asking, form })
  if (answer.status !== 200) throw new Error(`status ${answer.status}: ${query}\n${answer.text}`)
  return answer
}

/** Connections that stay open, as many as given. */
export const keptAlive = (count: number): Agent => new Agent({ keepAlive: true, maxSockets: count })
