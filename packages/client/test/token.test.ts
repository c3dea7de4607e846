import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Token, tokenOf } from '../src/token.ts'
import { fakeToken } from './support/foreign.ts'

const HOUR = 3_600_000

test('no printing of any kind shows the value', () => {
  const token = tokenOf(fakeToken())
  const secret = 'c2VjcmV0LXNpZ25hdHVyZQ'
  for (const shown of [
    String(token), `${token}`, JSON.stringify({ token }), inspect(token, { depth: 9, showHidden: true, getters: true }),
    Object.values(token).join(), JSON.stringify(structuredClone({ ...token })),
  ]) expect(shown).not.toContain(secret)
  expect(token.authorization()).toContain(secret)
})

test.each([
  ['of eight hours, ten minutes before its end', 8 * HOUR, 600_001, false],
  ['of eight hours, less than ten minutes before its end', 8 * HOUR, 599_999, true],
  ['of five minutes, when it is new', 300_000, 300_000, false],
  ['of five minutes, in its last fifty seconds', 300_000, 49_999, true],
])('a token %s', (_, lifetimeMs, leftMs, isOver) => {
  const token = new Token('x', 1e12, null, lifetimeMs)
  expect(token.isOver(1e12 - leftMs)).toBe(isOver)
})

test('claims are read, the lifetime from them', () => {
  const token = tokenOf(fakeToken({ exp: 1_000_300, iat: 1_000_000, sub: 'Zoë' }))
  expect(token).toMatchObject({ subject: 'Zoë', expiresMs: 1_000_300_000 })
  expect(token.isOver(1_000_240_000)).toBe(false)
  expect(token.isOver(1_000_260_000)).toBe(true)
})

test.each([
  ['Bearer abc.def.ghi', 'Bearer abc.def.ghi', 'with its scheme, as copied from a header'],
  ['  abc.def.ghi\n', 'Bearer abc.def.ghi', 'with blanks around'],
  ['abc.def.ghi==', 'Bearer abc.def.ghi', "with old code's padding"],
  ['opaque-token', 'Bearer opaque-token', 'that is no JWT'],
])('%j is taken: %s', (text, header) => {
  expect(tokenOf(text).authorization()).toBe(header)
  expect(tokenOf(text).isOver(4e12)).toBe(false)
})

test.each(['', '  ', 'two words', 'a\nb: c', 'tök', '"quoted"', '<html>'])('%j is no token, and is not repeated', (text) => {
  try {
    tokenOf(text)
    expect.unreachable()
  } catch (error) {
    expect(error).toMatchObject({ code: 'token_invalid' })
    if (text.trim() !== '') expect(inspect(error)).not.toContain(text.trim())
  }
})

test.each(['a.b.c', 'a.bnVsbA.c', 'a.W10.c', `a.${Buffer.from('{"exp":"soon","sub":5}').toString('base64url')}.c`])(
  'claims that are none do not matter: %s', (text) => {
    expect(tokenOf(text)).toMatchObject({ subject: null, expiresMs: Infinity })
  })
