/**
 * UWS documents, written. UWS 1.1 §2.2 and its schema (element order; version 1.1 lives in the namespace
 * v1.0).
 *
 * The namespace is the default one, without prefix, because there are clients that look for `<message>` as
 * text.
 */
import { attributesText, escapeXml, XSI } from '../xml.ts'
import type { ErrorSummary, JobDocument, JobParameter, JobReference, JobResult } from './job.ts'

/** Of versions 1.0 and 1.1 alike. */
export const UWS_NAMESPACE = 'http://www.ivoa.net/xml/UWS/v1.0'

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
const NAMESPACES = ` xmlns="${UWS_NAMESPACE}" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xsi="${XSI}"`

/** The document of one job. */
export function writeJob(job: JobDocument): string {
  return `${DECLARATION}<job version="1.1"${NAMESPACES}>\n${[
    element('jobId', job.jobId),
    job.runId === null ? '' : element('runId', job.runId),
    nillable('ownerId', job.ownerId),
    element('phase', job.phase),
    nillable('quote', job.quote),
    job.creationTime === null ? '' : element('creationTime', job.creationTime),
    nillable('startTime', job.startTime),
    nillable('endTime', job.endTime),
    element('executionDuration', String(job.executionDuration)),
    nillable('destruction', job.destruction),
    parametersText(job.parameters, ''),
    resultsText(job.results, ''),
    job.errorSummary === null ? '' : errorText(job.errorSummary),
  ].join('')}</job>\n`
}

/** The document of a list of jobs, in the order given. */
export function writeJobList(jobs: readonly JobReference[]): string {
  const references = jobs.map((job) => [
    `  <jobref${attributesText({ id: job.id, 'xlink:href': job.href })}>\n`,
    element('phase', job.phase),
    job.runId === null ? '' : element('runId', job.runId),
    nillable('ownerId', job.ownerId),
    job.creationTime === null ? '' : element('creationTime', job.creationTime),
    '  </jobref>\n',
  ].join(''))
  return `${DECLARATION}<jobs version="1.1"${NAMESPACES}>\n${references.join('')}</jobs>\n`
}

/** The document of `/results`. */
export function writeResults(results: readonly JobResult[]): string {
  return DECLARATION + resultsText(results, NAMESPACES)
}

/** The document of `/parameters`. */
export function writeParameters(parameters: readonly JobParameter[]): string {
  return DECLARATION + parametersText(parameters, NAMESPACES)
}

function element(name: string, text: string): string {
  return `  <${name}>${escapeXml(text)}</${name}>\n`
}

function nillable(name: string, text: string | null): string {
  return text === null ? `  <${name} xsi:nil="true"/>\n` : element(name, text)
}

function parametersText(parameters: readonly JobParameter[], namespaces: string): string {
  const indent = namespaces === '' ? '  ' : ''
  const lines = parameters.map(({ id, value, isPost, byReference }) => {
    const attributes = attributesText({
      byReference: byReference === true ? 'true' : null, id, isPost: isPost === true ? 'true' : null,
    })
    return `${indent}  <parameter${attributes}>${escapeXml(value)}</parameter>\n`
  })
  return `${indent}<parameters${namespaces}>\n${lines.join('')}${indent}</parameters>\n`
}

function resultsText(results: readonly JobResult[], namespaces: string): string {
  const indent = namespaces === '' ? '  ' : ''
  const lines = results.map(({ id, href, mimeType, size }) => {
    const attributes = attributesText({ id, 'mime-type': mimeType, size, 'xlink:href': href })
    return `${indent}  <result${attributes}/>\n`
  })
  return `${indent}<results${namespaces}>\n${lines.join('')}${indent}</results>\n`
}

function errorText({ type, hasDetail, message }: ErrorSummary): string {
  const attributes = attributesText({ type, hasDetail: String(hasDetail) })
  return `  <errorSummary${attributes}>\n    <message>${escapeXml(message)}</message>\n  </errorSummary>\n`
}
