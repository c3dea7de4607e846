/** An archive that repeats the caller's token wherever it can: it must not come out of an error. */
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { fakeToken, failureOf, patientClient, startForeign } from '../support/foreign.ts'

const TOKEN = fakeToken()
const FORMS: readonly [string, (token: string) => string][] = [
  ['text/plain', (token) => `bad token ${token}`],
  ['application/json', (token) => JSON.stringify({ message: token })],
  ['text/html', (token) => `<title>${token}</title>`],
  ['text/xml', (token) => `<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">${token}</INFO></RESOURCE></VOTABLE>`],
]

test.each(FORMS)('in an error of %s', async (type, write) => {
  for (const status of [400, 401, 403, 404, 500, 503]) {
    const { url } = await startForeign(({ headers }, response) => {
      const token = headers.authorization?.replace('Bearer ', '') ?? ''
      response.writeHead(status, { 'Content-Type': type, 'WWW-Authenticate': `Bearer error="${token}"` }).end(write(token))
    })
    const { client } = patientClient(url)
    client.useToken(TOKEN)
    for (const ask of [
      () => client.open('A.B'), () => client.links('A.B'),
      () => client.tap.query('SELECT 1'), () => client.tap.submitJob('SELECT 1'),
    ]) {
      const { error } = await failureOf(ask())
      for (const shown of [String(error), inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)]) {
        expect(shown).not.toContain(TOKEN)
      }
    }
    for (const shown of [inspect(client, { depth: 9, showHidden: true, getters: true }), JSON.stringify(client)]) {
      expect(shown).not.toContain(TOKEN)
    }
  }
})

test('in what the platform says of a broken connection', async () => {
  const { client } = patientClient('https://archive.example.org', {
    fetch: (url, init) => { throw new TypeError(`failed: ${url} ${JSON.stringify(init.headers)}`) },
  })
  const { error } = await failureOf(client.signIn('zoe', 'my-password'))
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('my-password')
  client.useToken(TOKEN)
  const unreachable = await failureOf(client.links('A.B'))
  expect(unreachable.message).toMatch(/did not answer \(failed: /)
  expect(inspect(unreachable.error, { depth: 9, showHidden: true })).not.toContain(TOKEN)
})
