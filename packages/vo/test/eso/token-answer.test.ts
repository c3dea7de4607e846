import { expect, test } from 'vitest'
import { parseTokenAnswer } from '../../src/eso/token-answer.ts'

const TOKEN = 'eyJhbGciOiJSUzI1NiIsImtpZCI6InNzbyJ9.eyJzdWIiOiJwaSJ9.c2lnbmF0dXJl'
const answer = (more: object = {}) => JSON.stringify({ access_token: 'opaque', id_token: TOKEN, token_type: 'bearer', expires_in: 28800, scope: '', ...more })

test('a token', () => expect(parseTokenAnswer(200, answer())).toEqual({ idToken: TOKEN, expiresInSeconds: 28800 }))
test('the padding that old code added is taken off', () => {
  expect(parseTokenAnswer(200, answer({ id_token: `${TOKEN}==` })).idToken).toBe(TOKEN)
})
test.each([[undefined, 28800], ['3600', 3600], [0, 28800], ['soon', 28800]])('expires_in %s', (given, seconds) => {
  expect(parseTokenAnswer(200, answer({ expires_in: given })).expiresInSeconds).toBe(seconds)
})

test.each<[string, number, string, string]>([
  ['OAuth refusal', 401, '{"error":"invalid_grant"}', 'credentials_invalid'],
  ['OAuth refusal by 400', 400, '{"error":"invalid_grant","error_description":"no"}', 'credentials_invalid'],
  ['a refusal as a page', 401, '<html>Unauthorized</html>', 'credentials_invalid'],
  ['200 without id_token', 200, '{"access_token":"x"}', 'credentials_invalid'],
  ['200 with an empty id_token', 200, answer({ id_token: '' }), 'credentials_invalid'],
  ['200 with an error in it', 200, '{"error":"invalid_grant"}', 'credentials_invalid'],
  ['a login page', 200, '<!DOCTYPE html><html>Please log in</html>', 'archive_unreachable'],
  ['nothing', 200, '', 'archive_unreachable'],
  ['an array', 200, '[]', 'archive_unreachable'],
  ['no token at all', 200, answer({ id_token: 'a b' }), 'archive_unreachable'],
  ['a wrong client', 400, '{"error":"invalid_client"}', 'archive_unreachable'],
  ['a proxy', 502, '<html>Proxy Error</html>', 'archive_unreachable'],
  ['a wrong address', 404, '', 'archive_unreachable'],
  ['too many', 429, '', 'too_many_attempts'],
])('%s', (_why, status, body, code) => expect(() => parseTokenAnswer(status, body)).toThrow(expect.objectContaining({ code })))

test('no message holds a token', () => {
  try { parseTokenAnswer(500, answer()); expect.unreachable() } catch (error) { expect(String(error)).not.toContain('eyJ') }
})
