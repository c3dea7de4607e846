import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { ArchiveError } from '@quipu/vo'
import { afterEach, expect, test } from 'vitest'
import type { Columns } from '../../src/stores/columns.ts'
import { form, makeTapArchive, readResult, SLOW } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive | undefined
afterEach(async () => { await archive?.close() })

test('a query over its time is 504 with the reason in a VOTable', async () => {
  archive = await makeTapArchive({ config: 'tap: { syncSeconds: 1 }' })
  const answer = await archive.query(SLOW)
  expect(answer.status).toBe(504)
  const { status, message } = await readResult(answer)
  expect({ status, message }).toMatchObject({ status: 'ERROR', message: expect.stringMatching(/timed out after 1 s/) })
})

test('one query more than may run is 503, and who hangs up makes room', async () => {
  archive = await makeTapArchive({ config: 'tap: { runningQueries: 1 }' })
  const { hostname, port } = new URL(archive.url)
  const slow = request({ hostname, port, path: `/tap_obs/sync?${form({ LANG: 'ADQL', QUERY: SLOW })}` })
  slow.on('error', () => undefined)
  slow.end()
  const quick = 'SELECT TOP 1 n FROM dbo.numbers'
  await until(async () => (await archive?.query(quick))?.status === 503)
  const refused = await archive.query(quick)
  expect(refused.headers['retry-after']).toBeDefined()
  expect((await readResult(refused)).status).toBe('ERROR')
  slow.destroy()
  await until(async () => (await archive?.query(quick))?.status === 200)
})

test('a failure after the first rows ends the VOTable with ERROR, and breaks CSV off', async () => {
  archive = await makeTapArchive({ wrap: failingLate })
  const adql = 'SELECT n FROM dbo.numbers'
  const answer = await archive.query(adql)
  expect(answer.status).toBe(200)
  const { status, message } = await readResult(answer)
  expect({ status, message }).toMatchObject({ status: 'ERROR', message: expect.stringMatching(/a cast failed/) })
  expect(answer.body.indexOf('</TABLE>')).toBeLessThan(answer.body.lastIndexOf('a cast failed'))
  expect(answer.body).toMatch(/<\/VOTABLE>\s*$/)
  await expect(archive.query(adql, { FORMAT: 'csv' })).rejects.toThrow()
})

test('a bug in the engine is told by the request id only', async () => {
  archive = await makeTapArchive({
    wrap: (columns) => ({ ...columns, stream: () => { throw new TypeError('secret of the engine') } }),
  })
  const answer = await archive.query('SELECT n FROM dbo.numbers')
  expect(answer.status).toBe(500)
  expect(answer.body).not.toContain('secret')
  expect(answer.body).toContain(String(answer.headers['x-request-id']))
})

/** Gives the first batch, then fails. */
function failingLate(columns: Columns): Columns {
  return {
    ...columns,
    async stream(statement, signal) {
      const stream = await columns.stream(statement, signal)
      return {
        close: () => stream.close(),
        async* [Symbol.asyncIterator]() {
          for await (const batch of stream) {
            yield batch
            throw new ArchiveError('query_data', 'a cast failed')
          }
        },
      }
    },
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 100; i += 1) {
    if (await holds()) return
    await sleep(50)
  }
  throw new Error('it never came to pass')
}
