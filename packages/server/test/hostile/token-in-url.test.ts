/** Tokens and passwords where they do not belong: in addresses, forms, other cookies; and in no log, answer or job. */
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTestArchive } from '../support/archive.ts'
import type { TestArchive } from '../support/archive.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'
import { openTapParts, PEOPLE } from '../support/tap.ts'

let log = ''
const logger = pino({ level: 'debug' }, new Writable({ write(line: Buffer, _encoding, done) { log += line.toString(); done() } }))
let server: TestArchive
let tap: TestArchive
let parts: Awaited<ReturnType<typeof openTapParts>>
beforeAll(async () => {
  server = await makeSmallArchive({ more: () => ({ log: logger }) })
  tap = await makeTestArchive({ ...PEOPLE, more: async (base, dir) => {
    parts = await openTapParts({ ...base, log: logger }, dir)
    return { ...parts, log: logger }
  } })
})
afterAll(async () => {
  await parts.columns.close()
  await Promise.all([server.close(), tap.close()])
})

const DOOR = `/dataPortal/file/${IDS.proprietary}`

test('a token in the query string or a form is refused, on public things too', async () => {
  const token = await server.tokenOf('operator')
  for (const name of ['access_token', 'id_token', 'ACCESS_TOKEN', 'Id_Token']) {
    for (const path of [DOOR, `/dataPortal/file/${IDS.public}`, '/', `/hdr?DpId=${IDS.public}`]) {
      const answer = await server.ask(`${path}${path.includes('?') ? '&' : '?'}${name}=${token}`)
      expect([answer.status, String(answer.headers['www-authenticate']).includes('error="invalid_token"')]).toEqual([401, true])
      expect(answer.body + JSON.stringify(answer.headers)).not.toContain(token.slice(20, 60))
    }
    const links = await server.ask('/datalink/links', { body: `ID=${IDS.hidden}&${name}=${token}` })
    expect([links.status, links.body.includes(IDS.hidden)]).toEqual([401, false])
  }
})

test('under other names it is nothing', async () => {
  const token = await server.tokenOf('operator')
  for (const path of [`${DOOR}?Authorization=Bearer%20${token}`, `${DOOR}?token=${token}`]) expect((await server.ask(path)).status).toBe(401)
  for (const name of ['token', 'id_token', 'quipu', '__Host-quipu', 'QUIPU']) {
    expect((await server.ask(DOOR, { headers: { Cookie: `${name}=${token}` } })).status).toBe(401)
  }
  for (const header of ['X-Authorization', 'Proxy-Authorization', 'X-VO-Bearer', 'X-Forwarded-User', 'X-Remote-User', 'X-VO-Authenticated']) {
    expect((await server.ask(DOOR, { headers: { [header]: header.startsWith('X-Re') ? 'operator' : `Bearer ${token}` } })).status).toBe(401)
  }
})

test('a job keeps no token, and no document echoes one', async () => {
  const token = await tap.tokenOf('pi')
  const query = new URLSearchParams({ LANG: 'ADQL', QUERY: 'SELECT dp_id FROM dbo.raw', access_token: token }).toString()
  const made = await tap.ask('/tap_obs/async', { body: query })
  expect([made.status, made.headers.location]).toEqual([401, undefined])
  const answer = await tap.ask(`/tap_obs/sync?${query}`)
  expect([answer.status, answer.body.includes(token.slice(20, 60))]).toEqual([401, false])
})

test('the log and the audit log hold neither tokens nor passwords, wherever they were sent', async () => {
  const token = await server.tokenOf('pi')
  await server.ask(`${DOOR}?access_token=${token}`)
  await server.ask(DOOR, { as: 'pi' })
  await server.ask('/sso/oidc/token?username=pi&password=very-secret-word&nonce=n')
  await server.ask('/sso/oidc/token', { body: 'username=very-secret-word&password=pi' })
  await server.ask(DOOR, { headers: { Authorization: `Basic ${Buffer.from('pi:very-secret-word').toString('base64')}` } })
  await server.ask(`/nowhere/${token}?password=very-secret-word`)
  await server.ask('/', { headers: { Cookie: `quipu-${new URL(server.url).port}=${token.slice(0, -2)}AA` } })
  const told = log + JSON.stringify(server.audit)
  expect(told).toContain('"msg":"request"')
  for (const secret of [token.slice(20, 60), token.slice(-40, -10), 'very-secret-word', Buffer.from('very-secret-word').toString('base64').slice(0, 12)]) {
    expect(told).not.toContain(secret)
  }
})
