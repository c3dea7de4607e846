/** Signing in as VO clients do: challenges, the login form, its bearer and its cookie. Conformance chapter 16. */
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endedCookie, isForeign, sessionCookie, sessionOf } from '../../src/auth/cookie.ts'
import type { Answer, TestArchive } from '../support/archive.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => { server = await makeSmallArchive() })
afterAll(() => server.close())

const login = (headers: Record<string, string> = {}, username = 'pi'): Promise<Answer> => server.ask('/sso/oidc/token', {
  body: new URLSearchParams({ username, password: `${username}-demo` }).toString(), headers,
})
const cookieOf = async (): Promise<string> => (await login()).headers['set-cookie']?.[0]?.split(';', 1)[0] ?? ''
const name = (): string => `quipu-${new URL(server.url).port}`
const FILE = `/dataPortal/file/${IDS.proprietary}`

test('capabilities offer what TOPCAT reads and what pyvo reads, to GET and HEAD', async () => {
  for (const method of ['GET', 'HEAD']) {
    const { status, headers } = await server.ask('/datalink/capabilities', { method })
    const login = `standard_id="ivo://ivoa.net/sso#tls-with-password", access_url="${server.url}/sso/oidc/token"`
    expect(status).toBe(200)
    const lines = String(headers['www-authenticate'])
    for (const challenge of ['Bearer realm=', `ivoa_bearer ${login}`, `ivoa_cookie ${login}`, 'Basic realm=']) expect(lines).toContain(challenge)
    expect(headers['x-vo-authenticated']).toBeUndefined()
  }
  const { body } = await server.ask('/datalink/capabilities')
  expect(body.match(/<securityMethod[^>]*>/g)).toEqual([
    '<securityMethod/>', ...['BasicAA', 'cookie', 'OAuth'].map((id) => `<securityMethod standardID="ivo://ivoa.net/sso#${id}"/>`)])
  const signedIn = await server.ask('/datalink/capabilities', { as: 'pi' })
  expect([signedIn.headers['x-vo-authenticated'], signedIn.headers['www-authenticate']]).toEqual(['pi', undefined])
})

test('a refusal challenges by every scheme, one line each', async () => {
  const raw = await new Promise<string[]>((resolve) => {
    get(server.url + FILE, (response) => { resolve(response.rawHeaders); response.resume() })
  })
  expect(raw.flatMap((name, i) => name === 'WWW-Authenticate' ? raw[i + 1]?.split(' ', 1) : []))
    .toEqual(['Bearer', 'ivoa_bearer', 'ivoa_cookie', 'Basic'])
})

test('the form answers 200 with a bearer, a cookie and the name; both open what is the caller\'s', async () => {
  const { status, headers } = await login()
  expect([status, headers['x-vo-authenticated']]).toEqual([200, 'pi'])
  const [cookie = ''] = headers['set-cookie'] ?? []
  expect(cookie).toBe(`${name()}=${headers['x-vo-bearer']}; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax`)
  for (const sent of [{ Authorization: `Bearer ${headers['x-vo-bearer']}` }, { Cookie: `a=b; ${cookie.split(';', 1)[0]}; c=d` }]) {
    const file = await server.ask(FILE, { headers: sent })
    expect([file.status, file.headers['x-vo-authenticated'], file.headers['cache-control'], file.headers.vary])
      .toEqual([200, 'pi', 'no-store', 'Authorization, Cookie'])
  }
  expect((await server.ask('/sso/logout', { method: 'POST' })).headers['set-cookie']).toEqual([`${name()}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`])
})

test('over https the cookie is Secure and no other host\'s', () => {
  expect(sessionCookie('https://a.example', 'x')).toBe('__Host-quipu=x; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax; Secure')
  expect(endedCookie('https://a.example')).toContain('__Host-quipu=; Path=/; Max-Age=0')
  expect(sessionOf({ cookie: 'quipu=x' }, 'https://a.example')).toBeUndefined()
  expect(sessionOf({ cookie: 'quipu=x; __Host-quipu=y' }, 'https://a.example')).toBe('y')
  expect(sessionCookie('https://a.example:8443/x', 'x')).toContain('__Host-quipu-8443=x; Path=/;')
})

describe('a cookie', () => {
  test('that is over or forged is 401 everywhere, and is to be forgotten; it is never anonymous', async () => {
    const cookie = await cookieOf()
    for (const bad of [`${name()}=`, `${name()}=a.b.c`, `${cookie.slice(0, -3)}AAA`, `${cookie}; ${cookie}`]) {
      const answer = await server.ask(`/dataPortal/file/${IDS.public}`, { headers: { Cookie: bad } })
      expect([answer.status, answer.headers['set-cookie']?.[0]]).toEqual([401, `${name()}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`])
    }
    const now = server.clock.nowMs
    server.clock.nowMs += 28_800_000
    const over = await server.ask(`/dataPortal/file/${IDS.public}`, { headers: { Cookie: cookie } })
    server.clock.nowMs = now
    expect([over.status, over.headers['set-cookie']?.length]).toEqual([401, 1])
  })

  test('gives way to a header, and is not read by the sign-in itself', async () => {
    const answer = await server.ask(FILE, { as: 'visitor', headers: { Cookie: await cookieOf() } })
    expect([answer.status, answer.headers['x-vo-authenticated']]).toEqual([403, 'visitor'])
    expect((await login({ Cookie: `${name()}=a.b.c` })).status).toBe(200)
  })

  test('is set by POST from here alone: no page can sign somebody in as another', async () => {
    const query = 'username=pi&password=pi-demo'
    expect((await server.ask(`/sso/oidc/token?${query}`)).headers['set-cookie']).toBeUndefined()
    for (const headers of [{ Origin: 'https://evil.example' }, { Origin: 'null' }, { 'Sec-Fetch-Site': 'cross-site' }, { 'Sec-Fetch-Site': 'same-site' }]) {
      const answer = await login(headers)
      expect([answer.status, answer.headers['set-cookie'], typeof answer.headers['x-vo-bearer']]).toEqual([200, undefined, 'string'])
    }
    expect((await login({ Origin: server.url, 'Sec-Fetch-Site': 'same-origin' })).headers['set-cookie']).toHaveLength(1)
  })
})

test.each([
  [{}, false], [{ origin: 'http://h:1' }, false], [{ 'sec-fetch-site': 'none' }, false], [{ 'sec-fetch-site': 'same-origin', origin: 'http://h:1' }, false],
  [{ origin: 'http://h:2' }, true], [{ origin: 'https://h:1' }, true], [{ origin: 'null' }, true], [{ 'sec-fetch-site': 'same-site' }, true],
])('%j is foreign: %s', (headers, foreign) => {
  expect(isForeign({ method: 'POST', headers, baseUrl: 'http://h:1/archive' })).toBe(foreign)
})
