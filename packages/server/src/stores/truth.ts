/**
 * The port of the truth: products, runs, people, rights, jobs, audit, calibration groups. Design §6.
 * Look-ups by id and the whole association read only this store. Synchronous: its embedded adapter is.
 */
import type { Classification, Frame, Group, NearQuery } from '@quipu/association'
import type { Rights } from '../access/principal.ts'

/** What a holding is; decides its links, its file name and its table. */
export type ProductKind = 'raw' | 'master' | 'product' | 'ancillary' | 'preview' | 'nightLog'

/** The bytes of a product. `key` is the file store's; `name` is what a download is called. */
export interface StoredFile {
  readonly key: string
  readonly name: string
  readonly mediaType: string
  readonly sizeBytes: number
  readonly md5: string
}

export interface Run {
  readonly runId: number
  /** `098.C-0739(C)`. */
  readonly progId: string
  /** False: only who holds a right to the run may know that its frames exist. */
  readonly metadataPublic: boolean
}

export interface Product {
  readonly dpId: string
  readonly kind: ProductKind
  /** Of an attached product (see `parent`): its parent's, and so is `releaseMs`. */
  readonly run: Run | null
  /** `dp_cat` of a raw frame (SCIENCE, CALIB, …), `eso_category` of what is not one. */
  readonly category: string
  readonly instrument: string
  /** Start of the exposure; null when the holding has none. */
  readonly mjd: number | null
  /** When the bytes become public, milliseconds since 1970 UTC. Null is not public. */
  readonly releaseMs: number | null
  readonly modifiedMs: number
  /** The product that an ancillary file, preview or night log belongs to: its rights are that one's. */
  readonly parent: string | null
  readonly title: string
  readonly file: StoredFile | null
}

export interface Person {
  readonly subject: string; readonly name: string; readonly givenName: string; readonly familyName: string
  readonly email: string; readonly accountId: number; readonly passwordHash: string
  readonly isOperator: boolean
  /** Tokens of an earlier second are over: the password was changed. Kept when not given. */
  readonly tokensFromMs?: number | undefined
}

/** A right of one person to one run. */
export interface Grant {
  readonly subject: string
  readonly progId: string
  readonly role: 'pi' | 'delegate'
  /** Null never ends. */
  readonly endsMs: number | null
}

export type PublishedRow = Readonly<Record<string, string | number | bigint | boolean | null>>

/** A frame and what the rules said of it at ingest. */
export interface Calibration { readonly frame: Frame; readonly classification: Classification }

/** One product with all that belongs to it; written in one piece or not at all. */
export interface Holding {
  readonly product: Omit<Product, 'run'> & { readonly progId: string | null }
  /** The FITS header's cards, one a line, without padding; null when there is no header. */
  readonly header: string | null
  /** Rows of published tables, by table name (`dbo.raw`), columns in the schema's spelling. */
  readonly rows: readonly { readonly table: string; readonly row: PublishedRow }[]
  /** dp_ids of the frames it was made from. */
  readonly sources: readonly string[]
  /** What the association engine said of it at ingest; null when no rule set knows it. */
  readonly calibration: Calibration | null
  /** The published table whose rows are those of its file (`safcat.STARS_V1`); of a catalogue only. */
  readonly fills?: string | undefined
}

export interface Batch { readonly number: number; readonly holdings: readonly Holding[] }

/** A row of a published table as the truth holds it, for the column copy. */
export interface TruthRow {
  readonly table: string; readonly dpId: string; readonly run: Run | null; readonly row: PublishedRow
}

/** A product whose file holds rows of a published table. */
export interface TruthFile {
  readonly table: string; readonly dpId: string; readonly run: Run | null; readonly file: StoredFile
}

/** What the column copy must hold after one batch: of `dpIds` exactly these rows, and those of the files. */
export interface TruthBatch {
  readonly number: number
  readonly dpIds: readonly string[]
  readonly rows: readonly TruthRow[]
  readonly files: readonly TruthFile[]
}

/** A UWS job as it is kept. Times are milliseconds since 1970. UWS 1.1 §2.1. */
export interface JobRecord {
  readonly id: string
  /** `tap_obs`. */
  readonly service: string
  /** The user name; null for an anonymous job, which whoever knows its id may use. */
  readonly owner: string | null
  readonly phase: 'PENDING' | 'QUEUED' | 'EXECUTING' | 'COMPLETED' | 'ERROR' | 'ABORTED'
  readonly runLabel: string | null
  readonly createdMs: number
  readonly startedMs: number | null
  readonly endedMs: number | null
  readonly destructionMs: number
  readonly executionSeconds: number
  /** Parameters as sent, names in upper case. */
  readonly parameters: Readonly<Record<string, string>>
  /** Tables that come with it, in the order sent; what is sent inline is a file beside the results. */
  readonly uploads?: readonly {
    readonly name: string
    readonly uri: string
    readonly file?: {
      /** Of the form that it came in. */
      readonly part: string
      readonly key: string; readonly mediaType: string; readonly sizeBytes: number
    } | undefined
  }[] | undefined
  /** The base of links in its result: that of the request that created it. */
  readonly baseUrl: string
  /** How often it was begun. */
  readonly attempts: number
  readonly result: {
    readonly key: string; readonly mediaType: string; readonly sizeBytes: number
    /** The runs whose protected rows it may hold. */
    readonly runs: readonly number[] | 'all'
    /** True when rows were left out by MAXREC or the service's limit. */
    readonly overflow?: boolean
  } | null
  readonly error: { readonly message: string; readonly isTransient: boolean } | null
  /** Runs that were closed since it began: their rows may be in its result, from when all might see them. */
  readonly closedRuns?: readonly number[] | undefined
}

/** One line of the append-only log. Never holds a token or a password. */
export interface AuditLine {
  readonly atMs: number
  readonly action: string
  readonly subject: string | null
  readonly outcome: string
  readonly requestId: string
  readonly dpId?: string | undefined
  readonly clause?: string | undefined
  readonly bytes?: number | undefined
  /** The user of the operating system who gave the command; of changes only. */
  readonly actor?: string | undefined
  /** What was changed, or which job: `run=098.C-0739(C) role=pi`. */
  readonly detail?: string | undefined
}

/** A line as it is kept. */
export interface NumberedLine extends AuditLine { readonly n: number }

/** Lines to read from the log, in their order. `subject` and `dpId` are matched exactly. */
export interface AuditQuery {
  readonly afterN: number
  readonly limit: number
  readonly sinceMs?: number | undefined
  readonly subject?: string | undefined
  readonly dpId?: string | undefined
}

/** Which calibration groups a caller may see: everybody's, and those of protected runs it may discover. */
export interface CalibrationScope { readonly all: boolean; readonly runs: ReadonlySet<number> }

export interface RunsOf {
  readonly instruments: readonly string[]
  readonly fromMjd: number
  /** Not included. */
  readonly untilMjd: number
}

export interface Truth {
  /** The number of the last batch that is in; 0 when there is none. */
  lastBatch(): number
  /**
   * Writes one batch in one transaction, numbered one above the last. Replaces what has the same dp_id.
   * @param runs Made with it if they are not known; what is known of a run stays.
   */
  addBatch(holdings: readonly Holding[], runs?: readonly Omit<Run, 'runId'>[]): number
  /** How many of the ids are products. Of ids that a caller gave, ask `findProduct`. */
  countKnown(dpIds: readonly string[]): number
  /** What batches above the number wrote, by batch, for the column copy; what was superseded is not in it. */
  rowsAfter(batch: number): IterableIterator<TruthBatch>
  /** Undefined also while the product that it is attached to (`parent`) is not there. */
  findProduct(dpId: string): Product | undefined
  /** The header's cards; undefined when there is none. */
  findHeader(dpId: string): string | undefined
  /** Products that belong to it (ancillary, preview, night log), in order of dp_id. */
  childrenOf(dpId: string): readonly Product[]
  /** Products it was made from, and products made from it. */
  sourcesOf(dpId: string): readonly Product[]
  derivedFrom(dpId: string): readonly Product[]

  /** Keys of every file that a product has, for sweeping what nothing refers to. */
  fileKeys(): IterableIterator<string>

  /** Changing `metadataPublic` makes a batch of all that the run has: the column copy must catch up. */
  putRun(run: Omit<Run, 'runId'>): Run
  findRun(progId: string): Run | undefined
  /** In order of progId. */
  listRuns(): readonly Run[]
  /**
   * Runs with frames, all of them of one of the instruments and begun within the times (MJD). A frame
   * without a time is within no bounds.
   */
  runsWithin(of: RunsOf): readonly number[]
  /** Marks results that are there or on their way: they may hold rows of the run (`JobRecord.closedRuns`). */
  closeResults(runId: number): void
  putPerson(person: Omit<Person, 'accountId'> & { readonly accountId?: number }): void
  findPerson(subject: string): Person | undefined
  listPeople(): readonly Person[]
  putGrant(grant: Grant): void
  /** Of one person, of one run, or all; those that have ended too. In order of progId, subject, role. */
  listGrants(of: { readonly subject?: string | undefined; readonly progId?: string | undefined }):
  readonly Grant[]
  rightsOf(subject: string, nowMs: number): Rights

  findCalibration(dpId: string): Calibration | undefined
  /** The group that a frame is in, as the caller may see it. */
  findGroup(dpId: string, scope: CalibrationScope): Group | undefined
  /** Groups under one index entry, nearest in time first. */
  nearGroups(query: NearQuery, scope: CalibrationScope): readonly Group[]

  putJob(job: JobRecord): void
  /** Changes a job if it is still in one of the phases given; false when it is not. */
  changeJob(id: string, from: readonly JobRecord['phase'][], change: Partial<JobRecord>): boolean
  findJob(id: string): JobRecord | undefined
  /** Newest first. `owner` null lists nothing: anonymous jobs are found by id only. */
  listJobs(service: string, owner: string): readonly JobRecord[]
  /** Jobs of every owner in the phases, oldest first; the first so many when a limit is given. */
  jobsIn(phases: readonly JobRecord['phase'][], limit?: number): readonly JobRecord[]
  /** The oldest QUEUED job of each owner, oldest first; anonymous callers are one owner. */
  firstQueued(): readonly JobRecord[]
  /** How many jobs are in the phases: of everybody, and of the owner (null: of anonymous callers). */
  countJobs(
    phases: readonly JobRecord['phase'][], owner: string | null,
  ): { readonly all: number; readonly own: number }
  expiredJobs(nowMs: number): readonly JobRecord[]
  deleteJob(id: string): boolean

  /** Appends a line. It survives the process; the machine's end, with whatever is written next. */
  audit(line: AuditLine): void
  /** Does the work and appends the line that tells of it, both or neither. */
  change<T>(line: AuditLine, work: () => T): T
  readAudit(query: AuditQuery): readonly NumberedLine[]
  close(): void
}
