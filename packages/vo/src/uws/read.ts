/** UWS documents, read: versions 1.0 and 1.1, any prefix, elements in any order. UWS 1.1 §2.2. */
import { ArchiveError } from '../errors.ts'
import { childOf, childrenOf, childText, readXml } from '../xml.ts'
import type { XmlElement } from '../xml.ts'
import { PHASES } from './job.ts'
import type { ErrorSummary, JobDocument, JobParameter, JobReference, JobResult, Phase } from './job.ts'

/** A job and what its document says of the protocol: WAIT is for 1.1 only (UWS 1.1 §2.2.1.1). */
export interface ReadJob extends JobDocument { readonly version: string }

/**
 * Reads the document of a job. A phase that UWS does not have reads as UNKNOWN. Throws `document_invalid`.
 */
export function readJob(xml: string): ReadJob {
  const job = rootOf(xml, 'job')
  const jobId = childText(job, 'jobId')
  if (jobId === null || jobId === '') throw new ArchiveError('document_invalid', 'the UWS job has no jobId')
  const error = childOf(job, 'errorSummary')
  return {
    version: job.attributes.get('version') ?? '1.0',
    jobId,
    runId: textOrNull(job, 'runId'),
    ownerId: textOrNull(job, 'ownerId'),
    phase: phaseOf(job),
    quote: textOrNull(job, 'quote'),
    creationTime: textOrNull(job, 'creationTime'),
    startTime: textOrNull(job, 'startTime'),
    endTime: textOrNull(job, 'endTime'),
    executionDuration: numberOf(childText(job, 'executionDuration')) ?? 0,
    destruction: textOrNull(job, 'destruction'),
    parameters: listOf(job, 'parameters', 'parameter', parameterOf),
    results: listOf(job, 'results', 'result', resultOf),
    errorSummary: error === undefined ? null : errorOf(error),
  }
}

/** Reads a list of jobs. Throws `document_invalid`. */
export function readJobList(xml: string): JobReference[] {
  return childrenOf(rootOf(xml, 'jobs'), 'jobref').map((job) => ({
    id: job.attributes.get('id') ?? '',
    phase: phaseOf(job),
    runId: textOrNull(job, 'runId'),
    ownerId: textOrNull(job, 'ownerId'),
    creationTime: textOrNull(job, 'creationTime'),
    href: attributeNamed(job, 'href') ?? null,
  }))
}

function rootOf(xml: string, name: string): XmlElement {
  const root = readXml(xml, `the UWS ${name} document`)
  if (root.name === name) return root
  throw new ArchiveError('document_invalid', `expected a UWS ${name} document, got one of <${root.name}>`)
}

function phaseOf(element: XmlElement): Phase {
  const text = childText(element, 'phase')?.toUpperCase()
  return PHASES.find((phase) => phase === text) ?? 'UNKNOWN'
}

function textOrNull(element: XmlElement, name: string): string | null {
  const text = childText(element, name)
  return text === '' ? null : text
}

function numberOf(text: string | null | undefined): number | undefined {
  const number = text === null || text === undefined || text === '' ? NaN : Number(text)
  return Number.isFinite(number) && number >= 0 ? number : undefined
}

function listOf<T>(job: XmlElement, list: string, item: string, read: (element: XmlElement) => T): T[] {
  const parent = childOf(job, list)
  return parent === undefined ? [] : childrenOf(parent, item).map(read)
}

/** `xlink:href` whatever its prefix. */
function attributeNamed(element: XmlElement, local: string): string | undefined {
  for (const [name, value] of element.attributes) {
    if (name === local || name.endsWith(`:${local}`)) return value
  }
  return undefined
}

function parameterOf(element: XmlElement): JobParameter {
  const flag = (name: string) => element.attributes.get(name) === 'true' || undefined
  return {
    id: element.attributes.get('id') ?? '',
    value: element.text,
    isPost: flag('isPost'),
    byReference: flag('byReference'),
  }
}

function resultOf(element: XmlElement): JobResult {
  return {
    id: element.attributes.get('id') ?? '',
    href: attributeNamed(element, 'href') ?? '',
    mimeType: element.attributes.get('mime-type'),
    size: numberOf(element.attributes.get('size')),
  }
}

function errorOf(element: XmlElement): ErrorSummary {
  return {
    type: element.attributes.get('type') === 'transient' ? 'transient' : 'fatal',
    hasDetail: element.attributes.get('hasDetail') === 'true',
    message: childOf(element, 'message')?.text ?? element.text.trim(),
  }
}
