/** What of one TAP service can be reached through the other: nothing. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTables } from '@quipu/vo/vosi'
import { openTwoServices } from '../support/services.ts'
import type { TwoServices } from '../support/services.ts'

let two: TwoServices
beforeAll(async () => { two = await openTwoServices() })
afterAll(() => two.close())

const namesIn = async (service: string): Promise<string[]> => {
  const { schemas } = readTables(await (await two.ask(`/${service}/tables`)).text())
  return schemas.flatMap((schema) => schema.tables.map((table) => `${table.schema}.${table.name}`))
}

describe('tables', () => {
  test('each service lists its own, in TAP_SCHEMA as in VOSI tables', async () => {
    const obs = await namesIn('tap_obs')
    const cat = await namesIn('tap_cat')
    expect(cat.filter((name) => !name.startsWith('TAP_SCHEMA'))).toEqual(['safcat.STARS_V1', 'safcat.STARS_V2'])
    expect(obs.filter((name) => name.startsWith('safcat'))).toEqual([])
    expect(obs).toContain('dbo.raw')
    for (const [service, names] of [['tap_obs', obs], ['tap_cat', cat]] as const) {
      const { rows } = await two.query(service, 'SELECT table_name FROM TAP_SCHEMA.tables ORDER BY table_index')
      expect(rows.map((row) => row['table_name'])).toEqual(names)
    }
  })

  test.each([
    ['tap_cat', 'SELECT COUNT(*) FROM dbo.raw'], ['tap_cat', 'SELECT COUNT(*) FROM ivoa.ObsCore'],
    ['tap_cat', 'SELECT * FROM ist.sphere'], ['tap_obs', 'SELECT * FROM safcat.STARS_V2'],
    ['tap_cat', 'SELECT a.id FROM safcat.STARS_V2 a WHERE a.id IN (SELECT ob_id FROM dbo.raw)'],
    ['tap_obs', 'WITH x AS (SELECT id FROM safcat.STARS_V2) SELECT * FROM x'],
    ['tap_obs', 'SELECT cat_id FROM TAP_SCHEMA.tables'],
    ['tap_obs', 'SELECT * FROM tap_cat_TAP_SCHEMA.tables'], ['tap_cat', 'SELECT * FROM tap_cat_TAP_SCHEMA.tables'],
    ['tap_obs', 'SELECT * FROM archive.safcat_stars_v2'], ['tap_cat', 'SELECT * FROM archive.dbo_raw_public'],
  ])('on %s: %s is a query of what is not there', async (service, query) => {
    for (const as of [undefined, 'pi', 'operator']) {
      const answer = await two.query(service, query, as)
      expect([answer.http, answer.status]).toEqual([400, 'ERROR'])
      expect(answer.message).toMatch(/no (table|column)/i)
    }
  })

  test('a table of the other service has no address here', async () => {
    expect((await two.ask('/tap_cat/tables/safcat.STARS_V2')).status).toBe(200)
    expect((await two.ask('/tap_obs/tables/safcat.STARS_V2')).status).toBe(404)
    expect((await two.ask('/tap_cat/tables/dbo.raw')).status).toBe(404)
  })

  test('the catalogue is a product of the archive: its row, its links and its file are there', async () => {
    const { rows } = await two.query('tap_obs', "SELECT dp_id, dataproduct_type FROM ivoa.ObsCore WHERE dataproduct_type = 'measurements'")
    const dpId = String(rows[0]?.['dp_id'])
    expect(rows).toHaveLength(1)
    const file = await two.ask(`/dataPortal/file/${dpId}`)
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'text/csv'])
    expect(await file.text()).toMatch(/^id,RA,dec/)
  })
})

describe('jobs', () => {
  test('a job of one service is unknown to the other, to its own owner too', async () => {
    for (const as of [undefined, 'pi']) {
      const who = as === undefined ? {} : { as }
      const made = await two.ask('/tap_cat/async', {
        method: 'POST', ...who, body: new URLSearchParams({ LANG: 'ADQL', QUERY: 'SELECT id FROM safcat.STARS_V2', PHASE: 'RUN' }),
      })
      const address = made.headers.get('location') ?? ''
      expect(address).toMatch(new RegExp(`^${two.url}/tap_cat/async/`))
      const path = address.slice(two.url.length)
      for (let phase = ''; phase !== 'COMPLETED'; await sleep(20)) {
        phase = await (await two.ask(`${path}/phase`, who)).text()
        expect(['QUEUED', 'EXECUTING', 'COMPLETED']).toContain(phase)
      }
      expect(await (await two.ask(`${path}/results/result`, who)).text()).toContain('9007199254740993')
      const other = path.replace('tap_cat', 'tap_obs')
      for (const child of ['', '/phase', '/parameters', '/results', '/results/result', '/error', '/owner']) {
        expect([child, (await two.ask(`${other}${child}`, who)).status]).toEqual([child, 404])
      }
      expect((await two.ask(other, { method: 'DELETE', ...who })).status).toBe(404)
      expect((await two.ask(`${other}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'ABORT' }), ...who })).status).toBe(404)
      expect((await two.ask(path, who)).status).toBe(200)
      const id = path.split('/').at(-1) ?? 'none'
      expect((await (await two.ask('/tap_obs/async', who)).text()).includes(id)).toBe(false)
      expect((await (await two.ask('/tap_cat/async', who)).text()).includes(id)).toBe(as !== undefined)
    }
  })
})

describe('signing in', () => {
  test('a token is taken on tap_cat and makes no difference; a bad one is refused as everywhere', async () => {
    const query = 'SELECT * FROM safcat.STARS_V2 ORDER BY id'
    const { rows } = await two.query('tap_cat', query)
    expect(rows).toHaveLength(3)
    for (const as of ['pi', 'operator']) expect((await two.query('tap_cat', query, as)).rows).toEqual(rows)
    const bad = await fetch(`${two.url}/tap_cat/capabilities`, { headers: { Authorization: 'Bearer x.y.z' } })
    expect(bad.status).toBe(401)
  })
})

test('each service tells of itself at its own address, and the root page of both', async () => {
  const root = await (await two.ask('/')).text()
  for (const service of ['tap_obs', 'tap_cat']) {
    expect(root).toContain(`/${service}/capabilities`)
    expect((await two.ask(`/${service}/availability`)).status).toBe(200)
    const capabilities = await (await two.ask(`/${service}/capabilities`)).text()
    const urls = [...capabilities.matchAll(/<accessURL[^>]*>([^<]+)</g)].map((match) => match[1] ?? '')
    expect(urls.length).toBeGreaterThan(3)
    for (const url of urls) expect(url).toMatch(new RegExp(`^${two.url}/${service}(/|$)`))
    expect(/ObsCore/i.test(capabilities)).toBe(service === 'tap_obs')
  }
  expect((await two.ask('/tap_dog/capabilities')).status).toBe(404)
})
