/** A file portal that can be told to break. */
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { startForeign } from './foreign.ts'
import type { Foreign, Seen } from './foreign.ts'

export const DATA = Buffer.from('SIMPLE  =                    T'.repeat(10_000))
const MD5 = createHash('md5').update(DATA).digest('base64')

/** A file portal that may be told to misbehave; understands one Range. */
export function portal(misbehave: (count: number, response: ServerResponse, seen: Seen) => boolean | void = () => false, etag = '"v1"'): Promise<Foreign> {
  return startForeign((seen, response, count) => {
    if (misbehave(count, response, seen) === true) return
    const range = /^bytes=(\d+)-$/.exec(seen.headers['range'] ?? '')
    const from = range && seen.headers['if-range'] === etag ? Number(range[1]) : 0
    response.writeHead(from > 0 ? 206 : 200, {
      ETag: etag, 'Content-Disposition': 'attachment; filename=A.B.fits', 'Content-Length': DATA.length - from,
      'Repr-Digest': `md5=:${MD5}:`, ...from > 0 ? { 'Content-Range': `bytes ${from}-${DATA.length - 1}/${DATA.length}` } : {},
    }).end(DATA.subarray(from))
  })
}

/** Sends the beginning of the file and drops the connection. */
export function cut(response: ServerResponse, bytes: number, from = 0): true {
  response.writeHead(from > 0 ? 206 : 200, {
    ETag: '"v1"', 'Content-Disposition': 'attachment; filename=A.B.fits', 'Content-Length': DATA.length - from,
    ...from > 0 ? { 'Content-Range': `bytes ${from}-${DATA.length - 1}/${DATA.length}` } : {},
  })
  response.write(DATA.subarray(from, from + bytes), () => setTimeout(() => response.destroy(), 20))
  return true
}
