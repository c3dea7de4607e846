import { createConnection } from 'node:net'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTapArchive, readResult } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'
import { BOUNDARY, bodyOf, ints, send, sync, t1 } from '../support/upload.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive({ config: 'tap: { uploadBytes: 8000000, uploadRows: 100000 }' }) })
afterAll(() => archive.close())

const COUNT = 'SELECT COUNT(*) AS c FROM TAP_UPLOAD.t1'
const filesLeft = (): string[] => {
  const folders = [join(archive.dir, 'results'), join(archive.dir, 'results/upload')]
  return folders.flatMap((folder) => { try { return readdirSync(folder).filter((name) => name !== 'upload') } catch { return [] } })
}

test('ten thousand uploads, and as many parts, are refused at once', async () => {
  const startMs = performance.now()
  const many = Array.from({ length: 9_990 }, (_, i) => ({ name: 'UPLOAD', value: `t${i},param:f` }))
  const answer = await sync(archive, COUNT, [...many, { name: 'f', value: ints(1), file: true }])
  expect([answer.status, answer.body]).toEqual([413, expect.stringContaining('at most 1000 parts')])
  const names = many.map(({ value }): [string, string] => ['UPLOAD', value])
  const plain = await archive.ask('/tap_obs/sync', { body: new URLSearchParams([['LANG', 'ADQL'], ['QUERY', COUNT], ...names]).toString() })
  expect([plain.status, plain.body]).toEqual([413, expect.stringContaining('at most 50 uploads')])
  expect((await sync(archive, COUNT, [...many, ...many])).status).toBe(413)
  expect((await send(archive, '/tap_obs/async', many)).status).toBe(413)
  expect(performance.now() - startMs).toBeLessThan(5_000)
})

test.each([
  't1\u0000,param:f', 't1\',param:f', 't1"; DROP TABLE archive.raw_public; --,param:f', 't1,param:', ',param:f', 't1,', `${'t'.repeat(200)},param:f`,
  't1,param:f\u0000', 't1,vos://x/y', 't1,data:text/plain,x', 'TAP_UPLOAD.t1,param:f', 'tä,param:f',
])('UPLOAD=%s is refused', async (value) => {
  const answer = await sync(archive, COUNT, [{ name: 'UPLOAD', value }, { name: 'f', value: ints(1), file: true }])
  expect([answer.status, answer.body.includes('QUERY_STATUS')]).toEqual([400, true])
})

test('columns with names and values made to break out are names and values', async () => {
  const name = `x"; drop table "u1" --' & <b>`
  const document = `<VOTABLE><RESOURCE><TABLE><FIELD name="${name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')}" datatype="char" arraysize="*"/>
    <FIELD name="__proto__" datatype="int"/><FIELD name="c1" datatype="int"/><DATA><TABLEDATA><TR><TD>a\\\tb\\N'"</TD><TD>1</TD><TD>2</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`
  const answer = await sync(archive, `SELECT "${name.replaceAll('"', '""')}" AS x, "__proto__" AS p, c1 FROM TAP_UPLOAD.t1`, t1(document))
  expect((await readResult(answer)).rows).toEqual([{ x: `a\\\tb\\N'"`, p: 1, c1: 2 }])
})

test.each([
  ['an arraysize that lies', '<FIELD name="a" datatype="double" arraysize="999999999"/>', 'AAAAAAAA'],
  ['a length that lies', '<FIELD name="a" datatype="char" arraysize="*"/>', Buffer.from([0x7f, 0xff, 0xff, 0xff]).toString('base64')],
  ['a negative length', '<FIELD name="a" datatype="char" arraysize="*"/>', Buffer.from([0xff, 0xff, 0xff, 0xff]).toString('base64')],
  ['an arraysize that is none', '<FIELD name="a" datatype="int" arraysize="x"/>', 'AAAA'],
  ['rows of nothing', '<FIELD name="a" datatype="int" arraysize="0"/>', 'AAAA'],
])('%s in a BINARY stream is the sender\'s mistake', async (_, field, stream) => {
  const document = `<VOTABLE><RESOURCE><TABLE>${field}<DATA><BINARY><STREAM encoding="base64">${stream}</STREAM></BINARY></DATA></TABLE></RESOURCE></VOTABLE>`
  expect((await sync(archive, COUNT, t1(document))).status).toBe(400)
})

test('entities, bombs in bombs and a table at another address are refused', async () => {
  const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]><VOTABLE>&lol2;</VOTABLE>`
  const far = '<VOTABLE><RESOURCE><TABLE><FIELD name="a" datatype="int"/><DATA><BINARY><STREAM href="http://169.254.169.254/"/></BINARY></DATA></TABLE></RESOURCE></VOTABLE>'
  for (const document of [bomb, far, gzipSync(gzipSync(ints(1))), gzipSync(Buffer.alloc(100_000_000, 60))]) {
    const startMs = performance.now()
    expect((await sync(archive, COUNT, t1(document))).status).toBeGreaterThanOrEqual(400)
    expect(performance.now() - startMs).toBeLessThan(3_000)
  }
})

test('an upload that no query reads does no harm', async () => {
  expect((await readResult(await sync(archive, 'SELECT COUNT(*) AS c FROM dbo.raw', t1(ints(1))))).rows).toEqual([{ c: 3n }])
})

test('a form that is none, or ends too soon, is refused', async () => {
  for (const [type, body] of [
    ['multipart/form-data', 'x'], [`multipart/form-data; boundary="${BOUNDARY}"`, 'nothing of a form'],
    [`multipart/form-data; boundary="${BOUNDARY}"`, bodyOf(t1(ints(1))).subarray(0, -30).toString()],
  ] as const) {
    const answer = await fetch(`${archive.url}/tap_obs/sync`, { method: 'POST', headers: { 'Content-Type': type }, body })
    expect([type, answer.status]).toEqual([type, 400])
  }
})

test('a caller who hangs up in the middle of a large upload leaves nothing', async () => {
  const { port } = new URL(archive.url)
  const socket = createConnection(Number(port), '127.0.0.1')
  socket.on('error', () => undefined)
  const body = bodyOf(t1(Buffer.alloc(7_000_000, 32)))
  socket.write(`POST /tap_obs/async HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: multipart/form-data; boundary="${BOUNDARY}"\r\nContent-Length: ${body.length}\r\n\r\n`)
  socket.write(body.subarray(0, 6_000_000))
  for (let i = 0; i < 100 && filesLeft().length === 0; i++) await new Promise((resolve) => { setTimeout(resolve, 20) })
  expect(filesLeft().length).toBe(1)
  socket.destroy()
  for (let i = 0; i < 100 && filesLeft().length > 0; i++) await new Promise((resolve) => { setTimeout(resolve, 20) })
  expect(filesLeft()).toEqual([])
})

test('other paths take no more than a form', async () => {
  const answer = await send(archive, '/sso/oidc/token', [{ name: 'x', value: Buffer.alloc(3_000_000), file: true }])
  expect(answer.status).toBe(413)
  expect(filesLeft()).toEqual([])
})
