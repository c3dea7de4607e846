import { expect, test } from 'vitest'
import { readCapabilities, SECURITY_METHODS, STANDARD_IDS, writeServiceCapabilities, writeTapCapabilities } from '../../src/vosi/index.ts'
import type { TapCapabilities } from '../../src/vosi/index.ts'
import { childOf, childrenOf, readXml } from '../../src/xml.ts'

const tap: TapCapabilities = {
  baseUrl: 'https://h/tap_obs',
  geometry: ['POINT', 'CIRCLE'],
  udfs: [{ form: 'GETDATE() -> TIMESTAMP', description: 'now' }],
  features: { 'ivo://ivoa.net/std/tapregext#features-adql-offset': [{ form: 'OFFSET' }] },
  outputFormats: [{ mime: 'application/x-votable+xml', aliases: ['votable'], ivoId: 'ivo://ivoa.net/std/TAPRegExt#output-votable-td' }, { mime: 'text/csv' }],
  limits: { retentionSeconds: { default: 86400, hard: 604800 }, executionSeconds: { default: 60, hard: 3600 }, outputRows: { default: 20000, hard: 15000000 } },
  securityMethods: [SECURITY_METHODS.openId],
  dataModels: [{ ivoId: STANDARD_IDS.obsCore, name: 'ObsCore-1.1' }],
  examples: true,
}

test('TAP comes first, typed, its children in the order of the schema', () => {
  const root = readXml(writeTapCapabilities(tap), 'it')
  expect([root.name, root.uri]).toEqual(['capabilities', 'http://www.ivoa.net/xml/VOSICapabilities/v1.0'])
  const [first] = root.children
  expect([first?.name, first?.uri, first?.attributes.get('xsi:type'), first?.attributes.get('standardID')]).toEqual(['capability', '', 'tr:TableAccess', 'ivo://ivoa.net/std/TAP'])
  expect(first?.children.map(({ name }) => name)).toEqual([
    'interface', 'dataModel', 'language', 'outputFormat', 'outputFormat', 'retentionPeriod', 'executionDuration', 'outputLimit'])
  const language = childOf(first!, 'language')!
  expect(language.children.map(({ name, text, attributes }) => [name, attributes.get('type') ?? text.trim()])).toEqual([
    ['name', 'ADQL'], ['version', '2.0'], ['version', '2.1'], ['description', expect.any(String)],
    ['languageFeatures', 'ivo://ivoa.net/std/TAPRegExt#features-adqlgeo'], ['languageFeatures', 'ivo://ivoa.net/std/TAPRegExt#features-udf'],
    ['languageFeatures', 'ivo://ivoa.net/std/tapregext#features-adql-offset']])
  const limit = childOf(first!, 'outputLimit')!
  expect(limit.children.map(({ name, text, attributes }) => [name, attributes.get('unit'), text])).toEqual([['default', 'row', '20000'], ['hard', 'row', '15000000']])
  const udf = childrenOf(language, 'languageFeatures')[1]!.children[0]!
  expect(udf.children.map(({ name, text }) => [name, text])).toEqual([['form', 'GETDATE() -> TIMESTAMP'], ['description', 'now']])
})

test('interfaces: one TAP 1.1, anonymous first beside others; VOSI is anonymous', () => {
  const std = { role: 'std' }
  expect(readCapabilities(writeTapCapabilities(tap))).toEqual([
    { standardId: 'ivo://ivoa.net/std/TAP', interfaces: [{ ...std, accessUrl: 'https://h/tap_obs', version: '1.1', securityMethods: ['', SECURITY_METHODS.openId] }] },
    { standardId: 'ivo://ivoa.net/std/VOSI#capabilities', interfaces: [{ ...std, accessUrl: 'https://h/tap_obs/capabilities', version: '', securityMethods: [] }] },
    { standardId: 'ivo://ivoa.net/std/VOSI#availability', interfaces: [{ ...std, accessUrl: 'https://h/tap_obs/availability', version: '', securityMethods: [] }] },
    { standardId: 'ivo://ivoa.net/std/VOSI#tables-1.1', interfaces: [{ ...std, accessUrl: 'https://h/tap_obs/tables', version: '1.1', securityMethods: ['', SECURITY_METHODS.openId] }] },
    { standardId: 'ivo://ivoa.net/std/DALI#examples', interfaces: [{ ...std, accessUrl: 'https://h/tap_obs/examples', version: '', securityMethods: [] }] },
  ])
})

test('a service without sign-in has no securityMethod, and without examples does not list them', () => {
  const xml = writeTapCapabilities({ baseUrl: 'https://h/tap', outputFormats: [], limits: {} })
  expect(xml).not.toContain('securityMethod')
  expect(xml).not.toContain('examples')
  expect(xml).not.toContain('languageFeatures')
})

test('another service', () => {
  const read = readCapabilities(writeServiceCapabilities({
    standardId: STANDARD_IDS.links, baseUrl: 'https://h/datalink', accessUrl: 'https://h/datalink/links', version: '1.1', securityMethods: [SECURITY_METHODS.oauth],
  }))
  expect(read.map(({ standardId }) => standardId)).toEqual([STANDARD_IDS.links, STANDARD_IDS.capabilities, STANDARD_IDS.availability])
  expect(read[0]?.interfaces).toEqual([{ accessUrl: 'https://h/datalink/links', role: 'std', version: '1.1', securityMethods: ['', SECURITY_METHODS.oauth] }])
})

test('reads generated prefixes, blanks around addresses, several interfaces', () => {
  expect(readCapabilities(`<ns2:capabilities xmlns:ns2="http://www.ivoa.net/xml/VOSICapabilities/v1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns4="http://www.ivoa.net/xml/TAPRegExt/v1.0">
    <capability xsi:type="ns4:TableAccess" standardID="ivo://ivoa.net/std/TAP"><interface role="std" version="1.1"><accessURL use="base">
      https://archive.eso.org/tap_obs </accessURL></interface><interface><accessURL>http://h/x?a&amp;b</accessURL><securityMethod standardID="ivo://ivoa.net/sso#BasicAA"/></interface></capability><capability/></ns2:capabilities>`)).toEqual([
    {
      standardId: 'ivo://ivoa.net/std/TAP',
      interfaces: [
        { accessUrl: 'https://archive.eso.org/tap_obs', role: 'std', version: '1.1', securityMethods: [] },
        { accessUrl: 'http://h/x?a&b', role: '', version: '', securityMethods: ['ivo://ivoa.net/sso#BasicAA'] },
      ],
    },
    { standardId: '', interfaces: [] },
  ])
})

test.each(['<html/>', '', '<!DOCTYPE capabilities><capabilities/>'])('refuses %j', (xml) => {
  expect(() => readCapabilities(xml)).toThrow(expect.objectContaining({ code: 'document_invalid' }))
})
