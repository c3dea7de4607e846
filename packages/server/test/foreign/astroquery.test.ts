/** The queries that astroquery's `eso` module (0.4.12) makes of the two TAP services, word for word. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTwoServices } from '../support/services.ts'
import type { TwoServices } from '../support/services.ts'

let two: TwoServices
beforeAll(async () => { two = await openTwoServices() })
afterAll(() => two.close())

const column = async (service: string, query: string, name: string): Promise<unknown[]> => {
  const answer = await two.query(service, query)
  expect([query, answer.message, answer.status]).toEqual([query, expect.anything(), 'OK'])
  return answer.rows.map((row) => row[name])
}

describe('tap_cat', () => {
  const LATEST = 'SELECT table_name FROM TAP_SCHEMA.tables WHERE schema_name=\'safcat\' AND cat_id IN ( '
    + 'SELECT t1.cat_id FROM TAP_SCHEMA.tables t1 '
    + 'LEFT JOIN TAP_SCHEMA.tables t2 ON (t1.title = t2.title AND t1.version < t2.version) '
    + 'WHERE t2.title IS NULL) ORDER BY table_name'

  test('list_catalogs: every version, and the latest', async () => {
    expect(await column('tap_cat', "SELECT table_name FROM TAP_SCHEMA.tables WHERE schema_name='safcat' ORDER BY table_name", 'table_name'))
      .toEqual(['safcat.STARS_V1', 'safcat.STARS_V2'])
    expect(await column('tap_cat', LATEST, 'table_name')).toEqual(['safcat.STARS_V2'])
  })

  test('whether names have a schema', async () => {
    expect(await column('tap_cat', 'select top 1 table_name from TAP_SCHEMA.tables', 'table_name')).toEqual([expect.stringContaining('.')])
  })

  test('the columns of a catalogue, and how many rows it has', async () => {
    expect(await column('tap_cat', "select column_name, datatype, unit, ucd from TAP_SCHEMA.columns where table_name = 'safcat.STARS_V2'", 'ucd'))
      .toContain('pos.eq.ra;meta.main')
    const { rows } = await two.query('tap_cat', 'select count(*) from safcat.STARS_V2')
    expect(Object.values(rows[0] ?? {}).map(Number)).toEqual([3])
  })

  test('query_catalog with filters', async () => {
    expect(await column('tap_cat', "select top 2 id, name from safcat.STARS_V2 where mag < 20 and name like '%Star%'", 'id')).toEqual([9_007_199_254_740_993n])
    expect(await column('tap_cat', 'select * from safcat.stars_v2', 'id')).toHaveLength(3)
  })

  test('ESO’s further columns say what the schema says of the catalogue', async () => {
    const { rows } = await two.query('tap_cat', "SELECT * FROM TAP_SCHEMA.tables WHERE table_name = 'safcat.STARS_V2'")
    expect(rows).toEqual([expect.objectContaining({
      cat_id: 8, title: 'A catalogue of stars', version: 2, collection: 'STARS', filter: 'V', instrument: 'FORS2', telescope: 'ESO-VLT-U1',
      publication_date: '2021-05-06T07:08:09.000Z', number_rows: 3n, number_columns: 7,
      rel_descr_url: 'https://archive.example/descriptions/8', acknowledgment: 'Thank the observatory.', mjd_obs: 59_000.5,
      mjd_end: 59_100.25, skysqdeg: 12.5, bibliography: '2021A&A...1....1Z', document_id: 88,
    })])
    expect(await column('tap_cat', "SELECT cat_id FROM TAP_SCHEMA.tables WHERE schema_name = 'TAP_SCHEMA'", 'cat_id'))
      .toEqual([null, null, null, null, null])
  })
})

describe('tap_obs', () => {
  test('list_instruments, list_surveys, and the columns of a table', async () => {
    expect(await column('tap_obs', "select table_name from TAP_SCHEMA.tables where schema_name='ist' order by table_name", 'table_name'))
      .toEqual(['ist.feros', 'ist.fors2', 'ist.muse', 'ist.sphere', 'ist.xshooter'])
    expect(await column('tap_obs', 'select distinct obs_collection from ivoa.ObsCore', 'obs_collection')).toHaveLength(1)
    expect(await column('tap_obs', "select column_name, datatype, unit, xtype from TAP_SCHEMA.columns where table_name = 'dbo.raw'", 'xtype'))
      .toContain('adql:REGION')
  })

  test('what its cones and filters become', async () => {
    const { rows } = await two.query('tap_obs', "select count(*) from dbo.raw where instrument in ('SPHERE') and "
      + "exp_start between '2016-01-01' and '2017-01-01' and intersects(s_region, circle('ICRS', 353.758, 1.614, 0.1))=1")
    expect(Object.values(rows[0] ?? {}).map(Number)).toEqual([1])
    expect(await column('tap_obs', "select top 3 dp_id, exp_start from ist.sphere where dp_cat = 'science' order by exp_start desc", 'dp_id'))
      .toHaveLength(1)
  })
})
