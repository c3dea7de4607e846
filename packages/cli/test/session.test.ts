import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { forgetToken, keepToken, openSession } from '../src/session.ts'
import { newFolder } from './support/quipu.ts'

const token = (exp: number) => `h.${Buffer.from(JSON.stringify({ exp, sub: 'zoe' })).toString('base64url')}.s`
const GOOD = token(4e9)
const archive = 'http://127.0.0.1:1234'

function newHome(): string {
  const config = newFolder()
  vi.stubEnv('XDG_CONFIG_HOME', config)
  vi.stubEnv('QUIPU_TOKEN', '')
  return join(config, 'quipu', 'tokens')
}

test('a token is kept in a file of its owner alone, and found again', async () => {
  const folder = newHome()
  await keepToken(archive, GOOD)
  const [name] = await readdir(folder)
  expect((await stat(join(folder, name ?? ''))).mode & 0o777).toBe(0o600)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
  expect((await openSession({ archive, anonymous: false })).token).toMatchObject({ subject: 'zoe' })
  expect((await openSession({ archive, anonymous: true })).token).toBeNull()
  expect((await openSession({ archive: 'http://127.0.0.1:99', anonymous: false })).token).toBeNull()
  expect(await forgetToken(archive)).toBe(true)
  expect(await forgetToken(archive)).toBe(false)
  expect((await openSession({ archive, anonymous: false })).token).toBeNull()
})

test('a file that others could read is not written into', async () => {
  const folder = newHome()
  await keepToken(archive, GOOD)
  const path = join(folder, (await readdir(folder))[0] ?? '')
  await writeFile(path, '', { mode: 0o644 })
  await keepToken(archive, token(4.1e9))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect(await readFile(path, 'utf8')).toBe(token(4.1e9))
})

test('signing in at many archives at once loses none', async () => {
  const folder = newHome()
  const archives = ['eso', ...Array.from({ length: 20 }, (_, i) => `http://127.0.0.1:${1000 + i}/a/b`)]
  await Promise.all(archives.map((name) => keepToken(name, GOOD)))
  expect(await readdir(folder)).toHaveLength(21)
  for (const name of archives) expect((await openSession({ archive: name, anonymous: false })).token).not.toBeNull()
})

test('QUIPU_TOKEN wins; one that is none is refused', async () => {
  newHome()
  await keepToken(archive, GOOD)
  vi.stubEnv('QUIPU_TOKEN', token(4.2e9))
  expect((await openSession({ archive, anonymous: false })).token?.expiresMs).toBe(4.2e12)
  vi.stubEnv('QUIPU_TOKEN', 'not a token')
  await expect(openSession({ archive, anonymous: false })).rejects.toMatchObject({ code: 'token_invalid' })
})

test('a sign-in that is over is told of, and not used', async () => {
  newHome()
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  await keepToken(archive, token(Date.now() / 1000 + 60))
  expect((await openSession({ archive, anonymous: false })).token).toBeNull()
  expect(write.mock.calls.join()).toMatch(/sign-in .* is over/)
  write.mockRestore()
})
