/**
 * A job at a service. UWS 1.1 §2.1.3 (phases), §2.2.1.2 (WAIT), §2.2.3 (what is posted where); what differs
 * at ESO and elsewhere: eso-protocol §2.3, conformance C-8 to C-10.
 */
import { ArchiveError } from '@quipu/vo'
import { isFinal, readJob } from '@quipu/vo/uws'
import type { Phase, ReadJob } from '@quipu/vo/uws'
import type { Asking, Requester } from './request.ts'
import { QUERY_CODES, readResult } from './result.ts'
import type { TapResult } from './result.ts'

/** A job stays at its service until `delete`, or its destruction time. */
export interface Job {
  readonly url: string
  /** @throws ArchiveError `job_not_found`, also for somebody else's. */
  document(signal?: AbortSignal): Promise<ReadJob>
  /** How long it may run, seconds. The service may take less. */
  setExecutionDuration(seconds: number): Promise<void>
  run(): Promise<void>
  abort(): Promise<void>
  /**
   * Waits until the job is COMPLETED, ERROR, ABORTED or ARCHIVED, and gives the phase.
   * @throws ArchiveError `query_timeout` when the time is over; the job goes on at the service.
   */
  wait(waiting: Waiting): Promise<Phase>
  /** @throws ArchiveError `query_data` with the service's words when the job did not complete. */
  fetchResult(signal?: AbortSignal): Promise<TapResult>
  /** Frees what it takes at the service. No failure when it is gone already. */
  delete(): Promise<void>
}

export interface Waiting {
  readonly timeoutSeconds: number
  readonly signal?: AbortSignal | undefined
  readonly onPhase?: ((phase: Phase) => void) | undefined
}

export interface Clock {
  readonly now: () => number
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>
}

const POLL_FIRST_MS = 100
const POLL_LAST_MS = 10_000
/** Below what proxies take for a dead connection. */
const LONG_POLL_SECONDS = 30
/** A long poll that comes back sooner, the phase unchanged, was not one. */
const SHORTEST_LONG_POLL_MS = 500

/** What a service answers to a POST that it took; UWS 1.1 asks for 303. */
const TAKEN = [301, 302, 303]
const JOB_CODES: NonNullable<Asking['codes']> = { 404: 'job_not_found', 403: 'job_not_yours' }

/**
 * Makes a job, and gives its URL. Not repeated when the answer is lost, for there may be a job.
 * @throws ArchiveError as `query` does.
 */
export async function submit(
  listUrl: string, form: Record<string, string>, requester: Requester, signal?: AbortSignal,
): Promise<string> {
  const answer = await requester.ask(listUrl, {
    method: 'POST', form, signal, redirect: 'show', accept: TAKEN, codes: QUERY_CODES,
  })
  await answer.close()
  const location = answer.headers.get('Location')
  // A platform that follows redirects by itself ends at the job.
  const url = location === null ? answer.url : URL.parse(location, answer.url)?.href
  if (url === undefined || pathOf(url) === pathOf(listUrl)) {
    const elsewhere = url !== undefined && url !== answer.url ? `; it points to ${url}` : ''
    throw new ArchiveError('archive_unreachable', `${listUrl} did not say where the job is${elsewhere}`)
  }
  return url
}

function pathOf(url: string): string {
  return new URL(url).pathname.replace(/\/+$/, '')
}

export function makeJob(givenUrl: string, requester: Requester, clock: Clock): Job {
  const url = givenUrl.replace(/\/+$/, '')
  const post = async (path: string, form: Record<string, string>): Promise<void> => {
    const answer = await requester.ask(`${url}${path}`, {
      method: 'POST', form, redirect: 'show', accept: TAKEN,
      codes: { ...JOB_CODES, 403: 'job_phase_conflict' },
    })
    await answer.close()
  }
  const read = async (query: string, signal?: AbortSignal): Promise<ReadJob> => {
    const answer = await requester.ask(`${url}${query}`, { signal, refuseHtml: true, codes: JOB_CODES })
    return readJob(await answer.text())
  }
  const run = (): Promise<void> => post('/phase', { PHASE: 'RUN' })
  return {
    url, run,
    document: (signal) => read('', signal),
    setExecutionDuration: (seconds) => post('/executionduration', { EXECUTIONDURATION: String(seconds) }),
    abort: () => post('/phase', { PHASE: 'ABORT' }),
    wait: (waiting) => waitFor(waiting, { url, read, run }, clock),
    async fetchResult(signal) {
      const job = await read('', signal)
      if (job.phase !== 'COMPLETED') {
        throw new ArchiveError('query_data', await reasonOf(job, url, requester, signal))
      }
      return readResult(await requester.ask(resultUrl(job, url), {
        signal, refuseHtml: true, codes: { 404: 'result_not_found' },
      }))
    },
    async delete() {
      const answer = await requester.ask(url, {
        method: 'DELETE', redirect: 'show', accept: [...TAKEN, 404, 410], codes: JOB_CODES,
      })
      await answer.close()
    },
  }
}

interface Waited {
  readonly url: string
  readonly read: (query: string, signal?: AbortSignal) => Promise<ReadJob>
  readonly run: () => Promise<void>
}

/**
 * The service says when the phase changes, if it is of UWS 1.1 and does what it says; else it is asked again
 * and again, each time after a longer pause.
 */
async function waitFor(
  { timeoutSeconds, signal, onPhase }: Waiting, job: Waited, clock: Clock,
): Promise<Phase> {
  const endMs = clock.now() + timeoutSeconds * 1000
  let pauseMs = POLL_FIRST_MS
  let query = ''
  let last: Phase | undefined
  let ignoresWait = false
  for (;;) {
    const askedMs = clock.now()
    const { phase, version } = await job.read(query, signal)
    const nowMs = clock.now()
    if (query !== '' && phase === last && nowMs - askedMs < SHORTEST_LONG_POLL_MS) ignoresWait = true
    if (phase !== last) onPhase?.(phase)
    last = phase
    if (isFinal(phase)) return phase
    if (nowMs >= endMs) {
      throw new ArchiveError('query_timeout',
        `the job is still ${phase} after ${timeoutSeconds} s: ${job.url}`)
    }
    // HELD asks to be run again (UWS 1.1 §2.1.3).
    if (phase === 'HELD') await job.run()
    const canWait = Number(version) >= 1.1 && !ignoresWait && (phase === 'QUEUED' || phase === 'EXECUTING')
    const seconds = Math.min(LONG_POLL_SECONDS, Math.floor((endMs - nowMs) / 1000))
    query = canWait && seconds > 0 ? `?WAIT=${seconds}&PHASE=${phase}` : ''
    if (query !== '') continue
    await clock.wait(Math.min(pauseMs, Math.max(endMs - clock.now(), 1)), signal)
    pauseMs = Math.min(pauseMs * 1.5, POLL_LAST_MS)
  }
}

/** The result called `result` (TAP 1.1 §2.2), or the only one. */
function resultUrl({ results }: ReadJob, url: string): string {
  const named = results.find(({ id }) => id.toLowerCase() === 'result')
    ?? results.find(({ href }) => /\/results\/result$/.test(href)) ?? results[0]
  const href = named?.href || `${url}/results/result`
  const absolute = URL.parse(href, `${url}/`)?.href
  if (absolute === undefined) throw new ArchiveError('document_invalid', 'the address of the result is none')
  return absolute
}

async function reasonOf(
  job: ReadJob, url: string, requester: Requester, signal: AbortSignal | undefined,
): Promise<string> {
  const summary = job.errorSummary?.message.trim() ?? ''
  const told = summary === '' && job.phase === 'ERROR' ? await errorDocument(url, requester, signal) : summary
  if (told !== '') return told.replace(/^\w+Fault: /, '')
  switch (job.phase) {
    case 'ABORTED':
      return `the job was aborted: by somebody, or because it ran longer than its ${job.executionDuration} s`
    case 'ARCHIVED': return 'the job is so old that its result was removed; run it again'
    case 'ERROR': return 'the job failed, and the service gives no reason'
    default: return `the job has no result yet: it is ${job.phase}`
  }
}

/** What `/error` says (UWS 1.1 §2.2.2.5), for services that leave the summary empty. */
async function errorDocument(
  url: string, requester: Requester, signal: AbortSignal | undefined,
): Promise<string> {
  try {
    await readResult(await requester.ask(`${url}/error`, { signal }))
  } catch (error) {
    if (error instanceof ArchiveError && error.code === 'query_data') return error.message
    if (!(error instanceof ArchiveError)) throw error
  }
  return ''
}
