import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeKeys, parseKey } from '../../src/auth/keys.ts'
import type { KeySet, SigningKey } from '../../src/auth/keys.ts'
import { asciiJson, makeIdToken, TOKEN_SECONDS, verifyIdToken } from '../../src/auth/token.ts'

const NOW = Date.UTC(2026, 0, 1)
const issuer = 'http://localhost/sso/oidc'
const isOurs = (given: string) => given === issuer
const person = {
  subject: 'pi', name: 'Zoë Müller>?~', givenName: 'Zoë', familyName: 'Müller', email: 'pi@example.org', accountId: 7,
}
let keys: KeySet
let other: SigningKey

function newKey(kid: string): SigningKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return parseKey(kid, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
}

beforeAll(() => {
  keys = makeKeys([newKey('sso')])
  other = newKey('sso')
})

const b64 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const make = (nowMs = NOW) => makeIdToken(keys, person, { issuer, tokenId: 'id', nowMs, accessToken: 'a' })
const verify = async (token: string, nowMs = NOW) => (await verifyIdToken(keys, token, isOurs, nowMs)).subject
const claims = (over: Record<string, unknown> = {}) => {
  const now = NOW / 1000
  return { iss: issuer, aud: 'clientid', sub: 'pi', iat: now, nbf: now - 300, exp: now + 100, ...over }
}
const signed = (payload: unknown, key: SigningKey = keys.current, header: Record<string, unknown> = { alg: 'RS256', kid: 'sso' }) => {
  const text = `${b64(header)}.${b64(payload)}`
  return `${text}.${sign('sha256', Buffer.from(text), key.privateKey).toString('base64url')}`
}

// eso-protocol §1.3
test('header and claims are ESO\'s, in ESO\'s order', async () => {
  const [header = '', payload = '', signature = ''] = (await make()).split('.')
  expect(Buffer.from(header, 'base64url').toString()).toBe('{"alg":"RS256","kid":"sso"}')
  const decoded = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  expect(Object.keys(decoded)).toEqual([
    'jti', 'iss', 'aud', 'exp', 'iat', 'nbf', 'sub', 'client_id', 'state', 'nonce', 'at_hash', 'account_id', 'email',
    'family_name', 'given_name', 'is_impersonating', 'name', 'roles', 'sex', 'title', 'preferred_username',
  ])
  expect(decoded).toMatchObject({
    iss: issuer, aud: 'clientid', sub: 'pi', name: person.name, roles: 'user', account_id: 7, is_impersonating: false,
    state: '', nonce: '', iat: NOW / 1000, exp: NOW / 1000 + TOKEN_SECONDS, nbf: NOW / 1000 - 300,
  })
  expect(Buffer.from(signature, 'base64url').length).toBe(256)
})

// eso-protocol §1.5: Python's standard decoder drops `-` and `_`.
test('no payload needs the two signs that clients lose', () => {
  fc.assert(fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
    const json = asciiJson({ text, value })
    expect(Buffer.from(json).toString('base64url')).not.toMatch(/[-_]/)
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ text, value })))
  }))
})

test('a fresh token names its subject, with old clients\' padding too', async () => {
  const token = await make()
  for (const padding of ['', '=', '==']) expect(await verify(token + padding)).toBe('pi')
  expect(await verify(signed(claims()))).toBe('pi')
})

test.each([
  [0, 'ok'], [-299_000, 'ok'], [-301_000, 'token_invalid'],
  [TOKEN_SECONDS * 1000 - 1000, 'ok'], [TOKEN_SECONDS * 1000, 'token_expired'], [TOKEN_SECONDS * 2000, 'token_expired'],
])('at %i ms after it was made it is %s', async (afterMs, expected) => {
  const token = await make()
  const outcome = await verify(token, NOW + afterMs).then(() => 'ok', (error: { code: string }) => error.code)
  expect(outcome).toBe(expected)
})

// RFC 8725 §2 and §3: what goes wrong with JWTs.
describe('a token that is not ours is refused', () => {
  const hs256 = () => {
    const text = `${b64({ alg: 'HS256', kid: 'sso' })}.${b64(claims())}`
    const secret = keys.current.publicKey.export({ type: 'spki', format: 'pem' })
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
  }
  const tampered = async () => {
    const [header, , signature] = (await make()).split('.')
    return `${header}.${b64(claims({ sub: 'operator' }))}.${signature}`
  }
  const cases: [string, () => string | Promise<string>][] = [
    ['alg none', () => `${b64({ alg: 'none', kid: 'sso' })}.${b64(claims())}.`],
    ['alg none with a signature', () => signed(claims(), keys.current, { alg: 'none', kid: 'sso' })],
    ['alg NoNe', () => `${b64({ alg: 'NoNe', kid: 'sso' })}.${b64(claims())}.x`],
    ['HS256 with the public key as secret', hs256],
    ['another algorithm of the same key', () => signed(claims(), keys.current, { alg: 'PS256', kid: 'sso' })],
    ['another key under our kid', () => signed(claims(), other)],
    ['another kid', () => signed(claims(), keys.current, { alg: 'RS256', kid: '../sso' })],
    ['no kid', () => signed(claims(), keys.current, { alg: 'RS256' })],
    ['a kid that is an object', () => signed(claims(), keys.current, { alg: 'RS256', kid: {} })],
    ['a key of its own', () => signed(claims(), other, { alg: 'RS256', kid: 'x', jwk: other.publicKey.export({ format: 'jwk' }) })],
    ['an unknown critical header', () => signed(claims(), keys.current, { alg: 'RS256', kid: 'sso', crit: ['b64'], b64: false })],
    ['claims that were changed', tampered],
    ['another audience', () => signed(claims({ aud: 'other' }))],
    ['another issuer', () => signed(claims({ iss: 'http://evil.example/sso/oidc' }))],
    ['no issuer', () => signed(claims({ iss: undefined }))],
    ['no expiry', () => signed(claims({ exp: undefined }))],
    ['an expiry that is text', () => signed(claims({ exp: '9999999999' }))],
    ['a beginning in the future', () => signed(claims({ nbf: NOW / 1000 + 1 }))],
    ['no subject', () => signed(claims({ sub: undefined }))],
    ['an empty subject', () => signed(claims({ sub: '' }))],
    ['a subject that is a list', () => signed(claims({ sub: ['pi'] }))],
    ['claims that are no object', () => signed('[1]')],
    ['two parts', async () => (await make()).split('.').slice(0, 2).join('.')],
    ['no base64', () => 'a.b.c'],
    ['nothing', () => '..'],
    ['three paddings', async () => `${await make()}===`],
  ]
  test.each(cases)('%s', async (_why, token) => {
    await expect(verify(await token())).rejects.toMatchObject({ code: 'token_invalid', status: 401 })
  })
})

test('text that is no token is token_invalid and nothing else', async () => {
  await fc.assert(fc.asyncProperty(fc.string(), async (text) => {
    await expect(verify(text)).rejects.toMatchObject({ code: 'token_invalid' })
  }))
})

test('a key that was rotated out of signing still verifies', async () => {
  const old = await make()
  const rotated = makeKeys([keys.current, newKey('sso2')])
  expect(rotated.current.kid).toBe('sso2')
  expect((await verifyIdToken(rotated, old, isOurs, NOW)).subject).toBe('pi')
  expect(rotated.publicSet().keys.map(({ kid }) => kid)).toEqual(['sso2', 'sso'])
})
