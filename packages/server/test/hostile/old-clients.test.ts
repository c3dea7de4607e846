/** Callers that speak less HTTP, or more, than most: results come whole to each of them. */
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive() })
afterAll(() => archive.close())

function raw(head: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(archive.url).port), '127.0.0.1', () => socket.write(head))
    const pieces: Buffer[] = []
    socket.on('data', (piece) => pieces.push(piece))
    socket.on('close', () => resolve(Buffer.concat(pieces)))
    socket.on('error', reject)
    socket.setTimeout(5_000, () => socket.destroy(new Error('no end came')))
  })
}

const path = (rows: number, format: string, more = '') =>
  `/tap_obs/sync?LANG=ADQL&FORMAT=${format}&QUERY=SELECT+TOP+${rows}+n+FROM+dbo.numbers${more}`
const cases = ['HTTP/1.0', 'HTTP/1.1'].flatMap((version) => ['', 'Accept-Encoding: gzip\r\n', 'TE: trailers\r\n'].flatMap((line) =>
  ['csv', 'tsv', 'votable'].flatMap((format) => [3, 2500].map((rows) => [version, line.trim(), format, rows] as const))))

test.each(cases)('%s %s %s, %i rows', async (version, line, format, rows) => {
  for (const more of ['', '&MAXREC=2']) {
    const answer = await raw(`GET ${path(rows, format, more)} ${version}\r\nHost: localhost\r\n${line === '' ? '' : `${line}\r\n`}Connection: close\r\n\r\n`)
    const end = answer.indexOf('\r\n\r\n')
    const head = answer.subarray(0, end).toString()
    expect(head).toMatch(/^HTTP\/1\.1 200 /)
    let body = answer.subarray(end + 4)
    if (/^Transfer-Encoding: chunked/im.test(head)) {
      expect(version).toBe('HTTP/1.1')
      body = unchunked(body)
    } else {
      expect(head).not.toMatch(/^Trailer:/im)
    }
    const text = (/^Content-Encoding: gzip/im.test(head) ? gunzipSync(body) : body).toString()
    const wanted = more === '' ? rows : 2
    if (format === 'votable') expect(text.trimEnd()).toMatch(/<\/VOTABLE>$/)
    else expect(text.trim().split(/\r?\n/)).toHaveLength(wanted + 1)
  }
})

function unchunked(body: Buffer): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; ;) {
    const line = body.indexOf('\r\n', at)
    const size = parseInt(body.subarray(at, line).toString(), 16)
    if (size === 0) return Buffer.concat(pieces)
    pieces.push(body.subarray(line + 2, line + 2 + size))
    at = line + 2 + size + 2
  }
}
