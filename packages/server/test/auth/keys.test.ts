import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openKeys } from '../../src/auth/keys.ts'

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
