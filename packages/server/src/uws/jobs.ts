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
import { lookupOf, readRunId } from '../tap/request.ts'
import { partFor, readUploadNames } from '../tap/upload.ts'
import type { FormPart } from '../http/multipart.ts'
import type { Phase } from './runner.ts'

const EVERY: readonly Phase[] = ['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED']
/** Room for a job's parameters beside QUERY, which JSON may double. */
const OTHER_BYTES = 16_384
/** What steers a job and is no parameter of its query. */
const CONTROLS = new Set([
  'PHASE', 'ACTION', 'RUNID', 'EXECUTIONDURATION', 'DESTRUCTION', 'WAIT', 'UPLOAD',
])
/** TAP's own, which may come once only (DALI 1.1 §3.2). */
const SINGLE = new Set([
  'LANG', 'QUERY', 'MAXREC', 'RESPONSEFORMAT', 'FORMAT', 'REQUEST', 'VERSION',
])

/**
 * Makes a PENDING job of a request. Its query is looked at when it runs (TAP 1.1 §2.7).
 * @throws ArchiveError `parameter_invalid`, `parameter_repeated`, `overloaded`.
 */
export async function createJob(ctx: Context, service: string): Promise<JobRecord> {
  const { archive, parameters, principal, nowMs } = ctx
  const { tap } = archive.config
  const find = lookupOf(parameters)
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
  const uploads = await keepUploads(ctx, [])
  try {
    const withUploads = uploads.length === 0 ? job : { ...job, uploads }
    archive.truth.putJob(withUploads)
    return withUploads
  } catch (error) {
    await dropUploads(archive, uploads)
    throw error
  }
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

export type JobUpload = NonNullable<JobRecord['uploads']>[number]

/**
 * Makes the uploads of a request the job's own; their bytes are on the disk when it resolves.
 * @param known What the job has already, which stays.
 * @throws ArchiveError `parameter_invalid`, `parameter_missing`, `parameter_repeated`,
 *   `document_too_large`, `overloaded`.
 */
export async function keepUploads(
  { archive, parameters, parts }: Context, known: readonly JobUpload[],
): Promise<readonly JobUpload[]> {
  const wanted = readUploadNames(parameters.all('UPLOAD'), known)
    .map((upload) => ({ upload, part: partFor(upload, parts) }))
  for (const { part } of wanted) if (part !== undefined) checkPart(part, known)
  checkedSize(archive, Object.fromEntries([...known, ...wanted.map(({ upload }) => upload)]
    .map(({ name, uri }) => [name, uri])))
  const files = new Map<FormPart, JobUpload['file']>()
  const kept: JobUpload[] = []
  try {
    for (const { upload, part } of wanted) {
      if (part === undefined) {
        kept.push(upload)
        continue
      }
      const file = files.get(part) ?? await keepPart(archive, part)
      files.set(part, file)
      kept.push({ ...upload, file })
    }
    const addedBytes = [...files.values()].reduce((sum, file) => sum + (file?.sizeBytes ?? 0), 0)
    archive.jobs.reserve(addedBytes)
    return kept
  } catch (error) {
    await dropFiles(archive, kept)
    throw error
  }
}

function checkPart({ name }: FormPart, known: readonly JobUpload[]): void {
  const isTaken = SINGLE.has(name.toUpperCase()) || CONTROLS.has(name.toUpperCase())
    || known.some(({ file }) => file?.part === name)
  if (isTaken) {
    throw new ArchiveError('parameter_invalid',
      `UPLOAD: the job has a parameter '${cut(name)}' already; give the part another name`)
  }
}

async function keepPart(
  { results, id }: Archive, { name, mediaType, content, keep }: FormPart,
): Promise<NonNullable<JobUpload['file']>> {
  if ('key' in content) {
    keep()
    return { part: name, mediaType, key: content.key, sizeBytes: content.sizeBytes }
  }
  const key = `upload/${id()}`
  const draft = await results.create(key)
  try {
    await draft.write(content.bytes)
    const { sizeBytes } = await draft.commit()
    return { part: name, mediaType, key, sizeBytes }
  } catch (error) {
    await draft.discard()
    throw error
  }
}

/** Forgets uploads that did not become a job's. */
export async function dropUploads(archive: Archive, uploads: readonly JobUpload[]): Promise<void> {
  archive.jobs.reserve(-uploadBytes(uploads))
  await dropFiles(archive, uploads)
}

async function dropFiles({ results }: Archive, uploads: readonly JobUpload[]): Promise<void> {
  for (const { file } of uploads) if (file) await results.remove(file.key)
}

/** Bytes of uploads on the disk; one file may be several tables. */
export function uploadBytes(uploads: readonly JobUpload[] | undefined = []): number {
  const files = new Map(uploads.flatMap(({ file }) => file ? [[file.key, file.sizeBytes] as const] : []))
  return [...files.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0)
}

/**
 * Finds a job that the caller may use.
 * @throws ArchiveError `job_not_found`, the same for unknown, somebody else's and destroyed ones.
 */
export function findJob(ctx: Context, service: string): JobRecord {
  const id = ctx.params['jobId'] ?? ''
  const { archive: { truth }, principal: { subject }, nowMs, requestId } = ctx
  try {
    return usableJob(truth, { id, service, subject, nowMs })
  } catch (error) {
    const outcome = 'job_not_found'
    truth.audit({ atMs: nowMs, action: 'job', subject, outcome, requestId, detail: `job=${cut(id)}` })
    throw error
  }
}

/** The same by what decides it. */
export function usableJob(
  truth: Pick<Archive['truth'], 'findJob'>,
  { id, service, subject, nowMs }: {
    readonly id: string; readonly service: string; readonly subject: string | null; readonly nowMs: number
  },
): JobRecord {
  const job = truth.findJob(id)
  const mayUse = job !== undefined && job.service === service && job.destructionMs > nowMs
    && (job.owner === null || job.owner === subject)
  if (mayUse) return job
  throw new ArchiveError('job_not_found', `there is no job '${cut(id)}', or it is not yours`)
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
