import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer } from '../support/archive.ts'
import { form, makeTapArchive, readResult } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'
import { ints, send, sync } from '../support/upload.ts'
import type { Part } from '../support/upload.ts'

let archive: TapArchive
let other: Server
let otherUrl: string
const seen: { url: string; headers: Record<string, unknown> }[] = []

beforeAll(async () => {
  other = createServer((request, response) => {
    seen.push({ url: request.url ?? '', headers: request.headers })
    const path = request.url ?? ''
    if (path === '/table') response.end(ints(4, 5))
    else if (path === '/large') response.end(Buffer.alloc(400_000, 32))
    else if (path === '/loop') response.writeHead(302, { Location: '/loop' }).end()
    else if (path === '/to-table') response.writeHead(302, { Location: '/table' }).end()
    else if (path === '/inside') response.writeHead(302, { Location: `http://127.0.0.2:${port()}/table` }).end()
    else if (path === '/file') response.writeHead(302, { Location: 'file:///etc/passwd' }).end()
    else if (path === '/never') response.write('<VOTABLE>')
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => { other.listen(0, () => { resolve() }) })
  otherUrl = `http://localhost:${port()}`
  archive = await makeTapArchive({ config: `tap: { uploadBytes: 300000, uploadSeconds: 1, uploadHosts: ['localhost:${port()}'] }` })
})
afterAll(async () => {
  await archive.close()
  other.closeAllConnections()
  other.close()
})

function port(): number {
  const address = other.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const files = (): string[] => {
  try { return readdirSync(join(archive.dir, 'results/upload')) } catch { return [] }
}
const QUERY: Part[] = [{ name: 'LANG', value: 'ADQL' }, { name: 'QUERY', value: 'SELECT COUNT(*) AS c FROM TAP_UPLOAD.t1' }]
const t1 = (...values: number[]): Part[] => [{ name: 'UPLOAD', value: 't1,param:f1' }, { name: 'f1', value: ints(...values), file: true }]

async function makeJob(parts: readonly Part[], as?: string): Promise<string> {
  const made = await send(archive, '/tap_obs/async', parts, as)
  expect([made.status, made.body]).toEqual([303, ''])
  return new URL(String(made.headers['location'])).pathname
}

async function finish(path: string, as?: string): Promise<string> {
  await archive.ask(`${path}/phase`, { as, body: form({ PHASE: 'RUN' }) })
  for (let i = 0; i < 200; i++) {
    const { body } = await archive.ask(`${path}/phase`, { as })
    if (!['PENDING', 'QUEUED', 'EXECUTING'].includes(body)) return body
    await new Promise((resolve) => { setTimeout(resolve, 20) })
  }
  return 'too slow'
}
const result = async (path: string, as?: string): Promise<unknown> => (await readResult(await archive.ask(`${path}/results/result`, { as }))).rows

test('uploads of a job accumulate while it is PENDING, none is replaced; they are shown by reference to the owner only', async () => {
  const path = await makeJob([...QUERY.slice(0, 1), ...t1(1, 2, 3)], 'pi')
  const more = [{ name: 'UPLOAD', value: 't2,param:f2' }, { name: 'f2', value: ints(3), file: true }]
  expect((await send(archive, `${path}/parameters`, more, 'pi')).status).toBe(303)
  const again = await send(archive, `${path}/parameters`, [{ name: 'UPLOAD', value: 'T1,param:f3' }, { name: 'f3', value: ints(9), file: true }], 'pi')
  expect([again.status, again.body]).toEqual([400, expect.stringContaining('twice')])
  const job = await archive.ask(path, { as: 'pi' })
  expect(job.body).toContain('<parameter id="UPLOAD">t1,param:f1</parameter>')
  expect(job.body).toContain(`<parameter byReference="true" id="f2">${archive.url}${path}/parameters/f2</parameter>`)
  const file = await archive.ask(`${path}/parameters/f1`, { as: 'pi' })
  expect(Buffer.from(file.bytes)).toEqual(Buffer.from(ints(1, 2, 3)))
  expect((await archive.ask(`${path}/parameters/UPLOAD`, { as: 'pi' })).body).toBe('t1,param:f1;t2,param:f2')
  for (const as of [undefined, 'visitor']) expect((await archive.ask(`${path}/parameters/f1`, { as })).status).toBe(404)
  await archive.ask(`${path}/parameters`, { as: 'pi', body: form({ QUERY: 'SELECT a.n FROM TAP_UPLOAD.t1 AS a JOIN TAP_UPLOAD.t2 AS b ON a.n = b.n' }) })
  expect([await finish(path, 'pi'), await result(path, 'pi')]).toEqual(['COMPLETED', [{ n: 3 }]])
  expect((await send(archive, `${path}/parameters`, more, 'pi')).status).toBe(403)
  expect(files().length).toBe(2)
  await archive.ask(path, { as: 'pi', method: 'DELETE' })
  expect(files()).toEqual([])
})

test('what is wrong makes no job and leaves no file', async () => {
  for (const [parts, status] of [
    [[...QUERY, { name: 'UPLOAD', value: 't1,param:none' }], 400], [[...QUERY, { name: 'UPLOAD', value: '1,param:f1' }], 400],
    [[...QUERY, ...t1(1), ...t1(2)], 400], [[...QUERY, { name: 'UPLOAD', value: 't1,param:QUERY' }], 400],
    [[...QUERY, { name: 'UPLOAD', value: 't1,param:f' }, { name: 'f', value: Buffer.alloc(3_000_000), file: true }], 413],
    [[...QUERY, ...Array.from({ length: 60 }, (_, i) => ({ name: 'UPLOAD', value: `t${i},param:f` })), { name: 'f', value: ints(1), file: true }], 413],
  ] as const) {
    expect((await send(archive, '/tap_obs/async', parts)).status).toBe(status)
  }
  expect(files()).toEqual([])
})

test('a table that cannot be read makes the job ERROR, with words', async () => {
  const path = await makeJob([...QUERY, { name: 'UPLOAD', value: 't1,param:f' }, { name: 'f', value: 'ra,dec\n', file: true }])
  expect(await finish(path)).toBe('ERROR')
  expect((await archive.ask(`${path}/error`)).body).toContain('upload &apos;t1&apos;')
})

describe('by address', () => {
  const at = (uri: string, as?: string): Promise<Answer> => sync(archive, 'SELECT COUNT(*) AS c FROM TAP_UPLOAD.t1', [{ name: 'UPLOAD', value: `t1,${uri}` }], as)

  test('a table is fetched, over redirects, without what the caller sent us', async () => {
    for (const path of ['/table', '/to-table']) expect((await readResult(await at(`${otherUrl}${path}`, 'pi'))).rows).toEqual([{ c: 2n }])
    expect(seen.every(({ headers }) => headers['authorization'] === undefined && headers['cookie'] === undefined)).toBe(true)
    const path = await makeJob([...QUERY, { name: 'UPLOAD', value: `t1,${otherUrl}/table` }])
    expect([await finish(path), await result(path)]).toEqual(['COMPLETED', [{ c: 2n }]])
  })

  test.each([
    ['127.0.0.1', 'http://127.0.0.1:PORT/table'], ['another name of it', 'http://127.1:PORT/table'], ['decimal', 'http://2130706433:PORT/table'],
    ['octal', 'http://0177.0.0.1:PORT/table'], ['hexadecimal', 'http://0x7f000001:PORT/table'], ['any address', 'http://0.0.0.0:PORT/table'],
    ['IPv6', 'http://[::1]:PORT/table'], ['IPv4 in IPv6', 'http://[::ffff:127.0.0.1]:PORT/table'], ['compatible', 'http://[::7f00:1]:PORT/'],
    ['NAT64', 'http://[64:ff9b::7f00:1]:PORT/'], ['6to4', 'http://[2002:7f00:1::]:PORT/'], ['link-local', 'http://169.254.169.254/latest/meta-data/'],
    ['private', 'http://10.0.0.1/'], ['private', 'http://172.31.0.1/'], ['private', 'http://192.168.1.1/'], ['CGNAT', 'http://100.64.0.1/'],
    ['multicast', 'http://224.0.0.1/'], ['unique local', 'http://[fd00::1]/'], ['link-local', 'http://[fe80::1]/'], ['multicast', 'http://[ff02::1]/'],
    ['a redirect inside', 'URL/inside'], ['no such name', 'http://nowhere.invalid/'], ['another port of a listed host', 'http://localhost:1/'],
  ])('nothing is fetched from %s: %s', async (_, address) => {
    const before = seen.length
    const answer = await at(address.replace('PORT', String(port())).replace('URL', otherUrl))
    expect([answer.status, answer.body]).toEqual([400, expect.stringContaining('nothing is fetched')])
    expect(seen.slice(before).filter(({ url }) => url === '/table')).toEqual([])
  })

  test.each([
    ['/nothing', 502, 'status 404'], ['/loop', 502, 'redirected more than 5'], ['/large', 413, '300000 bytes'], ['/never', 502, 'not read within 1 s'],
    ['/file', 400, 'no http or https address'],
  ])('%s ends with %i: %s', async (path, status, words) => {
    const answer = await at(`${otherUrl}${path}`)
    expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(words)])
  })

  test('an address with a password is refused', async () => {
    expect((await at(`http://me:secret@localhost:${port()}/table`)).body).toMatch(/user name or a password/)
  })

  test('an earlier result of the caller is read, somebody else\'s is as unknown as none; rights go with its rows', async () => {
    const parts = [{ name: 'LANG', value: 'ADQL' }, { name: 'QUERY', value: 'SELECT dp_id FROM dbo.raw' }]
    const path = await makeJob(parts, 'pi')
    expect(await finish(path, 'pi')).toBe('COMPLETED')
    const uri = `${archive.url}${path}/results/result`
    expect((await readResult(await at(uri, 'pi'))).rows).toEqual([{ c: 5n }])
    const [foreign, unknown] = [await at(uri, 'visitor'), await at(uri.replace(/[0-9a-f]{8}/, '00000000'), 'visitor')]
    expect(foreign.status).toBe(404)
    expect(foreign.body.replace(/'[^']*'|&apos;.*?&apos;/g, 'X')).toBe(unknown.body.replace(/'[^']*'|&apos;.*?&apos;/g, 'X'))
    expect((await at(`${archive.url}/tap_obs/tables`, 'pi')).status).toBe(400)
    const second = await makeJob([...QUERY, { name: 'UPLOAD', value: `t1,${uri}` }], 'pi')
    expect(await finish(second, 'pi')).toBe('COMPLETED')
    const id = second.split('/').at(-1) ?? ''
    const { runs } = archive.archive.truth.findJob(path.split('/').at(-1) ?? '')?.result ?? {}
    expect([runs, archive.archive.truth.findJob(id)?.result?.runs]).toEqual([expect.arrayContaining([expect.any(Number)]), runs])
  })
})
