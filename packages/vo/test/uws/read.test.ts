import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PHASES, readJob, readJobList, writeJob, writeJobList } from '../../src/uws/index.ts'
import type { JobDocument } from '../../src/uws/index.ts'

const word = fc.string({ minLength: 1 }).map((text) => text.trim()).filter((text) => text !== '')
const time = fc.option(fc.constantFrom('2026-01-02T03:04:05.678Z', '2026-12-31T23:59:59Z'))
const flag = fc.constantFrom(true, undefined)
const anyJob: fc.Arbitrary<JobDocument> = fc.record({
  jobId: word, runId: fc.option(word), ownerId: fc.option(word), phase: fc.constantFrom(...PHASES), quote: time, creationTime: time,
  startTime: time, endTime: time, executionDuration: fc.nat(), destruction: time,
  parameters: fc.array(fc.record({ id: word, value: fc.string(), isPost: flag, byReference: flag }), { maxLength: 3 }),
  results: fc.array(fc.record({ id: word, href: fc.webUrl(), mimeType: fc.option(word, { nil: undefined }), size: fc.option(fc.nat(), { nil: undefined }) }), { maxLength: 3 }),
  errorSummary: fc.option(fc.record({ type: fc.constantFrom('transient' as const, 'fatal' as const), hasDetail: fc.boolean(), message: fc.string() })),
})

test('what is written is what is read', () => {
  fc.assert(fc.property(anyJob, (job) => { expect(readJob(writeJob(job))).toEqual({ ...job, version: '1.1' }) }))
  const reference = fc.record({ id: word, phase: fc.constantFrom(...PHASES), runId: fc.option(word), ownerId: fc.option(word), creationTime: time, href: fc.option(fc.webUrl()) })
  fc.assert(fc.property(fc.array(reference, { maxLength: 4 }), (jobs) => { expect(readJobList(writeJobList(jobs))).toEqual(jobs) }))
})

test('a job of another service: UWS 1.0, other prefixes, other order, blanks, more elements', () => {
  const job = readJob(`<?xml version="1.0"?>
    <u:job xmlns:u="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xl="http://www.w3.org/1999/xlink" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
      <u:phase> EXECUTING </u:phase><u:jobId>
        42 </u:jobId><u:ownerId i:nil="true"/><u:startTime></u:startTime><u:executionduration>7</u:executionduration>
      <u:results><u:result id="result" xl:href="http://h/r" size="-1"/></u:results><u:jobInfo><x><y/></x></u:jobInfo></u:job>`)
  expect(job).toMatchObject({ version: '1.0', jobId: '42', phase: 'EXECUTING', ownerId: null, startTime: null, executionDuration: 0, errorSummary: null, parameters: [] })
  expect(job.results).toEqual([{ id: 'result', href: 'http://h/r' }])
})

test('a phase that UWS does not have is UNKNOWN: ask again', () => {
  expect(readJob('<job><jobId>1</jobId><phase>PONDERING</phase></job>').phase).toBe('UNKNOWN')
  expect(readJob('<job><jobId>1</jobId></job>').phase).toBe('UNKNOWN')
})

test.each([
  ['no job', '<jobs/>', /expected a UWS job document, got one of <jobs>/],
  ['HTML', '<html><body/></html>', /got one of <html>/],
  ['no id', '<job><phase>PENDING</phase></job>', /no jobId/],
  ['a DOCTYPE', '<!DOCTYPE job><job/>', /DOCTYPE/],
  ['text', 'PENDING', /not XML/],
])('refuses %s', (_, xml, message) => {
  expect(() => readJob(xml)).toThrow(expect.objectContaining({ code: 'document_invalid', message: expect.stringMatching(message) }))
})
