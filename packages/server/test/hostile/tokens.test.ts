/** Tokens that are not ours, at every door: 401 with a challenge on public things too, and never anonymous. */
import { constants, createHmac, sign } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { makeIdToken } from '../../src/auth/token.ts'
import type { TestArchive } from '../support/archive.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => { server = await makeSmallArchive() })
afterAll(() => server.close())

const DOORS = [
  `/dataPortal/file/${IDS.public}`, `/datalink/links?ID=${IDS.public}`, `/hdr?DpId=${IDS.public}`,
  `/calselector/v1/associations?dp_id=${IDS.public}&mode=Raw2Raw`, '/rdf/datalink/eso', '/',
]
const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function claims(over: Record<string, unknown> = {}) {
  const now = Math.floor(server.clock.nowMs / 1000)
  return { iss: `${server.url}/sso/oidc`, aud: 'clientid', sub: 'operator', iat: now, nbf: now - 300, exp: now + 1000, ...over }
}
const ours = (over: Record<string, unknown>, header: Record<string, unknown> = {}) => (
  new CompactSign(new TextEncoder().encode(JSON.stringify(claims(over))))
    .setProtectedHeader({ alg: 'RS256', kid: server.archive.keys.current.kid, ...header })
    .sign(server.archive.keys.current.privateKey))

async function foreign(header: Record<string, unknown>): Promise<string> {
  const { privateKey } = await generateKeyPair('RS256')
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims())))
    .setProtectedHeader({ alg: 'RS256', kid: 'sso', ...header }).sign(privateKey)
}

const FORGED: [string, () => Promise<string>][] = [
  ['alg none', async () => `${b64({ alg: 'none', kid: 'sso' })}.${b64(claims())}.`],
  ['HS256 with the public key', async () => {
    const text = `${b64({ alg: 'HS256', kid: 'sso' })}.${b64(claims())}`
    const secret = server.archive.keys.current.publicKey.export({ type: 'spki', format: 'pem' })
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  }],
  ['a key that came with it', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256')
    return new CompactSign(new TextEncoder().encode(JSON.stringify(claims())))
      .setProtectedHeader({ alg: 'RS256', kid: 'sso', jwk: await exportJWK(publicKey) }).sign(privateKey)
  }],
  ['a key that it says where to find', () => foreign({ jku: `${server.url}/sso/oidc/jwks` })],
  ['a certificate that it says where to find', () => foreign({ x5u: 'https://evil.example/cert.pem' })],
  ['a certificate that came with it', () => foreign({ x5c: ['MIIB'] })],
  ['a key that is another\'s, under our kid', () => foreign({})],
  ['another kid', () => ours({}, { kid: 'other' })],
  ['a kid that is a path', () => ours({}, { kid: '../keys/sso' })],
  ['a kid that ends the file name', () => ours({}, { kid: 'sso.pem' })],
  ['a kid that is SQL', () => ours({}, { kid: `sso' or '1'='1` })],
  ['a critical header that nobody knows', async () => {
    const text = `${b64({ alg: 'RS256', kid: 'sso', crit: ['exp'] })}.${b64(claims())}`
    return `${text}.${sign('sha256', Buffer.from(text), server.archive.keys.current.privateKey).toString('base64url')}`
  }],
  ['PS256 of our key', async () => {
    const text = `${b64({ alg: 'PS256', kid: 'sso' })}.${b64(claims())}`
    return `${text}.${sign('sha256', Buffer.from(text), { key: server.archive.keys.current.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }).toString('base64url')}`
  }],
  ['alg None, spelt otherwise', async () => `${b64({ alg: 'nOnE', kid: 'sso' })}.${b64(claims())}.`],
  ['no signature', async () => `${(await ours({})).split('.').slice(0, 2).join('.')}.`],
  ['the claims of one and the signature of another', async () => {
    const [head, , signature] = (await ours({ sub: 'visitor' })).split('.')
    return `${head}.${b64(claims())}.${signature}`
  }],
  ['no subject', () => ours({ sub: undefined })],
  ['an empty subject', () => ours({ sub: '' })],
  ['a subject that is no text', () => ours({ sub: ['operator'] })],
  ['no audience', () => ours({ aud: undefined })],
  ['no issuer', () => ours({ iss: undefined })],
  ['no end', () => ours({ exp: undefined })],
  ['an end that is no number', () => ours({ exp: '9999999999' })],
  ['another audience', () => ours({ aud: 'other' })],
  ['another issuer', () => ours({ iss: 'http://evil.example/sso/oidc' })],
  ['an issuer that looks like ours', () => ours({ iss: 'http://localhost@evil.example/sso/oidc' })],
  ['a subject that is gone', () => ours({ sub: 'nobody' })],
  ['a time that is over', () => ours({ exp: Math.floor(server.clock.nowMs / 1000) })],
  ['a time to come', () => ours({ nbf: Math.floor(server.clock.nowMs / 1000) + 60 })],
]

describe.each(FORGED)('%s', (_why, make) => {
  test('is 401 with a challenge at every door', async () => {
    const headers = { Authorization: `Bearer ${await make()}` }
    for (const door of DOORS) {
      const answer = await server.ask(door, { headers })
      expect([door, answer.status]).toEqual([door, 401])
      expect(String(answer.headers['www-authenticate'])).toMatch(/^Bearer realm="[^"]+", error="invalid_token"/)
      expect(answer.headers['x-vo-authenticated']).toBeUndefined()
    }
  })
})

test('a right token in one issuer\'s name is right under any name of ours', async () => {
  const person = server.archive.truth.findPerson('pi')
  if (!person) throw new Error('pi is there')
  const token = await makeIdToken(server.archive.keys, person, {
    issuer: 'http://localhost:9/sso/oidc', tokenId: 'x', nowMs: server.clock.nowMs, accessToken: 'x',
  })
  expect((await server.ask(`/dataPortal/file/${IDS.proprietary}`, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200)
})

test.each([
  '', 'Bearer', 'Bearer ', 'bearer x', 'Basic', 'Basic !!!', 'Basic OnA6', 'Digest username="pi"', 'Negotiate abc',
  'Bearer a b', 'x', 'Basic cGk=', `Bearer ${'a'.repeat(20_000)}`, 'Bearer ..',
])('the header Authorization: %.30s is 401', async (Authorization) => {
  for (const door of DOORS.slice(0, 3)) {
    expect((await server.ask(door, { headers: { Authorization } })).status).toBe(401)
  }
})

test('Basic is taken where its challenge is given: everywhere', async () => {
  for (const [password, status] of [['pi-demo', 200], ['wrong', 401]] as const) {
    const headers = { Authorization: `Basic ${Buffer.from(`pi:${password}`).toString('base64')}` }
    // Wrong ones beyond three would be held back.
    for (const door of status === 200 ? DOORS : DOORS.slice(0, 2)) {
      const answer = await server.ask(door, { headers })
      expect([door, answer.status, answer.headers['x-vo-authenticated']]).toEqual([door, status, status === 200 ? 'pi' : undefined])
      expect(String(answer.headers['www-authenticate']).includes('Basic realm=')).toBe(status === 401)
    }
  }
}, 60_000)

test('what a token or password was is in no answer', async () => {
  const answer = await server.ask('/sso/oidc/token?username=pi&password=very-secret-word')
  expect(answer.body + JSON.stringify(answer.headers)).not.toContain('very-secret-word')
  const token = `${(await server.tokenOf('pi')).slice(0, -4)}AAAA`
  const refused = await server.ask('/', { headers: { Authorization: `Bearer ${token}` } })
  expect(refused.body + JSON.stringify(refused.headers)).not.toContain(token.slice(50, 90))
})
