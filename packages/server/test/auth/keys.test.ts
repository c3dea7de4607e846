import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKeys } from '../../src/auth/keys.ts'
import { makeIdToken, verifyIdToken } from '../../src/auth/token.ts'

let dir: string
beforeAll(async () => { dir = await mkdtemp(join(tmpdir(), 'quipu-keys-')) })
afterAll(() => rm(dir, { recursive: true, force: true }))

test('the first key is made, for its owner only, and kept', async () => {
  const keys = await openKeys(join(dir, 'a'))
  const path = join(dir, 'a', 'sso.pem')
  expect(keys.current.kid).toBe('sso')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readFile(path, 'utf8')).toMatch(/^-----BEGIN PRIVATE KEY-----/)
  expect((await openKeys(join(dir, 'a'))).publicSet()).toEqual(keys.publicSet())
})

test('the key set holds no private part', async () => {
  const { keys: [jwk] } = (await openKeys(join(dir, 'a'))).publicSet()
  expect(Object.keys(jwk ?? {}).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

test('a file that others can read, or that is no key, is refused by name', async () => {
  await openKeys(join(dir, 'b'))
  const path = join(dir, 'b', 'sso.pem')
  await chmod(path, 0o640)
  await expect(openKeys(join(dir, 'b'))).rejects.toMatchObject({ code: 'config_invalid', message: expect.stringContaining('sso.pem') as string })
  await writeFile(path, 'x')
  await chmod(path, 0o600)
  await expect(openKeys(join(dir, 'b'))).rejects.toMatchObject({ code: 'config_invalid' })
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }))
  await expect(openKeys(join(dir, 'b'))).rejects.toMatchObject({ code: 'config_invalid' })
})

test('a rotation: the new key signs and is published, tokens of the old ones stay good for their time', async () => {
  const folder = join(dir, 'c')
  const keys = await openKeys(folder)
  const issuer = 'http://x/sso/oidc'
  const person = { subject: 'pi', name: '', givenName: '', familyName: '', email: '', accountId: 1 }
  const sign = (nowMs: number) => makeIdToken(keys, person, { issuer, tokenId: 'x', nowMs, accessToken: 'x' })
  const verify = async (token: string, nowMs: number) => (await verifyIdToken(keys, token, () => true, nowMs)).subject
  const startMs = Date.now()
  const old = await sign(startMs)
  expect(await keys.rotate(startMs, 28_800_000)).toEqual({ kid: 'sso-2', removed: [] })
  expect(await verify(old, startMs)).toBe('pi')
  const newer = await sign(startMs)
  expect(await verify(newer, startMs)).toBe('pi')
  expect([keys.current.kid, keys.publicSet().keys.map(({ kid }) => kid)]).toEqual(['sso-2', ['sso-2', 'sso']])
  expect((await stat(join(folder, 'sso-2.pem'))).mode & 0o777).toBe(0o600)
  const laterMs = startMs + 28_800_000 + 60_000
  expect(await keys.rotate(laterMs, 28_800_000)).toEqual({ kid: 'sso-3', removed: ['sso'] })
  expect(keys.find('sso')).toBeUndefined()
  await expect(verify(old, startMs)).rejects.toMatchObject({ code: 'token_invalid' })
  expect((await openKeys(folder)).publicSet()).toEqual(keys.publicSet())
})

test('rotating while tokens are signed and verified refuses none', async () => {
  const keys = await openKeys(join(dir, 'd'))
  const person = { subject: 'pi', name: '', givenName: '', familyName: '', email: '', accountId: 1 }
  let isOver = false
  const use = async () => {
    for (let last = ''; !isOver;) {
      if (last !== '') expect((await verifyIdToken(keys, last, () => true, Date.now())).subject).toBe('pi')
      last = await makeIdToken(keys, person, { issuer: 'x', tokenId: 'x', nowMs: Date.now(), accessToken: 'x' })
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const using = Promise.all([use(), use()])
  for (let i = 0; i < 3; i++) await keys.rotate(Date.now(), 28_800_000)
  isOver = true
  await using
  expect(keys.publicSet().keys.map(({ kid }) => kid)).toEqual(['sso-4', 'sso-3', 'sso-2', 'sso'])
})
