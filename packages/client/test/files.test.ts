import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RemoteFile } from '../src/index.ts'
import { BYTES, IDS, makeSmallArchive } from '../../server/test/support/small.ts'
import type { TestArchive } from '../../server/test/support/archive.ts'
import { failureOf, patientClient, startForeign } from './support/foreign.ts'

async function bytesOf(file: RemoteFile): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of file.bytes()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('a Quipu archive', () => {
  let archive: TestArchive
  beforeAll(async () => { archive = await makeSmallArchive() })
  afterAll(() => archive.close())

  test('a file with all that is told of it', async () => {
    const file = await patientClient(archive.url).client.open(IDS.public)
    const md5 = createHash('md5').update(BYTES).digest('hex')
    expect(file).toMatchObject({
      url: `${archive.url}/dataPortal/file/${IDS.public}`, name: `${IDS.public}.fits.Z`, sizeBytes: BYTES.length,
      startBytes: 0, validator: `"${md5}"`, md5,
    })
    expect(await bytesOf(file)).toEqual(BYTES)
  })

  test('its end, when it is still the same file; else all of it', async () => {
    const { client } = patientClient(archive.url)
    const { validator, ...first } = await client.open(IDS.public)
    await first.close()
    const rest = await client.open(IDS.public, { resume: { from: 100, validator: validator ?? '' } })
    expect(rest).toMatchObject({ startBytes: 100, sizeBytes: BYTES.length })
    expect(await bytesOf(rest)).toEqual(BYTES.subarray(100))
    const other = await client.open(IDS.public, { resume: { from: 100, validator: '"another"' } })
    expect(other.startBytes).toBe(0)
    expect(await bytesOf(other)).toEqual(BYTES)
  })

  test.each([
    ['a hidden file', IDS.hidden, 'product_not_found'], ['an unknown one', IDS.unknown, 'product_not_found'],
    ['a proprietary one', IDS.proprietary, 'token_missing'], ['no dp_id', '../etc/passwd', 'parameter_invalid'],
  ])('%s', async (_, id, code) => {
    expect((await failureOf(patientClient(archive.url).client.open(id))).code).toBe(code)
  })

  test('by the address of a calibration list, through its redirect', async () => {
    const url = `${archive.url}/datalink/links?ID=ivo://eso.org/ID?${IDS.master}&eso_download=file`
    const file = await patientClient(archive.url).client.open(url)
    expect([file.name, (await bytesOf(file)).toString()]).toEqual([`${IDS.master}.fits`, 'master'])
  })
})

describe('other archives', () => {
  const open = async (status: number, headers: Record<string, string>, body: string, from?: number) => {
    const { url } = await startForeign((_, response) => response.writeHead(status, headers).end(body))
    return patientClient(url).client.open(`${url}/file/A.B`, from === undefined ? {} : { resume: { from, validator: '"v"' } })
  }

  test('say little, as ESO does', async () => {
    const { url } = await startForeign((_, response) => {
      response.writeHead(200, { 'Content-Disposition': 'attachment; filename=A.B.fits.Z' })
      response.write('12')
      response.end('34')
    })
    const file = await patientClient(url).client.open('A.B')
    expect(file).toMatchObject({ name: 'A.B.fits.Z', sizeBytes: null, validator: null, md5: null })
    expect((await bytesOf(file)).toString()).toBe('1234')
  })

  test.each([
    [{ ETag: '"a"' }, '"a"'], [{ ETag: 'W/"a"' }, null],
    [{ 'Last-Modified': 'Mon, 26 Sep 2016 04:00:00 GMT' }, 'Mon, 26 Sep 2016 04:00:00 GMT'],
    [{ 'Last-Modified': 'Fri, 01 Jan 2100 00:00:00 GMT' }, null], [{}, null],
  ])('%j is known again by %s', async (headers, validator) => {
    expect((await open(200, headers, 'x')).validator).toBe(validator)
  })

  test.each([
    [{ 'Content-MD5': 'kAFQmDzST7DWlj99KOF/cg==' }, '900150983cd24fb0d6963f7d28e17f72'],
    [{ 'Repr-Digest': 'sha-256=:abc=:, md5=:kAFQmDzST7DWlj99KOF/cg==:' }, '900150983cd24fb0d6963f7d28e17f72'],
    [{ Digest: 'MD5=kAFQmDzST7DWlj99KOF/cg==' }, '900150983cd24fb0d6963f7d28e17f72'],
    [{ 'Content-MD5': 'short' }, null], [{ 'Content-MD5': '!' }, null],
  ])('%j is the checksum %s', async (headers, md5) => {
    expect((await open(200, headers, 'abc')).md5).toBe(md5)
  })

  test('pack it on the way: then neither its length nor its tag are the file\'s', async () => {
    const file = await open(200, { 'Content-Encoding': 'br', 'Content-Length': '4', ETag: '"a"' }, 'xxxx')
    expect(file).toMatchObject({ sizeBytes: null, validator: null })
  })

  test.each([
    ['text/html', {}, 'x'],
    ['text/html; charset=utf-8', { 'Content-Disposition': 'attachment; filename=A.B.fits' }, 'x'],
  ])('send a page of %s: refused before it is read', async (type, headers, body) => {
    expect(await failureOf(open(200, { 'Content-Type': type, ...headers }, body))).toMatchObject({
      code: 'document_invalid', message: expect.stringMatching(/web page came in place of the file/),
    })
  })

  test.each(['<!DOCTYPE html><html>', '\n <HTML lang="en">'])('send a page that calls itself FITS: %j', async (body) => {
    const file = await open(200, { 'Content-Type': 'application/fits' }, body)
    expect((await failureOf(bytesOf(file))).code).toBe('document_invalid')
  })

  test('a page that is asked for comes', async () => {
    const file = await open(200, { 'Content-Type': 'text/html', 'Content-Disposition': 'filename=a.html' }, '<html>')
    expect((await bytesOf(file)).toString()).toBe('<html>')
  })

  test.each([
    ['another start', { 'Content-Range': 'bytes 5-9/10' }], ['no range', {}], ['nonsense', { 'Content-Range': 'bytes x' }],
  ])('send a part with %s', async (_, headers) => {
    expect((await failureOf(open(206, headers, 'abcde', 3))).code).toBe('document_invalid')
  })

  test('send a part that nobody asked for', async () => {
    expect((await failureOf(open(206, { 'Content-Range': 'bytes 5-9/10' }, 'abcde'))).code).toBe('document_invalid')
  })

  test('do not know the whole length of a part', async () => {
    expect(await open(206, { 'Content-Range': 'bytes 3-7/*', 'Content-Length': '5' }, 'abcde', 3))
      .toMatchObject({ startBytes: 3, sizeBytes: 8 })
  })

  test('break the connection: an error that says so', async () => {
    const { url } = await startForeign((_, response) => {
      response.writeHead(200, { 'Content-Length': '100' })
      response.write('abc', () => response.destroy())
    })
    const file = await patientClient(url).client.open('A.B')
    expect(await failureOf(bytesOf(file))).toMatchObject({
      code: 'archive_unreachable', message: expect.stringMatching(/broke before all had come/),
    })
  })
})
