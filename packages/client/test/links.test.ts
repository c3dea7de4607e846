import { describe, expect, onTestFinished, test } from 'vitest'
import { SEMANTICS } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { calibrationsOf, dpIdOfLink, warningsOf } from '../src/index.ts'
import { IDS, makeSmallArchive } from '../../server/test/support/small.ts'
import { failureOf, patientClient, startForeign } from './support/foreign.ts'

const link = (given: Partial<Link>): Link => ({
  id: 'ivo://eso.org/ID?SPHER.2016-09-26T04:15:07.252', accessUrl: null, serviceDef: null, errorMessage: null, semantics: '#this',
  description: null, contentType: null, contentLength: null, esoOrigfile: null, esoCategory: null, esoDatalink: null, ...given,
})
const main = (description: string) => link({ accessUrl: 'https://x/file/SPHER.2016-09-26T04:15:07.252', description })
const GOOD = 'category="A" certified="true" complete="true" mode="Raw2Master" type="main" messages=""'

test.each([
  ['https://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?M.SPHERE.2016-09-27T08:14:42.823&eso_download=file', 'M.SPHERE.2016-09-27T08:14:42.823'],
  ['https://x/links?ID=ivo%3A%2F%2Feso.org%2FID%3FM.X.2016-09-27T08%3A14%3A42.823', 'M.X.2016-09-27T08:14:42.823'],
  ['https://x/links?ID=ADP.2016-01-01T00:00:00.001&y=1', 'ADP.2016-01-01T00:00:00.001'],
  ['https://dataportal.eso.org/dataPortal/file/ADP.X', 'ADP.X'],
  ['https://x/calselector/v1/associations?dp_id=Q', 'SPHER.2016-09-26T04:15:07.252'], [null, 'SPHER.2016-09-26T04:15:07.252'],
  ['https://x/file/%ff', '%ff'],
])('%s is the file %s', (accessUrl, dpId) => {
  expect(dpIdOfLink(link({ accessUrl }))).toBe(dpId)
})

test('a calibration list sorted: each file once, siblings and the tree apart', () => {
  const file = (n: number, scheme = 'https') =>
    link({ semantics: '#calibration', accessUrl: `${scheme}://x/links?ID=ivo://eso.org/ID?M.X.${n}&eso_download=file` })
  const sibling = link({ semantics: SEMANTICS.siblingRaw, accessUrl: 'https://x/file/S' })
  const tree = link({ semantics: SEMANTICS.raw2master, esoCategory: 'ASSOCIATION_TREE', accessUrl: 'https://x/tree' })
  const empty = link({ semantics: '#calibration' })
  const found = calibrationsOf([main(GOOD), file(1), file(2), file(1, 'http'), empty, sibling, tree], 'Raw2Master')
  expect(found).toMatchObject({ dpId: 'SPHER.2016-09-26T04:15:07.252', treeUrl: 'https://x/tree', siblings: [sibling], warnings: [] })
  expect(found.files).toEqual([file(1), file(2)])
})

test('a list without #this is none', () => {
  expect(() => calibrationsOf([link({ semantics: '#calibration' })], 'Raw2Raw')).toThrow(/#this/)
})

test.each([
  [GOOD, []],
  [GOOD.replace('complete="true"', 'complete="false"').replace('messages=""', 'messages="BIAS is missing"'),
    [['alert', /incomplete.* The archive says: BIAS is missing$/]]],
  [GOOD.replace('mode="Raw2Master"', 'mode="Raw2Raw"').replace('messages=""', 'messages="no masters"'),
    [['warning', /Raw2Master could not be executed: raw calibrations come instead\. The archive says: no masters$/]]],
  [GOOD.replace('certified="true"', 'certified="false"'), [['warning', /not certified/]]],
  ['', [['alert', /incomplete/], ['warning', /does not say which mode/], ['warning', /not certified/]]],
])('the flags %s', (description, warnings) => {
  const { flags } = calibrationsOf([main(description)], 'Raw2Master')
  expect(warningsOf(flags, 'Raw2Master').map(({ level }) => level)).toEqual(warnings.map(([level]) => level))
  for (const [i, { text }] of warningsOf(flags, 'Raw2Master').entries()) expect(text).toMatch(warnings[i]?.[1] ?? /^$/)
})

describe('a Quipu archive', () => {
  const open = async () => {
    const archive = await makeSmallArchive()
    onTestFinished(() => archive.close())
    return { archive, client: patientClient(archive.url, { now: () => archive.clock.nowMs }).client }
  }

  test('the links of a frame, of a product, by id and by address', async () => {
    const { archive, client } = await open()
    const links = await client.links(IDS.public)
    expect(links.map(({ semantics }) => semantics)).toEqual(expect.arrayContaining(['#this', SEMANTICS.nightLog, SEMANTICS.raw2raw]))
    expect(await client.links(`${archive.url}/datalink/links?ID=ivo://eso.org/ID?${IDS.public}`)).toEqual(links)
    expect((await client.links(IDS.product)).map(({ semantics }) => semantics)).toContain('#preview')
  })

  test('hidden and unknown are the same to who may not know', async () => {
    const { archive, client } = await open()
    const [hidden, unknown] = [await failureOf(client.links(IDS.hidden)), await failureOf(client.links(IDS.unknown))]
    expect(hidden.code).toBe('product_not_found')
    expect(hidden.message.replace(IDS.hidden, IDS.unknown)).toBe(unknown.message)
    client.useToken(await archive.tokenOf('pi'))
    expect(await client.links(IDS.hidden)).not.toEqual([])
  })
})

describe('other archives', () => {
  const document = (rows: string) => `<VOTABLE><RESOURCE><TABLE><FIELD name="id" datatype="char" arraysize="*"/>
<FIELD name="SEMANTICS" datatype="char" arraysize="*"/><FIELD name="Access_URL" datatype="char" arraysize="*"/>
<FIELD name="error_message" datatype="char" arraysize="*"/><DATA><TABLEDATA>${rows}</TABLEDATA></DATA>
<INFO name="QUERY_STATUS" value="OK"/></TABLE></RESOURCE></VOTABLE>`
  const row = (semantics: string, url: string, error = '') => `<TR><TD>A.B</TD><TD>${semantics}</TD><TD>${url}</TD><TD>${error}</TD></TR>`
  const ask = async (rows: string) => {
    const { url } = await startForeign((_, response) => response.writeHead(200, { 'Content-Type': 'text/xml' }).end(document(rows)))
    return patientClient(url).client.links('A.B')
  }

  test('names in another case, one link that failed among others', async () => {
    expect((await ask(row('#this', 'https://x/f') + row('#preview', '', 'TransientFault: later'))).map(({ accessUrl, errorMessage }) => [accessUrl, errorMessage]))
      .toEqual([['https://x/f', null], [null, 'TransientFault: later']])
  })

  test.each([
    [row('', '', 'NotFoundFault: no such file'), 'product_not_found', 'no such file'],
    [row('', '', 'AuthenticationFault: sign in'), 'token_missing', 'sign in'],
    [row('', '', 'AuthorizationFault: not yours'), 'product_proprietary', 'not yours'],
    [row('', '', 'TransientFault: later'), 'overloaded', 'later'],
    [row('', '', 'does not exist or no permission'), 'product_not_found', 'does not exist or no permission'],
    ['', 'product_not_found', 'no links came: the product does not exist, or you may not know of it'],
  ])('%s', async (rows, code, message) => {
    expect(await failureOf(ask(rows))).toMatchObject({ code, message })
  })

  test('a tree by its address, with its name', async () => {
    const xml = '<?xml version="1.0"?><association category="A" certified="true" complete="true" mode="Raw2Raw" type="main"><mainFiles><file category="X" name="A.B"/></mainFiles><associatedFiles/></association>'
    const { url } = await startForeign((_, response) => response.writeHead(200, {
      'Content-Type': 'application/xml; content=calselector', 'Content-Disposition': 'attachment; filename=../A.B_raw2raw.xml',
    }).end(xml))
    const tree = await patientClient(url).client.tree(`${url}/tree`)
    expect(tree).toMatchObject({ xml, fileName: 'A.B_raw2raw.xml', root: { category: 'A', mainFiles: [{ name: 'A.B' }] } })
  })
})
