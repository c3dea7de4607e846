import { readLinks } from '@quipu/vo/datalink'
import { queryStatus, readVotable, resultTable } from '@quipu/vo/votable'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asked, TestArchive } from '../support/archive.ts'
import { BYTES, CALLERS, IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => { server = await makeSmallArchive() })
afterAll(() => server.close())

const did = (id: string) => `ivo://eso.org/ID?${id}`
const ask = (query: string, asked: Asked = {}) => server.ask(`/datalink/links?${query}`, asked)
const links = async (query: string, asked: Asked = {}) => {
  const answer = await ask(query, asked)
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/x-votable+xml;content=datalink'])
  return readLinks(await readVotable(answer.body))
}
const kinds = (rows: readonly { semantics: string }[]) => rows.map(({ semantics }) => semantics)

// The rows that ESO's tutorial prints for this frame (eso-protocol §4.3), sizes and hosts apart.
test('a raw science frame has the links that ESO gives it', async () => {
  const rows = await links(`ID=${did(IDS.public)}`)
  const own = { id: did(IDS.public), serviceDef: null, errorMessage: null }
  const eso = 'http://archive.eso.org/rdf/datalink/eso'
  const calselector = `${server.url}/calselector/v1/associations?dp_id=${IDS.public}`
  expect(rows.slice(0, 4)).toEqual([
    {
      ...own, semantics: '#this', accessUrl: `${server.url}/dataPortal/file/${IDS.public}`, description: 'Requested file',
      contentType: 'application/fits', contentLength: BigInt(BYTES.length), esoCategory: null,
      esoOrigfile: `2016-09-25/${IDS.public}.fits.Z`, esoDatalink: `${server.url}/datalink/links?ID=${did(IDS.public)}`,
    },
    {
      ...own, semantics: `${eso}#calSelector_raw2raw`, accessUrl: `${calselector}&mode=Raw2Raw&responseformat=votable`,
      description: 'List of access points of all the raw calibrations associated to the provided input raw file, and siblings (if any)',
      contentType: 'application/x-votable+xml', contentLength: 500_000n, esoOrigfile: null, esoCategory: null, esoDatalink: null,
    },
    {
      ...own, semantics: `${eso}#calSelector_raw2master`, accessUrl: `${calselector}&mode=Raw2Master&responseformat=votable`,
      description: 'List of access points of all the master calibrations associated to the provided input raw file, and siblings (if any)',
      contentType: 'application/x-votable+xml', contentLength: 500_000n, esoOrigfile: null, esoCategory: null, esoDatalink: null,
    },
    {
      ...own, semantics: `${eso}#night_log`, accessUrl: `${server.url}/dataPortal/file/${IDS.publicLog}`,
      description: expect.stringMatching(/^The Night Log report contains comments on any issues .* size\.$/) as string,
      contentType: 'text/plain', contentLength: BigInt(`log of ${IDS.public}\n`.length),
      esoOrigfile: `${IDS.public}.NL.txt`, esoCategory: 'Night Log', esoDatalink: null,
    },
  ])
})

test('the columns are ESO\'s, in ESO\'s order', async () => {
  const document = await readVotable((await ask(`ID=${did(IDS.public)}`)).body)
  expect(resultTable(document).fields.map(({ name }) => name)).toEqual([
    'ID', 'access_url', 'service_def', 'error_message', 'semantics', 'description', 'content_type', 'content_length',
    'eso_origfile', 'eso_category', 'eso_datalink',
  ])
  expect(queryStatus(document).status).toBe('OK')
})

describe('the ID', () => {
  test.each([
    `ID=${did(IDS.public)}`, `ID=${encodeURIComponent(did(IDS.public))}`, `id=${did(IDS.public)}`,
    `ID=${IDS.public}`, `ID=${encodeURIComponent(IDS.public)}`, `DUMMY=1&ID=${did(IDS.public)}&REQUEST=getLinks`,
  ])('%s', async (query) => {
    const rows = await links(query)
    expect(rows[0]?.accessUrl).toBe(`${server.url}/dataPortal/file/${IDS.public}`)
    expect(rows[0]?.id).toBe(query.includes('ivo') ? did(IDS.public) : IDS.public)
  })
  test('in a form too', async () => {
    const answer = await server.ask('/datalink/links', { body: `ID=${did(IDS.public)}` })
    expect(readLinks(await readVotable(answer.body))[0]?.semantics).toBe('#this')
  })
  test('several have their rows in turn', async () => {
    const rows = await links(`ID=${did(IDS.public)}&ID=${did(IDS.unknown)}&ID=${did(IDS.master)}`)
    expect([...new Set(rows.map(({ id }) => id))]).toEqual([did(IDS.public), did(IDS.unknown), did(IDS.master)])
  })
  // DataLink 1.1 §2.1.1
  test('none gives a document without rows', async () => {
    expect(await links('')).toEqual([])
    expect(await links('ID=')).toEqual([])
  })
  test('of too many the first are answered, and the document says so', async () => {
    const body = Array.from({ length: 501 }, (_, i) => `ID=TEST.${i}`).join('&')
    const document = await readVotable((await server.ask('/datalink/links', { body })).body)
    expect(queryStatus(document).status).toBe('OVERFLOW')
    expect(new Set(readLinks(document).map(({ id }) => id)).size).toBe(500)
  })
})

test('a hidden id and an unknown one have the same row', async () => {
  for (const as of [undefined, 'visitor', 'delegate']) {
    const [hidden, unknown] = await Promise.all([IDS.hidden, IDS.unknown].map((id) => ask(`ID=${did(id)}`, { as })))
    expect(hidden?.status).toBe(200)
    expect(hidden?.body.replaceAll(IDS.hidden, 'X')).toBe(unknown?.body.replaceAll(IDS.unknown, 'X'))
    expect(readLinks(await readVotable(hidden?.body ?? ''))).toMatchObject([{
      id: did(IDS.hidden), accessUrl: null, serviceDef: null, semantics: '#this',
      errorMessage: expect.stringMatching(/^NotFoundFault: ./) as string,
    }])
  }
})

test.each([
  ['public', [5, 5, 5, 6, 6]], ['hidden', [0, 0, 0, 1, 1]],
] as const)('who sees the links of the %s frame', async (what, counts) => {
  for (const [index, as] of CALLERS.entries()) {
    const rows = (await links(`ID=${did(IDS[what])}`, { as })).filter(({ errorMessage }) => errorMessage === null)
    expect(rows.length > 0).toBe((counts[index] ?? 0) > 0)
  }
})

test('a product has its attached files, and roads to what it came from', async () => {
  const rows = await links(`ID=${did(IDS.product)}`)
  expect(kinds(rows)).toEqual(['#this', '#preview', '#auxiliary', '#progenitor'])
  expect(rows[0]).toMatchObject({ contentType: 'image/fits', esoCategory: 'SCIENCE.IMAGE', contentLength: 7n })
  expect(rows[2]).toMatchObject({ esoCategory: 'ANCILLARY.WEIGHTMAP', description: 'Weight map', contentLength: 7n })
  expect(rows[3]?.contentType).toBe('application/x-votable+xml;content=datalink')
  expect(rows[3]?.accessUrl).toBe(`${server.url}/datalink/links?ID=${did(IDS.product)}&EXCLUDE=ALL&INCLUDE=progenitor`)
  const further = await links(rows[3]?.accessUrl?.split('links?')[1] ?? '')
  expect(further.map(({ semantics, accessUrl }) => [semantics, accessUrl])).toEqual([
    ['#progenitor', `${server.url}/dataPortal/file/${IDS.public}`],
  ])
})

test('a hidden source or product has no row for who may not know of it', async () => {
  const sources = async (as?: string) => (await links(`ID=${did(IDS.product)}&EXCLUDE=ALL&INCLUDE=progenitor`, { as })).length
  expect([await sources(), await sources('delegate'), await sources('pi'), await sources('operator')]).toEqual([1, 1, 2, 2])
  const derived = async (as?: string) => (await links(`ID=${did(IDS.public)}&EXCLUDE=ALL&INCLUDE=derivation`, { as })).length
  expect([await derived(), await derived('pi')]).toEqual([1, 2])
})

test('a calibration frame and a master have no calSelector links', async () => {
  for (const id of [IDS.calibration, IDS.master]) {
    expect(kinds(await links(`ID=${did(id)}`)).join()).not.toContain('calSelector')
  }
})

test('a frame without a file says so in its row, and keeps its other links', async () => {
  const rows = await links(`ID=${did(IDS.bare)}`)
  expect(rows[0]).toMatchObject({ accessUrl: null, errorMessage: expect.stringMatching(/^NotFoundFault: /) as string })
  expect(rows.length).toBe(3)
})

describe('eso_download', () => {
  test.each([
    ['file', () => `/dataPortal/file/${IDS.public}`],
    ['calSelector_raw2raw', () => `/calselector/v1/associations?dp_id=${IDS.public}&mode=Raw2Raw&responseformat=votable`],
    ['calSelector_raw2master', () => `/calselector/v1/associations?dp_id=${IDS.public}&mode=Raw2Master&responseformat=votable`],
  ])('%s leads there, on the same host and port', async (name, path) => {
    const { status, headers } = await ask(`ID=${did(IDS.public)}&eso_download=${name}`)
    expect([status, headers.location]).toEqual([302, server.url + path()])
    expect((await ask(`ID=${did(IDS.public)}&eso_download=${name}`, { method: 'HEAD' })).headers.location).toBe(headers.location)
  })
  test('a browser or wget ends at the file', async () => {
    const answer = await fetch(`${server.url}/datalink/links?ID=${did(IDS.public)}&eso_download=file`)
    expect(answer.headers.get('content-disposition')).toContain(IDS.public)
  })
  test('the host is the one that the caller used', async () => {
    const { headers } = await ask(`ID=${did(IDS.public)}&eso_download=file`, { headers: { Host: 'localhost:4711' } })
    expect(headers.location).toMatch(/^http:\/\/localhost:4711\/dataPortal/)
  })
  test.each([
    [`ID=${IDS.hidden}&eso_download=file`, 404], [`ID=${IDS.unknown}&eso_download=file`, 404],
    [`ID=${IDS.bare}&eso_download=file`, 404], [`ID=${IDS.public}&eso_download=data_documentation`, 404],
    [`ID=${IDS.public}&eso_download=nothing`, 400], [`eso_download=file`, 400],
    [`ID=${IDS.public}&ID=${IDS.master}&eso_download=file`, 400],
    [`ID=${IDS.public}&eso_download=file&eso_download=file`, 400],
  ])('%s', async (query, status) => {
    const answer = await ask(query)
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/x-votable+xml'])
    expect(queryStatus(await readVotable(answer.body)).status).toBe('ERROR')
  })
  test('who may not have the file is told by the file itself', async () => {
    expect((await ask(`ID=${IDS.proprietary}&eso_download=file`)).status).toBe(302)
  })
})

test.each([
  ['', 200], ['RESPONSEFORMAT=votable', 200], ['RESPONSEFORMAT=application/x-votable%2Bxml', 200],
  ['RESPONSEFORMAT=application/x-votable%2Bxml;content=datalink', 200], ['responseformat=VOTable', 200],
  ['RESPONSEFORMAT=json', 400], ['RESPONSEFORMAT=votable&RESPONSEFORMAT=votable', 400],
])('%s is %i', async (query, status) => {
  expect((await ask(`ID=${IDS.public}&${query}`)).status).toBe(status)
})

test('text/xml is answered as it was asked for (DALI 1.1 §3.4.3)', async () => {
  const answer = await ask(`ID=${IDS.public}&RESPONSEFORMAT=text/xml`)
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/xml'])
})

test('a bad token is 401, not anonymous', async () => {
  const answer = await ask(`ID=${IDS.public}`, { headers: { Authorization: 'Bearer a.b.c' } })
  expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/x-votable+xml'])
  expect(String(answer.headers['www-authenticate'])).toContain('Bearer realm=')
})

test('capabilities name the endpoint, and say how to sign in', async () => {
  const { status, headers, body } = await server.ask('/datalink/capabilities')
  expect(status).toBe(200)
  expect(body).toContain(`${server.url}/datalink/links`)
  expect(body).toContain('ivo://ivoa.net/std/DataLink#links-1.1')
  expect(String(headers['www-authenticate'])).toContain(`access_url="${server.url}/sso/oidc/token"`)
  expect(Date.parse(String(headers['last-modified']))).toBeGreaterThan(0)
  expect((await server.ask('/datalink/availability')).body).toContain('true')
})
