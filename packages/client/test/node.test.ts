import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { download, localName } from '../src/node.ts'
import { BYTES, IDS, makeSmallArchive } from '../../server/test/support/small.ts'
import { failureOf, patientClient, startForeign } from './support/foreign.ts'
import { cut, DATA, portal } from './support/portal.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quipu-client-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
})
const there = async (): Promise<Record<string, string>> => Object.fromEntries(await Promise.all(
  (await readdir(folder)).sort().map(async (name) => [name, await readFile(join(folder, name), 'latin1')] as const)))

test('from a Quipu archive: once, then it is there', async () => {
  const archive = await makeSmallArchive()
  onTestFinished(() => archive.close())
  const { client } = patientClient(archive.url)
  const to = join(folder, 'new', 'folder')
  const progress: [number, number | null][] = []
  const got = await download(client, IDS.public, to, { onProgress: (done, total) => progress.push([done, total]) })
  expect(got).toEqual({ path: join(to, `${IDS.public}.fits.Z`), sizeBytes: BYTES.length, wasThere: false })
  expect(await readFile(got.path)).toEqual(BYTES)
  expect(progress.at(-1)).toEqual([BYTES.length, BYTES.length])
  expect(await download(client, IDS.public, to)).toEqual({ ...got, wasThere: true })
  expect(await readdir(to)).toEqual([`${IDS.public}.fits.Z`])
})

describe('what is there already', () => {
  test.each([
    ['A.B.fits', DATA.toString(), 'the same file'], ['A.B.fits.Z', 'packed', 'packed by somebody'],
  ])('%s is not fetched again: %s', async (name, content) => {
    await writeFile(join(folder, name), content)
    const { url } = await portal()
    expect(await download(patientClient(url).client, 'A.B', folder)).toMatchObject({ path: join(folder, name), wasThere: true })
    expect(await there()).toEqual({ [name]: content })
  })

  test('the unpacked form of a .Z', async () => {
    await writeFile(join(folder, 'A.B.fits'), 'unpacked')
    const { url } = await startForeign((_, response) => response.writeHead(200, { 'Content-Disposition': 'filename=A.B.fits.Z' }).end('x'))
    expect(await download(patientClient(url).client, 'A.B', folder)).toMatchObject({ path: join(folder, 'A.B.fits'), wasThere: true })
  })

  test('where the server tells nothing of the file, its name is enough', async () => {
    await writeFile(join(folder, 'A.B.fits'), 'something')
    const { url } = await startForeign((_, response) => {
      response.writeHead(200, { 'Content-Disposition': 'filename=A.B.fits' }).write('12')
      response.end('34')
    })
    expect(await download(patientClient(url).client, 'A.B', folder)).toMatchObject({ wasThere: true, sizeBytes: 9 })
  })

  test.each([['shorter', 'short'], ['as long but different', 'x'.repeat(DATA.length)]])('a file that is %s is kept aside', async (_, content) => {
    await writeFile(join(folder, 'A.B.fits'), content)
    const { url } = await portal()
    expect(await download(patientClient(url).client, 'A.B', folder)).toMatchObject({ wasThere: false })
    expect(await there()).toEqual({ 'A.B.fits': DATA.toString(), 'A.B.fits.old': content })
  })
})

describe('a broken transfer', () => {
  test('goes on where it broke, in the same call', async () => {
    const { url, seen } = await portal((count, response) => count === 1 && cut(response, 1000))
    expect(await download(patientClient(url).client, 'A.B', folder)).toMatchObject({ wasThere: false, sizeBytes: DATA.length })
    expect(await there()).toEqual({ 'A.B.fits': DATA.toString() })
    expect(seen.map(({ headers }) => [headers['range'], headers['if-range']])).toEqual([
      [undefined, undefined], ['bytes=1000-', '"v1"'],
    ])
  })

  test('goes on in a later call, when it is the same file', async () => {
    await writeFile(join(folder, 'A.B.fits.part'), DATA.subarray(0, 5000))
    await writeFile(join(folder, 'A.B.fits.part.of'), '"v1"')
    const { url, seen } = await portal()
    await download(patientClient(url).client, 'A.B', folder)
    expect(seen.map(({ headers }) => headers['range'])).toEqual([undefined, 'bytes=5000-'])
    expect(await there()).toEqual({ 'A.B.fits': DATA.toString() })
  })

  test.each([
    ['another version', '"v0"', 5000], ['no note', undefined, 5000], ['nothing in it', '"v1"', 0], ['too much in it', '"v1"', 1e6],
  ])('begins anew with a part of %s', async (_, note, size) => {
    await writeFile(join(folder, 'A.B.fits.part'), 'x'.repeat(size))
    if (note !== undefined) await writeFile(join(folder, 'A.B.fits.part.of'), note)
    const { url, seen } = await portal()
    await download(patientClient(url).client, 'A.B', folder)
    expect(seen.map(({ headers }) => headers['range'])).toEqual([undefined])
    expect(await there()).toEqual({ 'A.B.fits': DATA.toString() })
  })

  test('begins anew when the file changed meanwhile', async () => {
    const { url } = await portal((count, response) => count === 1 && cut(response, 1000), '"v2"')
    await download(patientClient(url).client, 'A.B', folder)
    expect(await there()).toEqual({ 'A.B.fits': DATA.toString() })
  })

  test('a damaged part is found by the checksum, and not kept', async () => {
    await writeFile(join(folder, 'A.B.fits.part'), 'x'.repeat(5000))
    await writeFile(join(folder, 'A.B.fits.part.of'), '"v1"')
    const { url } = await portal()
    expect(await failureOf(download(patientClient(url).client, 'A.B', folder))).toMatchObject({
      code: 'document_invalid', message: expect.stringMatching(/^A\.B\.fits came damaged: its checksum/),
    })
    expect(await there()).toEqual({})
  })

  test('more bytes than announced are not kept', async () => {
    const client = {
      open: () => Promise.resolve({
        url: 'http://x/', name: 'A.B.fits', sizeBytes: 2, startBytes: 0, validator: null, md5: null,
        async* bytes() { yield Buffer.from('123') }, close: () => Promise.resolve(),
      }),
    }
    expect((await failureOf(download(client, 'A.B', folder))).message).toMatch(/its size is not the one announced/)
    expect(await there()).toEqual({})
  })
})

test('an abort leaves the part and its reason; the file has no name yet', async () => {
  const controller = new AbortController()
  const { url } = await portal((count, response) => count === 1 && cut(response, 1000))
  const aborted = download(patientClient(url).client, 'A.B', folder, {
    signal: controller.signal, onProgress: () => controller.abort(new Error('enough')),
  })
  expect((await failureOf(aborted)).message).toBe('enough')
  expect(Object.keys(await there())).toEqual(['A.B.fits.part', 'A.B.fits.part.of'])
  await download(patientClient(url).client, 'A.B', folder)
  expect(await there()).toEqual({ 'A.B.fits': DATA.toString() })
})

test('a login page is never saved', async () => {
  const { url } = await startForeign((_, response) => response.writeHead(200, {
    'Content-Type': 'application/octet-stream', 'Content-Disposition': 'filename=A.B.fits',
  }).end('<!doctype html><form>'))
  expect((await failureOf(download(patientClient(url).client, 'A.B', folder))).code).toBe('document_invalid')
  expect(await there()).toEqual({})
})

test.each(['../../escaped.fits', '/tmp/escaped.fits', '..%2Fescaped.fits', '"..\\\\..\\\\escaped.fits"'])('a name that leads away stays here: %s', async (name) => {
  const { url } = await startForeign((_, response) => response.writeHead(200, { 'Content-Disposition': `attachment; filename=${name}` }).end('x'))
  await mkdir(join(folder, 'in'))
  const { path } = await download(patientClient(url).client, 'A.B', join(folder, 'in'))
  expect(await readdir(folder)).toEqual(['in'])
  expect(path.startsWith(join(folder, 'in'))).toBe(true)
})

test.each([['linux', 'A:B.fits'], ['win32', 'A_B.fits'], ['darwin', 'A_B.fits']])('colons on %s', (platform, name) => {
  expect(localName('A:B.fits', platform)).toBe(name)
})
