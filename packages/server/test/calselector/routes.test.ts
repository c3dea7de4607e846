import { readLinks } from '@quipu/vo/datalink'
import { distinctFiles, readAssociationTree, readMultipart, readThisDescription } from '@quipu/vo/eso'
import { queryStatus, readVotable } from '@quipu/vo/votable'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asked, TestArchive } from '../support/archive.ts'
import { makeNightArchive, NIGHT } from '../support/night.ts'

let server: TestArchive
beforeAll(async () => { server = await makeNightArchive() })
afterAll(() => server.close())

const PATH = '/calselector/v1/associations'
const ask = (query: string, asked: Asked = {}) => server.ask(`${PATH}?${query}`, asked)
const list = async (query: string, asked: Asked = {}) => {
  const answer = await ask(`${query}&responseformat=votable`, asked)
  return { ...answer, links: readLinks(await readVotable(answer.body)) }
}
const short = (semantics: string) => semantics.replace(/^.*#/, '')
const did = (id: string) => `ivo://eso.org/ID?${id}`

// eso-protocol §5.3; texts and order as recorded from ESO.
test('the list: the frame with its flags, the calibrations, the siblings, the tree', async () => {
  const { status, headers, links } = await list(`dp_id=${NIGHT.science}&mode=Raw2Raw`)
  expect([status, headers['content-type']]).toEqual([200, 'application/x-votable+xml;content=datalink'])
  expect(links.map((link) => [short(link.semantics), link.esoCategory, link.accessUrl?.replace(server.url, '')])).toEqual([
    ['this', 'SCIENCE_RAW', `/datalink/links?ID=${did(NIGHT.science)}&eso_download=file`],
    ...NIGHT.biases.map((id) => ['calibration', 'BIAS_RAW', `/datalink/links?ID=${did(id)}&eso_download=file`]),
    ['sibling_raw', 'SCIENCE_RAW', `/datalink/links?ID=${did(NIGHT.sibling)}&eso_download=file`],
    ['calSelector_raw2raw', 'ASSOCIATION_TREE', `${PATH}?dp_id=${NIGHT.science}&mode=Raw2Raw`],
  ])
  expect(new Set(links.map(({ id }) => id))).toEqual(new Set([did(NIGHT.science)]))
  expect(links[0]?.description).toBe(
    'category="SCI_IMG" certified="true" complete="true" mode="Raw2Raw" type="main" messages=""')
  expect(links[1]).toMatchObject({
    description: 'Calibration file associated to the input raw observation(s): #this (see above) and related siblings (if any)',
    contentType: 'application/fits', contentLength: BigInt(`bytes of ${NIGHT.biases[0]}`.length),
    esoDatalink: `${server.url}/datalink/links?ID=${did(NIGHT.biases[0])}`,
  })
  const tree = links.at(-1)
  expect(tree).toMatchObject({
    description: 'Calibration cascade showing relations among all science and the raw calibration files',
    contentType: 'application/xml', esoDatalink: null, esoOrigfile: null,
  })
  const answer = await server.ask(tree?.accessUrl?.replace(server.url, '') ?? '')
  expect(BigInt(answer.bytes.length)).toBe(tree?.contentLength)
})

test('each calibration row leads to its file on the same host and port', async () => {
  const { links } = await list(`dp_id=${NIGHT.science}&mode=Raw2Raw`)
  for (const link of links.filter(({ semantics }) => semantics === '#calibration')) {
    const answer = await fetch(link.accessUrl ?? '')
    expect(new URL(answer.url).origin).toBe(server.url)
    expect(await answer.text()).toMatch(/^bytes of TEST/)
  }
})

test('masters where there are some, raw frames in their place where not', async () => {
  const later = await list(`dp_id=${NIGHT.later}&mode=raw2master`)
  expect(readThisDescription(later.links[0]?.description ?? '')).toMatchObject({ mode: 'Raw2Master', complete: true })
  expect(later.links.map(({ semantics, esoCategory }) => [short(semantics), esoCategory])).toEqual([
    ['this', 'SCIENCE_RAW'], ['calibration', 'MASTER_BIAS'], ['calSelector_raw2master', 'ASSOCIATION_TREE'],
  ])
  const early = await list(`dp_id=${NIGHT.science}&mode=Raw2Master`)
  const flags = readThisDescription(early.links[0]?.description ?? '')
  expect(flags).toMatchObject({ mode: 'Raw2Raw', complete: true })
  expect(flags.messages).not.toBe('')
  expect(early.links.at(-1)?.accessUrl).toContain('mode=Raw2Master')
})

test('what is missing is said, not an error', async () => {
  const { links } = await list(`dp_id=${NIGHT.alone}&mode=Raw2Raw`)
  expect(readThisDescription(links[0]?.description ?? '')).toMatchObject({ complete: false })
  expect(links.map(({ semantics }) => short(semantics))).toEqual(['this', 'calSelector_raw2raw'])
  const other = await list(`dp_id=${NIGHT.other}&mode=Raw2Raw`)
  expect(readThisDescription(other.links[0]?.description ?? '')).toMatchObject({
    category: 'UNKNOWN_CATEGORY', complete: false, messages: expect.stringMatching(/not supported/) as string,
  })
  const tree = readAssociationTree((await ask(`dp_id=${NIGHT.other}&mode=Raw2Raw`)).body)
  expect(tree).toMatchObject({ mode: 'Raw2Raw', complete: false, mainFiles: [{ name: NIGHT.other }], associatedFiles: [] })
})

// eso-protocol §5.2
describe('the tree', () => {
  test.each(['Raw2Raw', 'raw2raw', 'RAW2RAW'])('of one frame is a document (%s)', async (mode) => {
    for (const answer of [
      await ask(`dp_id=${NIGHT.science}&mode=${mode}`),
      await ask(`DP_ID=${encodeURIComponent(did(NIGHT.science))}&MODE=${mode}`),
      await server.ask(PATH, { body: `dp_id=${NIGHT.science}&mode=${mode}` }),
      await ask(`dp_id=${NIGHT.science}&dp_id=${NIGHT.science}&mode=${mode}`),
    ]) {
      expect(answer.status).toBe(200)
      expect(answer.headers).toMatchObject({
        'content-type': 'application/xml; content=calselector',
        'content-disposition': `attachment; filename="${NIGHT.science}_raw2raw.xml"`,
      })
      expect(distinctFiles(readAssociationTree(answer.body)).map(({ name }) => name))
        .toEqual([NIGHT.science, ...NIGHT.biases, NIGHT.sibling])
    }
  })
  test('of several is multipart, a document a frame', async () => {
    const { headers, body } = await server.ask(PATH, { body: `dp_id=${NIGHT.science}&dp_id=${NIGHT.later}&mode=Raw2Master` })
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=[\w-]+;charset=UTF-8$/)
    const parts = readMultipart(headers['content-type'] ?? '', body)
    expect(parts.map(({ filename }) => filename)).toEqual([
      `${NIGHT.science}_raw2master.xml`, `${NIGHT.later}_raw2master.xml`,
    ])
    expect(readAssociationTree(parts[1]?.xml ?? '').mode).toBe('Raw2Master')
    expect(body.match(/\r\n/g)?.length).toBeGreaterThan(8)
  })
})

test('the reasons, as text', async () => {
  const { status, headers, body } = await ask(`dp_id=${NIGHT.science}&mode=Raw2Raw&responseformat=text`)
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8'])
  expect(body).toContain('MASTER_BIAS: chosen')
})

// Design §5: what the caller may not discover never reaches the engine.
describe('protected runs', () => {
  const calibrationsOf = async (id: string, as?: string) => (await list(`dp_id=${id}&mode=Raw2Raw`, { as })).links
    .filter(({ semantics }) => semantics === '#calibration').map(({ esoDatalink }) => esoDatalink?.split('?').at(-1))
  test('a nearer calibration of one is not given, nor told of, to who may not know', async () => {
    for (const as of [undefined, 'visitor']) {
      expect(await calibrationsOf(NIGHT.science, as)).toEqual(NIGHT.biases)
      const { body } = await ask(`dp_id=${NIGHT.science}&mode=Raw2Raw&responseformat=text`, { as })
      expect(body).not.toContain(NIGHT.hiddenBiases[0])
      expect(body).not.toContain('nearer')
    }
  })
  test('its frames have theirs for who may know', async () => {
    for (const as of ['pi', 'operator']) {
      expect(await calibrationsOf(NIGHT.hiddenScience, as)).toEqual(NIGHT.hiddenBiases)
    }
  })
  test('a hidden frame and an unknown one are answered alike', async () => {
    const unknown = 'TEST.2020-01-01T03:33:33.000'
    for (const as of [undefined, 'visitor']) {
      for (const form of ['', '&responseformat=text']) {
        const [hidden, none] = [
          await ask(`dp_id=${NIGHT.hiddenScience}&mode=Raw2Raw${form}`, { as }),
          await ask(`dp_id=${unknown}&mode=Raw2Raw${form}`, { as }),
        ]
        expect([hidden.status, none.status]).toEqual([404, 404])
        expect(hidden.body.replaceAll(NIGHT.hiddenScience, 'X')).toBe(none.body.replaceAll(unknown, 'X'))
      }
      const [hidden, none] = [
        await list(`dp_id=${NIGHT.hiddenScience}&mode=Raw2Raw`, { as }), await list(`dp_id=${unknown}&mode=Raw2Raw`, { as }),
      ]
      expect(hidden.body.replaceAll(NIGHT.hiddenScience, 'X')).toBe(none.body.replaceAll(unknown, 'X'))
      expect(hidden.links).toMatchObject([{
        id: did(NIGHT.hiddenScience), accessUrl: null, errorMessage: expect.stringMatching(/^NotFoundFault: /) as string,
      }])
    }
  })
  test('one hidden id among several spoils the trees, not the list', async () => {
    const ids = `dp_id=${NIGHT.science}&dp_id=${NIGHT.hiddenScience}&mode=Raw2Raw`
    expect((await ask(ids)).status).toBe(404)
    expect((await ask(ids, { as: 'pi' })).status).toBe(200)
    const { links } = await list(ids)
    expect(links.filter(({ errorMessage }) => errorMessage !== null).map(({ id }) => id)).toEqual([did(NIGHT.hiddenScience)])
    expect(links.some(({ semantics }) => semantics === '#calibration')).toBe(true)
  })
})

test('a proprietary frame with public metadata has its calibrations for everybody', async () => {
  const { links } = await list(`dp_id=${NIGHT.proprietary}&mode=Raw2Raw`)
  expect(links.filter(({ semantics }) => semantics === '#calibration')).toHaveLength(2)
})

describe('what cannot be answered', () => {
  const many = Array.from({ length: 101 }, (_, i) => `dp_id=TEST.${i}`).join('&')
  test.each([
    [`dp_id=${NIGHT.science}`, 400, 'Raw2Master'],
    [`dp_id=${NIGHT.science}&mode=`, 400, 'Raw2Master'],
    [`dp_id=${NIGHT.science}&mode=raw2nothing`, 400, 'raw2nothing'],
    [`dp_id=${NIGHT.science}&mode=Raw2Raw&mode=Raw2Master`, 400, 'mode'],
    ['mode=Raw2Raw', 400, 'dp_id'],
    ['dp_id=&mode=Raw2Raw', 400, 'dp_id'],
    [`${many}&mode=Raw2Raw`, 400, '100'],
    ['dp_id=nonsense&mode=Raw2Raw', 404, 'nonsense'],
    [`dp_id=${NIGHT.science}&mode=Raw2Raw&responseformat=json`, 400, 'votable'],
  ])('%s', async (query, status, words) => {
    const answer = await ask(query)
    expect(answer.status).toBe(status)
    expect(answer.body).toContain(words)
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8')
  })
  test('the list form says so in a VOTable', async () => {
    const answer = await ask(`dp_id=${NIGHT.science}&responseformat=votable`)
    expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/x-votable+xml'])
    expect(queryStatus(await readVotable(answer.body))).toMatchObject({
      status: 'ERROR', message: expect.stringMatching(/^UsageFault: mode is missing/) as string,
    })
  })
  test('a bad token is 401 in every form', async () => {
    for (const form of ['', '&responseformat=votable']) {
      const answer = await ask(`dp_id=${NIGHT.science}&mode=Raw2Raw${form}`, { headers: { Authorization: 'Bearer a.b.c' } })
      expect([answer.status, answer.headers['www-authenticate'] === undefined]).toEqual([401, false])
    }
  })
})

test.each(['availability', 'capabilities'])('%s answers everybody', async (name) => {
  const { status, headers, body } = await server.ask(`/calselector/v1/${name}`)
  expect([status, headers['content-type']]).toEqual([200, 'text/xml; charset=UTF-8'])
  expect(body).toContain(name === 'availability' ? 'true' : `${server.url}${PATH}`)
})
