import { readCapabilities, readTables } from '@quipu/vo/vosi'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FORMATS } from '../../src/tap/formats.ts'
import { form, makeTapArchive, readResult } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive() })
afterAll(() => archive.close())

test('availability says that the service is up', async () => {
  const answer = await archive.ask('/tap_obs/availability')
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toMatch(/xml/)
  expect(answer.body).toMatch(/available>true</)
})

test('capabilities name the service under the address that was used, and how to sign in', async () => {
  const answer = await archive.ask('/tap_obs/capabilities')
  const capabilities = readCapabilities(answer.body)
  const tap = capabilities.filter((one) => one.standardId === 'ivo://ivoa.net/std/TAP')
  expect(tap).toHaveLength(1)
  expect(tap[0]?.interfaces[0]).toMatchObject({ accessUrl: `${archive.url}/tap_obs`, version: '1.1', role: 'std' })
  expect(capabilities.map((one) => one.standardId)).toContain('ivo://ivoa.net/std/VOSI#tables-1.1')
  expect(answer.body).toMatch(/features-adqlgeo/)
  expect(answer.headers['www-authenticate']).toMatch(/Bearer/)
  expect(answer.body).toMatch(/<hard unit="row">15000000</)
  expect(answer.body).not.toContain('ObsCore')
})

test('every declared format works, by each of its names (conformance V-13)', async () => {
  const { body } = await archive.ask('/tap_obs/capabilities')
  const names = [...body.matchAll(/<(?:mime|alias)>([^<]+)</g)].map((match) => match[1] ?? '')
  expect(names.length).toBeGreaterThanOrEqual(FORMATS.length * 2)
  for (const name of names) {
    const answer = await archive.ask('/tap_obs/sync', {
      body: form({ LANG: 'ADQL', QUERY: 'SELECT TOP 1 n FROM dbo.numbers', RESPONSEFORMAT: name }),
    })
    expect([name, answer.status]).toEqual([name, 200])
  }
})

test('tables tell what TAP_SCHEMA tells', async () => {
  const answer = await archive.ask('/tap_obs/tables')
  const told = readTables(answer.body).schemas.flatMap((schema) => schema.tables)
  const { rows } = await readResult(await archive.query('SELECT table_name, column_name FROM TAP_SCHEMA.columns', { MAXREC: '9999' }))
  const columns = told.flatMap((table) => table.columns.map((column) => `${table.schema}.${table.name} ${column.name.replaceAll('"', '')}`))
  const fromSchema = rows.map((row) => `${row['table_name'] as string} ${(row['column_name'] as string).replaceAll('"', '')}`)
  expect(columns.sort()).toEqual(fromSchema.sort())
})

test('what the service is says since when, by HEAD too', async () => {
  for (const path of ['/tap_obs/capabilities', '/tap_obs/tables', '/tap_obs/tables/dbo.raw']) {
    const head = await archive.ask(path, { method: 'HEAD' })
    expect([head.status, head.headers['last-modified'], head.body]).toEqual([200, new Date(archive.clock.nowMs).toUTCString(), ''])
  }
})

test('a wrong path or verb below the service is answered with a VOTable, as TOPCAT shows no other (conformance D-5)', async () => {
  for (const [path, method, status] of [['/tap_obs/nonsense', 'GET', 404], ['/tap_obs/async/a/b/c', 'GET', 404], ['/tap_obs/sync', 'PUT', 405], ['/tap_obs/tables', 'DELETE', 405]] as const) {
    const answer = await archive.ask(path, { method })
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'application/x-votable+xml'])
    expect((await readResult(answer)).status).toBe('ERROR')
  }
  expect((await archive.ask('/nonsense')).headers['content-type']).toMatch(/^text\/plain/)
})

test('detail=min leaves the columns out, and a table has an address of its own', async () => {
  const min = readTables((await archive.ask('/tap_obs/tables?detail=min')).body)
  expect(min.schemas.flatMap((schema) => schema.tables).every((table) => table.columns.length === 0)).toBe(true)
  const one = await archive.ask('/tap_obs/tables/DBO.Raw')
  expect(one.status).toBe(200)
  expect(one.body).toContain('exp_start')
  expect((await archive.ask('/tap_obs/tables/tap_schema.columns')).body).toContain('<name>&quot;size&quot;</name>')
  expect((await archive.ask('/tap_obs/tables/dbo.nothing')).status).toBe(404)
  expect((await archive.ask('/tap_obs/tables?detail=some')).status).toBe(400)
  expect((await archive.ask('/tap_obs/tables/dbo.raw', { method: 'PUT' })).status).toBe(405)
})
