/**
 * What callers may do to jobs, as checks and changes of the record: creating, finding, timing.
 * UWS 1.1 §2.1.2 to §2.1.8, §2.2.3, §3; conformance chapter 3.
 *
 * A job of somebody else is answered as an unknown one; an anonymous job is whoever's knows its id.
 */
import { ArchiveError, isoOf, parseIso } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import type { Context } from '../http/route.ts'
import type { Parameters } from '../http/parameters.ts'
import type { JobRecord } from '../stores/truth.ts'
import { cut } from '../tap/formats.ts'
import { lookupOf, readRunId, refuseUpload } from '../tap/request.ts'
import type { Phase } from './runner.ts'

const EVERY: readonly Phase[] = ['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED']
/** Room for a job's parameters beside QUERY, which JSON may double. */
const OTHER_BYTES = 16_384
/** What steers a job and is no parameter of its query. */
const CONTROLS = new Set(['PHASE', 'ACTION', 'RUNID', 'EXECUTIONDURATION', 'DESTRUCTION', 'WAIT'])
/** TAP's own, which may come once only (DALI 1.1 §3.2). */
const SINGLE = new Set([
  'LANG', 'QUERY', 'MAXREC', 'RESPONSEFORMAT', 'FORMAT', 'UPLOAD', 'REQUEST', 'VERSION',
])

/**
 * Makes a PENDING job of a request. Its query is looked at when it runs (TAP 1.1 §2.7).
 * @throws ArchiveError `parameter_invalid`, `parameter_repeated`, `overloaded`.
 */
export function createJob(ctx: Context, service: string): JobRecord {
  const { archive, parameters, principal, nowMs } = ctx
  const { tap } = archive.config
  const find = lookupOf(parameters)
  refuseUpload(find)
  refuseTooMany(archive, principal.subject, service)
  const executionSeconds = find('EXECUTIONDURATION')
  const destruction = find('DESTRUCTION')
  const job: JobRecord = {
    id: archive.id(), service, owner: principal.subject, phase: 'PENDING',
    runLabel: readRunId(find),
    createdMs: nowMs, startedMs: null, endedMs: null,
    destructionMs: destruction === undefined
      ? nowMs + tap.retentionSeconds * 1000 : readDestruction(archive, destruction, nowMs),
    executionSeconds: executionSeconds === undefined
      ? tap.jobSeconds : readExecutionSeconds(archive, executionSeconds),
    parameters: checkedSize(archive, queryParameters(parameters)), baseUrl: ctx.baseUrl,
    attempts: 0, result: null, error: null,
  }
  archive.truth.putJob(job)
  return job
}

/** Nobody has the queue to himself: anonymous jobs leave room for people's, and so does each person. */
function refuseTooMany(
  { truth, config: { tap } }: Archive, owner: string | null, service: string,
): void {
  const whose = owner === null ? 'anonymous jobs' : 'of your jobs'
  const waiting = truth.countJobs(['PENDING', 'QUEUED'], owner)
  if (waiting.all >= tap.queuedJobs) {
    throw new ArchiveError('overloaded',
      `${waiting.all} jobs are waiting, as many as this service takes; try again later`)
  }
  if (waiting.own >= Math.ceil(tap.queuedJobs / 2)) {
    throw new ArchiveError('overloaded',
      `${waiting.own} ${whose} are waiting, as many as may; try again when some have run`)
  }
  const kept = truth.countJobs(EVERY, owner)
  if (kept.own >= tap.keptJobs) {
    throw new ArchiveError('overloaded',
      `${kept.own} ${whose} are kept, as many as may; ${adviceTo(truth, owner, service)}`)
  }
}

/** Names the job that is missed least, where the caller has a list of them. */
function adviceTo(truth: Archive['truth'], owner: string | null, service: string): string {
  const over = (job: JobRecord): boolean => ['COMPLETED', 'ERROR', 'ABORTED'].includes(job.phase)
  const oldest = owner === null ? undefined : truth.listJobs(service, owner).findLast(over)
  return oldest === undefined ? 'delete those that are no longer needed'
    : `delete those that are no longer needed; the oldest that is over is ${oldest.id}, `
      + `${oldest.phase}, of ${isoOf(oldest.createdMs)}`
}

/** What a job keeps is little more than its query: unknown parameters are kept too, and nobody reads them. */
export function checkedSize(
  { config: { tap } }: Archive, parameters: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const sizeBytes = Buffer.byteLength(JSON.stringify(parameters))
  const mostBytes = 2 * tap.queryBytes + OTHER_BYTES
  if (sizeBytes <= mostBytes) return parameters
  throw new ArchiveError('document_too_large',
    `the parameters have ${sizeBytes} bytes; a job takes at most ${mostBytes}`)
}

/** The parameters that belong to the query, names in upper case; of repeated unknown ones the first. */
export function queryParameters(parameters: Parameters): Record<string, string> {
  const found: Record<string, string> = {}
  for (const name of parameters.names) {
    const key = name.toUpperCase()
    if (CONTROLS.has(key)) continue
    const value = SINGLE.has(key) ? parameters.one(key) : parameters.all(key)[0]
    if (value !== undefined) found[key] = value
  }
  return found
}

/**
 * Finds a job that the caller may use.
 * @throws ArchiveError `job_not_found`, the same for unknown, somebody else's and destroyed ones.
 */
export function findJob(ctx: Context, service: string): JobRecord {
  const id = ctx.params['jobId'] ?? ''
  const job = ctx.archive.truth.findJob(id)
  const mayUse = job !== undefined && job.service === service && job.destructionMs > ctx.nowMs
    && (job.owner === null || job.owner === ctx.principal.subject)
  if (!mayUse) throw new ArchiveError('job_not_found', `there is no job '${cut(id)}', or it is not yours`)
  return job
}

/**
 * Seconds that a job may run: a whole number, 0 for as long as is allowed; more than the limit is
 * lowered to it without a word, as UWS 1.1 §2.1.4 has it.
 */
export function readExecutionSeconds(archive: Archive, text: string): number {
  if (!/^\s*\d+\s*$/.test(text)) {
    throw new ArchiveError('parameter_invalid',
      `EXECUTIONDURATION is a whole number of seconds, not '${cut(text)}'`)
  }
  const most = archive.config.tap.jobMaxSeconds
  const seconds = Number(text)
  return seconds === 0 ? most : Math.min(seconds, most)
}

/** When a job is destroyed, ms since 1970; later than the limit is lowered to it (UWS 1.1 §2.1.5). */
export function readDestruction(archive: Archive, text: string, nowMs: number): number {
  const asked = parseIso(text.trim())
  if (asked === undefined) {
    throw new ArchiveError('parameter_invalid',
      `DESTRUCTION is a UTC time such as 2026-12-31T12:00:00Z, not '${cut(text)}'`)
  }
  return Math.min(asked, nowMs + archive.config.tap.retentionMaxSeconds * 1000)
}

/** Changes a job while it is in one of the phases. Throws `job_phase_conflict` when it is not. */
export function changeJob(
  archive: Archive, job: JobRecord, from: readonly Phase[], change: Partial<JobRecord>, what: string,
): void {
  if (archive.truth.changeJob(job.id, from, change)) return
  const phase = archive.truth.findJob(job.id)?.phase ?? job.phase
  throw new ArchiveError('job_phase_conflict', `${what} cannot be changed when the job is ${phase}`)
}
