import { expect, test } from 'vitest'
import { ESO, maySignIn, mayCarryToken, profileOf, upgraded } from '../src/profile.ts'

test.each([
  ['https://archive.example.org', 'https://archive.example.org', 'https://archive.example.org/tap_obs'],
  ['https://archive.example.org/', 'https://archive.example.org', 'https://archive.example.org/tap_obs'],
  ['https://example.org/a/b/', 'https://example.org/a/b', 'https://example.org/a/b/tap_obs'],
  ['http://127.0.0.1:8080/tap_obs', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080/tap_obs'],
  ['https://gea.esac.esa.int/tap-server/tap', 'https://gea.esac.esa.int/tap-server/tap', 'https://gea.esac.esa.int/tap-server/tap'],
  ['https://archive.eso.org/tap_cat/', 'https://archive.eso.org/tap_cat', 'https://archive.eso.org/tap_cat'],
])('%s', (given, name, tapUrl) => {
  expect(profileOf(given)).toMatchObject({ name, tapUrl, tokenOrigins: [new URL(given).origin] })
})

test('eso is known by name', () => {
  expect(profileOf('ESO')).toBe(ESO)
  expect(ESO.tokenOrigins.every((origin) => origin.startsWith('https://'))).toBe(true)
})

test.each(['', 'archive', 'ftp://archive.example.org', 'file:///etc/passwd', 'https://me:secret@archive.example.org'])(
  '%j is no archive, and no password in it is repeated', (given) => {
    try {
      profileOf(given)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'parameter_invalid' })
      expect(String(error)).not.toContain('secret')
    }
  })

test.each([
  ['https://archive.eso.org/tap_obs', true],
  ['https://dataportal.eso.org/dataPortal/file/X', true],
  ['https://www.eso.org/sso', false],
  ['https://archive.eso.org:8443/', false],
  ['https://archive.eso.org.example.org/', false],
  ['https://archive.eso.org@example.org/', false],
  ['http://archive.eso.org/', false],
  ['http://127.0.0.1/', false],
])('a token of ESO to %s: %s', (url, may) => {
  expect(mayCarryToken(new URL(url), ESO)).toBe(may)
})

test.each([
  ['http://archive.eso.org/tap_obs?x=1', 'https://archive.eso.org/tap_obs?x=1'],
  ['http://archive.eso.org:80/', 'https://archive.eso.org/'],
  ['http://archive.eso.org:8080/', 'http://archive.eso.org:8080/'],
  ['http://www.eso.org/', 'http://www.eso.org/'],
  ['http://example.org/', 'http://example.org/'],
])('%s is asked as %s', (given, asked) => {
  expect(upgraded(new URL(given), ESO).href).toBe(asked)
})

test.each([
  ['http://127.0.0.1:80', true], ['http://localhost:9', true], ['http://[::1]:9', true], ['http://127.9.9.9:9', true],
  ['https://archive.example.org', true], ['http://archive.example.org', false], ['http://127.0.0.1.example.org', false],
  ['http://localhost.example.org', false], ['http://10.0.0.1', false],
])('signing in at %s: %s', (base, may) => {
  const profile = profileOf(base)
  expect(maySignIn(profile)).toBe(may)
  expect(mayCarryToken(new URL(profile.tapUrl), profile)).toBe(may)
})
