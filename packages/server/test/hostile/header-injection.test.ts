/** Texts of callers and of people that end up in headers: none begins a header of its own. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestArchive } from '../support/archive.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => {
  server = await makeSmallArchive({ people: [
    { subject: 'pi', name: 'Zoë' }, { subject: 'delegate' }, { subject: 'visitor' },
    { subject: 'é\r\nSet-Cookie: evil=1', password: 'x' }, { subject: 'a "b", c=d', password: 'x' },
  ] })
})
afterAll(() => server.close())

const EVIL = ['%0d%0aSet-Cookie:%20evil=1', '%0aX-Evil:1', '%E5%98%8A%E5%98%8DSet-Cookie:evil=1', '%00', '"%0d%0a']

test.each(EVIL)('%s in an address', async (evil) => {
  for (const path of [
    `/dataPortal/file/${evil}`, `/dataPortal/file/${IDS.public}${evil}`, `/datalink/links?ID=${IDS.public}${evil}`,
    `/datalink/links?ID=${IDS.public}&eso_download=file${evil}`, `/hdr?DpId=${evil}`, `/hdr${evil}`, `/sso/oidc/token?username=${evil}&password=${evil}`,
    `/sso/oidc/token?username=pi&password=pi-demo&state=${evil}&nonce=${evil}`,
    `/calselector/v1/associations?dp_id=${IDS.public}${evil}&mode=Raw2Raw`,
  ]) {
    const { headers } = await server.ask(path)
    expect([path, headers['set-cookie'], headers['x-evil']]).toEqual([path, undefined, undefined])
    expect(Object.values(headers).flat().every((value) => /^[\t\x20-\x7e]*$/.test(String(value)))).toBe(true)
  }
})

test('a name of a person is written as one value', async () => {
  for (const [subject, shown] of [['é\r\nSet-Cookie: evil=1', '%C3%A9%0D%0ASet-Cookie:%20evil=1'], ['a "b", c=d', 'a%20"b",%20c=d']] as const) {
    const { status, headers } = await server.ask('/', { as: subject })
    expect([status, headers['x-vo-authenticated'], headers['set-cookie']]).toEqual([200, shown, undefined])
    const token = await server.ask('/sso/oidc/token', { body: new URLSearchParams({ username: subject, password: 'x' }).toString() })
    expect([token.status, token.headers['x-vo-authenticated'], token.headers['set-cookie']?.length]).toEqual([200, shown, 1])
  }
})

test.each([
  'Authorization: Bearer a\r\n b', 'Authorization : Bearer x', 'Authorization: Bearer x\x00y', 'Cookie: quipu=a\x01b',
  'X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil.example', 'Host: evil.example', 'X-Request-Id: mine',
])('a raw request with %j gives nothing away and is not believed', async (line) => {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  const host = line.startsWith('Host') ? '' : `Host: ${hostname}:${port}\r\n`
  socket.end(`GET /dataPortal/file/${IDS.proprietary} HTTP/1.1\r\n${host}${line}\r\nConnection: close\r\n\r\n`)
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(answer.split('\r\n\r\n', 1)[0]).not.toMatch(/evil\.example|mine/)
  expect(answer).not.toMatch(/^proprietary/m)
})
