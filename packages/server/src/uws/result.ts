/**
 * `/async/<id>/results/result`: the stored document, served in place. TAP 1.1 §2.2; RFC 9110 §13, §14;
 * conformance T-3, T-14. A result never changes, so its key is its tag.
 */
import { ArchiveError } from '@quipu/vo'
import type { Principal } from '../access/principal.ts'
import { auditRows } from '../access/rows.ts'
import { httpDate, select } from '../files/range.ts'
import type { Context, Reply } from '../http/route.ts'
import type { JobRecord } from '../stores/truth.ts'
import { isTextType } from '../tap/formats.ts'
import { OVERFLOW_HEADER, pageHeaders } from '../tap/headers.ts'

/** A smaller one is sent as it is, with its length and ranges: those are worth more there. */
const LEAST_CODED_BYTES = 1024 * 1024

/**
 * Serves the result of a COMPLETED job.
 * @throws ArchiveError `result_not_found` while there is none, `result_gone` when the caller has lost a
 *   right that its rows were found with.
 */
export async function serveResult(ctx: Context, job: JobRecord): Promise<Reply> {
  const { archive } = ctx
  const result = resultOf(job)
  checkStillAllowed(ctx, job, result)
  const runs = runsIn(job, result)
  const stat = await archive.results.stat(result.key)
  if (!stat) throw new ArchiveError('result_not_found', 'the result of this job is gone; run the query again')
  const { sizeBytes } = stat
  const modifiedMs = job.endedMs ?? job.createdMs
  const etag = `"${result.key}"`
  const headers: Record<string, string> = {
    'ETag': etag, 'Last-Modified': httpDate(modifiedMs), 'Accept-Ranges': 'bytes',
    ...pageHeaders(result.mediaType), ...result.overflow === true ? { [OVERFLOW_HEADER]: 'true' } : {},
  }
  const isText = isTextType(result.mediaType)
  const codable = isText && sizeBytes >= LEAST_CODED_BYTES
    ? { encodable: { leastBytes: LEAST_CODED_BYTES } } : {}
  const selection = select(ctx.method, ctx.headers, { sizeBytes, etag, modifiedMs })
  switch (selection.status) {
    case 304: return { status: 304, headers, ...codable }
    case 412: return { status: 412, headers }
    case 416: throw new ArchiveError('range_not_satisfiable',
      `the result has ${sizeBytes} bytes; the range starts beyond them`)
    case 200: case 206:
  }
  const slice = selection.status === 206 ? selection.slice : { start: 0, end: sizeBytes - 1 }
  if (selection.status === 206) headers['Content-Range'] = `bytes ${slice.start}-${slice.end}/${sizeBytes}`
  return {
    status: selection.status,
    headers: {
      ...headers,
      'Content-Type': result.mediaType,
      'Content-Length': String(slice.end - slice.start + 1),
      'Content-Disposition': `inline; filename="${job.id}.${result.key.split('.').at(-1) ?? 'xml'}"`,
    },
    ...codable,
    ...ctx.method === 'HEAD' || sizeBytes === 0
      ? {} : { body: archive.results.read(result.key, slice.start, slice.end) },
    ended: (sent) => auditRows(ctx, 'result', runs, sent, `job=${job.id}`),
  }
}

/** Throws `result_not_found` while there is none. */
export function resultOf({ phase, result }: JobRecord): NonNullable<JobRecord['result']> {
  if (phase === 'COMPLETED' && result) return result
  throw new ArchiveError('result_not_found', `the job has no result; it is ${phase}`)
}

/** The rows of runs that the caller may no longer discover stay closed, wherever they were copied to. */
function checkStillAllowed(ctx: Context, job: JobRecord, result: NonNullable<JobRecord['result']>): void {
  const { archive, principal, nowMs, requestId } = ctx
  if (mayStillSee(principal, runsIn(job, result))) return
  archive.truth.audit({
    atMs: nowMs, action: 'result', subject: principal.subject, outcome: 'result_gone', requestId,
    clause: 'hidden', detail: `job=${job.id}`,
  })
  throw rightsLost()
}

/** Whether the caller has the rights that rows of these runs were found with. */
export function mayStillSee(principal: Principal, runs: readonly number[] | 'all'): boolean {
  return principal.isOperator || (runs !== 'all' && runs.every((run) => principal.discoverRuns.has(run)))
}

export function rightsLost(): ArchiveError {
  return new ArchiveError('result_gone',
    'the result was made with rights that you no longer hold; run the query again')
}

/** The runs whose rows may be in the result and that not everybody may know of. */
export function runsIn(
  { closedRuns = [] }: JobRecord, { runs }: NonNullable<JobRecord['result']>,
): readonly number[] | 'all' {
  return runs === 'all' ? runs : [...runs, ...closedRuns]
}
