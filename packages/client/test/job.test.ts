import { describe, expect, test } from 'vitest'
import { failureOf, fakeToken, patientClient, startForeign } from './support/foreign.ts'

/** A job document of some service; `more` is put at its end. */
function document(phase: string, { version = '1.1', more = '' }: { version?: string; more?: string } = {}): string {
  const attribute = version === '' ? '' : ` version="${version}"`
  return `<?xml version="1.0"?><uws:job xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink"${attribute}>
<uws:jobId>7</uws:jobId><uws:phase>${phase}</uws:phase><uws:executionDuration>300</uws:executionDuration>${more}</uws:job>`
}
const RESULT = `<VOTABLE><RESOURCE type="results"><TABLE><FIELD name="dp_id" datatype="char" arraysize="*"/>
<DATA><TABLEDATA><TR><TD>A.B</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`

/** A service that gives these documents of its job one after the other, the last again and again. */
async function serviceOf(documents: readonly string[]) {
  let next = 0
  const service = await startForeign((seen, response) => {
    if (seen.method !== 'GET') return response.writeHead(303, { Location: '/tap_obs/async/7' }).end()
    response.writeHead(200, { 'Content-Type': 'text/xml' })
    if (/result|error/.test(seen.path)) return response.end(RESULT)
    return response.end(documents[Math.min(next++, documents.length - 1)])
  })
  const made = patientClient(service.url)
  const job = made.client.tap.openJob(`${service.url}/tap_obs/async/7/`)
  return { ...service, ...made, job }
}

describe('waiting', () => {
  test('a service of UWS 1.0 is asked after longer and longer pauses', async () => {
    const { job, waits, seen } = await serviceOf([...Array.from({ length: 20 }, () => document('EXECUTING', { version: '' })), document('COMPLETED')])
    expect(await job.wait({ timeoutSeconds: 600 })).toBe('COMPLETED')
    expect(waits.slice(0, 3)).toEqual([100, 150, 225])
    expect(waits.at(-1)).toBe(10_000)
    expect(seen.every(({ path }) => path === '/tap_obs/async/7')).toBe(true)
  })

  test('a service of UWS 1.1 says itself when the phase changes', async () => {
    const { job, seen } = await serviceOf([document('QUEUED'), document('EXECUTING'), document('COMPLETED')])
    const phases: string[] = []
    await job.wait({ timeoutSeconds: 600, onPhase: (phase) => phases.push(phase) })
    expect(seen.map(({ path }) => path)).toEqual([
      '/tap_obs/async/7', '/tap_obs/async/7?WAIT=30&PHASE=QUEUED', '/tap_obs/async/7?WAIT=30&PHASE=EXECUTING',
    ])
    expect(phases).toEqual(['QUEUED', 'EXECUTING', 'COMPLETED'])
  })

  test('one that says so and does not is asked as one of 1.0', async () => {
    const { job, seen, waits } = await serviceOf([...Array.from({ length: 5 }, () => document('EXECUTING')), document('COMPLETED')])
    await job.wait({ timeoutSeconds: 600 })
    expect(seen.filter(({ path }) => path.includes('WAIT'))).toHaveLength(1)
    expect(waits).toHaveLength(4)
  })

  test('no longer than wanted: an error with the URL, and the job stays', async () => {
    const { job, seen, url } = await serviceOf([document('EXECUTING', { version: '1.0' })])
    expect(await failureOf(job.wait({ timeoutSeconds: 30 }))).toMatchObject({
      code: 'query_timeout', message: `the job is still EXECUTING after 30 s: ${url}/tap_obs/async/7`,
    })
    expect(seen.every(({ method }) => method === 'GET')).toBe(true)
  })

  test('HELD is run again (UWS 1.1 §2.1.3), UNKNOWN asked again', async () => {
    const { job, seen } = await serviceOf([document('HELD'), document('UNKNOWN'), document('WHATEVER'), document('COMPLETED')])
    expect(await job.wait({ timeoutSeconds: 600 })).toBe('COMPLETED')
    expect(seen.filter(({ method }) => method === 'POST').map(({ path, body }) => [path, body]))
      .toEqual([['/tap_obs/async/7/phase', 'PHASE=RUN']])
  })

  test.each(['COMPLETED', 'ERROR', 'ABORTED', 'ARCHIVED'])('%s is an end', async (phase) => {
    expect(await (await serviceOf([document(phase)])).job.wait({ timeoutSeconds: 1 })).toBe(phase)
  })

  test('can be stopped', async () => {
    const { job } = await serviceOf([document('EXECUTING', { version: '1.0' })])
    const stopped = job.wait({ timeoutSeconds: 600, signal: AbortSignal.abort(new Error('enough')) })
    expect((await failureOf(stopped)).message).toBe('enough')
  })
})

describe('the result', () => {
  const results = (inner: string) => document('COMPLETED', { more: `<uws:results>${inner}</uws:results>` })
  test.each([
    ['<uws:result id="result" xlink:href="/elsewhere/result-7"/>', '/elsewhere/result-7', 'by its name'],
    ['<uws:result id="log" xlink:href="/log"/><uws:result id="Result" xlink:href="result-7"/>', '/tap_obs/async/7/result-7', 'relative'],
    ['<uws:result id="x" xlink:href="/log"/><uws:result id="y" xlink:href="/a/results/result"/>', '/a/results/result', 'by its address'],
    ['<uws:result id="x" xlink:href="/only-result"/>', '/only-result', 'the only one'],
    ['', '/tap_obs/async/7/results/result', 'where TAP says'],
  ])('%s', async (inner, path) => {
    const { job, seen } = await serviceOf([results(inner)])
    expect((await job.fetchResult()).records).toEqual([{ dp_id: 'A.B' }])
    expect(seen.at(-1)?.path).toBe(path)
  })

  test('on another host it is fetched without the token', async () => {
    const other = await startForeign((_, response) => response.writeHead(200, { 'Content-Type': 'text/xml' }).end(RESULT))
    const { client, job, seen } = await serviceOf([results(`<uws:result id="result" xlink:href="${other.url}/r"/>`)])
    client.useToken(fakeToken())
    expect((await job.fetchResult()).rows).toHaveLength(1)
    expect(seen[0]?.headers['authorization']).toBeDefined()
    expect(other.seen[0]?.headers['authorization']).toBeUndefined()
  })

  test.each([
    ['ERROR', '<uws:errorSummary type="fatal"><uws:message>UsageFault: no table x</uws:message></uws:errorSummary>', 'no table x'],
    ['ERROR', '', 'the job failed, and the service gives no reason'],
    ['ABORTED', '', /ran longer than its 300 s/], ['ARCHIVED', '', /result was removed/], ['EXECUTING', '', /no result yet: it is EXECUTING/],
  ])('of a job that is %s', async (phase, more, message) => {
    const { job } = await serviceOf([document(phase, { more })])
    expect(await failureOf(job.fetchResult())).toMatchObject({ code: 'query_data', message: expect.stringMatching(message) })
  })

  test('an empty summary sends to the error document', async () => {
    const { url } = await startForeign(({ path }, response) => response.writeHead(200, { 'Content-Type': 'text/xml' }).end(
      path.endsWith('/error') ? '<VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">no table x</INFO></RESOURCE></VOTABLE>'
        : document('ERROR', { more: '<uws:errorSummary type="fatal" hasDetail="true"><uws:message/></uws:errorSummary>' })))
    const job = patientClient(url).client.tap.openJob(`${url}/async/7`)
    expect((await failureOf(job.fetchResult())).message).toBe('no table x')
  })
})

describe('making one', () => {
  const submit = async (status: number, headers: Record<string, string>) => {
    const service = await startForeign(({ path }, response) =>
      path === '/moved' ? response.writeHead(303, { Location: '/tap_obs/async/8' }).end() : response.writeHead(status, headers).end())
    const job = patientClient(service.url).client.tap.submitJob('SELECT 1', { maxrec: 5 })
    return { service, job }
  }

  test.each([
    [303, { Location: '/tap_obs/async/7' }, '/tap_obs/async/7', 'UWS'], [302, { Location: '/tap_obs/async/7/' }, '/tap_obs/async/7', 'a slash'],
    [201, { Location: '7' }, '/tap_obs/7', 'created'], [307, { Location: '/moved' }, '/tap_obs/async/8', 'the list is elsewhere'],
  ])('%i %j', async (status, headers, path) => {
    const { service, job } = await submit(status, headers)
    expect((await job).url).toBe(service.url + path)
    expect(service.seen.map(({ method, body }) => [method, body]).at(-1))
      .toEqual(['POST', 'REQUEST=doQuery&LANG=ADQL&QUERY=SELECT+1&MAXREC=5'])
  })

  test.each([[200, {}], [303, {}], [301, { Location: '/tap_obs/async/' }], [303, { Location: 'http://' }]])('%i %j tells nothing', async (status, headers) => {
    const { job } = await submit(status, headers)
    expect(await failureOf(job)).toMatchObject({ code: 'archive_unreachable', message: expect.stringMatching(/did not say where the job is/) })
  })
})

test('what it takes to go on with a job that is gone, or somebody else\'s', async () => {
  for (const [status, code] of [[404, 'job_not_found'], [403, 'job_not_yours']] as const) {
    const { url } = await startForeign((_, response) => response.writeHead(status).end())
    const job = patientClient(url).client.tap.openJob(`${url}/async/7`)
    expect((await failureOf(job.document())).code).toBe(code)
    expect((await failureOf(job.run())).code).toBe(status === 404 ? code : 'job_phase_conflict')
    if (status === 404) await job.delete()
    else expect((await failureOf(job.delete())).code).toBe(code)
  }
})
