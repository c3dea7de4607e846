import { expect, test } from 'vitest'
import { fakeToken, failureOf, patientClient, startForeign } from './support/foreign.ts'

const error = (text: string) => `<?xml version="1.0"?><VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">${text}</INFO></RESOURCE></VOTABLE>`
const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="x", error="invalid_token", error_description="bad"' }

test.each([
  [400, 'text/xml', error('UsageFault: no column x'), 'query_data', /^no column x \(127\.0\.0\.1:\d+, status 400\)$/],
  [500, 'application/xml', error('it broke'), 'query_data', /^it broke \(/],
  [400, 'text/plain', 'DefaultFault: too long\nmore lines', 'query_data', /^too long \(/],
  [413, 'application/json', '{"error":"x","error_description":"too large"}', 'parameter_invalid', /^too large \(/],
  [413, 'application/json', '[not json', 'parameter_invalid', /answered with status 413$/],
  [502, 'text/html', '<html><head><title>Proxy  Error</title></head>', 'archive_unreachable', /answered with status 502 \('Proxy Error'\)$/],
  [503, 'text/html', '', 'overloaded', /answered with status 503: it is overloaded; try again later$/],
  [404, 'text/xml', '<broken', 'product_not_found', /answered with status 404: it does not exist, or you may not know of it$/],
  [401, 'text/plain', '', 'token_missing', /answered with status 401: sign in first$/],
  [403, 'text/plain', '', 'product_proprietary', /have no right/],
  [418, 'text/plain', 'x'.repeat(9000), 'parameter_invalid', /^x{500} \(/],
])('%i %s %j of a query', async (status, type, body, code, message) => {
  const { url } = await startForeign((_, response) => response.writeHead(status, { 'Content-Type': type }).end(body))
  expect(await failureOf(patientClient(url).client.tap.query('SELECT 1'))).toMatchObject({ code, message: expect.stringMatching(message) })
})

test.each<[number, Record<string, string>, string, string]>([
  [401, {}, 'product_proprietary', 'ESO: signed in, without the right'],
  [401, CHALLENGE, 'token_invalid', 'a challenge that names the token'],
  [401, { 'WWW-Authenticate': 'Bearer error="invalid_token", error_description="the token is expired"' }, 'token_expired', 'expired'],
  [403, {}, 'product_proprietary', 'Quipu'],
  [404, {}, 'product_not_found', 'hidden or unknown'],
])('a file, signed in: %i %j is %s (%s)', async (status, headers, code) => {
  const { url } = await startForeign((_, response) => response.writeHead(status, headers).end())
  const { client } = patientClient(url)
  client.useToken(fakeToken())
  expect((await failureOf(client.open('A.B'))).code).toBe(code)
})

test('a query with a token that is refused: the token is to blame, not the rows', async () => {
  const { url } = await startForeign((_, response) => response.writeHead(401).end())
  const { client } = patientClient(url)
  client.useToken(fakeToken())
  expect((await failureOf(client.tap.query('SELECT 1'))).code).toBe('token_invalid')
})

test('an endless error document is not read to its end', async () => {
  const { url } = await startForeign((_, response) => {
    response.writeHead(400, { 'Content-Type': 'text/plain' })
    const more = (): void => { while (!response.destroyed && response.write('no '.repeat(50_000))); }
    response.on('drain', more).on('error', () => undefined)
    more()
  })
  expect((await failureOf(patientClient(url).client.links('A.B'))).message).toMatch(/^no no /)
})
