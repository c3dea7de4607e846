import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TestArchive } from '../support/archive.ts'
import { CALLERS, IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
beforeAll(async () => { server = await makeSmallArchive() })
afterAll(() => server.close())

// eso-protocol §6
test.each([
  `DpId=${IDS.public}`, `DpId=${encodeURIComponent(IDS.public)}`, `dpid=${IDS.public}`,
])('/hdr?%s is the page of the header', async (query) => {
  const { status, headers, body } = await server.ask(`/hdr?${query}`)
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8'])
  expect(body).toContain(`<title>Header of ${IDS.public}</title>`)
  expect(/<pre>\n([\s\S]*)\n<\/pre>/.exec(body)?.[1]).toBe(
    'SIMPLE  =                    T / it&#x27;s &lt;FITS&gt; &amp; so on\nDPR CATG= &#x27;SCIENCE&#x27;\nEND')
})

test.each([
  ['public', [200, 200, 200, 200, 200]],
  ['proprietary', [200, 200, 200, 200, 200]],
  ['hidden', [404, 404, 404, 200, 200]],
  ['master', [404, 404, 404, 404, 404]],
  ['unknown', [404, 404, 404, 404, 404]],
] as const)('who may read the header of the %s file', async (what, expected) => {
  const answers = await Promise.all(CALLERS.map((as) => server.ask(`/hdr?DpId=${IDS[what]}`, { as })))
  expect(answers.map(({ status }) => status)).toEqual(expected)
})

test('a hidden header and an unknown one have the same page', async () => {
  const [hidden, unknown] = await Promise.all([IDS.hidden, IDS.unknown].map((id) => server.ask(`/hdr?DpId=${id}`)))
  expect(hidden?.body).toContain(`No info found for ${IDS.hidden}`)
  expect(hidden?.body.replaceAll(IDS.hidden, 'X')).toBe(unknown?.body.replaceAll(IDS.unknown, 'X'))
})

test('without an id it is 400 and says how', async () => {
  const { status, body } = await server.ask('/hdr')
  expect([status, body]).toEqual([400, expect.stringMatching(/^UsageFault: DpId is missing: \/hdr\?DpId=/)])
})

test('HEAD has no body', async () => {
  const { status, bytes } = await server.ask(`/hdr?DpId=${IDS.public}`, { method: 'HEAD' })
  expect([status, bytes.length]).toEqual([200, 0])
})

test('the vocabulary page has an anchor for each of ESO\'s terms', async () => {
  const { status, headers, body } = await server.ask('/rdf/datalink/eso')
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8'])
  for (const term of ['calSelector_raw2raw', 'calSelector_raw2master', 'sibling_raw', 'night_log', 'data_documentation']) {
    expect(body).toContain(`id="${term}"`)
  }
})
