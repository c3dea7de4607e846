import { expect, test } from 'vitest'
import { isFinal, PHASES, writeJob, writeJobList, writeParameters, writeResults } from '../../src/uws/index.ts'
import type { JobDocument } from '../../src/uws/index.ts'
import { readXml } from '../../src/xml.ts'

const job: JobDocument = {
  jobId: 'e1a13839', runId: 'my run', ownerId: 'kim', phase: 'COMPLETED', quote: null,
  creationTime: '2026-01-02T03:04:05.000Z', startTime: '2026-01-02T03:04:06.000Z', endTime: '2026-01-02T03:04:07.000Z',
  executionDuration: 60, destruction: '2026-01-03T03:04:05.000Z',
  parameters: [{ id: 'LANG', value: 'ADQL' }, { id: 'QUERY', value: "select 'a' where 1 < 2\n-- é" }, { id: 'UPLOAD', value: 'http://h/p', byReference: true, isPost: true }],
  results: [{ id: 'result', href: 'https://h/async/e1a13839/results/result?a=1&b=2', mimeType: 'text/csv', size: 12 }],
  errorSummary: null,
}
const bare: JobDocument = {
  jobId: '1', runId: null, ownerId: null, phase: 'PENDING', quote: null, creationTime: null, startTime: null, endTime: null,
  executionDuration: 0, destruction: null, parameters: [], results: [],
  errorSummary: { type: 'transient', hasDetail: false, message: 'too <busy>' },
}

test('the elements stand in the order of the schema, and what must be there is', () => {
  const full = readXml(writeJob(job), 'it')
  expect([full.name, full.uri, full.attributes.get('version')]).toEqual(['job', 'http://www.ivoa.net/xml/UWS/v1.0', '1.1'])
  expect(full.children.map(({ name }) => name)).toEqual([
    'jobId', 'runId', 'ownerId', 'phase', 'quote', 'creationTime', 'startTime', 'endTime', 'executionDuration', 'destruction', 'parameters', 'results'])
  const least = readXml(writeJob(bare), 'it')
  expect(least.children.map(({ name, attributes }) => name + (attributes.get('xsi:nil') === 'true' ? '?' : ''))).toEqual([
    'jobId', 'ownerId?', 'phase', 'quote?', 'startTime?', 'endTime?', 'executionDuration', 'destruction?', 'parameters', 'results', 'errorSummary'])
})

test('names have no prefix, for clients that look for <message>', () => {
  expect(writeJob(bare)).toContain('<errorSummary type="transient" hasDetail="false">\n    <message>too &lt;busy&gt;</message>')
  expect(writeJob(job)).toContain('<result id="result" mime-type="text/csv" size="12" xlink:href="https://h/async/e1a13839/results/result?a=1&amp;b=2"/>')
})

test('a list of jobs', () => {
  const list = readXml(writeJobList([
    { id: 'b', phase: 'QUEUED', runId: 'r', ownerId: 'kim', creationTime: '2026-01-02T03:04:05Z', href: 'https://h/async/b' },
    { id: 'a', phase: 'ERROR', runId: null, ownerId: null, creationTime: null, href: null },
  ]), 'it')
  expect([list.name, list.attributes.get('version')]).toEqual(['jobs', '1.1'])
  expect(list.children.map(({ name, attributes }) => [name, attributes.get('id'), attributes.get('xlink:href')])).toEqual([
    ['jobref', 'b', 'https://h/async/b'], ['jobref', 'a', undefined]])
  expect(list.children.map(({ children }) => children.map(({ name }) => name))).toEqual([['phase', 'runId', 'ownerId', 'creationTime'], ['phase', 'ownerId']])
  expect(readXml(writeJobList([]), 'it').children).toEqual([])
})

test('results and parameters alone are documents', () => {
  const results = readXml(writeResults(job.results), 'it')
  expect([results.name, results.uri, results.children.length]).toEqual(['results', 'http://www.ivoa.net/xml/UWS/v1.0', 1])
  const parameters = readXml(writeParameters(job.parameters), 'it')
  expect(parameters.children.map(({ attributes, text }) => [attributes.get('id'), attributes.get('byReference'), text])).toEqual([
    ['LANG', undefined, 'ADQL'], ['QUERY', undefined, "select 'a' where 1 < 2\n-- é"], ['UPLOAD', 'true', 'http://h/p']])
})

test('which phases are final', () => {
  expect(PHASES.filter(isFinal)).toEqual(['COMPLETED', 'ERROR', 'ABORTED', 'ARCHIVED'])
})
