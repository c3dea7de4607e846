import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { defaultConfigText, loadConfig, parseConfig, SETTINGS } from '../src/config.ts'
import { httpSettings } from '../src/http/settings.ts'

describe('parseConfig', () => {
  test('an empty text gives ESO’s limits', () => {
    expect(parseConfig('').tap).toMatchObject({
      syncSeconds: 120, jobSeconds: 60, jobMaxSeconds: 3600, defaultRows: 20_000, maxRows: 15_000_000,
      retentionSeconds: 86_400,
    })
  })

  test.each([
    ['tap: { syncSecond: 3 }', /tap: .*syncSecond/],
    ['tap: { syncSeconds: 0 }', /tap\.syncSeconds/],
    ['tap: { syncSeconds: "10" }', /tap\.syncSeconds/],
    ['site: { textMode: fold }', /site\.textMode/],
    ['site: { authority: eso.org }', /site\.authority: is not an IVOA identifier/],
    ['http: { publicUrl: "ftp://x" }', /http\.publicUrl/],
    ['http: { publicUrl: "https://x/?a=1" }', /http\.publicUrl/],
    ['http: { tlsKeyFile: key.pem }', /tlsCertificateFile and tlsKeyFile go together/],
    ['engine: { postgresUrl: "mysql://x/y" }', /engine\.postgresUrl: is not an address/],
    ['engine: { postgresUrl: "postgresql://quipu:secret@localhost/x" }', /^(?!.*secret).*engine\.postgresUrl: .* without a password/],
    ['engine: { postgresUrl: "postgresql:///x?host=/run&password=secret" }', /^(?!.*secret).*engine\.postgresUrl: .* without a password/],
    ['a: [', /archive\.yaml is not YAML/],
    ['[1]', /archive\.yaml/],
  ])('%s is refused by the name of its entry', (text, message) => {
    expect(() => parseConfig(text)).toThrow(message)
    expect(() => parseConfig(text)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })

  test.each(['postgresql://quipu@localhost:5432/archive', 'postgres:///archive?host=/run/postgresql&user=quipu'])('a database is %s', (url) => {
    expect(parseConfig(`engine: { postgresUrl: "${url}" }`).engine.postgresUrl).toBe(url)
  })

  test('the public URL loses its last slash', () => {
    expect(parseConfig('http: { publicUrl: "https://archive.example/q/" }').http.publicUrl)
      .toBe('https://archive.example/q')
  })
})

describe('SETTINGS', () => {
  test('each has a sentence', () => {
    expect(SETTINGS.length).toBeGreaterThan(20)
    for (const setting of SETTINGS) expect(setting.help, setting.name).toMatch(/^[A-Z].*\.$/)
  })

  test('the text of a new archive.yaml is the defaults, commented out', () => {
    const text = defaultConfigText()
    expect(parseConfig(text)).toEqual(parseConfig(''))
    const uncommented = text.split('\n').slice(1).map((line) => line.replace(/^# /, '')).join('\n')
    const set = Object.entries(parse(uncommented) as Record<string, Record<string, unknown>>)
      .map(([group, values]) => [group, Object.fromEntries(Object.entries(values).filter(([, v]) => v !== null))])
    expect(Object.fromEntries(set)).toEqual(parseConfig(''))
  })
})

test('a folder without settings says how to make an archive', async () => {
  await expect(loadConfig('/nowhere/at/all')).rejects.toThrow(/quipu-archive init/)
})

test('a TLS file that cannot be read is named', () => {
  const config = parseConfig('http: { tlsCertificateFile: /no/cert.pem, tlsKeyFile: /no/key.pem }')
  expect(() => httpSettings(config)).toThrow(/\/no\/cert\.pem/)
})
