/**
 * Answers coded with gzip, for callers that take it. RFC 9110 §8.4 (Content-Encoding), §12.5.3
 * (Accept-Encoding), §12.5.5 (Vary), §8.8.3.3 (a coded representation has a tag of its own); RFC 1952.
 *
 * Only replies that say so are coded: text that was made for the answer, never files, never a range.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { promisify } from 'node:util'
import { constants, createGzip, gzip } from 'node:zlib'
import type { Body, Reply } from './route.ts'

const gzipWhole = promisify(gzip)

/** Most of the gain at most of the speed: 250 MB/s of TABLEDATA, to a twelfth. */
const LEVEL = 3
/** Below this, coding costs more than it spares. */
const LEAST_BYTES = 1024
/** A body up to this length is coded as a whole, so that its coded length can be told. */
const WHOLE_BYTES = 8 * 1024 * 1024

/** True when the header takes gzip: by name or by `*`, with a weight above 0. */
export function takesGzip(header: string | string[] | undefined): boolean {
  let byName: boolean | undefined
  let byStar = false
  for (const entry of String(header ?? '').toLowerCase().split(',')) {
    const [name = '', ...parameters] = entry.split(';').map((part) => part.trim())
    const weight = parameters.map((part) => /^q\s*=\s*([\d.]+)$/.exec(part)?.[1]).find((q) => q !== undefined)
    const taken = weight === undefined || Number(weight) > 0
    if (name === 'gzip' || name === 'x-gzip') byName = taken
    if (name === '*') byStar = taken
  }
  return byName ?? byStar
}

/** The reply as this caller gets it: coded, or as it is. */
export async function encoded(reply: Reply, method: string, headers: IncomingHttpHeaders): Promise<Reply> {
  if (reply.encodable === undefined) return reply
  const varying = { ...reply, headers: { ...reply.headers, Vary: 'Authorization, Cookie, Accept-Encoding' } }
  const leastBytes = Math.max(LEAST_BYTES, reply.encodable.leastBytes)
  const length = lengthOf(reply)
  const applies = takesGzip(headers['accept-encoding']) && headers.range === undefined
    && (length === undefined || length >= leastBytes)
  if (!applies || method === 'HEAD') return varying
  // The tag that the caller holds is that of the coded form.
  if (reply.status === 304) return { ...varying, headers: weakened(varying.headers) }
  if (reply.status !== 200 || reply.body === undefined) return varying
  if (length !== undefined && length <= WHOLE_BYTES) {
    return coded(varying, await gzipWhole(await wholeOf(reply.body), { level: LEVEL }))
  }
  if (length !== undefined) return coded(varying, gzipped(piecesOf(reply.body)))
  const { start, rest } = await peek(piecesOf(reply.body), leastBytes)
  return rest === undefined ? { ...varying, body: start } : coded(varying, gzipped(behind(start, rest)))
}

/** Undefined for a stream that does not tell. */
function lengthOf({ headers, body }: Reply): number | undefined {
  if (typeof body === 'string') return Buffer.byteLength(body)
  if (body instanceof Uint8Array) return body.length
  const told = headers['Content-Length']
  return told === undefined ? undefined : Number(told)
}

function coded(reply: Reply, body: Body): Reply {
  const { 'Content-Length': _length, 'Accept-Ranges': _ranges, ...headers } = weakened(reply.headers)
  return { ...reply, headers: { ...headers, 'Content-Encoding': 'gzip' }, body }
}

function weakened(headers: Reply['headers']): Reply['headers'] {
  const { ETag: tag } = headers
  return typeof tag === 'string' && tag.startsWith('"') ? { ...headers, ETag: `W/${tag}` } : headers
}

async function* piecesOf(body: Body): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') yield Buffer.from(body)
  else if (body instanceof Uint8Array) yield body
  else {
    for await (const piece of body as AsyncIterable<string | Uint8Array>) {
      yield typeof piece === 'string' ? Buffer.from(piece) : piece
    }
  }
}

async function wholeOf(body: Body): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of piecesOf(body)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** The first bytes, at least so many unless the body is shorter: then there is no rest. */
async function peek(
  pieces: AsyncGenerator<Uint8Array>, leastBytes: number,
): Promise<{ start: Uint8Array; rest: AsyncGenerator<Uint8Array> | undefined }> {
  const read: Uint8Array[] = []
  for (let length = 0; length < leastBytes;) {
    const next = await pieces.next()
    if (next.done === true) return { start: Buffer.concat(read), rest: undefined }
    read.push(next.value)
    length += next.value.length
  }
  return { start: Buffer.concat(read), rest: pieces }
}

async function* behind(
  start: Uint8Array, rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield start
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** Codes piece by piece; each goes out before the next is asked for. Leaving early closes the source. */
async function* gzipped(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const coder = createGzip({ level: LEVEL })
  const ready: Uint8Array[] = []
  coder.on('data', (bytes: Uint8Array) => ready.push(bytes))
  const failed = new Promise<never>((_resolve, reject) => coder.on('error', reject))
  failed.catch(() => undefined)
  const step = (begin: (done: () => void) => void): Promise<void> =>
    Promise.race([new Promise<void>(begin), failed])
  try {
    for await (const piece of pieces) {
      await step((done) => coder.write(piece, () => coder.flush(constants.Z_SYNC_FLUSH, done)))
      yield* ready.splice(0)
    }
    await step((done) => coder.once('end', done).end())
    yield* ready.splice(0)
  } finally {
    coder.destroy()
  }
}
