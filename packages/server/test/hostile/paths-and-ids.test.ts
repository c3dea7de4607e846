/** Ids that mean to be something else: paths, headers, HTML, SQL, other files. */
import { connect } from 'node:net'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readLinks } from '@quipu/vo/datalink'
import { readVotable } from '@quipu/vo/votable'
import type { TestArchive } from '../support/archive.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => {
  server = await makeSmallArchive()
  await mkdir(join(server.dir, 'keys'), { recursive: true })
  await writeFile(join(server.dir, 'keys', 'sso.pem'), 'SECRET')
})
afterAll(() => server.close())

const NASTY = [
  '..', '../truth.sqlite', '../../etc/passwd', '..\\..\\truth.sqlite', '/etc/passwd', './x', '../keys/sso.pem',
  'SPHER.2016-09-26T04:15:07.252/../../truth.sqlite', `${IDS.public}/`, `${IDS.public}\0`, `${IDS.public}\0.png`,
  `${IDS.public}\r\nX-Evil: 1`, `${IDS.public}\nSet-Cookie: a=b`, `${IDS.public} `, ` ${IDS.public}`, `${IDS.public}.fits.Z`,
  "' or 1=1 --", "x'; drop table product; --", '%', '_', '<script>alert(1)</script>', '"><img src=x>', '&amp;', '${jndi:x}',
  '{{7*7}}', 'a'.repeat(129), `A.${'b'.repeat(126)}`, '\u202eSPHER', 'SPHER.２０１６', '😀.😀', 'constructor', '__proto__', '%2e%2e%2f',
  '%00', 'null', 'undefined', '-1', '0', 'A..B', '.A', 'A.', 'con', 'nul.txt',
]

test.each(NASTY)('the id %j finds nothing and shows nothing', async (id) => {
  const encoded = encodeURIComponent(id)
  for (const as of [undefined, 'operator']) {
    const file = await server.ask(`/dataPortal/file/${encoded}`, { as })
    expect([400, 404]).toContain(file.status)
    const header = await server.ask(`/hdr?DpId=${encoded}`, { as })
    // Blanks around an id in a query are taken for a slip of the hand.
    expect(id.trim() === IDS.public ? [200] : [400, 404]).toContain(header.status)
    const tree = await server.ask(`/calselector/v1/associations?dp_id=${encoded}&mode=Raw2Raw`, { as })
    expect(id.trim() === IDS.public ? [200] : [400, 404]).toContain(tree.status)
    const links = await server.ask(`/datalink/links?ID=${encoded}`, { as })
    expect(links.status).toBe(200)
    for (const { accessUrl, errorMessage } of readLinks(await readVotable(links.body))) {
      expect([accessUrl, errorMessage === null]).toEqual([null, false])
    }
    for (const { headers, body } of [file, header, tree, links]) {
      expect(headers['x-evil'] ?? headers['set-cookie']).toBeUndefined()
      expect(body).not.toMatch(/SECRET|SQLite|root:|node_modules|ENOENT/)
      if (!headers['content-type']?.startsWith('text/plain')) expect(body).not.toMatch(/<script|<img/)
      expect(headers['x-content-type-options']).toBe('nosniff')
    }
  }
})

test('no id makes an internal error', async () => {
  const id = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: fc.constantFrom(...'./\\%:A0\0\r\n?#&') }))
  await fc.assert(fc.asyncProperty(id, async (text) => {
    const encoded = encodeURIComponent(text.toWellFormed())
    for (const path of [
      `/dataPortal/file/${encoded}`, `/datalink/links?ID=${encoded}`, `/hdr?DpId=${encoded}`,
      `/calselector/v1/associations?dp_id=${encoded}&mode=Raw2Raw`,
    ]) expect((await server.ask(path)).status).toBeLessThan(500)
  }), { numRuns: 40 })
})

/** Bytes as they are: HTTP libraries tidy up paths. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (data) => { answer += data.toString('latin1') })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

test.each([
  '/dataPortal/file/../../keys/sso.pem', '/dataPortal/file/..%2f..%2fkeys%2fsso.pem', '/dataPortal/file/%2e%2e/%2e%2e/keys/sso.pem',
  '/dataPortal/file/..%5c..%5ckeys%5csso.pem', '//dataPortal//file//x', '/dataPortal/file/', '/dataPortal/file',
  '/dataPortal/file/%c0%ae%c0%ae/x', '/%2e%2e/keys/sso.pem', 'http://evil.example/dataPortal/file/x',
])('the path %s leads nowhere', async (path) => {
  const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nConnection: close\r\n\r\n`)
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(answer).not.toContain('SECRET')
})

test.each([
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
  ['a length and chunks', 'POST /datalink/links HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
])('a request with %s is refused', async (_why, text) => {
  expect(await raw(text)).toMatch(/^HTTP\/1\.1 4\d\d /)
})
