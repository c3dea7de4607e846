import { describe, expect, test } from 'vitest'
import { baseUrlOf } from '../../src/http/urls.ts'

const none = { allowedHosts: [] }

describe('the base of links', () => {
  test.each([
    ['localhost', none, 'http://localhost'],
    ['LOCALHOST:8080', none, 'http://localhost:8080'],
    ['127.0.0.1:1', none, 'http://127.0.0.1:1'],
    ['[::1]:8080', none, 'http://[::1]:8080'],
    ['archive.example', { allowedHosts: ['archive.example'] }, 'http://archive.example'],
    ['archive.example:99', { allowedHosts: ['Archive.Example'] }, 'http://archive.example:99'],
    ['archive.example:99', { allowedHosts: ['archive.example:99'] }, 'http://archive.example:99'],
    ['archive.example', { allowedHosts: [], publicUrl: 'https://archive.example/' }, 'https://archive.example'],
    ['localhost:8080', { allowedHosts: [], publicUrl: 'https://archive.example/a' }, 'https://archive.example/a'],
  ])('%s', (host, rules, expected) => {
    expect(baseUrlOf({ scheme: 'http', host }, rules)).toBe(expected)
  })
  test.each([
    undefined, '', 'evil.example', 'archive.example:98', 'xarchive.example', 'localhost/..', 'localhost?x', 'a@localhost',
    'localhost:abc', 'localhost:123456', '127.0.0.1.evil', 'localhost\r\nX: y', 'localhost ', '[::2]', 'localhost,evil',
  ])('%j is refused', (host) => {
    expect(() => baseUrlOf({ scheme: 'http', host }, { allowedHosts: ['archive.example:99'] }))
      .toThrow(expect.objectContaining({ code: 'origin_refused' }))
  })
})
