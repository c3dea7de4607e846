import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestArchive } from '../support/archive.ts'
import { BYTES, CALLERS, IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => { server = await makeSmallArchive() })
afterAll(() => server.close())

const path = (id: string) => `/dataPortal/file/${id}`

// Design §5: 401 to the anonymous, 403 to who signed in, 404 for what is hidden, unknown or has no file.
//                    anonymous, visitor, delegate, pi, operator
test.each([
  ['public', [200, 200, 200, 200, 200]],
  ['publicLog', [200, 200, 200, 200, 200]],
  ['calibration', [200, 200, 200, 200, 200]],
  ['master', [200, 200, 200, 200, 200]],
  ['proprietary', [401, 403, 200, 200, 200]],
  ['proprietaryLog', [401, 403, 200, 200, 200]],
  ['hidden', [404, 404, 404, 200, 200]],
  ['hiddenLog', [404, 404, 404, 200, 200]],
  ['bare', [404, 404, 404, 404, 404]],
  ['unknown', [404, 404, 404, 404, 404]],
] as const)('who may have the %s file', async (what, expected) => {
  for (const method of ['GET', 'HEAD']) {
    const answers = await Promise.all(CALLERS.map((as) => server.ask(path(IDS[what]), { as, method })))
    expect(answers.map(({ status }) => status), method).toEqual(expected)
    for (const { status, headers } of answers) {
      expect(headers['www-authenticate'] !== undefined).toBe(status === 401)
    }
  }
})

test('a hidden file and an unknown one are answered alike', async () => {
  const [hidden, unknown] = await Promise.all([IDS.hidden, IDS.unknown].map((id) => server.ask(path(id), { as: 'visitor' })))
  expect(hidden?.body.replaceAll(IDS.hidden, 'X')).toBe(unknown?.body.replaceAll(IDS.unknown, 'X'))
  const names = (answer: typeof hidden) => Object.keys(answer?.headers ?? {}).sort()
  expect(names(hidden)).toEqual(names(unknown))
})

test('a public file comes with all that a client leans on', async () => {
  const { status, headers, bytes } = await server.ask(path(IDS.public))
  expect(status).toBe(200)
  expect(bytes).toEqual(BYTES)
  const md5 = createHash('md5').update(bytes)
  const digest = md5.copy().digest('base64')
  expect(headers).toMatchObject({
    'content-type': 'application/fits',
    'content-length': String(bytes.length),
    'content-disposition': `attachment; filename=${IDS.public}.fits.Z`,
    'accept-ranges': 'bytes',
    etag: `"${md5.digest('hex')}"`,
    'last-modified': 'Wed, 03 Jan 2024 03:04:05 GMT',
    'repr-digest': `md5=:${digest}:`,
    'content-md5': digest,
    'cache-control': 'public, no-cache',
  })
  expect(headers['content-encoding']).toBeUndefined()
})

test.each([
  ['publicLog', `${IDS.public}.NL.txt`, 'text/plain'],
  ['product', `${IDS.product}.fits`, 'image/fits'],
] as const)('the %s file has its name and type', async (what, name, type) => {
  const { headers } = await server.ask(path(IDS[what]))
  expect(headers['content-disposition']).toBe(`attachment; filename=${name}`)
  expect(headers['content-type']).toBe(type)
})

test('colons may be encoded', async () => {
  const { status } = await server.ask(path(encodeURIComponent(IDS.public)))
  expect(status).toBe(200)
})

test('HEAD has the headers of GET and no body, and no audit line', async () => {
  const head = await server.ask(path(IDS.public), { method: 'HEAD' })
  const get = await server.ask(path(IDS.public))
  const idOf = ({ headers }: typeof get) => headers['x-request-id']
  await expect.poll(() => server.audit.some(({ requestId }) => requestId === idOf(get))).toBe(true)
  expect(server.audit.some(({ requestId }) => requestId === idOf(head))).toBe(false)
  expect(head.bytes.length).toBe(0)
  for (const name of ['content-length', 'content-type', 'etag', 'content-disposition', 'accept-ranges']) {
    expect(head.headers[name], name).toBe(get.headers[name])
  }
})

describe('parts of a file', () => {
  const ask = (headers: Record<string, string>) => server.ask(path(IDS.public), { headers })
  const etagOf = async () => (await server.ask(path(IDS.public), { method: 'HEAD' })).headers.etag ?? ''

  test('one range is 206', async () => {
    const { status, headers, bytes } = await ask({ Range: 'bytes=2-11' })
    expect([status, Buffer.from(bytes).toString()]).toEqual([206, '0123456789'])
    expect(headers['content-range']).toBe(`bytes 2-11/${BYTES.length}`)
    expect(headers['content-length']).toBe('10')
    expect(headers['content-md5']).toBeUndefined()
  })
  test('beyond the end is 416 and says how long the file is', async () => {
    const { status, headers, body } = await ask({ Range: 'bytes=999999-' })
    expect(status).toBe(416)
    expect(headers['content-range']).toBe(`bytes */${BYTES.length}`)
    expect(body).toMatch(/^UsageFault: .*\n$/)
  })
  test('several ranges are answered whole', async () => {
    expect((await ask({ Range: 'bytes=0-1,4-5' })).status).toBe(200)
  })
  test('If-Range holds for the same bytes only', async () => {
    expect((await ask({ Range: 'bytes=0-1', 'If-Range': await etagOf() })).status).toBe(206)
    expect((await ask({ Range: 'bytes=0-1', 'If-Range': '"other"' })).status).toBe(200)
  })
  test('what the caller has is not sent again', async () => {
    const { status, headers, bytes } = await ask({ 'If-None-Match': await etagOf() })
    expect([status, bytes.length, headers.etag]).toEqual([304, 0, await etagOf()])
    expect((await ask({ 'If-Modified-Since': 'Wed, 03 Jan 2024 03:04:05 GMT' })).status).toBe(304)
  })
  test('a range of a proprietary file needs the right to it', async () => {
    const headers = { Range: 'bytes=0-1', 'If-None-Match': '*' }
    expect((await server.ask(path(IDS.proprietary), { headers })).status).toBe(401)
    expect((await server.ask(path(IDS.proprietary), { headers: { Range: 'bytes=99999-' }, as: 'visitor' })).status).toBe(403)
  })
})

test('what only some may have is never stored by a cache', async () => {
  const { headers } = await server.ask(path(IDS.proprietary), { as: 'pi' })
  expect(headers['cache-control']).toBe('no-store')
  expect(headers['vary']).toContain('Authorization')
})

test('a right that is over gives nothing, and one that ends later does until then', async () => {
  const now = server.clock.nowMs
  server.clock.nowMs = now - 1
  expect((await server.ask(path(IDS.proprietary), { as: 'visitor' })).status).toBe(200)
  server.clock.nowMs = now
  expect((await server.ask(path(IDS.proprietary), { as: 'visitor' })).status).toBe(403)
})

test('a file is public from its release on', async () => {
  const now = server.clock.nowMs
  const { releaseMs } = server.archive.truth.findProduct(IDS.proprietary) ?? { releaseMs: 0 }
  server.clock.nowMs = (releaseMs ?? 0) - 1
  expect((await server.ask(path(IDS.proprietary))).status).toBe(401)
  server.clock.nowMs = releaseMs ?? 0
  expect((await server.ask(path(IDS.proprietary))).status).toBe(200)
  server.clock.nowMs = now
})

test('each download leaves one line, and so does each refusal', async () => {
  const answers = [
    await server.ask(path(IDS.proprietary), { as: 'pi' }),
    await server.ask(path(IDS.public), { headers: { Range: 'bytes=0-9' } }),
    await server.ask(path(IDS.proprietary), { as: 'visitor' }),
    await server.ask(path(IDS.proprietary)),
  ]
  const ids = answers.map(({ headers }) => headers['x-request-id'])
  const own = () => server.audit.filter(({ requestId }) => ids.includes(requestId))
  await expect.poll(() => own().length).toBe(4)
  const lines = ids.flatMap((id) => own().filter(({ requestId }) => requestId === id))
    .map(({ requestId: _requestId, atMs: _atMs, ...line }) => line)
  expect(lines).toEqual([
    { action: 'download', subject: 'pi', outcome: 'complete', dpId: IDS.proprietary, clause: 'granted', bytes: 11 },
    { action: 'download', subject: null, outcome: 'complete', dpId: IDS.public, clause: 'released', bytes: 10 },
    { action: 'download', subject: 'visitor', outcome: 'product_proprietary', dpId: IDS.proprietary, clause: 'proprietary' },
    { action: 'download', subject: null, outcome: 'token_missing', dpId: IDS.proprietary, clause: 'proprietary' },
  ])
})

describe('Basic, as scripts with a .netrc send it', () => {
  const basic = (name: string, password: string) => (
    { headers: { Authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` } })
  test('a right password has the rights of its owner', async () => {
    expect((await server.ask(path(IDS.proprietary), basic('pi', 'pi-demo'))).status).toBe(200)
    expect((await server.ask(path(IDS.proprietary), basic('visitor', 'visitor-demo'))).status).toBe(403)
  })
  test('a wrong one is 401 on public files too', async () => {
    const { status, headers } = await server.ask(path(IDS.public), basic('pi', 'wrong'))
    expect(status).toBe(401)
    expect(String(headers['www-authenticate'])).toContain('Basic realm=')
  })
})
