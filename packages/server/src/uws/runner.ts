/**
 * Runs jobs: begins them as there is room, stops them when told or when their time is over, destroys
 * them when their keeping time is. UWS 1.1 §2.1.3 to §2.1.5; conformance chapter 3; design §6.
 *
 * The truth holds the phase; this holds only what is running. A result is committed before its job is
 * COMPLETED, so an acknowledged result is there; a result no job names is swept at start.
 */
import { ArchiveError, assert } from '@quipu/vo'
import { ANONYMOUS } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import { rightsFor } from '../access/rights.ts'
import { auditRowsOf } from '../access/rows.ts'
import type { Archive } from '../archive.ts'
import { unlessDiskFull } from '../stores/disk-full.ts'
import type { Draft } from '../stores/files.ts'
import type { JobRecord } from '../stores/truth.ts'
import { openQuery, queryParts } from '../tap/query.ts'
import { readTapRequest } from '../tap/request.ts'
import { uploadBytes } from './jobs.ts'
import { tooLarge } from '../tap/spool.ts'

export type Phase = JobRecord['phase']

export const ACTIVE: readonly Phase[] = ['PENDING', 'QUEUED', 'EXECUTING']
const ALL: readonly Phase[] = [...ACTIVE, 'COMPLETED', 'ERROR', 'ABORTED']
/** A job that was begun so often without an end is not begun again: it may be what ends the process. */
const MAX_ATTEMPTS = 2
const SWEEP_MS = 5_000
const NOT_WRITTEN = 'TransientFault: the archive could not write how this job ended; run the query again'

export interface JobRunner {
  /** Takes up the jobs that an earlier process left, sweeps, and begins. */
  start(): Promise<void>
  /** Stops what runs, which is taken up at the next start, and waits until the engine has let go. */
  stop(): Promise<void>
  /** PENDING becomes QUEUED; false when it was not pending. */
  submit(id: string): boolean
  /** An active job becomes ABORTED; false when it was over. Resolves when the engine has let go. */
  abort(id: string): Promise<boolean>
  /** Aborts the job, then forgets it and its result. */
  remove(id: string): Promise<void>
  /** Reads a running job's execution duration anew. */
  retime(id: string): void
  /** Resolves when the job is no longer in the phase, or the time or the signal is over. */
  changed(id: string, phase: Phase, waitMs: number, signal: AbortSignal): Promise<void>
  /**
   * Counts bytes that a job is to keep beside its result, or (negative) keeps no more.
   * @throws ArchiveError `overloaded` when there is no room for them.
   */
  reserve(bytes: number): void
  /** Destroys the jobs whose time is over; runs by itself every few seconds. */
  sweep(): Promise<void>
}

/** One job that is running. */
interface Run {
  readonly abort: AbortController
  readonly owner: string | null
  readonly startedMs: number
  timer: NodeJS.Timeout | undefined
  ended: Promise<void>
}

/** Why a run was stopped, as its signal's reason. */
class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly why: 'aborted' | 'timeout' | 'shutdown'
  constructor(why: Stopped['why']) {
    super(`the job was stopped: ${why}`)
    this.why = why
  }
}

/** Makes the runner of one archive; nothing runs before `start`. */
export function openJobRunner(archive: Omit<Archive, 'jobs'>): JobRunner {
  return new Runner(archive)
}

class Runner implements JobRunner {
  readonly #archive: Omit<Archive, 'jobs'>
  readonly #runs = new Map<string, Run>()
  readonly #waiters = new Map<string, Set<() => void>>()
  /** When an owner with waiting jobs last had a turn, counted. */
  readonly #turns = new Map<string | null, number>()
  #turn = 0
  #sweeper: NodeJS.Timeout | undefined
  #open = false
  #sweeping = false
  /** Bytes of all results, those under way included. */
  #keptBytes = 0

  constructor(archive: Omit<Archive, 'jobs'>) { this.#archive = archive }

  async start(): Promise<void> {
    const { truth } = this.#archive
    for (const job of truth.jobsIn(['EXECUTING'])) {
      if (job.attempts < MAX_ATTEMPTS) {
        this.#change(job.id, ['EXECUTING'], { phase: 'QUEUED', startedMs: null })
      } else {
        this.#fail(job.id, `the archive stopped ${job.attempts} times while this job ran`, true)
      }
    }
    await this.#sweepResults()
    await this.sweep()
    this.#open = true
    this.#sweeper = setInterval(() => { void this.sweep() }, SWEEP_MS)
    this.#sweeper.unref()
    this.#begin()
  }

  async stop(): Promise<void> {
    this.#open = false
    clearInterval(this.#sweeper)
    const ending = [...this.#runs.values()].map((run) => {
      run.abort.abort(new Stopped('shutdown'))
      return run.ended
    })
    await Promise.all(ending)
    for (const id of [...this.#waiters.keys()]) this.#wake(id)
  }

  submit(id: string): boolean {
    const submitted = this.#change(id, ['PENDING'], { phase: 'QUEUED' })
    this.#begin()
    return submitted
  }

  async abort(id: string): Promise<boolean> {
    const aborted = this.#change(id, ACTIVE, { phase: 'ABORTED', endedMs: this.#archive.now() })
    const run = this.#runs.get(id)
    run?.abort.abort(new Stopped('aborted'))
    await run?.ended
    return aborted
  }

  async remove(id: string): Promise<void> {
    await this.abort(id)
    const job = this.#archive.truth.findJob(id)
    // The row goes first: a result without a job is swept, a job without its result would be a lie.
    this.#archive.truth.deleteJob(id)
    for (const { file } of job?.uploads ?? []) if (file) await this.#archive.results.remove(file.key)
    this.#keptBytes -= uploadBytes(job?.uploads)
    if (job?.result) {
      await this.#archive.results.remove(job.result.key)
      this.#keptBytes -= job.result.sizeBytes
    }
    this.#wake(id)
  }

  reserve(bytes: number): void {
    if (bytes > 0 && this.#keptBytes + bytes > this.#archive.config.tap.keptBytes) throw noRoom()
    this.#keptBytes += bytes
  }

  retime(id: string): void {
    const run = this.#runs.get(id)
    const job = this.#archive.truth.findJob(id)
    if (!run || !job) return
    clearTimeout(run.timer)
    const leftMs = run.startedMs + job.executionSeconds * 1000 - this.#archive.now()
    run.timer = setTimeout(() => run.abort.abort(new Stopped('timeout')), Math.max(0, leftMs))
    run.timer.unref()
  }

  async changed(id: string, phase: Phase, waitMs: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(), waitMs)
    const either = AbortSignal.any([signal, over.signal])
    try {
      while (this.#open && !either.aborted && this.#archive.truth.findJob(id)?.phase === phase) {
        await this.#woken(id, either)
      }
    } finally {
      clearTimeout(timer)
    }
  }

  async sweep(): Promise<void> {
    if (this.#sweeping) return
    this.#sweeping = true
    const { truth, now, log } = this.#archive
    try {
      for (const job of truth.expiredJobs(now())) await this.remove(job.id)
      if (this.#open) this.#settleLost()
    } catch (error) {
      log.error({ err: error }, 'a job could not be destroyed or settled')
    }
    this.#sweeping = false
    this.#begin()
  }

  /** Jobs whose end could not be written when it came (a full disk): nothing runs them any more. */
  #settleLost(): void {
    for (const job of this.#archive.truth.jobsIn(['EXECUTING'])) {
      if (!this.#runs.has(job.id)) this.#fail(job.id, NOT_WRITTEN, true)
    }
  }

  /** Begins queued jobs while there is room. What cannot be begun now (a full disk) is by a later sweep. */
  #begin(): void {
    try {
      while (this.#open && this.#runs.size < this.#archive.config.tap.runningJobs) {
        const job = this.#next()
        if (!job || !this.#run(job)) return
      }
    } catch (error) {
      this.#archive.log.error({ err: error }, 'a job could not be begun')
    }
  }

  /** Owners take turns, so that nobody waits behind all of another's jobs; an owner's own come in order. */
  #next(): JobRecord | undefined {
    const running = (owner: string | null): number =>
      [...this.#runs.values()].filter((run) => run.owner === owner).length
    const waiting = this.#archive.truth.firstQueued().map((job) => (
      { job, running: running(job.owner), turn: this.#turns.get(job.owner) ?? 0 }))
    const known = new Set(waiting.map(({ job }) => job.owner))
    for (const owner of this.#turns.keys()) if (!known.has(owner)) this.#turns.delete(owner)
    const [first] = waiting.sort((a, b) => a.running - b.running || a.turn - b.turn)
    if (first) this.#turns.set(first.job.owner, this.#turn += 1)
    return first?.job
  }

  /** False when the job is no longer QUEUED. */
  #run(job: JobRecord): boolean {
    const startedMs = this.#archive.now()
    const attempts = job.attempts + 1
    const begun = this.#change(job.id, ['QUEUED'], { phase: 'EXECUTING', startedMs, attempts })
    if (!begun) return false
    assert(!this.#runs.has(job.id), 'a job runs once at a time')
    const run: Run = {
      abort: new AbortController(), owner: job.owner, startedMs, timer: undefined, ended: Promise.resolve(),
    }
    this.#runs.set(job.id, run)
    this.retime(job.id)
    const { log } = this.#archive
    run.ended = this.#execute({ ...job, startedMs, attempts }, run)
      .catch((error: unknown) => log.error({ jobId: job.id, err: error }, 'a job could not be settled'))
      .finally(() => {
        clearTimeout(run.timer)
        this.#runs.delete(job.id)
        this.#begin()
      })
    return true
  }

  /** Runs one job to one of its ends. */
  async #execute(job: JobRecord, run: Run): Promise<void> {
    try {
      const result = await this.#write(job, run.abort.signal)
      let isCompleted = false
      try {
        isCompleted = this.#change(job.id, ['EXECUTING'], {
          phase: 'COMPLETED', endedMs: this.#archive.now(), result,
        })
        if (isCompleted) this.#audit(job, result)
      } finally {
        if (!isCompleted) {
          await this.#archive.results.remove(result.key)
          this.#keptBytes -= result.sizeBytes
        }
      }
    } catch (error) {
      this.#ended(job, run.abort.signal.aborted ? run.abort.signal.reason : error)
    }
  }

  #audit(job: JobRecord, { runs, sizeBytes }: NonNullable<JobRecord['result']>): void {
    const { truth, id, now } = this.#archive
    const asking = { truth, principal: this.#principalOf(job), atMs: now(), requestId: id() }
    auditRowsOf(asking, 'job', runs, { bytes: sizeBytes, complete: true }, `job=${job.id}`)
  }

  /** Writes the result where nothing names it yet. */
  async #write(job: JobRecord, signal: AbortSignal): Promise<NonNullable<JobRecord['result']>> {
    const { config, results, now } = this.#archive
    const uploads = (job.uploads ?? []).map(({ name, uri, file }) => ({ name, uri, content: file }))
    const request = { ...readTapRequest((name) => job.parameters[name], config.tap), uploads }
    const caller = { principal: this.#principalOf(job), baseUrl: job.baseUrl, nowMs: now() }
    const parts = queryParts(this.#archive, job.service)
    const opened = await openQuery(parts, request, caller, signal, () => undefined)
    const key = `${job.id}-${job.attempts}.${opened.extension}`
    let draft: Draft | undefined
    let writtenBytes = 0
    try {
      draft = await results.create(key)
      for await (const piece of opened.body) {
        const pieceBytes = Buffer.byteLength(piece)
        writtenBytes += pieceBytes
        this.#keptBytes += pieceBytes
        if (writtenBytes > config.tap.resultBytes) throw tooLarge(config.tap.resultBytes)
        if (this.#keptBytes > config.tap.keptBytes) throw noRoom()
        signal.throwIfAborted()
        await draft.write(piece)
      }
      const { sizeBytes } = await draft.commit()
      const overflow = opened.overflow() === true
      return { key, mediaType: opened.contentType, sizeBytes, runs: opened.runs, overflow }
    } catch (error) {
      this.#keptBytes -= writtenBytes
      await draft?.discard()
      throw error
    } finally {
      await opened.close()
    }
  }

  /** The owner's rights as of now: a right that was withdrawn while the job waited is gone. */
  #principalOf(job: JobRecord): Principal {
    if (job.owner === null) return ANONYMOUS
    const { truth, now } = this.#archive
    const person = truth.findPerson(job.owner)
    if (!person) throw new ArchiveError('job_not_found', 'the owner of this job is gone')
    return { subject: person.subject, name: person.name, ...rightsFor(this.#archive, person.subject, now()) }
  }

  /** Settles a job that did not complete. */
  #ended(job: JobRecord, thrown: unknown): void {
    const { log, now } = this.#archive
    const why = thrown instanceof Stopped ? thrown.why : undefined
    if (why === 'aborted') return
    if (why === 'shutdown') {
      // An orderly stop is not the job's doing, so it does not count as an attempt.
      this.#change(job.id, ['EXECUTING'], { phase: 'QUEUED', startedMs: null, attempts: job.attempts - 1 })
      return
    }
    if (why === 'timeout') {
      // UWS 1.1 §2.1.4: with the effect of an abort.
      const seconds = this.#archive.truth.findJob(job.id)?.executionSeconds ?? job.executionSeconds
      this.#change(job.id, ['EXECUTING'], {
        phase: 'ABORTED', endedMs: now(),
        error: {
          message: `the job ran longer than its execution duration of ${seconds} s; `
            + 'set a greater EXECUTIONDURATION, or ask for less',
          isTransient: true,
        },
      })
      return
    }
    const known = unlessDiskFull(thrown, 'the result could not be kept; try again later, or ask for less')
    if (known instanceof ArchiveError) {
      if (known !== thrown) log.error({ jobId: job.id, err: thrown }, 'the disk is full')
      this.#fail(job.id, known.toFaultText(), known.fault === 'TransientFault')
      return
    }
    log.error({ jobId: job.id, err: thrown }, 'a job failed')
    this.#fail(job.id, `FatalFault: internal error of job ${job.id}`, false)
  }

  #fail(id: string, message: string, isTransient: boolean): void {
    this.#change(id, ['EXECUTING'], {
      phase: 'ERROR', endedMs: this.#archive.now(), error: { message, isTransient },
    })
  }

  #change(id: string, from: readonly Phase[], change: Partial<JobRecord>): boolean {
    const done = this.#archive.truth.changeJob(id, from, change)
    if (done) this.#wake(id)
    return done
  }

  #wake(id: string): void {
    for (const wake of [...this.#waiters.get(id) ?? []]) wake()
  }

  #woken(id: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(id) ?? new Set()
      this.#waiters.set(id, waiters)
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        waiters.delete(wake)
        if (waiters.size === 0) this.#waiters.delete(id)
        resolve()
      }
      signal.addEventListener('abort', wake)
      waiters.add(wake)
    })
  }

  /** Removes results that no job names: of a process that ended between the file and its acknowledgement. */
  async #sweepResults(): Promise<void> {
    const { truth, results } = this.#archive
    const named = new Map(truth.jobsIn(ALL).flatMap(({ result, uploads = [] }) => [
      ...result ? [[result.key, result.sizeBytes] as const] : [],
      ...uploads.flatMap(({ file }) => file ? [[file.key, file.sizeBytes] as const] : []),
    ]))
    this.#keptBytes = [...named.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0)
    for await (const key of results.list('')) if (!named.has(key)) await results.remove(key)
  }
}

function noRoom(): ArchiveError {
  return new ArchiveError('overloaded',
    'the results of all jobs fill the space there is; delete jobs that are no longer needed, and try again')
}
