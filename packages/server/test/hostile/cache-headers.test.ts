/** A proxy between must never give one person's answer to another, nor keep what may be closed tomorrow. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestArchive } from '../support/archive.ts'
import { CALLERS, IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => { server = await makeSmallArchive() })
afterAll(() => server.close())

const file = (id: string) => `/dataPortal/file/${id}`
const DOORS = [
  ...[IDS.public, IDS.proprietary, IDS.hidden, IDS.unknown, IDS.proprietaryLog, IDS.preview].map(file),
  `/datalink/links?ID=${IDS.public}`, `/datalink/links?ID=${IDS.hidden}`, `/hdr?DpId=${IDS.public}`, `/hdr?DpId=${IDS.hidden}`,
  `/calselector/v1/associations?dp_id=${IDS.public}&mode=Raw2Raw`, '/', '/datalink/capabilities', '/nowhere',
  '/sso/oidc/token?username=pi&password=pi-demo',
]
const PUBLIC = [IDS.public, IDS.preview].map(file)
const port = () => new URL(server.url).port

test('only a file that is public, asked for by nobody, may be kept; and then it is asked about again', async () => {
  for (const door of DOORS) {
    for (const as of CALLERS) {
      for (const range of [undefined, 'bytes=0-1', 'bytes=999999-']) {
        const headers = range === undefined ? {} : { Range: range }
        const answer = await server.ask(door, { as, headers })
        const mayKeep = as === undefined && PUBLIC.includes(door)
        expect([door, as, answer.headers['cache-control']]).toEqual([door, as, mayKeep ? 'public, no-cache' : 'no-store'])
        expect(answer.headers.vary).toContain('Authorization')
        expect(answer.headers.vary).toContain('Cookie')
      }
    }
  }
}, 60_000)

test('what a cookie or a password opened is as little to be kept', async () => {
  const cookie = `quipu-${port()}=${await server.tokenOf('pi')}`
  const basic = `Basic ${Buffer.from('pi:pi-demo').toString('base64')}`
  for (const headers of [{ Cookie: cookie }, { Authorization: basic }]) {
    for (const id of [IDS.public, IDS.proprietary]) {
      const answer = await server.ask(file(id), { headers })
      expect([answer.status, answer.headers['cache-control'], answer.headers.expires]).toEqual([200, 'no-store', undefined])
    }
  }
})

test('knowing the tag of a file opens nothing: conditions come after the rule', async () => {
  const { headers } = await server.ask(file(IDS.proprietary), { as: 'pi' })
  const etag = String(headers.etag)
  for (const condition of [{ 'If-None-Match': etag }, { 'If-Match': etag }, { 'If-None-Match': '*' }, { 'If-Range': etag, Range: 'bytes=0-1' }]) {
    for (const [as, status] of [[undefined, 401], ['visitor', 403]] as const) {
      const answer = await server.ask(file(IDS.proprietary), { as, headers: condition })
      expect([answer.status, answer.headers.etag, answer.headers['last-modified']]).toEqual([status, undefined, undefined])
    }
    expect((await server.ask(file(IDS.hidden), { as: 'visitor', headers: condition })).status).toBe(404)
  }
})
