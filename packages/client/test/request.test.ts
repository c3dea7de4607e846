import { describe, expect, test } from 'vitest'
import { ESO } from '../src/index.ts'
import { failureOf, fakeFetch, fakeToken, patientClient, startForeign } from './support/foreign.ts'

const VOTABLE = (rows: string) => `<?xml version="1.0"?><VOTABLE><RESOURCE type="results"><TABLE>
<FIELD name="semantics" datatype="char" arraysize="*"/><FIELD name="access_url" datatype="char" arraysize="*"/>
<DATA><TABLEDATA>${rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`
const LINKS = VOTABLE('<TR><TD>#this</TD><TD>https://x.org/f</TD></TR>')
const links = (): Response => new Response(LINKS, { headers: { 'Content-Type': 'application/x-votable+xml' } })
const redirect = (to: string, status = 302): Response => new Response(null, { status, headers: { Location: to } })
const SECRET = fakeToken()

/** The addresses asked, each with whether the token went there. */
const withToken = (asked: readonly { url: string; authorization: string | null }[]) =>
  asked.map(({ url, authorization }) => [url, authorization === `Bearer ${SECRET}`])

describe('where the token goes, at ESO', () => {
  test('http is https before it is asked', async () => {
    const { fetch, asked } = fakeFetch(links)
    const { client } = patientClient(ESO, { fetch })
    client.useToken(SECRET)
    await client.links('http://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?A.B')
    expect(withToken(asked)).toEqual([['https://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?A.B', true]])
  })

  test('a redirect within the list keeps it, also one that names http', async () => {
    const { fetch, asked } = fakeFetch((url) =>
      url.startsWith('https://archive') ? redirect('http://dataportal.eso.org/dataPortal/file/A.B') : new Response('x'))
    const { client } = patientClient(ESO, { fetch })
    client.useToken(SECRET)
    await client.open('https://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?A.B&eso_download=file')
    expect(withToken(asked)).toEqual([
      ['https://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?A.B&eso_download=file', true],
      ['https://dataportal.eso.org/dataPortal/file/A.B', true],
    ])
  })

  test('once outside it does not come back, even when the redirects do', async () => {
    const { fetch, asked } = fakeFetch((url) => {
      if (url.endsWith('/file/A.B')) return redirect('https://mirror.example.org/A.B')
      return url.includes('mirror') ? redirect('https://archive.eso.org/back') : new Response('x')
    })
    const { client } = patientClient(ESO, { fetch })
    client.useToken(SECRET)
    await client.open('A.B')
    expect(withToken(asked)).toEqual([
      ['https://dataportal.eso.org/dataPortal/file/A.B', true],
      ['https://mirror.example.org/A.B', false], ['https://archive.eso.org/back', false],
    ])
  })

  test.each([
    'https://dataportal.eso.org:444/x', 'https://dataportal.eso.org.evil.org/x', 'http://dataportal.eso.org:8080/x',
    'https://dataportal.eso.org@evil.org/x', 'https://www.eso.org/x', '//evil.org/x', 'https:evil.org:1/x',
  ])('not to %s', async (location) => {
    const { fetch, asked } = fakeFetch((url) => url.endsWith('/A.B') ? redirect(location) : new Response('x'))
    const { client } = patientClient(ESO, { fetch })
    client.useToken(SECRET)
    await client.open('A.B').catch(() => undefined)
    for (const { url, authorization } of asked.slice(1)) {
      const inside = ['https://archive.eso.org', 'https://dataportal.eso.org'].includes(new URL(url).origin)
      expect(authorization !== null).toBe(inside)
      expect(url).not.toContain('@')
    }
  })

  test('an address of a result that is elsewhere gets none', async () => {
    const { fetch, asked } = fakeFetch(() => new Response('x'))
    const { client } = patientClient(ESO, { fetch })
    client.useToken(SECRET)
    for (const url of ['https://example.org/f', 'http://example.org/f', 'HTTPS://ARCHIVE.ESO.ORG/f']) await client.open(url)
    expect(withToken(asked)).toEqual([
      ['https://example.org/f', false], ['http://example.org/f', false], ['https://archive.eso.org/f', true],
    ])
  })

  test('a server elsewhere cannot send the client to this machine', async () => {
    const { fetch, asked } = fakeFetch(() => redirect('http://127.0.0.1:631/admin'))
    const { client } = patientClient(ESO, { fetch })
    expect(await failureOf(client.open('A.B'))).toMatchObject({
      code: 'archive_unreachable', message: expect.stringMatching(/redirects to this machine/),
    })
    expect(asked).toHaveLength(1)
  })

  test('nothing of the platform goes along: no cookie, and redirects are looked at', async () => {
    const { fetch, asked } = fakeFetch(links)
    await patientClient(ESO, { fetch }).client.links('A.B')
    expect(asked[0]?.init).toMatchObject({ credentials: 'omit', redirect: 'manual' })
  })
})

test('over real sockets: another port is another origin', async () => {
  const other = await startForeign((_, response) => response.end('data'))
  const archive = await startForeign((_, response) => response.writeHead(307, { Location: `${other.url}/elsewhere` }).end())
  const { client } = patientClient(archive.url)
  client.useToken(SECRET)
  await (await client.open('A.B')).close()
  expect(archive.seen[0]?.headers['authorization']).toBe(`Bearer ${SECRET}`)
  expect(archive.seen[0]?.headers['user-agent']).toMatch(/^quipu\//)
  expect(other.seen[0]?.path).toBe('/elsewhere')
  expect(other.seen[0]?.headers['authorization']).toBeUndefined()
  expect(JSON.stringify(other.seen)).not.toContain(SECRET)
})

test.each([301, 302, 307, 308])('a loop of %i ends', async (status) => {
  const { url, seen } = await startForeign((one, response) =>
    response.writeHead(status, { Location: one.path === '/a' ? '/b' : '/a' }).end())
  const { client } = patientClient(url)
  expect(await failureOf(client.open(`${url}/a`))).toMatchObject({
    code: 'archive_unreachable', message: expect.stringMatching(/^more than 10 redirects/),
  })
  expect(seen).toHaveLength(11)
})

test.each(['ftp://x.org/f', 'javascript:alert(1)', 'http://', 'https://[bad'])('a redirect to %s is refused', async (to) => {
  const { url } = await startForeign((_, response) => response.writeHead(302, { Location: to }).end())
  expect((await failureOf(patientClient(url).client.open('A.B'))).code).toBe('archive_unreachable')
})

test.each(['https://me:pw@archive.eso.org/f', 'http://me:pw@127.0.0.1/f'])('an address with a password is not asked: %s', async (url) => {
  const { fetch, asked } = fakeFetch(links)
  const failure = await failureOf(patientClient(ESO, { fetch }).client.open(url))
  expect(failure).toMatchObject({ code: 'parameter_invalid' })
  expect(failure.message).not.toContain('pw')
  expect(asked).toEqual([])
})

describe('what is tried again', () => {
  test.each([429, 502, 503, 504])('a GET after %i, with growing pauses, four times', async (status) => {
    const { url, seen } = await startForeign((_, response) => response.writeHead(status).end())
    const { client, waits } = patientClient(url)
    await failureOf(client.links('A.B'))
    expect(seen).toHaveLength(4)
    expect(waits).toEqual([500, 1000, 2000])
  })

  test.each([400, 401, 403, 404, 410, 416, 500, 501])('not after %i', async (status) => {
    const { url, seen } = await startForeign((_, response) => response.writeHead(status).end())
    await failureOf(patientClient(url).client.links('A.B'))
    expect(seen).toHaveLength(1)
  })

  test.each([
    ['7', 7000], [new Date(Date.UTC(2026, 0, 2, 0, 0, 9)).toUTCString(), 9000],
    ['0', 250], ['soon', 500],
  ])('Retry-After: %s', async (value, pauseMs) => {
    const { url } = await startForeign((_, response, count) =>
      count === 1 ? response.writeHead(503, { 'Retry-After': value }).end()
        : response.writeHead(200, { 'Content-Type': 'text/xml' }).end(LINKS))
    const { client, waits } = patientClient(url)
    await client.links('A.B')
    expect(waits).toEqual([pauseMs])
  })

  test('nobody waits for an hour', async () => {
    const { url, seen } = await startForeign((_, response) => response.writeHead(503, { 'Retry-After': '3600' }).end())
    expect(await failureOf(patientClient(url).client.links('A.B'))).toMatchObject({ code: 'overloaded' })
    expect(seen).toHaveLength(1)
  })

  test.each([
    [503, { 'Retry-After': '3' }, 4], [429, { 'Retry-After': '3' }, 4], [503, {}, 1], [502, { 'Retry-After': '3' }, 1],
  ])('a POST only when the service said that nothing was begun: %i %j', async (status, headers, times) => {
    const { url, seen } = await startForeign((_, response) => response.writeHead(status, headers).end())
    await failureOf(patientClient(url).client.tap.query('SELECT 1'))
    expect(seen).toHaveLength(times)
  })

  test('a connection that is cut: GET again, POST not', async () => {
    const { url, seen } = await startForeign((_, response) => response.destroy())
    const { client } = patientClient(url)
    expect(await failureOf(client.links('A.B'))).toMatchObject({
      code: 'archive_unreachable', message: expect.stringMatching(/^127\.0\.0\.1:\d+ did not answer \(.+\)$/),
    })
    expect(seen).toHaveLength(4)
    await failureOf(client.tap.query('SELECT 1'))
    expect(seen).toHaveLength(5)
  })

  test('a web page in place of a document, as ESO sends now and then', async () => {
    const { url, seen } = await startForeign((_, response, count) => {
      response.writeHead(200, { 'Content-Type': count < 3 ? 'text/html; charset=utf-8' : 'text/xml' })
      response.end(count < 3 ? '<html><title>Please\n wait</title></html>' : LINKS)
    })
    expect(await patientClient(url).client.links('A.B')).toHaveLength(1)
    expect(seen).toHaveLength(3)
  })

  test('an abort ends the waiting, with its reason', async () => {
    const { url } = await startForeign((_, response) => response.writeHead(503).end())
    const controller = new AbortController()
    const { client } = patientClient(url, {
      wait: (_, signal) => new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason))
        controller.abort(new Error('enough'))
      }),
    })
    expect((await failureOf(client.links('A.B', controller.signal))).message).toBe('enough')
  })

  test('an abort ends the request, with its reason', async () => {
    const controller = new AbortController()
    const { url, seen } = await startForeign(() => controller.abort(new Error('enough')))
    expect((await failureOf(patientClient(url).client.links('A.B', controller.signal))).message).toBe('enough')
    expect(seen).toHaveLength(1)
  })
})
