/** The same requests to two archives, one on each engine: the answers are the same bytes. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openPostgresColumns } from '../../src/stores/postgres-columns.ts'
import { describePostgres, startPostgres } from '../support/postgres.ts'
import type { PostgresServer } from '../support/postgres.ts'
import { form, makeTapArchive, SLOW } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

const QUERIES = [
  'SELECT * FROM dbo.raw ORDER BY dp_id', 'SELECT * FROM raw WHERE object LIKE \'ngc%\' ORDER BY size_bytes DESC', 'SELECT COUNT(*), SUM(size_bytes), AVG(exposure) FROM dbo.raw WHERE size_bytes < 10',
  'SELECT TOP 3 object, exp_start, exposure / 3 AS third FROM raw ORDER BY object DESC, dp_id', 'SELECT n, n / 7, MOD(n, 7), SQRT(n), CAST(n / 3.0 AS VARCHAR) AS t FROM dbo.numbers WHERE n < 50 ORDER BY n',
  'SELECT * FROM TAP_SCHEMA.columns ORDER BY table_name, column_name', 'SELECT * FROM TAP_SCHEMA.tables ORDER BY table_name', 'SELECT * FROM tap_schema.keys ORDER BY key_id',
  'SELECT prog_id, COUNT(*) AS c FROM raw GROUP BY prog_id HAVING COUNT(*) > 1 ORDER BY prog_id', 'SELECT dp_id FROM raw WHERE 1 = 0', 'SELECT TOP 0 * FROM raw',
  'SELECT a.n FROM numbers a JOIN numbers b ON a.n = b.n + 1 WHERE a.n < 9 ORDER BY a.n', 'SELECT n FROM numbers ORDER BY n', 'SELECT n FROM numbers WHERE n < 5 UNION SELECT n * 2 FROM numbers WHERE n < 5 ORDER BY n',
  'SELECT 1 / (n - 5) AS x FROM numbers', 'SELECT n * 2000000000 AS x FROM numbers', 'SELECT CAST(object AS INTEGER) FROM raw', 'SELECT nothing FROM raw', 'SELECT SUM(size_bytes) FROM raw a, numbers',
]

describePostgres('both engines', () => {
  let server: PostgresServer
  let archives: readonly TapArchive[] = []
  beforeAll(async () => {
    server = await startPostgres()
    const url = await server.freshUrl()
    const config = 'tap: { syncSeconds: 3 }'
    archives = [await makeTapArchive({ config }), await makeTapArchive({
      config, open: (stored) => openPostgresColumns({ url, stored, connections: 6, statementSeconds: 60 }),
    })]
  })
  afterAll(async () => {
    for (const archive of archives) await archive.close()
    await server.stop()
  })

  /** What an archive answers, without its address and its words for the moment. */
  async function answers(ask: (archive: TapArchive) => Promise<{ status: number; body: string }>) {
    return Promise.all(archives.map(async (archive) => {
      const { status, body } = await ask(archive)
      expect(status).not.toBe(401)
      const readable = body.replace(/(<STREAM[^>]*>)([^<]*)/, (_, tag: string, bytes: string) => tag + Buffer.from(bytes, 'base64').toString('latin1'))
      return { status, body: readable.replaceAll(archive.url, 'URL').replace(/request [0-9a-f-]{36}/g, 'request') }
    }))
  }

  for (const as of [undefined, 'pi', 'operator']) {
    for (const FORMAT of ['votable', 'csv', 'votable/b2', 'json']) {
      test.each(QUERIES)(`${as ?? 'anonymous'}, ${FORMAT}: %s`, async (query) => {
        const [one, other] = await answers((archive) => archive.query(query, { RESPONSEFORMAT: FORMAT, MAXREC: '2500' }, as))
        expect(other).toEqual(one)
      })
    }
  }

  test('a job gives the same', async () => {
    const results = await answers(async (archive) => {
      const made = await archive.ask('/tap_obs/async', { as: 'pi', body: form({ LANG: 'ADQL', QUERY: QUERIES[0] ?? '', FORMAT: 'csv', PHASE: 'RUN' }) })
      expect(made).toMatchObject({ status: 303 })
      const path = new URL(String(made.headers.location)).pathname
      for (let i = 0; i < 100; i++) {
        const phase = await archive.ask(`${path}/phase`, { as: 'pi' })
        if (phase.body === 'COMPLETED') break
        await new Promise((resolve) => { setTimeout(resolve, 50) })
      }
      return archive.ask(`${path}/results/result`, { as: 'pi' })
    })
    expect(results[0]?.status).toBe(200)
    expect(results[1]).toEqual(results[0])
  })

  test('a query that takes too long ends, and so does what the database does for it', async () => {
    const [one, other] = await answers((archive) => archive.query(SLOW))
    expect(other).toEqual(one)
    expect(one?.status).toBeGreaterThanOrEqual(500)
    const busy = await server.query(`select count(*) from pg_stat_activity where state = 'active' and application_name = 'quipu'`)
    expect(busy).toEqual([['0']])
  })
})
