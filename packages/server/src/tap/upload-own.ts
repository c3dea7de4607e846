/**
 * Results of this archive's own jobs as uploads: read where they are, with the caller's rights, though an
 * address of ours may be one that nothing is fetched from. TAP 1.1 §2.7.6; conformance P-4.
 */
import type { Archive } from '../archive.ts'
import type { JobRecord } from '../stores/truth.ts'
import { usableJob } from '../uws/jobs.ts'
import { mayStillSee, resultOf, rightsLost, runsIn } from '../uws/result.ts'
import type { Caller } from './query.ts'

const RESULT = /^(\w+)\/async\/([^/?#]+)\/results\/result\/?$/

/**
 * Undefined for an address that is no result of ours.
 * @throws ArchiveError `job_not_found` for somebody else's as for one that is not there, `result_not_found`,
 *   `result_gone`.
 */
export function findOwnResult(
  { truth, config }: Pick<Archive, 'truth' | 'config'>, uri: string, caller: Caller,
): Pick<NonNullable<JobRecord['result']>, 'key' | 'sizeBytes' | 'runs'> | undefined {
  const bases = [caller.baseUrl, ...config.http.publicUrl === undefined ? [] : [config.http.publicUrl]]
  const url = URL.parse(uri)
  if (url === null) return undefined
  const base = bases.map((one) => new URL(`${one}/`)).find(({ href }) => url.href.startsWith(href))
  if (base === undefined) return undefined
  const [, service, id] = RESULT.exec(url.pathname.slice(base.pathname.length)) ?? []
  if (service === undefined || id === undefined) return undefined
  const job = usableJob(truth, { id, service, subject: caller.principal.subject, nowMs: caller.nowMs })
  const result = resultOf(job)
  const runs = runsIn(job, result)
  if (!mayStillSee(caller.principal, runs)) throw rightsLost()
  return { key: result.key, sizeBytes: result.sizeBytes, runs }
}
