/**
 * A query from its text to the pieces of its document: parse, check, restrict, compile, engine, writer.
 * Sync and async both come through here, so they cannot differ in what they allow. Design §4, §5;
 * TAP 1.1 §2.7.4, §3.2 to §3.4; DALI 1.1 §4.4.
 */
import { checkQuery, compile, parseQuery, restrict, UPLOAD_SCHEMA } from '@quipu/adql'
import type { Statement } from '@quipu/adql'
import { ArchiveError } from '@quipu/vo'
import type { Ending, MeasuredFormat, Piece, Row, RowWriter } from '@quipu/vo/votable'
import type { Principal } from '../access/principal.ts'
import type { Archive } from '../archive.ts'
import type { ServiceCatalog } from '../schema/catalog.ts'
import type { Again, BatchStream, UploadTable } from '../stores/columns.ts'
import { describeLinks } from './descriptor.ts'
import type { Head } from './formats.ts'
import { piecesOf } from './large.ts'
import type { Limited } from './large.ts'
import type { TapRequest } from './request.ts'
import { openSpool } from './spool.ts'
import { openUploads } from './upload-open.ts'
import type { OpenUploads } from './upload-open.ts'

/** On whose behalf a query runs, and the values that its rows are made with. */
export interface Caller {
  readonly principal: Principal
  /** The base of links in rows; no trailing slash. */
  readonly baseUrl: string
  /** Milliseconds since 1970; what GETDATE() and the access rule take for now. */
  readonly nowMs: number
}

/** What of the archive a query of one service needs. */
export interface QueryParts extends Pick<Archive, 'columns' | 'config' | 'id' | 'results' | 'truth'> {
  readonly catalog: ServiceCatalog
}

/**
 * @throws ArchiveError `path_not_found` when the archive has no such service: of a stored job, that it has
 *   no longer.
 */
export function queryParts(
  { catalog, columns, config, id, results, truth }: Omit<QueryParts, 'catalog'> & Pick<Archive, 'catalog'>,
  service: string,
): QueryParts {
  const own = catalog.services.get(service)
  if (!own) throw new ArchiveError('path_not_found', `this archive has no service ${service}`)
  return { columns, config, id, results, truth, catalog: own }
}

/** A result on its way. */
export interface Result {
  readonly contentType: string
  /** Of a file of it, without the dot. */
  readonly extension: string
  /** The runs whose protected rows it may hold. */
  readonly runs: readonly number[] | 'all'
  /** The document; can be read once. Leaving early closes the engine's statement. */
  readonly body: AsyncIterable<Piece>
  /** Whether rows were left out, as far as is known: true may come before the body, false only after it. */
  overflow(): boolean | undefined
  /** Ends the statement. Safe to call at any time, more than once. */
  close(): Promise<void>
}

/**
 * What becomes of a failure after the first row: thrown, or told at the end of the document if the
 * format can (DALI 1.1 §4.4.2). It gives the text to tell, or undefined to throw.
 */
export type LateFailure = (error: unknown) => string | undefined

/**
 * Makes the statement that gives this caller's rows, one more than MAXREC asks for: only so can a cut
 * answer be told from a full one (TAP 1.1 §2.7.4).
 * @throws ArchiveError any `adql_…` code, with the place.
 */
export function prepareQuery(
  archive: QueryParts, request: TapRequest, caller: Caller, uploads?: OpenUploads,
): Statement & { readonly tables: readonly string[] } {
  const { catalog, columns, config } = archive
  const published = catalog.sourcesFor(caller.principal)
  const sent = uploads === undefined || uploads.tables.length === 0 ? []
    : [{ name: UPLOAD_SCHEMA, description: '', tables: uploads.tables }]
  const tableSet = { schemas: [...catalog.tableSet.schemas, ...sent] }
  const checked = checkQuery(parseQuery(request.query), tableSet)
  // A published table comes first whatever an uploaded one is called.
  const sources = uploads === undefined ? published : new Map([...uploads.sources, ...published])
  const restricted = restrict(checked, sources)
  const statement = compile(restricted, {
    dialect: columns.dialect,
    textMode: config.site.textMode,
    bindings: {
      baseUrl: caller.baseUrl,
      now: BigInt(caller.nowMs) * 1000n,
      grantedRuns: [...caller.principal.discoverRuns],
    },
    maxRows: request.maxRows + 1,
  })
  return { ...statement, tables: checked.tables }
}

/** Finds what is wrong with a query without running it. Throws as `openQuery` does. */
export async function checkOnly(
  archive: QueryParts, request: TapRequest, caller: Caller, signal: AbortSignal,
): Promise<void> {
  const uploads = await openUploads(archive, request.uploads ?? [], caller, signal)
  try {
    prepareQuery(archive, request, caller, uploads)
  } finally {
    await uploads.close()
  }
}

/**
 * Begins a query. Resolves when the first rows or the end are there; all of them for a format that must have
 * seen all.
 * @throws ArchiveError any `adql_…` code, `query_data`, `document_too_large`; or the signal's reason.
 */
export async function openQuery(
  archive: QueryParts, request: TapRequest, caller: Caller, signal: AbortSignal, late: LateFailure,
): Promise<Result> {
  const { format, contentType } = request.choice
  const uploads = await openUploads(archive, request.uploads ?? [], caller, signal)
  let statement: Statement
  let source: Source
  try {
    const prepared = prepareQuery(archive, request, caller, uploads)
    statement = prepared
    source = await openSource(archive, statement, uploads.relations(prepared.tables), request.maxRows, signal)
  } finally {
    // Their rows are in the engine.
    await uploads.close()
  }
  const infos = [{ name: 'QUERY', value: request.query }]
  const runs = allRuns(protectedRuns(statement, caller.principal), uploads.runs)
  const parts = { extension: format.extension, contentType, runs }
  const described = describeLinks(statement.columns, caller.baseUrl)
  const head: Head = {
    fields: described?.fields ?? statement.columns, infos, after: described?.after, sample: source.first,
  }
  if (format.writing.way === 'measured') {
    const { body, discard } = await measuredBody(archive, format.writing.format, head, source)
    return { ...parts, body, overflow: () => source.overflow, close: discard }
  }
  const body = streamedBody(format.writing.open(head), source, format.tellsEnding ? late : () => undefined)
  return { ...parts, body, overflow: () => source.overflow, close: source.close }
}

function allRuns(own: Result['runs'], sent: Result['runs']): Result['runs'] {
  return own === 'all' || sent === 'all' ? 'all' : [...new Set([...own, ...sent])]
}

/** None when the statement reads public rows only; it is then open to whoever may have the document. */
function protectedRuns(statement: Statement, principal: Principal): readonly number[] | 'all' {
  if (principal.isOperator) return 'all'
  const bindsRuns = statement.values.some((value) =>
    typeof value === 'object' && value !== null && 'integers' in value)
  return bindsRuns ? [...principal.discoverRuns] : []
}

/** The rows within the limit. */
interface Source extends Limited {
  /** The first batch of `batches`. */
  readonly first: readonly Row[]
  readonly batches: AsyncIterable<readonly Row[]>
  /** Where the same rows can be had from their beginning at little cost. */
  readonly again?: Again | undefined
  /** Takes what is to be closed with it. */
  readonly opened: (stream: BatchStream<unknown>) => void
  readonly close: () => Promise<void>
}

async function openSource(
  { columns }: QueryParts, statement: Statement, uploads: readonly UploadTable[], maxRows: number,
  signal: AbortSignal,
): Promise<Source> {
  // DALI 1.1 §3.4.4: MAXREC=0 is about columns, and always carries the overflow mark.
  if (maxRows === 0) {
    const nothing = { opened: () => undefined, close: async () => undefined }
    return { first: [], batches: noBatches(), maxRows, overflow: true, ...nothing }
  }
  const stream = await columns.stream(statement, signal, uploads)
  const streams: BatchStream<unknown>[] = [stream]
  const close = async (): Promise<void> => { await Promise.all(streams.map((each) => each.close())) }
  try {
    const iterator = stream[Symbol.asyncIterator]()
    const next = await iterator.next()
    const batch = next.done === true ? [] : next.value
    const first = batch.slice(0, maxRows)
    const source: Source = {
      first, close, maxRows, batches: batchesOf(), opened: (other) => { streams.push(other) },
      again: statement.isPlain === true ? stream.again : undefined,
      overflow: batch.length > maxRows ? true : next.done === true ? false : undefined,
    }
    async function* batchesOf(): AsyncGenerator<readonly Row[]> {
      try {
        if (first.length > 0) yield first
        if (source.overflow !== undefined) return
        let room = maxRows - first.length
        for await (const rows of { [Symbol.asyncIterator]: () => iterator }) {
          if (rows.length > room) source.overflow = true
          if (room > 0 && rows.length > 0) yield rows.length > room ? rows.slice(0, room) : rows
          if (source.overflow === true) return
          room -= rows.length
        }
        source.overflow = false
      } finally {
        await stream.close()
      }
    }
    return source
  } catch (error) {
    await close()
    throw error
  }
}

async function* noBatches(): AsyncGenerator<readonly Row[]> {}

async function* streamedBody(
  writer: RowWriter, source: Source, late: LateFailure,
): AsyncGenerator<Piece> {
  let told: string | undefined
  try {
    yield writer.head()
    try {
      yield* piecesOf(writer, source.batches, source, source.again, source.opened)
    } catch (error) {
      told = late(error)
      if (told === undefined) throw error
    }
    const ending: Ending = told !== undefined ? { error: told } : { overflow: source.overflow }
    yield writer.foot(ending)
  } finally {
    await source.close()
  }
}

/** Reads all rows into a spool, and gives the document that comes out of it. A failure is thrown here. */
async function measuredBody(
  archive: QueryParts, format: MeasuredFormat, { fields, infos, after }: Head, source: Source,
): Promise<{ readonly body: AsyncIterable<Piece>; readonly discard: () => Promise<void> }> {
  const { results, id, config } = archive
  const spool = openSpool(fields, {
    store: results, key: `spool/${id()}`, limitBytes: config.tap.resultBytes,
  })
  try {
    const measure = format.measure(fields)
    for await (const batch of source.batches) {
      measure.add(batch)
      await spool.add(batch)
    }
    const overflow = source.overflow === true
    const writer = format.writer(fields, measure.result(overflow), infos, after)
    return { body: spooledBody(writer), discard: () => spool.discard() }
    async function* spooledBody(written: RowWriter): AsyncGenerator<Piece> {
      try {
        yield written.head()
        for await (const batch of spool.batches()) yield written.rows(batch)
        yield written.foot({ overflow })
      } finally {
        await spool.discard()
      }
    }
  } catch (error) {
    await spool.discard()
    throw error
  } finally {
    await source.close()
  }
}

/** An aborting timer: its signal's reason is the error given. `stop` must be called. */
export function openTimer(seconds: number, error: () => ArchiveError): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(error()), seconds * 1000)
  timer.unref()
  return { signal: controller.signal, stop: () => clearTimeout(timer) }
}
