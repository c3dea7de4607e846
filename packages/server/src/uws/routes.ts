/**
 * The job list and its jobs: UWS 1.1 §2.2, below `/<service>/async`. Conformance chapter 3.
 * Changes answer 303 to the job, deleting 303 to the list; both absolute, on the caller's own address.
 */
import { ArchiveError, isoOf, parseIso } from '@quipu/vo'
import { writeJob, writeJobList, writeParameters, writeResults } from '@quipu/vo/uws'
import { votableError } from '@quipu/vo/votable'
import type { Context, Reply, Route } from '../http/route.ts'
import type { JobRecord } from '../stores/truth.ts'
import { cut } from '../tap/formats.ts'
import { readRunId, lookupOf } from '../tap/request.ts'
import { jobDocument, jobUrl, parametersOf, resultsOf } from './documents.ts'
import {
  changeJob, checkedSize, createJob, dropUploads, findJob, keepUploads, queryParameters, readDestruction,
  readExecutionSeconds,
} from './jobs.ts'
import { serveResult } from './result.ts'
import { ACTIVE } from './runner.ts'
import type { Phase } from './runner.ts'

const EVERY: readonly Phase[] = [...ACTIVE, 'COMPLETED', 'ERROR', 'ABORTED']
/** Below the times at which proxies give up. UWS 1.1 §2.2.1.2 lets the service answer earlier than asked. */
const MAX_WAIT_SECONDS = 50
/** Callers that may wait at a time; others are answered at once, as the standard allows. */
const MAX_WAITING = 500

/** The routes of one service's jobs. Their faults are VOTables, as TAP's are. */
export function uwsRoutes(service: string): Route[] {
  const list = `/${service}/async`
  const job = `${list}/:jobId`
  const waiting = { count: 0 }
  const of = (handler: (ctx: Context, found: JobRecord) => Promise<Reply> | Reply) =>
    (ctx: Context): Promise<Reply> | Reply => handler(ctx, findJob(ctx, service))
  const routes: Omit<Route, 'faults'>[] = [
    { method: 'GET', path: list, handler: (ctx) => listJobs(ctx, service) },
    { method: 'POST', path: list, handler: (ctx) => postJob(ctx, service), takesUploads: true },
    { method: 'GET', path: job, handler: of((ctx, found) => showJob(ctx, found, waiting)) },
    { method: 'POST', path: job, handler: of(changeByPost), takesUploads: true },
    { method: 'DELETE', path: job, handler: of(deleteJob) },
    { method: 'GET', path: `${job}/phase`, handler: of((_ctx, { phase }) => text(phase)) },
    { method: 'POST', path: `${job}/phase`, handler: of(changeByPost) },
    {
      method: 'GET', path: `${job}/executionduration`,
      handler: of((_, found) => text(found.executionSeconds)),
    },
    { method: 'POST', path: `${job}/executionduration`, handler: of(changeByPost) },
    {
      method: 'GET', path: `${job}/destruction`,
      handler: of((_, found) => text(isoOf(found.destructionMs))),
    },
    { method: 'POST', path: `${job}/destruction`, handler: of(changeByPost) },
    { method: 'GET', path: `${job}/quote`, handler: of(() => text('')) },
    { method: 'GET', path: `${job}/owner`, handler: of((_, { owner }) => text(owner ?? '')) },
    { method: 'GET', path: `${job}/error`, handler: of(showError) },
    {
      method: 'GET', path: `${job}/parameters`,
      handler: of((ctx, found) => xml(writeParameters(parametersOf(ctx.baseUrl, found)))),
    },
    { method: 'POST', path: `${job}/parameters`, handler: of(changeByPost), takesUploads: true },
    { method: 'GET', path: `${job}/parameters/:name`, handler: of(showParameter) },
    {
      method: 'GET', path: `${job}/results`,
      handler: of((ctx, found) => xml(writeResults(resultsOf(ctx.baseUrl, found)))),
    },
    { method: 'GET', path: `${job}/results/result`, handler: of(serveResult) },
  ]
  return routes.map((route) => ({ ...route, faults: 'votable' }))
}

const xml = (body: string): Reply => ({ status: 200, headers: { 'Content-Type': 'text/xml' }, body })

const text = (value: string | number): Reply =>
  ({ status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: String(value) })

const seeOther = (location: string): Reply => ({ status: 303, headers: { Location: location } })

/** The caller's own jobs, youngest first, through the filters of UWS 1.1 §2.2.2.1. */
function listJobs(ctx: Context, service: string): Reply {
  const { parameters, principal, archive, baseUrl, nowMs } = ctx
  const phases = parameters.all('PHASE').map((phase) => phase.trim().toUpperCase())
  const after = readAfter(parameters.one('AFTER'))
  const last = readLast(parameters.one('LAST'))
  const own = principal.subject === null ? [] : archive.truth.listJobs(service, principal.subject)
  const shown = own
    .filter((job) => job.destructionMs > nowMs)
    .filter((job) => phases.length === 0 || phases.includes(job.phase))
    .filter((job) => job.createdMs > after)
    .slice(0, last)
  return xml(writeJobList(shown.map((job) => ({
    id: job.id, phase: job.phase, runId: job.runLabel, ownerId: job.owner,
    creationTime: isoOf(job.createdMs), href: jobUrl(baseUrl, job),
  }))))
}

function readAfter(asked: string | undefined): number {
  if (asked === undefined) return -Infinity
  const ms = parseIso(asked.trim())
  if (ms !== undefined) return ms
  throw new ArchiveError('parameter_invalid',
    `AFTER is a UTC time such as 2026-12-31T12:00:00Z, not '${cut(asked)}'`)
}

function readLast(asked: string | undefined): number {
  if (asked === undefined) return Infinity
  if (/^\s*0*[1-9]\d*\s*$/.test(asked)) return Number(asked)
  throw new ArchiveError('parameter_invalid', `LAST is a whole number from 1 up, not '${cut(asked)}'`)
}

/** Creates a job; PHASE=RUN in the same request begins it (UWS 1.1 §2.2.3.1). */
async function postJob(ctx: Context, service: string): Promise<Reply> {
  const phase = readPhase(ctx)
  if (phase === 'ABORT') throw new ArchiveError('parameter_invalid', 'a new job takes PHASE=RUN or none')
  const job = await createJob(ctx, service)
  // DALI 1.1 §3.4.6: the caller's own name of it belongs in the log.
  ctx.archive.log.info({ requestId: ctx.requestId, jobId: job.id, runId: job.runLabel }, 'job')
  if (phase === 'RUN') ctx.archive.jobs.submit(job.id)
  return seeOther(jobUrl(ctx.baseUrl, job))
}

/** Answers at once, or with WAIT when the phase is another: UWS 1.1 §2.2.1.2. */
async function showJob(ctx: Context, job: JobRecord, waiting: { count: number }): Promise<Reply> {
  const { archive, baseUrl, parameters } = ctx
  const waitMs = readWait(parameters.one('WAIT')) * 1000
  const phase = parameters.one('PHASE')?.trim().toUpperCase() ?? job.phase
  const waits = waitMs > 0 && ctx.method !== 'HEAD' && phase === job.phase && ACTIVE.includes(job.phase)
  if (waits && waiting.count < MAX_WAITING) {
    waiting.count += 1
    try {
      await archive.jobs.changed(job.id, job.phase, waitMs, ctx.signal)
    } finally {
      waiting.count -= 1
    }
  }
  const now = archive.truth.findJob(job.id)
  if (!now) throw new ArchiveError('job_not_found', `the job '${job.id}' was deleted`)
  return xml(writeJob(jobDocument(baseUrl, now)))
}

/** Seconds; -1 is as long as the service allows. */
function readWait(asked: string | undefined): number {
  if (asked === undefined) return 0
  if (!/^\s*(-1|\d+)\s*$/.test(asked)) {
    throw new ArchiveError('parameter_invalid',
      `WAIT is a whole number of seconds, or -1, not '${cut(asked)}'`)
  }
  const seconds = Number(asked)
  return seconds < 0 ? MAX_WAIT_SECONDS : Math.min(seconds, MAX_WAIT_SECONDS)
}

function readPhase(ctx: Context): 'RUN' | 'ABORT' | undefined {
  const asked = ctx.parameters.one('PHASE')
  const phase = asked?.trim().toUpperCase()
  if (phase === undefined || phase === 'RUN' || phase === 'ABORT') return phase
  throw new ArchiveError('parameter_invalid', `PHASE can be set to RUN or ABORT, not '${cut(asked ?? '')}'`)
}

/**
 * Changes of a job, at its own address or a child's: each parameter says by its name what it changes,
 * so one handler takes them all (UWS 1.1 §2.2.3.2 to §2.2.3.6, §2.1.11). PHASE comes last.
 */
async function changeByPost(ctx: Context, job: JobRecord): Promise<Reply> {
  const { archive, parameters, nowMs } = ctx
  const action = parameters.one('ACTION')
  if (action !== undefined) {
    if (action.trim().toUpperCase() === 'DELETE') return deleteJob(ctx, job)
    throw new ArchiveError('parameter_invalid', `ACTION can be DELETE, not '${cut(action)}'`)
  }
  requireChild(ctx)
  const find = lookupOf(parameters)
  const phase = readPhase(ctx)
  const destruction = find('DESTRUCTION')
  if (destruction !== undefined) {
    const destructionMs = readDestruction(archive, destruction, nowMs)
    changeJob(archive, job, EVERY, { destructionMs }, 'DESTRUCTION')
  }
  const duration = find('EXECUTIONDURATION')
  if (duration !== undefined) {
    const executionSeconds = readExecutionSeconds(archive, duration)
    changeJob(archive, job, ACTIVE, { executionSeconds }, 'EXECUTIONDURATION')
    archive.jobs.retime(job.id)
  }
  await changePending(ctx, job)
  if (phase === 'RUN') run(ctx, job)
  if (phase === 'ABORT') await archive.jobs.abort(job.id)
  return seeOther(jobUrl(ctx.baseUrl, job))
}

/** A child takes the parameter of its own name at least. */
function requireChild(ctx: Context): void {
  const child = /\/(phase|executionduration|destruction)\/?$/i.exec(ctx.path)?.[1]
  if (child !== undefined && ctx.parameters.one(child) === undefined) {
    throw new ArchiveError('parameter_missing', `${child.toUpperCase()} is missing`)
  }
}

/** What of a request changes the query itself: only a PENDING job takes it. */
async function changePending(ctx: Context, job: JobRecord): Promise<void> {
  const { archive } = ctx
  const sent = queryParameters(ctx.parameters)
  const runLabel = readRunId(lookupOf(ctx.parameters))
  const hasUploads = ctx.parameters.all('UPLOAD').some((value) => value.trim() !== '')
  if (Object.keys(sent).length === 0 && runLabel === null && !hasUploads) return
  if (hasUploads) changeJob(archive, job, ['PENDING'], {}, 'UPLOAD')
  const uploads = await keepUploads(ctx, job.uploads ?? [])
  try {
    // While files were written, another request may have added its own.
    const known = archive.truth.findJob(job.id) ?? job
    const names = new Set(known.uploads?.map(({ name }) => name.toLowerCase()))
    if (uploads.some(({ name }) => names.has(name.toLowerCase()))) {
      throw new ArchiveError('parameter_invalid', 'UPLOAD: the job has a table of this name already')
    }
    changeJob(archive, job, ['PENDING'], {
      parameters: checkedSize(archive, { ...known.parameters, ...sent }),
      ...uploads.length === 0 ? {} : { uploads: [...known.uploads ?? [], ...uploads] },
      ...runLabel === null ? {} : { runLabel },
    }, 'a parameter')
  } catch (error) {
    await dropUploads(archive, uploads)
    throw error
  }
}

/** Running a job again that runs already changes nothing; one that is over cannot run again. */
function run(ctx: Context, job: JobRecord): void {
  const { jobs, truth } = ctx.archive
  if (jobs.submit(job.id)) return
  const phase = truth.findJob(job.id)?.phase ?? job.phase
  if (ACTIVE.includes(phase)) return
  throw new ArchiveError('job_phase_conflict', `the job is ${phase} and does not run again; create a new one`)
}

async function deleteJob(ctx: Context, job: JobRecord): Promise<Reply> {
  await ctx.archive.jobs.remove(job.id)
  return seeOther(`${ctx.baseUrl}/${job.service}/async`)
}

/** UWS 1.1 §2.2.2.4: the value of one parameter, its name in any case; §2.2.3.1.1: what came inline. */
function showParameter(ctx: Context, job: JobRecord): Reply {
  const name = ctx.params['name'] ?? ''
  const found = parametersOf(ctx.baseUrl, job)
    .filter(({ id, byReference }) => byReference !== true && id === name.toUpperCase())
  if (found.length > 0) return text(found.map(({ value }) => value).join(';'))
  const file = job.uploads?.find((upload) => upload.file?.part === name)?.file
  if (!file) throw new ArchiveError('path_not_found', `the job has no parameter '${cut(name)}'`)
  return {
    status: 200,
    headers: {
      // Never as what a browser would run: the content is the caller's.
      'Content-Type': /^application\/x-votable\+xml\b/i.test(file.mediaType)
        ? 'application/x-votable+xml' : 'application/octet-stream',
      'Content-Length': String(file.sizeBytes), 'Content-Disposition': 'attachment; filename="upload"',
    },
    ...ctx.method === 'HEAD' || file.sizeBytes === 0
      ? {} : { body: ctx.archive.results.read(file.key, 0, file.sizeBytes - 1) },
  }
}

/** TAP 1.1 §2.2: the document of the failure, itself answered with 200. */
function showError(_ctx: Context, job: JobRecord): Reply {
  if (!job.error) throw new ArchiveError('result_not_found', `the job has no error; it is ${job.phase}`)
  return {
    status: 200, headers: { 'Content-Type': 'application/x-votable+xml' },
    body: votableError(job.error.message),
  }
}
