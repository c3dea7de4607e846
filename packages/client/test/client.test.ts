import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ESO, openClient as openPlainClient, profileOf } from '../src/index.ts'
import { IDS, makeSmallArchive } from '../../server/test/support/small.ts'
import type { TestArchive } from '../../server/test/support/archive.ts'
import { failureOf, fakeFetch, fakeToken, patientClient, startForeign } from './support/foreign.ts'

const PASSWORD = 'pä ss&w=rd'
const json = (value: unknown, status = 200): Response =>
  new Response(JSON.stringify(value), { status, headers: { 'Content-Type': 'application/json' } })
const granted = (): Response => json({ access_token: 'opaque', id_token: fakeToken(), token_type: 'bearer', expires_in: 28800, scope: '' })

describe('with a Quipu archive', () => {
  let archive: TestArchive
  beforeAll(async () => { archive = await makeSmallArchive() })
  afterAll(() => archive.close())
  const clientOf = () => patientClient(archive.url, { now: () => archive.clock.nowMs }).client

  test('name and password bring a token that opens what is mine', async () => {
    const client = clientOf()
    expect(client.token).toBeNull()
    expect((await failureOf(client.open(IDS.proprietary))).code).toBe('token_missing')
    const token = await client.signIn('pi', 'pi-demo')
    expect(token).toMatchObject({ subject: 'pi', expiresMs: archive.clock.nowMs + 8 * 3_600_000 })
    expect(await (await client.open(IDS.proprietary)).close()).toBeUndefined()
    expect((await failureOf(client.anonymous().open(IDS.proprietary))).code).toBe('token_missing')
    client.signOut()
    expect((await failureOf(client.open(IDS.proprietary))).code).toBe('token_missing')
  })

  test('a wrong password is said to be one, and is not repeated', async () => {
    const failure = await failureOf(clientOf().signIn('pi', PASSWORD))
    expect(failure.code).toBe('credentials_invalid')
    expect(failure.message).not.toContain(PASSWORD)
  })

  test('a token that was got elsewhere works; a forged one is refused, on public files too', async () => {
    const client = clientOf()
    client.useToken(await archive.tokenOf('pi'))
    await (await client.open(IDS.proprietary)).close()
    client.useToken(fakeToken())
    expect((await failureOf(client.open(IDS.public))).code).toBe('token_invalid')
    await (await client.open(IDS.public, { withToken: false })).close()
  })

  test('a token that is over is not sent', async () => {
    const client = clientOf()
    await client.signIn('pi', 'pi-demo')
    archive.clock.nowMs += 8 * 3_600_000 - 599_000
    try {
      expect((await failureOf(client.open(IDS.public))).code).toBe('token_expired')
      await (await client.open(IDS.public, { withToken: false })).close()
    } finally {
      archive.clock.nowMs -= 8 * 3_600_000 - 599_000
    }
  })

  test('what seems public is asked without the token first, when that is enough', async () => {
    const client = clientOf()
    await client.signIn('pi', 'pi-demo')
    await (await client.open(IDS.hidden, { withToken: 'ifNeeded' })).close()
    await (await client.open(IDS.proprietary, { withToken: 'ifNeeded' })).close()
    client.useToken(fakeToken())
    await (await client.open(IDS.public, { withToken: 'ifNeeded' })).close()
  })
})

test('ESO gets GET with its parameters, others a form', async () => {
  const eso = fakeFetch(granted)
  await patientClient(ESO, { fetch: eso.fetch }).client.signIn('zoë', PASSWORD)
  expect(eso.asked).toMatchObject([{ method: 'GET', body: null, authorization: null }])
  expect(eso.asked[0]?.url).toBe('https://www.eso.org/sso/oidc/token?response_type=id_token+token&grant_type=password'
    + '&client_id=clientid&username=zo%C3%AB&password=p%C3%A4+ss%26w%3Drd')
  const other = fakeFetch(granted)
  await patientClient('https://archive.example.org', { fetch: other.fetch }).client.signIn('zoë', PASSWORD)
  expect(other.asked).toMatchObject([{ method: 'POST', url: 'https://archive.example.org/sso/oidc/token' }])
  expect(new URLSearchParams(other.asked[0]?.body ?? '').get('password')).toBe(PASSWORD)
})

test.each([
  ['401', json({ error: 'invalid_grant', error_description: PASSWORD }, 401), 'credentials_invalid'],
  ['200 without a token', json({ access_token: 'x' }), 'credentials_invalid'],
  ['a page', new Response(`<html>${PASSWORD}</html>`, { headers: { 'Content-Type': 'text/html' } }), 'archive_unreachable'],
  ['text', new Response(PASSWORD), 'archive_unreachable'],
  ['no JWT', json({ id_token: PASSWORD }), 'archive_unreachable'],
  ['500', new Response(PASSWORD, { status: 500 }), 'archive_unreachable'],
  ['429', new Response(null, { status: 429, headers: { 'Retry-After': '5' } }), 'too_many_attempts'],
])('the token endpoint answers %s', async (_, answer, code) => {
  const { fetch } = fakeFetch(() => answer.clone())
  const failure = await failureOf(patientClient(ESO, { fetch }).client.signIn('zoë', PASSWORD))
  expect(failure.code).toBe(code)
  expect(failure.message).not.toContain(PASSWORD)
})

test.each([302, 307])('a redirect of the token endpoint gets no password: %i', async (status) => {
  const thief = await startForeign((_, response) => response.end('{}'))
  const archive = await startForeign((_, response) => response.writeHead(status, { Location: `${thief.url}/sso` }).end())
  for (const tokenMethod of ['GET', 'POST'] as const) {
    const profile = { ...profileOf(archive.url), tokenMethod }
    expect((await failureOf(patientClient(profile).client.signIn('zoe', PASSWORD))).code).toBe('archive_unreachable')
    // As in a browser, where the platform would follow.
    expect((await failureOf(openPlainClient({ profile }).signIn('zoe', PASSWORD))).code).toBe('archive_unreachable')
  }
  expect(thief.seen).toEqual([])
})

test('over plain http, only this machine gets a password or a token', async () => {
  const { fetch, asked } = fakeFetch(granted)
  const { client } = patientClient('http://archive.example.org', { fetch })
  const failure = await failureOf(client.signIn('zoe', PASSWORD))
  expect(failure).toMatchObject({ code: 'parameter_invalid', message: expect.stringMatching(/in clear/) })
  expect(() => client.useToken(fakeToken())).toThrow(/in clear/)
  expect(asked).toEqual([])
})

test('the token is never used longer than the claims or the answer say', async () => {
  const { fetch } = fakeFetch(() => json({ id_token: fakeToken({ exp: 1767312000 + 60 * 60 }), expires_in: 600 }))
  const { client } = patientClient(ESO, { fetch })
  expect((await client.signIn('zoe', 'x')).expiresMs).toBe(Date.UTC(2026, 0, 2) + 600_000)
})

test('by default the platform waits and fetches', async () => {
  const { url, seen } = await startForeign((_, response, count) =>
    count === 1 ? response.writeHead(503, { 'Retry-After': '0' }).end() : response.end('x'))
  const client = openPlainClient({ profile: profileOf(url) })
  await (await client.open('A.B')).close()
  expect(seen).toHaveLength(2)
})
