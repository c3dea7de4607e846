import { createPublicKey, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setPassword } from '../../src/admin/changes.ts'
import type { TestArchive } from '../support/archive.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => { server = await makeSmallArchive() })
afterAll(() => server.close())

const ESO = 'response_type=id_token+token&grant_type=password&client_id=clientid'
interface TokenAnswer { id_token: string; access_token: string }
const ask = (query: string) => server.ask(`/sso/oidc/token?${query}`)

// eso-protocol §1.2
test('ESO\'s call gives ESO\'s answer, by GET and by POST', async () => {
  for (const answer of [
    await ask(`${ESO}&username=pi&password=pi-demo`),
    await ask(`${ESO.replace('+', '%20')}&client_secret=clientSecret&username=pi&password=pi-demo`),
    await server.ask('/sso/oidc/token', { body: `${ESO}&username=pi&password=pi-demo` }),
    await server.ask('/sso/oidc/token', { body: 'username=pi&password=pi-demo' }),
  ]) {
    expect(answer.status).toBe(200)
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store', 'x-vo-authenticated': 'pi' })
    const token = JSON.parse(answer.body) as TokenAnswer
    expect(token).toEqual({
      access_token: expect.any(String) as string, id_token: expect.any(String) as string,
      token_type: 'bearer', expires_in: 28_800, scope: '',
    })
    expect(answer.headers['x-vo-bearer']).toBe(token.id_token)
  }
})

test('the token opens what its owner may have, until it is over', async () => {
  const { id_token } = JSON.parse((await ask(`${ESO}&username=pi&password=pi-demo`)).body) as TokenAnswer
  const get = () => server.ask(`/dataPortal/file/${IDS.proprietary}`, { headers: { Authorization: `Bearer ${id_token}` } })
  expect((await get()).status).toBe(200)
  const now = server.clock.nowMs
  server.clock.nowMs = now + 28_800_000
  const over = await get()
  server.clock.nowMs = now
  expect(over.status).toBe(401)
  expect(over.body).toBe('AuthenticationFault: the token is over; sign in again\n')
  expect(String(over.headers['www-authenticate'])).toContain('error="invalid_token"')
})

test('a token of a password that was changed is over, those of the new one are not', async () => {
  const person = server.archive.truth.findPerson('delegate')
  if (!person) throw new Error('delegate is there')
  const old = await server.tokenOf('delegate')
  server.clock.nowMs += 1_000
  setPassword(server.archive, 'ops', 'delegate', person.passwordHash)
  const get = async (token: string) => (await server.ask('/', { headers: { Authorization: `Bearer ${token}` } }))
  const refused = await get(old)
  expect([refused.status, refused.body]).toEqual([401, expect.stringContaining('the password was changed')])
  expect((await server.ask('/', { headers: { Cookie: `quipu-${new URL(server.url).port}=${old}` } })).status).toBe(401)
  expect((await get(await server.tokenOf('delegate'))).status).toBe(200)
  server.archive.truth.putPerson(person)
  expect((await get(old)).status).toBe(401)
})

test('the key set verifies it, and discovery leads there', async () => {
  const found = JSON.parse((await server.ask('/sso/oidc/.well-known/openid-configuration')).body) as Record<string, string>
  expect(found).toMatchObject({
    issuer: `${server.url}/sso/oidc`, token_endpoint: `${server.url}/sso/oidc/token`, jwks_uri: `${server.url}/sso/oidc/jwks`,
  })
  const { keys: [jwk] } = JSON.parse((await server.ask('/sso/oidc/jwks')).body) as { keys: [Record<string, string>] }
  const token = await server.tokenOf('pi')
  const at = token.lastIndexOf('.')
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  expect(verify('sha256', Buffer.from(token.slice(0, at)), key, Buffer.from(token.slice(at + 1), 'base64url'))).toBe(true)
})

describe('refusals', () => {
  test('an unknown name and a wrong password are one case', async () => {
    const [wrong, unknown] = [
      await ask(`${ESO}&username=pi&password=x`), await ask(`${ESO}&username=nobody&password=x`),
    ]
    expect(wrong.status).toBe(401)
    expect(JSON.parse(wrong.body)).toEqual({ error: 'invalid_grant', error_description: 'the name or the password is wrong' })
    expect(wrong.headers['www-authenticate']).toBeDefined()
    expect([unknown.status, unknown.body]).toEqual([wrong.status, wrong.body])
  })
  test.each([
    ['username=pi', 'invalid_request'],
    ['password=x', 'invalid_request'],
    ['username=pi&username=pi&password=x', 'invalid_request'],
    ['username=pi&password=pi-demo&grant_type=authorization_code', 'unsupported_grant_type'],
    ['username=pi&password=pi-demo&client_id=me', 'invalid_client'],
    ['username=pi&password=pi-demo&response_type=code', 'unsupported_response_type'],
    [`username=pi&password=pi-demo&nonce=${'x'.repeat(300)}`, 'invalid_request'],
  ])('%s', async (query, error) => {
    const answer = await ask(query)
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ error })
  })
  test('a form of another type is 415, a verb of another kind 405', async () => {
    const json = await server.ask('/sso/oidc/token', { body: '{}', headers: { 'Content-Type': 'application/json' } })
    expect(json.status).toBe(415)
    expect((await server.ask('/sso/oidc/token', { method: 'PUT' })).status).toBe(405)
  })
})

test('who holds a token that is over can sign in', async () => {
  const headers = { Authorization: 'Bearer a.b.c' }
  const answer = await server.ask(`/sso/oidc/token?${ESO}&username=pi&password=pi-demo`, { headers })
  expect(answer.status).toBe(200)
})

test('each attempt leaves a line; a name that is nobody\'s is not in it', async () => {
  server.audit.length = 0
  await ask(`${ESO}&username=pi&password=pi-demo`)
  await ask(`${ESO}&username=pi&password=wrong`)
  await ask(`${ESO}&username=my-password&password=wrong`)
  expect(server.audit.map(({ action, subject, outcome }) => [action, subject, outcome])).toEqual([
    ['sign_in', 'pi', 'ok'], ['sign_in', 'pi', 'credentials_invalid'], ['sign_in', null, 'credentials_invalid'],
  ])
  expect(JSON.stringify(server.audit)).not.toMatch(/demo|wrong|my-password/)
})

test('so does each password by Basic, but for one that was right a moment ago', async () => {
  server.audit.length = 0
  for (const password of ['visitor-demo', 'visitor-demo', 'wrong']) {
    await server.ask('/', { headers: { Authorization: `Basic ${Buffer.from(`visitor:${password}`).toString('base64')}` } })
  }
  expect(server.audit.map(({ action, subject, outcome }) => [action, subject, outcome]))
    .toEqual([['sign_in_basic', 'visitor', 'ok'], ['sign_in_basic', 'visitor', 'credentials_invalid']])
})
