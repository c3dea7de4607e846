import fc from 'fast-check'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { linkFields, readLinks, SEMANTICS, writeLinks } from '../../src/datalink/index.ts'
import type { Link } from '../../src/datalink/index.ts'
import { queryStatus, readVotable, resultTable, votableWriter } from '../../src/votable/index.ts'

const did = 'ivo://eso.org/ID?SPHER.2016-09-26T04:15:07.252'
const none: Link = {
  id: did, accessUrl: null, serviceDef: null, errorMessage: null, semantics: '#this', description: null, contentType: null,
  contentLength: null, esoOrigfile: null, esoCategory: null, esoDatalink: null,
}
const file: Link = {
  ...none, accessUrl: 'https://h/file/SPHER.2016-09-26T04:15:07.252', description: 'Requested file', contentType: 'application/fits',
  contentLength: 27535989n, esoOrigfile: '2016-09-25/SPHER.2016-09-26T04:15:07.252.fits.Z', esoDatalink: `https://h/datalink/links?ID=${did}`,
}
const denied: Link = { ...none, errorMessage: 'NotFoundFault: no such file, or none that you may know of' }

const names = ['ID', 'access_url', 'service_def', 'error_message', 'semantics', 'description', 'content_type', 'content_length', 'eso_origfile', 'eso_category', 'eso_datalink']

test('columns are ESO\'s, in ESO\'s order; a calibration list has no eso_origfile', () => {
  expect(linkFields('datalink').map(({ name }) => name)).toEqual(names)
  expect(linkFields('calselector').map(({ name }) => name)).toEqual(names.filter((name) => name !== 'eso_origfile'))
  expect(linkFields('datalink').find(({ name }) => name === 'content_length')).toEqual({ name: 'content_length', datatype: 'long', unit: 'byte', ucd: 'phys.size;meta.file' })
  expect(linkFields('datalink').map(({ ucd }) => ucd)).toEqual([
    'meta.id;meta.main', 'meta.ref.url', 'meta.ref', 'meta.code.error', 'meta.code', 'meta.note', 'meta.code.mime', 'phys.size;meta.file',
    'meta.id;meta.file', 'meta.code.class;meta.dataset', 'meta.ref.url'])
})

test('a document says what it is and how it ended', async () => {
  const document = await readVotable(writeLinks([file, denied], 'datalink', { overflow: true, after: '  <RESOURCE type="meta" utype="adhoc:service"/>\n' }))
  expect(document.resources[0]?.infos).toEqual([
    { name: 'QUERY_STATUS', value: 'OK' }, { name: 'standardID', value: 'ivo://ivoa.net/std/DataLink#links-1.1' }, { name: 'QUERY_STATUS', value: 'OVERFLOW' }])
  expect(document.resources.map(({ type }) => type)).toEqual(['results', 'meta'])
  expect(queryStatus(document).status).toBe('OVERFLOW')
  expect(readLinks(document)).toEqual([file, denied])
})

test('no links are an empty table', async () => {
  const document = await readVotable(writeLinks([], 'calselector'))
  expect(resultTable(document).fields.length).toBe(10)
  expect(readLinks(document)).toEqual([])
})

test('what is written is what is read', async () => {
  const text = fc.option(fc.string({ minLength: 1 }))
  const link = fc.record({
    id: fc.string({ minLength: 1 }), accessUrl: text, serviceDef: text, errorMessage: text, semantics: fc.constantFrom(...Object.values(SEMANTICS)), description: text,
    contentType: text, contentLength: fc.option(fc.bigInt({ min: 0n, max: 10n ** 18n - 1n })), esoOrigfile: text, esoCategory: text, esoDatalink: text,
  })
  await fc.assert(fc.asyncProperty(fc.array(link, { maxLength: 4 }), async (links) => {
    expect(readLinks(await readVotable(writeLinks(links, 'datalink')))).toEqual(links)
    expect(readLinks(await readVotable(writeLinks(links, 'calselector')))).toEqual(links.map((l) => ({ ...l, esoOrigfile: null })))
  }))
})

test('another service: other case and order, missing columns, a length of another type', async () => {
  const writer = votableWriter([
    { name: 'semantics', datatype: 'char', arraysize: '*' }, { name: 'id', datatype: 'char', arraysize: '*' },
    { name: 'content_length', datatype: 'double' }, { name: 'Access_URL', datatype: 'char', arraysize: '*' }, { name: 'link_auth', datatype: 'char', arraysize: '*' },
  ])
  const rows = [['#this', 'a', 1024, 'http://h/a', 'true'], ['#preview', 'a', NaN, null, null], ['#x', 'b', -1, null, null]]
  const links = readLinks(await readVotable(writer.head() + writer.rows(rows) + writer.foot({})))
  expect(links.map(({ id, semantics, contentLength, accessUrl, esoDatalink }) => [id, semantics, contentLength, accessUrl, esoDatalink])).toEqual([
    ['a', '#this', 1024n, 'http://h/a', null], ['a', '#preview', null, null, null], ['b', '#x', null, null, null]])
})

const fixtures = '../shared/fixtures/notebook'
describe.skipIf(!existsSync(fixtures))(`the rows that ESO's tutorial prints (skipped: ${fixtures} is absent)`, () => {
  test.each([
    ['datalink_SPHER.2016-09-26T04_15_07.252_2021.json', 'datalink'],
    ['calselector_votable_rows_SPHER.2016-09-26T04_15_07.252_raw2master_2021.json', 'calselector'],
  ] as const)('%s', async (name, form) => {
    type Recorded = Record<string, string>
    const recorded = JSON.parse(readFileSync(`${fixtures}/${name}`, 'utf8')) as Recorded[]
    const fields = linkFields(form)
    expect(Object.keys(recorded[0] ?? {})).toEqual(fields.map((field) => field.name))
    const writer = votableWriter(fields)
    const rows = recorded.map((row) => fields.map((field) => row[field.name] ?? null))
    const links = readLinks(await readVotable(writer.head() + writer.rows(rows) + writer.foot({})))
    expect(links.map(({ id, semantics, contentLength }) => [id, semantics, String(contentLength ?? '')])).toEqual(
      recorded.map((row) => [row['ID'], row['semantics'], row['content_length']]))
    const again = await readVotable(writeLinks(links, form))
    expect(resultTable(again).rows.map((row) => row.map((cell) => String(cell ?? '')))).toEqual(rows)
  })
})
