/**
 * The validators of the IVOA against the demo: STILTS taplint on each TAP service, votlint on every
 * serialisation of a result, datalinklint on links. No error and no failure, and no warning that is not
 * explained below.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemo } from './support/demo.ts'
import type { DemoArchive } from './support/demo.ts'
import { haveStilts } from './support/foreign.ts'
import { describePostgres, startPostgres } from '../../packages/server/test/support/postgres.ts'
import type { PostgresServer } from '../../packages/server/test/support/postgres.ts'

const run = promisify(execFile)

/** What taplint may say, by the start of its line, and why that is right. */
const EXPLAINED: Readonly<Record<string, string>> = {
  'F-LOC-NOTP': 'there is no table of planned observations (ObsLocTAP), and none is declared',
  'W-CAP-CULF': 'ADQL 2.1 §4.1 spells the groups of features so; this taplint knows those of 2.0 only',
}

let demo: DemoArchive
let folder: string
beforeAll(async () => {
  if (!haveStilts) return
  demo = await startDemo()
  folder = await mkdtemp(join(tmpdir(), 'quipu-validators-'))
}, 180_000)
afterAll(async () => {
  await demo?.remove()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** Its words; its exit code says nothing. */
async function stilts(...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await run('stilts', [...args], { timeout: 300_000, maxBuffer: 2 ** 26 })
  return stdout + stderr
}

async function services({ url }: DemoArchive): Promise<string[]> {
  const page = await (await fetch(`${url}/`)).text()
  return [...page.matchAll(/href="\/(\w+)\/capabilities"/g)].map((match) => match[1] ?? '').filter((name) => name.startsWith('tap'))
}

/** No error, no failure, no warning that is not explained. */
async function lintTap(archive: DemoArchive): Promise<void> {
  const names = await services(archive)
  expect(names).toEqual(['tap_cat', 'tap_obs'])
  for (const service of names) {
    const said = await stilts('taplint', `tapurl=${archive.url}/${service}`, 'report=EWF', 'maxrepeat=50', 'truncate=400', 'maxtable=100')
    const lines = said.split('\n').filter((line) => /^[EWF]-/.test(line))
    expect(lines.filter((line) => !Object.keys(EXPLAINED).some((start) => line.startsWith(`${start}-`)))).toEqual([])
    expect(said).toMatch(/^Totals: Errors: 0;/m)
  }
}

describe.skipIf(!haveStilts)('STILTS', () => {
  test('taplint', () => lintTap(demo), 600_000)

  const RAW = 'SELECT TOP 30 * FROM dbo.raw ORDER BY dp_id'
  const queries: readonly (readonly [string, string, string])[] = [
    ['every column of raw frames', RAW, '100'],
    ['every column of products', 'SELECT TOP 30 * FROM ivoa.ObsCore', '100'],
    ['the descriptions of columns', 'SELECT * FROM TAP_SCHEMA.columns', '5000'],
    ['no rows', 'SELECT * FROM dbo.raw WHERE 1 = 0', '100'],
    ['more rows than may be', RAW, '3'],
    ['metadata only', RAW, '0'],
    ['nulls, names of ours and a name twice', 'SELECT COUNT(*), MAX(exposure), MIN(exposure) AS "a b <&>", NULL AS nothing, \'\' AS nul FROM dbo.raw WHERE 1 = 0', '100'],
    ['a query that fails', 'SELECT <&> FROM "x', '100'],
  ]
  test.each(queries)('votlint has nothing to say of %s, in any serialisation', async (_, QUERY, MAXREC) => {
    for (const [i, RESPONSEFORMAT] of ['votable/td', 'votable/b', 'votable/b2'].entries()) {
      const answer = await fetch(`${demo.url}/tap_obs/sync`, { method: 'POST', body: new URLSearchParams({ LANG: 'ADQL', QUERY, MAXREC, RESPONSEFORMAT }) })
      const path = join(folder, `result-${i}.vot`)
      await writeFile(path, Buffer.from(await answer.arrayBuffer()))
      expect([RESPONSEFORMAT, await stilts('votlint', 'version=1.4', 'ucd=true', 'unit=true', `votable=${path}`)]).toEqual([RESPONSEFORMAT, ''])
    }
  }, 120_000)

  test.each([
    ['a science frame', '?ID=ivo://eso.org/ID?SPHER.2016-09-26T04:15:07.252'],
    ['a frame that is not there', '?ID=ivo://eso.org/ID?SPHER.2016-09-26T04:15:07.253'],
    ['several, and nonsense', '?ID=SPHER.2016-09-26T04:15:07.252&ID=ivo://eso.org/ID?SPHER.2016-09-26T04:12:45.603&ID=%3Cx%3E'],
    ['none', ''],
  ])('datalinklint: no error and no warning of the links of %s', async (_, query) => {
    const said = await stilts('datalinklint', 'report=EWF', `votable=${demo.url}/datalink/links${query}`)
    expect(said).toMatch(/Totals: Errors: 0; Warnings: 0; .*Failures: 0/)
  }, 60_000)
})

/** Every example of every service runs, and finds something. */
async function runExamples(archive: DemoArchive): Promise<void> {
  for (const service of await services(archive)) {
    const document = await (await fetch(`${archive.url}/${service}/examples`)).text()
    const queries = [...document.matchAll(/property="query">([^<]+)</g)].map((match) => (match[1] ?? '')
      .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&apos;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&'))
    expect(queries.length).toBeGreaterThan(1)
    for (const QUERY of queries) {
      const answer = await fetch(`${archive.url}/${service}/sync`, { method: 'POST', body: new URLSearchParams({ LANG: 'ADQL', QUERY, FORMAT: 'json', MAXREC: '10' }) })
      const { data } = await answer.json() as { data: unknown[] }
      expect([QUERY, answer.status, data.length > 0]).toEqual([QUERY, 200, true])
    }
  }
}

test.skipIf(!haveStilts)('every example runs, and finds something in the demo', () => runExamples(demo), 60_000)

describePostgres('the same on PostgreSQL', () => {
  let server: PostgresServer
  let archive: DemoArchive
  beforeAll(async () => {
    if (!haveStilts) return
    server = await startPostgres()
    archive = await startDemo(await server.freshUrl())
  }, 180_000)
  afterAll(async () => {
    await archive?.remove()
    await server?.stop()
  })

  test.skipIf(!haveStilts)('taplint', () => lintTap(archive), 600_000)
  test.skipIf(!haveStilts)('every example', () => runExamples(archive), 60_000)
})
