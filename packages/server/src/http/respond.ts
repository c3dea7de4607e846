/**
 * Sends a reply: back-pressure from the caller to the source of the body, the caller's hang-up, and
 * readers that stall. RFC 9110 §6.4, §8.6, §9.3.2; design §6 (stalled readers are cut).
 */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Body, Reply, Sent } from './route.ts'

/** Pieces are this small, so that a slow reader is judged by a small piece: 1 kB/s is fast enough. */
const PIECE_BYTES = 65_536

export interface Sending {
  readonly raw: ServerResponse
  readonly isHead: boolean
  readonly stallSeconds: number
  /** Aborts the request's signal, with the reason. */
  readonly abort: (reason: Error) => void
}

const BODILESS = new Set([204, 304])

/** Sends the whole reply. Never rejects: what fails after the head cuts the connection. */
export async function sendReply(reply: Reply, sending: Sending): Promise<Sent & { failure?: unknown }> {
  const { raw } = sending
  const headers: Record<string, string | string[]> = { ...reply.headers }
  const bytes = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body
  const known = bytes instanceof Uint8Array ? bytes.length : bytes === undefined ? 0 : undefined
  const told = Object.keys(headers).find((name) => name.toLowerCase() === 'content-length')
  const hasLength = told !== undefined
  const bodiless = BODILESS.has(reply.status)
  if (known !== undefined && !hasLength && !bodiless && !(sending.isHead && bytes === undefined)) {
    headers['Content-Length'] = String(known)
  }
  // Trailers stand behind chunks only (RFC 9112 §7.1.2); of a body that is there whole they are known.
  const isChunked = known === undefined && !hasLength && !bodiless && !sending.isHead
    && raw.req.httpVersion !== '1.0'
  const trailers = isChunked ? reply.trailers : undefined
  if (trailers) headers['Trailer'] = trailers.names.join(', ')
  else if (known !== undefined) Object.assign(headers, reply.trailers?.values())
  let sentBytes = 0
  let takenBytes = 0
  let failure: unknown
  let complete = false
  try {
    raw.writeHead(reply.status, headers)
    if (sending.isHead || bodiless || bytes === undefined) await discard(bytes)
    else {
      for await (const piece of pieces(bytes)) {
        if (raw.destroyed) break
        const more = raw.write(piece, (error) => { if (!error) takenBytes += piece.length })
        sentBytes += piece.length
        if (!more) await settled(raw, 'drain', sending)
      }
    }
    if (!raw.destroyed) {
      if (trailers) raw.addTrailers(trailers.values())
      raw.end()
      if (!raw.writableFinished) await settled(raw, 'finish', sending)
    }
    // A reader who knows the length may hang up at the last byte, before the end is told.
    complete = raw.writableFinished || (hasLength && takenBytes === Number(headers[told]))
  } catch (error) {
    failure = error
    raw.destroy()
  }
  const sent = { bytes: sentBytes, complete }
  try {
    reply.ended?.(sent)
  } catch (error) {
    failure ??= error
  }
  return failure === undefined ? sent : { ...sent, failure }
}

/** Waits for the event or the end of the connection; a reader that takes nothing for long is cut. */
async function settled(raw: ServerResponse, event: 'drain' | 'finish', sending: Sending): Promise<void> {
  const over = new AbortController()
  const stalled = setTimeout(() => {
    sending.abort(new Error(`the reader took nothing for ${sending.stallSeconds} s`))
    raw.destroy()
  }, sending.stallSeconds * 1000)
  try {
    if (raw.destroyed) return
    await Promise.race([
      once(raw, event, { signal: over.signal }),
      once(raw, 'close', { signal: over.signal }),
    ])
  } finally {
    clearTimeout(stalled)
    over.abort()
  }
}

/** The body as byte pieces of bounded size. Leaving the loop early closes the source. */
async function* pieces(body: Exclude<Body, string>): AsyncGenerator<Uint8Array> {
  if (body instanceof Uint8Array) {
    yield* cut(body)
    return
  }
  for await (const chunk of body as AsyncIterable<string | Uint8Array>) {
    yield* cut(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  }
}

function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
    yield bytes.length <= PIECE_BYTES ? bytes : bytes.subarray(start, start + PIECE_BYTES)
  }
}

/** Closes a body that nobody will read. */
async function discard(body: Exclude<Body, string> | undefined): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) return
  if ('destroy' in body) body.destroy()
  else await body[Symbol.asyncIterator]().return?.()
}
