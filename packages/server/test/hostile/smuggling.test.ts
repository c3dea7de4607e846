/** Requests that two readers would read differently: refused, or read in the one way that grants nothing. */
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestArchive } from '../support/archive.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
let token: string
beforeAll(async () => {
  server = await makeSmallArchive()
  token = await server.tokenOf('pi')
})
afterAll(() => server.close())

/** Bytes as they are, and all that comes back. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (data) => { answer += data.toString('latin1') })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
    socket.setTimeout(3_000, () => socket.destroy())
  })
}
const statuses = (answer: string) => [...answer.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)].map((match) => Number(match[1]))

const SECOND = `GET /dataPortal/file/${IDS.proprietary} HTTP/1.1\r\nHost: localhost\r\n\r\n`
test.each([
  ['a length and chunks', `Content-Length: ${SECOND.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SECOND}`],
  ['chunks that are no chunks', `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SECOND}`],
  ['two encodings', `Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${SECOND}`],
  ['two lengths', `Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!${SECOND}`],
  ['a length with a sign', `Content-Length: +5\r\n\r\nhello${SECOND}`],
  ['a blank before a colon', `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${SECOND}`],
  ['a folded line', `X-A: b\r\n c\r\n\r\n${SECOND}`],
  ['a bare line feed', `X-A: b\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SECOND}`],
])('%s: one answer, 400, and the connection ends', async (_why, rest) => {
  const answer = await raw(`POST /datalink/links HTTP/1.1\r\nHost: localhost\r\n${rest}`)
  expect(statuses(answer)).toEqual([400])
})

test('what follows a caller\'s request on its connection is not that caller\'s', async () => {
  const first = `GET /dataPortal/file/${IDS.proprietary} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nRange: bytes=0-0\r\n\r\n`
  expect(statuses(await raw(first + SECOND))).toEqual([206, 401])
})

test('a body of a GET is not a second request', async () => {
  const answer = await raw(`GET /hdr?DpId=${IDS.unknown} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${SECOND.length}\r\n\r\n${SECOND}`)
  expect(statuses(answer)).toEqual([404])
})

test.each([[0, 1], [1, 0]])('two Authorization lines are 401, the right one first or last', async (...order) => {
  const lines = [`Authorization: Bearer ${token}`, 'Authorization: Bearer x']
  const answer = await raw(`GET /dataPortal/file/${IDS.proprietary} HTTP/1.1\r\nHost: localhost\r\n${order.map((i) => lines[i]).join('\r\n')}\r\nConnection: close\r\n\r\n`)
  expect(statuses(answer)).toEqual([401])
  expect(answer).toMatch(/WWW-Authenticate: Bearer /i)
})

test.each([
  'X-Forwarded-Host: evil.example', 'X-Forwarded-Proto: https', 'Forwarded: host=evil.example;proto=https', 'X-Forwarded-For: 127.0.0.1',
  'X-Original-URL: /dataPortal/file/x', 'X-Rewrite-URL: /x', 'X-HTTP-Method-Override: DELETE', 'X-Forwarded-Prefix: /evil',
])('%s from no proxy of ours changes nothing', async (line) => {
  const ask = (extra: string) => raw(`GET /datalink/links?ID=${IDS.public} HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\n${extra}Connection: close\r\n\r\n`)
  const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n'))
  const [plain, with_] = [await ask(''), await ask(`${line}\r\n`)]
  expect([statuses(with_), bodyOf(with_)]).toEqual([[200], bodyOf(plain)])
})

test.each(['evil.example', '127.0.0.1.evil.example', 'localhost@evil.example', 'localhost:80:80', 'localhost\u00e9', '[::1', '-', 'a b'])('the host %s is not served', async (host) => {
  const answer = await raw(`GET /datalink/links?ID=${IDS.public} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  expect([400, 403]).toContain(statuses(answer)[0])
  expect(answer).not.toContain(`://${host}`)
})

test.each(['TRACE', 'PUT', 'PATCH', 'PROPFIND', 'DELETE'])('%s says what is served, and echoes nothing', async (method) => {
  const answer = await raw(`${method} / HTTP/1.1\r\nHost: localhost\r\nX-Secret: word\r\nConnection: close\r\n\r\n`)
  expect(statuses(answer)).toEqual([405])
  expect(answer).not.toContain('X-Secret')
})
