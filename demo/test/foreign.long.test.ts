/** Clients that we did not write complete the workflow over HTTP: pyvo, curl, STILTS. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemo } from './support/demo.ts'
import type { DemoArchive } from './support/demo.ts'
import { haveCurl, havePyvo, haveStilts, python } from './support/foreign.ts'

const run = promisify(execFile)
const here = (name: string): string => fileURLToPath(new URL(`foreign/${name}`, import.meta.url))
const QUERY = "SELECT dp_id, access_url, datalink_url, s_region, exp_start FROM dbo.raw WHERE prog_id = '098.C-0739(C)' AND dp_cat = 'SCIENCE' ORDER BY dp_id DESC"

let demo: DemoArchive
let folder: string
beforeAll(async () => {
  demo = await startDemo()
  folder = await mkdtemp(join(tmpdir(), 'quipu-foreign-'))
}, 120_000)
afterAll(async () => {
  await demo?.remove()
  await rm(folder, { recursive: true, force: true })
})

test.skipIf(!havePyvo)('pyvo', async () => {
  const { stdout } = await run(python, [here('workflow_pyvo.py'), demo.url, 'pi', 'pi-demo', folder, QUERY], { timeout: 100_000 })
  const seen = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
  expect(seen).toMatchObject({
    phase: 'COMPLETED', rows: 2, deleted: 404, anonymous_rows: 2, overflow: 5,
    dp_ids: ['SPHER.2016-09-26T04:15:07.252', 'SPHER.2016-09-26T04:12:45.603'],
    flags: { category: 'IFS_SCI_SKY', complete: 'true', certified: 'true', mode: 'Raw2Master', messages: '' },
  })
  expect(seen['tables']).toEqual(expect.arrayContaining(['dbo.raw', 'ivoa.ObsCore', 'ist.sphere', 'TAP_SCHEMA.tables']))
  expect(seen['calibrations']).toHaveLength(8)
  expect(seen['raw_files']).toEqual([[200, 'SPHER.2016-09-26T04:15:07.252.fits.Z'], [200, 'SPHER.2016-09-26T04:12:45.603.fits.Z']])
  expect(seen['tree']).toEqual([200, 'application/xml; content=calselector', expect.stringContaining('_raw2master.xml'), expect.stringContaining('<association')])
})

test.skipIf(!havePyvo)('pyvo reads the catalogues of tap_cat', async () => {
  const { stdout } = await run(python, [here('catalogues_pyvo.py'), demo.url], { timeout: 100_000 })
  const seen = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
  expect(seen).toMatchObject({
    all: ['safcat.QUIPU_DEEP_V1', 'safcat.QUIPU_DEEP_Z_V1'], latest: ['safcat.QUIPU_DEEP_V1', 'safcat.QUIPU_DEEP_Z_V1'],
    versions: [[1, 1, 100_000, 8], [2, 1, 1_500, 10]], counts: [100_000, 1_500], raw: 'refused', remark: 'two lines, "[O II]"',
    rows: 100_000, some_null: true, both_sides_of_zero: true, joined: 1_500,
    keys: [['safcat.QUIPU_DEEP_Z_V1', 'safcat.QUIPU_DEEP_V1', 'source_id', 'source_id']],
    job: ['COMPLETED', 50_000, ['source_id', 'ra', 'dec', 'mag_v', 'mag_r', 'mag_i', 'class_star', 'n_obs'], 7_000_000_000_000],
  })
  expect(seen['tables']).toEqual([
    'TAP_SCHEMA.columns', 'TAP_SCHEMA.key_columns', 'TAP_SCHEMA.keys', 'TAP_SCHEMA.schemas', 'TAP_SCHEMA.tables',
    'safcat.QUIPU_DEEP_V1', 'safcat.QUIPU_DEEP_Z_V1',
  ])
  expect(seen['help']).toEqual(expect.arrayContaining([['ra', 'double', 'deg', 'pos.eq.ra;meta.main'], ['source_id', 'long', '', 'meta.id.cross']]))
  // A disc of half a degree in a field of three: one part in 36 of half the sources.
  expect(Number(seen['cone'])).toBeGreaterThan(1_000)
})

test.skipIf(!haveCurl)('curl, as in ESO\'s own module', async () => {
  const to = await mkdtemp(join(folder, 'curl-'))
  const { stdout } = await run('bash', [here('workflow_curl.sh'), demo.url, to, 'pi', 'pi-demo', QUERY], { timeout: 60_000 })
  const said = Object.fromEntries(stdout.trim().split('\n').map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]))
  expect(said).toMatchObject({
    phase: 'COMPLETED', lines: '3', gone: '404', masters: '8', file: 'SPHER.2016-09-26T04:15:07.252.fits.Z',
    tree: 'SPHER.2016-09-26T04:15:07.252_raw2raw.xml', header: '1', range: '1f9d', beyond: '416', forged: '401', suffix: '200',
  })
  expect(await readdir(to)).toContain('M.SPHERE.2016-09-27T08:14:42.823.fits')
})

describe.skipIf(!haveStilts)('STILTS', () => {
  test('tapquery, synchronous and as a job', async () => {
    for (const sync of ['true', 'false']) {
      const out = join(folder, `stilts-${sync}.csv`)
      await run('stilts', ['tapquery', `tapurl=${demo.url}/tap_obs`, `sync=${sync}`, `adql=${QUERY}`, `out=${out}`, 'ofmt=csv'], { timeout: 100_000 })
      const lines = (await readFile(out, 'utf8')).trim().split('\n')
      expect(lines).toHaveLength(3)
      expect(lines[1]).toContain('SPHER.2016-09-26T04:15:07.252')
    }
  })

  test.each(['/datalink/links?ID=ivo://eso.org/ID?SPHER.2016-09-26T04:15:07.252',
    '/calselector/v1/associations?dp_id=SPHER.2016-09-26T04:15:07.252&mode=Raw2Master&responseformat=votable'])('votlint has nothing to say of %s', async (path) => {
    const { stdout, stderr } = await run('stilts', ['votlint', `votable=${demo.url}${path}`], { timeout: 60_000 })
    expect(stdout + stderr).toBe('')
  })
})
