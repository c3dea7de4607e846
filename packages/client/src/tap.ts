/** A TAP service: searches at once and as jobs. TAP 1.1 §2; eso-protocol §2. */
import { makeJob, submit } from './job.ts'
import type { Clock, Job } from './job.ts'
import type { Requester } from './request.ts'
import { QUERY_CODES, readResult } from './result.ts'
import type { TapResult } from './result.ts'

export interface Searching {
  /** Rows wanted at most; more exist when the result says `isCut`. */
  readonly maxrec?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface TapService {
  readonly url: string
  /**
   * A synchronous search.
   * @throws ArchiveError `query_data` with the service's words when it refuses or fails.
   */
  query(adql: string, searching?: Searching): Promise<TapResult>
  /** Makes a job that waits for `run`. */
  submitJob(adql: string, searching?: Searching): Promise<Job>
  /** A job made earlier, by its URL. */
  openJob(url: string): Job
}

export function makeTapService(url: string, requester: Requester, clock: Clock): TapService {
  // REQUEST is for services of TAP 1.0.
  const formOf = (adql: string, { maxrec }: Searching): Record<string, string> => ({
    REQUEST: 'doQuery', LANG: 'ADQL', QUERY: adql, ...maxrec === undefined ? {} : { MAXREC: String(maxrec) },
  })
  return {
    url,
    async query(adql, searching = {}) {
      return readResult(await requester.ask(`${url}/sync`, {
        method: 'POST', form: formOf(adql, searching), signal: searching.signal,
        refuseHtml: true, codes: QUERY_CODES,
      }))
    },
    async submitJob(adql, searching = {}) {
      const jobUrl = await submit(`${url}/async`, formOf(adql, searching), requester, searching.signal)
      return makeJob(jobUrl, requester, clock)
    },
    openJob: (jobUrl) => makeJob(jobUrl, requester, clock),
  }
}
