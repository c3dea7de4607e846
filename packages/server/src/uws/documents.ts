/** A job's record as the documents of UWS tell it. UWS 1.1 §2.2.1, §2.2.2; conformance U-12 to U-19, U-29. */
import { isoOf } from '@quipu/vo'
import type { JobDocument } from '@quipu/vo/uws'
import type { JobRecord } from '../stores/truth.ts'

/** The job's own address; `baseUrl` is that of the request that asks. */
export function jobUrl(baseUrl: string, job: JobRecord): string {
  return `${baseUrl}/${job.service}/async/${job.id}`
}

/** The document of one job, for `writeJob`. */
export function jobDocument(baseUrl: string, job: JobRecord): JobDocument {
  return {
    jobId: job.id, runId: job.runLabel, ownerId: job.owner, phase: job.phase,
    quote: null,
    creationTime: isoOf(job.createdMs),
    startTime: timeOf(job.startedMs), endTime: timeOf(job.endedMs),
    executionDuration: job.executionSeconds, destruction: isoOf(job.destructionMs),
    parameters: parametersOf(baseUrl, job), results: resultsOf(baseUrl, job), errorSummary: errorOf(job),
  }
}

/**
 * The parameters, `QUERY` and its like first to last as they were sent, then the uploads; what came inline
 * is told by its address (UWS 1.1 §2.2.3.1.1).
 */
export function parametersOf(baseUrl: string, job: JobRecord): JobDocument['parameters'] {
  const { parameters, uploads = [] } = job
  const parts = new Set(uploads.flatMap(({ file }) => file?.part ?? []))
  return [
    ...Object.entries(parameters).map(([id, value]) => ({ id, value })),
    ...uploads.map(({ name, uri }) => ({ id: 'UPLOAD', value: `${name},${uri}` })),
    ...[...parts].map((part) => ({
      id: part, byReference: true, value: `${jobUrl(baseUrl, job)}/parameters/${encodeURIComponent(part)}`,
    })),
  ]
}

/** TAP 1.1 §2.2: one result, whose id is `result`. */
export function resultsOf(baseUrl: string, job: JobRecord): JobDocument['results'] {
  if (job.phase !== 'COMPLETED' || !job.result) return []
  return [{
    id: 'result', href: `${jobUrl(baseUrl, job)}/results/result`,
    mimeType: job.result.mediaType, size: job.result.sizeBytes,
  }]
}

function errorOf({ error }: JobRecord): JobDocument['errorSummary'] {
  if (!error) return null
  return { type: error.isTransient ? 'transient' : 'fatal', hasDetail: true, message: error.message }
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : isoOf(ms)
}
