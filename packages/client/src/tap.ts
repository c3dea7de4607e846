/** A TAP service: searches at once and as jobs. TAP 1.1 §2; UWS 1.1; eso-protocol §2. */
import { ArchiveError } from '@quipu/vo'
import { isFinal, readJob } from '@quipu/vo/uws'
import type { JobDocument, Phase } from '@quipu/vo/uws'
import { queryStatus, readVotable, recordsOf, resultTable } from '@quipu/vo/votable'
import type { Cell, Field, Row } from '@quipu/vo/votable'
import type { Requester } from './request.ts'

/** A result in memory. */
export interface TapResult {
  readonly fields: readonly Field[]
  readonly rows: readonly Row[]
  /** One object a row, by column name. */
  readonly records: readonly Readonly<Record<string, Cell>>[]
  /** The service cut the result: there are more rows. */
  readonly isCut: boolean
}

export interface Searching {
  /** Rows wanted at most; more exist when the result says `isCut`. */
  readonly maxrec?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface TapService {
  readonly url: string
  /** A synchronous search. */
  query(adql: string, searching?: Searching): Promise<TapResult>
  /** Makes a job that waits for `run`. */
  submitJob(adql: string, searching?: Searching): Promise<Job>
  /** A job made earlier, by its URL. */
  openJob(url: string): Job
}

/** A job at the service. It stays there until `delete`, or its destruction time. */
export interface Job {
  readonly url: string
  document(signal?: AbortSignal): Promise<JobDocument>
  /** How long it may run, seconds. */
  setExecutionDuration(seconds: number): Promise<void>
  run(): Promise<void>
  abort(): Promise<void>
  /**
   * Waits until the job is COMPLETED, ERROR or ABORTED, and gives the phase.
   * @throws ArchiveError `query_timeout` when the time is over; the job goes on at the service.
   */
  wait(waiting: { timeoutSeconds: number; signal?: AbortSignal; onPhase?: (phase: Phase) => void }): Promise<Phase>
  /** @throws ArchiveError `query_data` with the service's words when the job ended in ERROR. */
  fetchResult(signal?: AbortSignal): Promise<TapResult>
  delete(): Promise<void>
}

const POLL_FIRST_MS = 100
const POLL_LAST_MS = 5_000

export interface Clock {
  readonly now: () => number
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>
}

export function makeTapService(url: string, requester: Requester, clock: Clock): TapService {
  const formOf = (adql: string, { maxrec }: Searching): Record<string, string> => ({
    REQUEST: 'doQuery', LANG: 'ADQL', QUERY: adql, ...maxrec === undefined ? {} : { MAXREC: String(maxrec) },
  })
  return {
    url,
    async query(adql, searching = {}) {
      const { response } = await requester.ask(`${url}/sync`, {
        method: 'POST', form: formOf(adql, searching), signal: searching.signal,
      })
      return readResult(response)
    },
    async submitJob(adql, searching = {}) {
      const asked = await requester.ask(`${url}/async`, {
        method: 'POST', form: formOf(adql, searching), signal: searching.signal, follow: false,
        accept: [301, 302, 303, 307],
      })
      const location = asked.response.headers.get('Location')
      await asked.response.body?.cancel()
      const jobUrl = location === null ? asked.url : new URL(location, asked.url).href
      if (jobUrl.replace(/\/+$/, '') === `${url}/async`) {
        throw new ArchiveError('archive_unreachable', 'the service did not say where the job is')
      }
      return makeJob(jobUrl, requester, clock)
    },
    openJob: (jobUrl) => makeJob(jobUrl, requester, clock),
  }
}

function makeJob(url: string, requester: Requester, clock: Clock): Job {
  const post = async (path: string, form: Record<string, string>): Promise<void> => {
    const { response } = await requester.ask(`${url}${path}`, {
      method: 'POST', form, follow: false, accept: [301, 302, 303],
    })
    await response.body?.cancel()
  }
  const document = async (signal?: AbortSignal): Promise<JobDocument> => {
    const { response } = await requester.ask(url, { signal })
    return readJob(await response.text())
  }
  return {
    url,
    document,
    setExecutionDuration: (seconds) => post('/executionduration', { EXECUTIONDURATION: String(seconds) }),
    run: () => post('/phase', { PHASE: 'RUN' }),
    abort: () => post('/phase', { PHASE: 'ABORT' }),
    async wait({ timeoutSeconds, signal, onPhase }) {
      const endMs = clock.now() + timeoutSeconds * 1000
      let last: Phase | undefined
      for (let pauseMs = POLL_FIRST_MS; ; pauseMs = Math.min(pauseMs * 1.5, POLL_LAST_MS)) {
        const { phase } = await document(signal)
        if (phase !== last) onPhase?.(phase)
        last = phase
        if (isFinal(phase)) return phase
        if (clock.now() >= endMs) {
          throw new ArchiveError('query_timeout', `the job is still ${phase} after ${timeoutSeconds} s`)
        }
        await clock.wait(Math.min(pauseMs, Math.max(endMs - clock.now(), 1)), signal)
      }
    },
    async fetchResult(signal) {
      const job = await document(signal)
      if (job.phase !== 'COMPLETED') {
        const reason = job.errorSummary?.message ?? 'it gave no reason'
        throw new ArchiveError('query_data', `the job is ${job.phase}: ${reason}`)
      }
      const href = job.results.find(({ id }) => id === 'result')?.href ?? `${url}/results/result`
      const { response } = await requester.ask(new URL(href, `${url}/`).href, { signal })
      return readResult(response)
    },
    async delete() {
      const { response } = await requester.ask(url, { method: 'DELETE', follow: false, accept: [301, 302, 303, 404] })
      await response.body?.cancel()
    },
  }
}

async function readResult(response: Response): Promise<TapResult> {
  const body = response.body as unknown as AsyncIterable<Uint8Array> | null
  const votable = await readVotable(body ?? await response.text())
  const status = queryStatus(votable)
  if (status.status === 'ERROR') throw new ArchiveError('query_data', status.message || 'the query failed without a reason')
  const table = resultTable(votable)
  return { fields: table.fields, rows: table.rows, records: recordsOf(table), isCut: status.status === 'OVERFLOW' }
}
