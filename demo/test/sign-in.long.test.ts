/** Clients that we did not write sign in: pyvo by securityMethod, curl as TOPCAT does it, by challenge. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDemo } from './support/demo.ts'
import type { DemoArchive } from './support/demo.ts'
import { haveCurl, havePyvo, haveStilts, python } from './support/foreign.ts'

const run = promisify(execFile)

let demo: DemoArchive
beforeAll(async () => { demo = await startDemo() }, 120_000)
afterAll(async () => { await demo?.remove() })

test.skipIf(!havePyvo)('pyvo: without, with a password, with the cookie, with the token', async () => {
  const { stdout } = await run(python, [fileURLToPath(new URL('foreign/sign_in_pyvo.py', import.meta.url)), demo.url, 'pi', 'pi-demo'], { timeout: 100_000 })
  const seen = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, [number, number, string | null]>
  const [anonymous = 0] = seen['anonymous'] ?? []
  const [signedIn = 0] = seen['password'] ?? []
  expect(signedIn).toBeGreaterThan(anonymous)
  expect(seen).toEqual({
    anonymous: [anonymous, anonymous, null], password: [signedIn, signedIn, 'pi'], cookie: [signedIn, signedIn, 'pi'],
    bearer: [signedIn, signedIn, 'pi'], wrong: true,
    methods: ['None', ...['BasicAA', 'cookie', 'OAuth'].map((id) => `ivo://ivoa.net/sso#${id}`)],
  })
})

test.skipIf(!haveCurl)('TOPCAT: HEAD of capabilities, the form at its access_url, then the cookie', async () => {
  const curl = async (...args: string[]): Promise<string> => (await run('curl', ['-s', ...args])).stdout
  const head = await curl('-I', `${demo.url}/tap_obs/capabilities`)
  expect(head).toMatch(/^HTTP\/1\.1 200 /)
  const [, login = ''] = /^WWW-Authenticate: ivoa_cookie standard_id="ivo:\/\/ivoa\.net\/sso#tls-with-password", access_url="([^"]+)"\r$/m.exec(head) ?? []
  const form = ['--data-urlencode', 'username=pi', '--data-urlencode', 'password=pi-demo', login]
  const [, cookie = ''] = /^Set-Cookie: ([^;]+);/m.exec(await curl('-D-', '-o', '/dev/null', ...form)) ?? []
  const again = await curl('-I', '-H', `Cookie: ${cookie}`, `${demo.url}/tap_obs/capabilities`)
  expect(again).toMatch(/^HTTP\/1\.1 200 [^]*^X-VO-Authenticated: pi\r$/m)
  const wrong = await curl('-D-', '-o', '/dev/null', '-d', 'username=pi&password=x', login)
  expect(wrong).toMatch(/^HTTP\/1\.1 401 /)
})

test.skipIf(!haveStilts)('stilts finds no fault with the capabilities', async () => {
  const { stdout } = await run('stilts', ['taplint', `tapurl=${demo.url}/tap_obs`, 'stages=CPV CAP', 'report=EF'], { timeout: 100_000 })
  expect(stdout).toContain('Totals: Errors: 0;')
})
