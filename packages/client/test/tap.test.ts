import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTapArchive, SLOW } from '../../server/test/support/tap.ts'
import type { TapArchive } from '../../server/test/support/tap.ts'
import type { ArchiveClient } from '../src/index.ts'
import { openClient as openBrowserClient, profileOf } from '../src/index.ts'
import { openClient } from '../src/node.ts'
import { failureOf, patientClient, startForeign } from './support/foreign.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive() })
afterAll(() => archive.close())

async function clientOf(subject?: string): Promise<ArchiveClient> {
  const client = openClient({ profile: profileOf(archive.url), now: () => archive.clock.nowMs + performance.now() })
  if (subject !== undefined) client.useToken(await archive.tokenOf(subject))
  return client
}
const IDS = 'SELECT dp_id FROM dbo.raw ORDER BY dp_id'

describe('at once', () => {
  test.each([[undefined, 3], ['visitor', 3], ['pi', 5], ['operator', 5]])('%s sees %i rows', async (subject, count) => {
    expect((await (await clientOf(subject)).tap.query(IDS)).rows).toHaveLength(count)
  })

  test('values keep what numbers of JavaScript would lose', async () => {
    const { records, fields } = await (await clientOf()).tap.query('SELECT dp_id, size_bytes, exposure, object FROM dbo.raw ORDER BY dp_id')
    expect(records[0]).toEqual({ dp_id: 'T.2021-01-01T00:00:01.000', size_bytes: 9007199254740993n, exposure: 0.5, object: 'NGC 1 & "co"' })
    expect(records[2]).toMatchObject({ size_bytes: null, object: null })
    expect(fields.map(({ name, unit }) => [name, unit])).toContainEqual(['exposure', 's'])
  })

  test('a result that was cut says so', async () => {
    const client = await clientOf()
    expect(await client.tap.query(IDS, { maxrec: 2 })).toMatchObject({ isCut: true, rows: [[expect.anything()], [expect.anything()]] })
    expect(await client.tap.query(IDS, { maxrec: 3 })).toMatchObject({ isCut: false })
    expect(await client.tap.query(IDS, { maxrec: 0 })).toMatchObject({ isCut: true, rows: [] })
  })

  test('a mistake comes back in the archive\'s words', async () => {
    expect(await failureOf((await clientOf()).tap.query('SELECT exposures FROM dbo.raw'))).toMatchObject({
      code: 'query_data', message: expect.stringMatching(/exposures.*\(127\.0\.0\.1:\d+, status 400\)$/),
    })
  })

  test('can be stopped', async () => {
    const controller = new AbortController()
    const stopped = failureOf((await clientOf()).tap.query(SLOW, { signal: controller.signal }))
    setTimeout(() => controller.abort(new Error('enough')), 100)
    expect((await stopped).message).toBe('enough')
  })
})

describe('as a job', () => {
  test('the steps of the tutorial', async () => {
    const client = await clientOf('pi')
    const job = await client.tap.submitJob(IDS)
    expect(job.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/tap_obs\/async\/[\w-]+$/)
    expect((await job.document()).phase).toBe('PENDING')
    await job.setExecutionDuration(300)
    expect((await job.document()).executionDuration).toBe(300)
    await job.run()
    const phases: string[] = []
    expect(await job.wait({ timeoutSeconds: 60, onPhase: (phase) => phases.push(phase) })).toBe('COMPLETED')
    expect(phases.at(-1)).toBe('COMPLETED')
    expect((await job.fetchResult()).rows).toHaveLength(5)
    await job.delete()
    expect((await failureOf(job.document())).code).toBe('job_not_found')
    await job.delete()
  })

  test('where the platform follows redirects, as browsers do', async () => {
    const client = openBrowserClient({ profile: profileOf(archive.url), now: () => archive.clock.nowMs + performance.now() })
    client.useToken(await archive.tokenOf('pi'))
    const job = await client.tap.submitJob(IDS)
    expect(job.url).toMatch(/\/tap_obs\/async\/[\w-]+$/)
    await job.setExecutionDuration(300)
    await job.run()
    expect(await job.wait({ timeoutSeconds: 60 })).toBe('COMPLETED')
    expect((await job.fetchResult()).rows).toHaveLength(5)
    await job.delete()
    expect((await failureOf(job.document())).code).toBe('job_not_found')
  })

  test('that fails tells why', async () => {
    const job = await (await clientOf()).tap.submitJob('SELECT nothing FROM dbo.raw')
    await job.run()
    expect(await job.wait({ timeoutSeconds: 60 })).toBe('ERROR')
    expect(await failureOf(job.fetchResult())).toMatchObject({ code: 'query_data', message: expect.stringMatching(/nothing/) })
    await job.delete()
  })

  test('that is slow is left to itself, found again, aborted', async () => {
    const client = await clientOf('pi')
    const job = await client.tap.submitJob(SLOW)
    await job.run()
    expect(await failureOf(job.wait({ timeoutSeconds: 1 }))).toMatchObject({ code: 'query_timeout', message: expect.stringContaining(job.url) })
    const again = client.tap.openJob(job.url)
    expect((await again.document()).phase).toMatch(/QUEUED|EXECUTING/)
    await again.abort()
    expect(await again.wait({ timeoutSeconds: 60 })).toBe('ABORTED')
    expect((await failureOf(again.fetchResult())).message).toMatch(/aborted/)
    expect((await failureOf((await clientOf('visitor')).tap.openJob(job.url).document())).code).toMatch(/job_not/)
    await again.delete()
  })
})

describe('other services', () => {
  const answer = async (body: string, type = 'text/xml') => {
    const { url } = await startForeign((_, response) => response.writeHead(200, { 'Content-Type': type }).end(body))
    return patientClient(url).client.tap.query('SELECT 1')
  }
  const FIELDS = '<FIELD name="dp_id" datatype="char" arraysize="*"/>'
  const ROW = '<DATA><TABLEDATA><TR><TD>A.B</TD></TR></TABLEDATA></DATA>'

  test.each([
    ['the status within TABLE', `<TABLE>${FIELDS}${ROW}<INFO name="QUERY_STATUS" value="OK"/></TABLE>`, false],
    ['an INFO without value', `<INFO name="note"/><TABLE>${FIELDS}${ROW}</TABLE>`, false],
    ['OVERFLOW after the rows', `<INFO name="QUERY_STATUS" value="OK"/><TABLE>${FIELDS}${ROW}</TABLE><INFO name="QUERY_STATUS" value="OVERFLOW"/>`, true],
    ['OVERFLOW within TABLE', `<TABLE>${FIELDS}${ROW}<INFO name="QUERY_STATUS" value="OVERFLOW"/></TABLE>`, true],
  ])('say %s', async (_, inner, isCut) => {
    const got = await answer(`<VOTABLE xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results">${inner}</RESOURCE></VOTABLE>`)
    expect(got).toMatchObject({ isCut, records: [{ dp_id: 'A.B' }] })
  })

  test('say ERROR after rows: nothing of it counts', async () => {
    const document = `<VOTABLE><RESOURCE type="results"><TABLE>${FIELDS}${ROW}</TABLE><INFO name="QUERY_STATUS" value="ERROR">timed out</INFO></RESOURCE></VOTABLE>`
    expect(await failureOf(answer(document))).toMatchObject({ code: 'query_data', message: 'timed out' })
  })

  test.each([
    ['', 'text/xml'], ['<html>', 'text/xml'], ['dp_id\nA.B\n', 'text/csv'],
    [`<VOTABLE><RESOURCE type="results"><TABLE>${FIELDS}<DATA><TABLEDATA><TR>`, 'text/xml'],
    ['<!DOCTYPE x [<!ENTITY a "b">]><VOTABLE/>', 'text/xml'], ['<VOTABLE/>', 'text/xml'],
  ])('send what is no result: %j as %s', async (body, type) => {
    expect((await failureOf(answer(body, type))).code).toBe('document_invalid')
  })

  test('break off within the rows', async () => {
    const { url } = await startForeign((_, response) => {
      response.writeHead(200, { 'Content-Type': 'text/xml' })
      response.write(`<VOTABLE><RESOURCE type="results"><TABLE>${FIELDS}<DATA><TABLEDATA>`, () => response.destroy())
    })
    expect((await failureOf(patientClient(url).client.tap.query('SELECT 1'))).code).toBe('archive_unreachable')
  })
})
