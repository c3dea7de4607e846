/** Servers that play another archive, and clients that do not wait in earnest. */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import type { ArchiveClient, ArchiveProfile, ClientOptions } from '../../src/index.ts'
import { profileOf } from '../../src/index.ts'
import { openClient } from '../../src/node.ts'

export interface Seen {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Foreign {
  readonly url: string
  /** Every request, in order. */
  readonly seen: readonly Seen[]
}

/** A server on a free loopback port until the test ends: each is an origin of its own. */
export async function startForeign(answer: (seen: Seen, response: ServerResponse, count: number) => void): Promise<Foreign> {
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const one = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
      seen.push(one)
      answer(one, response, seen.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

/** A JWT in form, its signature nonsense. */
export function fakeToken(claims: Record<string, unknown> = {}): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'RS256' })}.${part({ sub: 'zoe', exp: 4e9, ...claims })}.c2VjcmV0LXNpZ25hdHVyZQ`
}

export interface Patient { readonly client: ArchiveClient; /** What it would have waited, ms. */ readonly waits: number[] }

/** A Node client whose pauses cost nothing; its clock runs on by them. */
export function patientClient(archive: string | ArchiveProfile, options: Partial<ClientOptions> = {}): Patient {
  const waits: number[] = []
  let nowMs = Date.UTC(2026, 0, 2)
  const client = openClient({
    profile: typeof archive === 'string' ? profileOf(archive) : archive,
    now: () => nowMs,
    wait: (ms, signal) => {
      signal?.throwIfAborted()
      waits.push(ms)
      nowMs += ms
      return Promise.resolve()
    },
    ...options,
  })
  return { client, waits }
}

/** The code and message of what was thrown; a value in its place fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<{ code: string; message: string; error: unknown }> {
  try {
    await promise
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return { code, message, error }
  }
  throw new Error('nothing was thrown')
}

/** A fetch without a network: answers by address, and keeps what it was asked. */
export function fakeFetch(answer: (url: string, init: RequestInit) => Response | Promise<Response>) {
  const asked: { url: string; method: string; authorization: string | null; body: string | null; init: RequestInit }[] = []
  return {
    asked,
    fetch: async (url: string, init: RequestInit): Promise<Response> => {
      const headers = new Headers(init.headers)
      asked.push({
        url, init, method: init.method ?? 'GET', authorization: headers.get('authorization'),
        body: typeof init.body === 'string' ? init.body : null,
      })
      return answer(url, init)
    },
  }
}
