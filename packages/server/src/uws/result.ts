/**
 * `/async/<id>/results/result`: the stored document, served in place. TAP 1.1 §2.2; RFC 9110 §13.1
 * (conditional), §8.8.3 (ETag); conformance T-3, T-14. A result never changes, so its key is its tag.
 */
import { ArchiveError } from '@quipu/vo'
import type { Context, Reply } from '../http/route.ts'
import type { JobRecord } from '../stores/truth.ts'

/** Serves the result of a COMPLETED job. Throws `result_not_found` while there is none. */
export async function serveResult(ctx: Context, job: JobRecord): Promise<Reply> {
  const { result } = job
  if (job.phase !== 'COMPLETED' || !result) {
    throw new ArchiveError('result_not_found', `the job has no result; it is ${job.phase}`)
  }
  const stat = await ctx.archive.results.stat(result.key)
  if (!stat) throw new ArchiveError('result_not_found', 'the result of this job is gone; run the query again')
  const etag = `"${result.key.replaceAll(/[^\w.-]/g, '-')}"`
  const headers = {
    ETag: etag,
    'Last-Modified': new Date(job.endedMs ?? job.createdMs).toUTCString(),
  }
  if (matches(ctx.headers['if-none-match'], etag)) return { status: 304, headers }
  const extension = result.key.split('.').at(-1) ?? 'xml'
  return {
    status: 200,
    headers: {
      ...headers,
      'Content-Type': result.mediaType,
      'Content-Length': String(stat.sizeBytes),
      'Content-Disposition': `inline; filename="${job.id}.${extension}"`,
    },
    ...ctx.method === 'HEAD' || stat.sizeBytes === 0
      ? {} : { body: ctx.archive.results.read(result.key, 0, stat.sizeBytes - 1) },
  }
}

function matches(asked: string | undefined, etag: string): boolean {
  return asked !== undefined
    && asked.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
