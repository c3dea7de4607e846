/**
 * The tutorial's steps against ESO as its services are described (eso-protocol §1 to §5): its hosts, http
 * addresses in rows of older years, UWS 1.0, the status within TABLE, redirects from one host to the other.
 */
import { expect, test } from 'vitest'
import { isSemantics, SEMANTICS } from '@quipu/vo/datalink'
import { ESO } from '../../src/index.ts'
import { fakeFetch, fakeToken, patientClient } from '../support/foreign.ts'

const ID = 'SPHER.2016-09-26T04:15:07.252'
const MASTER = 'M.SPHERE.2016-09-27T08:14:42.823'
const TOKEN = fakeToken()
const JOB = 'https://archive.eso.org/tap_obs/async/e1a13839-484c-408a-9924-73c09216a8c3'

const xml = (text: string): Response => new Response(text, { headers: { 'Content-Type': 'application/x-votable+xml' } })
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;')

function votable(names: readonly string[], rows: readonly (readonly string[])[]): Response {
  return xml(`<?xml version="1.0" encoding="UTF-8"?><VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE type="results"><INFO name="PROVIDER"/><TABLE>${names.map((name) => `<FIELD arraysize="*" datatype="char" name="${name}"/>`).join('')}
<DATA><TABLEDATA>${rows.map((row) => `<TR>${row.map((cell) => `<TD>${escaped(cell)}</TD>`).join('')}</TR>`).join('')}</TABLEDATA></DATA>
<INFO name="QUERY_STATUS" value="OK"/></TABLE></RESOURCE></VOTABLE>`)
}
const LINK = ['ID', 'access_url', 'semantics', 'description', 'eso_category']
const job = (phase: string): Response => xml(`<?xml version="1.0"?><ns:job xmlns:ns="http://www.ivoa.net/xml/UWS/v1.0" xmlns:x="http://www.w3.org/1999/xlink">
<ns:jobId>e1a13839-484c-408a-9924-73c09216a8c3</ns:jobId><ns:phase>${phase}</ns:phase><ns:executionDuration>300</ns:executionDuration>
<ns:results><ns:result id="result" x:href="http://archive.eso.org/tap_obs/async/e1a13839-484c-408a-9924-73c09216a8c3/results/result"/></ns:results></ns:job>`)

const selector = (mode: string) => `http://archive.eso.org/calselector/v1/associations?dp_id=${ID}&mode=${mode}`
const links = () => votable(LINK, [
  [ID, `https://dataportal.eso.org/dataPortal/file/${ID}`, '#this', 'Requested file', ''],
  [ID, `${selector('Raw2Master')}&responseformat=votable`, SEMANTICS.raw2master, 'masters', ''],
])
const calibrations = () => votable(LINK, [
  [ID, `https://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?${ID}&eso_download=file`, '#this',
    'category="IFS_SCI_SKY" certified="true" complete="true" mode="Raw2Master" type="main" messages=""', 'X'],
  [ID, `https://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?${MASTER}&eso_download=file`, '#calibration', '', 'IFS_CAL_BACKGROUND'],
  [ID, selector('Raw2Master'), SEMANTICS.raw2master, 'tree', 'ASSOCIATION_TREE'],
])
const TREE = `<?xml version="1.0" encoding="UTF-8"?><association category="IFS_SCI_SKY" certified="true" complete="true" mode="Raw2Master" type="main">
<mainFiles><file category="X" name="${ID}"/></mainFiles><messages/><associatedFiles/></association>`
const file = (name: string): Response =>
  new Response('\x1f\x9d', { headers: { 'Content-Type': 'application/fits', 'Content-Disposition': `attachment; filename=${name}` } })

function eso() {
  const phases = ['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED']
  return fakeFetch((url, { method }) => {
    const { pathname, search, host } = new URL(url)
    if (host === 'www.eso.org') return Response.json({ access_token: 'x', id_token: TOKEN, token_type: 'bearer', expires_in: 28800, scope: '' })
    if (method === 'POST' && pathname === '/tap_obs/async') return new Response(null, { status: 303, headers: { Location: JOB.replace('https', 'http') } })
    if (method !== 'GET') return new Response(null, { status: 303, headers: { Location: JOB } })
    if (pathname.endsWith('/results/result')) {
      return votable(['access_url', 'datalink_url', 'dp_id'], [[`http://dataportal.eso.org/dataPortal/file/${ID}`, `http://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?${ID}`, ID]])
    }
    if (pathname.startsWith('/tap_obs/async/')) return job(phases.length > 1 ? phases.shift() ?? '' : 'COMPLETED')
    if (pathname === '/datalink/links' && !search.includes('eso_download')) return links()
    if (pathname === '/datalink/links') {
      return new Response(null, { status: 302, headers: { Location: `https://dataportal.eso.org/dataPortal/file/${/ID\?([^&]+)/.exec(search)?.[1]}` } })
    }
    if (pathname.startsWith('/calselector/')) {
      return search.includes('votable') ? calibrations() : new Response(TREE, {
        headers: { 'Content-Type': 'application/xml; content=calselector', 'Content-Disposition': `attachment; filename=${ID}_raw2master.xml` },
      })
    }
    if (pathname.includes('/file/M.')) return file(`${MASTER}.fits`)
    return pathname.endsWith(ID) ? file(`${ID}.fits.Z`) : new Response(null, { status: 404 })
  })
}

test('all steps; the token goes to the two hosts only, over https only, and never with calibrations', async () => {
  const { fetch, asked } = eso()
  const { client } = patientClient(ESO, { fetch })
  await client.signIn('zoe', 'secret')
  const made = await client.tap.submitJob('SELECT * FROM dbo.raw')
  await made.setExecutionDuration(300)
  await made.run()
  expect(await made.wait({ timeoutSeconds: 600 })).toBe('COMPLETED')
  const { records, isCut } = await made.fetchResult()
  await made.delete()
  expect([records.map(({ dp_id: id }) => id), isCut]).toEqual([[ID], false])

  const raw = await client.open(String(records[0]?.['access_url']))
  expect(raw).toMatchObject({ name: `${ID}.fits.Z`, sizeBytes: null, md5: null })
  const raw2master = (await client.links(String(records[0]?.['datalink_url']))).find((link) => isSemantics(link, SEMANTICS.raw2master))
  const found = await client.calibrations(String(raw2master?.accessUrl), 'Raw2Master')
  expect(found).toMatchObject({ dpId: ID, warnings: [], files: [{ esoCategory: 'IFS_CAL_BACKGROUND' }] })
  const master = await client.open(String(found.files[0]?.accessUrl), { withToken: 'ifNeeded' })
  expect(master.name).toBe(`${MASTER}.fits`)
  expect((await client.tree(String(found.treeUrl))).fileName).toBe(`${ID}_raw2master.xml`)

  expect(asked.every(({ url }) => url.startsWith('https://'))).toBe(true)
  const with_ = asked.filter(({ authorization }) => authorization === `Bearer ${TOKEN}`)
  expect(new Set(with_.map(({ url }) => new URL(url).host))).toEqual(new Set(['archive.eso.org', 'dataportal.eso.org']))
  expect(asked.filter(({ authorization }) => authorization === null).map(({ url }) => url.replace(/\?.*(?=ID\?)|\?response.*/, ' '))).toEqual([
    'https://www.eso.org/sso/oidc/token ', `https://archive.eso.org/datalink/links ID?${MASTER}&eso_download=file`,
    `https://dataportal.eso.org/dataPortal/file/${MASTER}`,
  ])
  expect(asked.some(({ url }) => url.includes('WAIT'))).toBe(false)
  // Colons and the second question mark are sent as ESO's own links have them.
  expect(asked.some(({ url }) => url === `https://archive.eso.org/datalink/links?ID=ivo://eso.org/ID?${ID}`)).toBe(true)
})
