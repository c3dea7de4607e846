import { createServer } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openIdentity } from '../../src/auth/principal.ts'
import { openSignIn } from '../../src/auth/sign-in.ts'
import type { Route } from '../../src/http/route.ts'
import { openApp, registerRoutes, startServer } from '../../src/http/server.ts'
import { makeTestArchive, send } from '../support/archive.ts'
import type { TestArchive } from '../support/archive.ts'

let server: TestArchive
let url: string
let stop: () => Promise<void>

/** Routes that show what a handler is given. */
const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/echo/:name', handler: (ctx) => ({
    status: 200, headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      path: ctx.path, params: ctx.params, method: ctx.method, base: ctx.baseUrl, who: ctx.principal.subject,
      names: ctx.parameters.names, id: ctx.parameters.all('id'),
    }),
  }) },
  { method: 'POST', path: '/echo/:name', handler: (ctx) => ({
    status: 200, headers: {}, body: JSON.stringify(ctx.parameters.all('a')),
  }) },
  { method: 'GET', path: '/bug', handler: () => { throw new TypeError('secret words of the engine') } },
  { method: 'GET', path: '/votable', faults: 'votable', handler: () => { throw new TypeError('secret words') } },
  { method: 'GET', path: '/broken', handler: () => ({ status: 200, headers: { 'Content-Length': '100' }, body: broken() }) },
]

async function* broken(): AsyncGenerator<string> {
  yield 'begin'
  await new Promise((resolve) => setImmediate(resolve))
  throw new Error('the disk is gone')
}

beforeAll(async () => {
  server = await makeTestArchive({ people: [{ subject: 'pi', name: 'Zoë' }] })
  const app = openApp(server.archive)
  registerRoutes(app, server.archive, ROUTES, openIdentity(server.archive, openSignIn(server.archive)))
  url = await app.listen({ host: '127.0.0.1', port: 0 })
  stop = async () => { await app.close() }
})
afterAll(async () => {
  await stop()
  await server.close()
})

const echo = async (path: string, asked = {}) => JSON.parse((await send(url, path, asked)).body) as Record<string, unknown>

test('a query string keeps its second question mark, colons and slashes', async () => {
  expect(await echo('/echo/x?ID=ivo://eso.org/ID?SPHER.2016-09-26T04:15:07.252&id=b'))
    .toMatchObject({ names: ['ID'], id: ['ivo://eso.org/ID?SPHER.2016-09-26T04:15:07.252', 'b'] })
})

test('path parameters are decoded once', async () => {
  expect(await echo('/echo/a%3Ab%252F')).toMatchObject({ params: { name: 'a:b%2F' }, path: '/echo/a%3Ab%252F' })
})

test('parameters come from the query string and from a form of either kind', async () => {
  const form = new FormData()
  form.set('A', '2')
  const multipart = await fetch(`${url}/echo/x?a=1`, { method: 'POST', body: form })
  expect(await multipart.json()).toEqual(['1', '2'])
  expect((await send(url, '/echo/x?a=1', { body: 'A=2&a=%2B+' })).body).toBe('["1","2","+ "]')
})

describe('statuses', () => {
  test.each([
    ['GET', '/nothing', 404], ['POST', '/nothing', 404], ['HEAD', '/nothing', 404],
    ['PUT', '/echo/x', 405], ['PROPFIND', '/echo/x', 405], ['TRACE', '/echo/x', 405], ['HEAD', '/echo/x', 200],
    ['OPTIONS', '/echo/x', 204], ['GET', '/echo/%zz', 400], ['GET', `/echo/${'x'.repeat(600)}`, 400], ['GET', '/bug', 500],
  ])('%s %s is %i', async (method, path, status) => {
    const answer = await send(url, path, { method })
    expect(answer.status).toBe(status)
    if (status === 405) expect(answer.headers.allow).toBe('GET, HEAD, POST, OPTIONS')
  })
  test('a body of another kind is 415, one that is too large 413', async () => {
    const json = await send(url, '/echo/x', { body: '{}', headers: { 'Content-Type': 'application/json' } })
    expect([json.status, json.body]).toEqual([415, expect.stringContaining('application/x-www-form-urlencoded')])
    expect((await send(url, '/echo/x', { body: `a=${'x'.repeat(3_000_000)}` })).status).toBe(413)
  })
})

test('a bug shows its request id and nothing else', async () => {
  const answer = await send(url, '/bug')
  expect(answer.body).toBe(`FatalFault: internal error ${String(answer.headers['x-request-id'])}\n`)
  const votable = await send(url, '/votable')
  expect(votable.headers['content-type']).toBe('application/x-votable+xml')
  expect(votable.body).toContain('QUERY_STATUS')
  expect(votable.body).not.toContain('secret')
})

test('a body that breaks off is cut, not ended', async () => {
  await expect(send(url, '/broken')).rejects.toThrow()
})

test('links have the scheme, host and port that the caller used', async () => {
  expect(await echo('/echo/x', { headers: { Host: 'localhost:4711' } })).toMatchObject({ base: 'http://localhost:4711' })
})

test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'localhost@evil', 'a b', '[::2]'])(
  'the host %j is not ours', async (Host) => {
    expect([400, 403]).toContain((await send(url, '/echo/x', { headers: { Host } })).status)
  })

test('X-Forwarded headers are not believed unless a proxy is trusted', async () => {
  const headers = { 'X-Forwarded-Host': 'evil.example', 'X-Forwarded-Proto': 'https' }
  expect(await echo('/echo/x', { headers })).toMatchObject({ base: url })
})

test('any page may read answers, and learns what it may send', async () => {
  const preflight = await send(url, '/echo/x', { method: 'OPTIONS', headers: { Origin: 'https://page.example' } })
  expect(preflight.headers['access-control-allow-origin']).toBe('*')
  expect(preflight.headers['access-control-allow-headers']).toContain('Range')
  expect(preflight.headers['access-control-allow-methods']).toContain('GET')
})

test('an answer to who signed in names them and is not stored; to others it does not', async () => {
  const token = await server.tokenOf('pi')
  const known = await send(url, '/echo/x', {}, token)
  expect(known.headers).toMatchObject({ 'x-vo-authenticated': 'pi', 'cache-control': 'no-store' })
  expect((await send(url, '/echo/x')).headers['x-vo-authenticated']).toBeUndefined()
})

test('bytes that are no HTTP are refused', async () => {
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\nA\x00b: c\r\n\r\n'))
    socket.on('data', (data) => resolve(data.toString()))
    socket.on('error', reject)
  })
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
})

describe('startServer', () => {
  test('listens on a free port, says where, and stops', async () => {
    const running = await startServer(server.archive, { host: '127.0.0.1', port: 0 })
    expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const home = await send(running.url, '/')
    expect([home.status, home.headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8'])
    expect(home.body).toContain(`${running.url}/tap_obs`)
    await running.close()
    await expect(send(running.url, '/')).rejects.toThrow()
  })
  test('refuses to send passwords over plain HTTP where others can reach it', async () => {
    await expect(startServer(server.archive, { host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'config_invalid' })
    await expect(startServer(server.archive, { host: '::', port: 0 })).rejects.toMatchObject({ code: 'config_invalid' })
  })
  test('says when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    await expect(startServer(server.archive, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'config_invalid', message: expect.stringContaining('EADDRINUSE') as string,
    })
    other.close()
  })
  test('lets a download end before it stops', async () => {
    let begun = (): void => undefined
    const isBegun = new Promise<void>((resolve) => { begun = resolve })
    const slow: Route = {
      method: 'GET', path: '/slow', handler: () => ({ status: 200, headers: {}, body: (async function* () {
        yield 'begin '
        begun()
        await new Promise((resolve) => setTimeout(resolve, 300))
        yield 'end'
      })() }),
    }
    const own = openApp(server.archive)
    registerRoutes(own, server.archive, [slow], openIdentity(server.archive, openSignIn(server.archive)))
    const at = await own.listen({ host: '127.0.0.1', port: 0 })
    const answer = send(at, '/slow')
    await isBegun
    await own.close()
    expect((await answer).body).toBe('begin end')
  })
})
