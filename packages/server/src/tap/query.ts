/**
 * A query from its text to the pieces of its document: parse, check, restrict, compile, engine, writer.
 * Sync and async both come through here, so they cannot differ in what they allow. Design §4, §5;
 * TAP 1.1 §2.7.4, §3.2 to §3.4; DALI 1.1 §4.4.
 */
import { checkQuery, compile, parseQuery, restrict } from '@quipu/adql'
import type { Statement } from '@quipu/adql'
import { ArchiveError } from '@quipu/vo'
import type { Piece, Row, RowWriter } from '@quipu/vo/votable'
import type { Principal } from '../access/principal.ts'
import type { Archive } from '../archive.ts'
import type { ServiceCatalog } from '../schema/catalog.ts'
import type { RowStream } from '../stores/columns.ts'
import type { TapRequest } from './request.ts'

/** On whose behalf a query runs, and the values that its rows are made with. */
export interface Caller {
  readonly principal: Principal
  /** The base of links in rows; no trailing slash. */
  readonly baseUrl: string
  /** Milliseconds since 1970; what GETDATE() and the access rule take for now. */
  readonly nowMs: number
}

/** What of the archive a query of one service needs. */
export interface QueryParts extends Pick<Archive, 'columns' | 'config'> { readonly catalog: ServiceCatalog }

/**
 * @throws ArchiveError `path_not_found` when the archive has no such service: of a stored job, that it has
 *   no longer.
 */
export function queryParts(
  { catalog, columns, config }: Pick<Archive, 'catalog' | 'columns' | 'config'>, service: string,
): QueryParts {
  const own = catalog.services.get(service)
  if (!own) throw new ArchiveError('path_not_found', `this archive has no service ${service}`)
  return { columns, config, catalog: own }
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
export function prepareQuery(archive: QueryParts, request: TapRequest, caller: Caller): Statement {
  const { catalog, columns, config } = archive
  const checked = checkQuery(parseQuery(request.query), catalog.tableSet)
  const restricted = restrict(checked, catalog.sourcesFor(caller.principal))
  return compile(restricted, {
    dialect: columns.dialect,
    textMode: config.site.textMode,
    bindings: {
      baseUrl: caller.baseUrl,
      now: BigInt(caller.nowMs) * 1000n,
      grantedRuns: [...caller.principal.discoverRuns],
    },
    maxRows: request.maxRows + 1,
  })
}

/**
 * Begins a query. Resolves when the first rows or the end are there.
 * @throws ArchiveError any `adql_…` code, `query_data`; or the signal's reason.
 */
export async function openQuery(
  archive: QueryParts, request: TapRequest, caller: Caller, signal: AbortSignal, late: LateFailure,
): Promise<Result> {
  const statement = prepareQuery(archive, request, caller)
  const { format, contentType } = request.choice
  const writer = format.open({
    fields: statement.columns, infos: [{ name: 'QUERY', value: request.query }],
  })
  // DALI 1.1 §3.4.4: MAXREC=0 is about columns, and always carries the overflow mark.
  const rows = request.maxRows === 0 ? undefined : await archive.columns.stream(statement, signal)
  const tell: LateFailure = format.tellsLateFailure ? late : () => undefined
  return {
    contentType,
    extension: format.extension,
    runs: protectedRuns(statement, caller.principal),
    body: rows === undefined ? emptyDocument(writer) : documentOf(rows, writer, request.maxRows, tell),
    close: async () => { await rows?.close() },
  }
}

/** None when the statement reads public rows only; it is then open to whoever may have the document. */
function protectedRuns(statement: Statement, principal: Principal): readonly number[] | 'all' {
  if (principal.isOperator) return 'all'
  const bindsRuns = statement.values.some((value) =>
    typeof value === 'object' && value !== null && 'integers' in value)
  return bindsRuns ? [...principal.discoverRuns] : []
}

async function* emptyDocument(writer: RowWriter): AsyncGenerator<Piece> {
  yield writer.head()
  yield writer.foot({ overflow: true })
}

async function* documentOf(
  stream: RowStream, writer: RowWriter, maxRows: number, late: LateFailure,
): AsyncGenerator<Piece> {
  const cutAt = { rows: maxRows, overflow: false }
  let told: string | undefined
  try {
    yield writer.head()
    try {
      for await (const batch of stream) {
        const kept = keep(batch, cutAt)
        if (kept.length > 0) yield writer.rows(kept)
        if (cutAt.overflow) break
      }
    } catch (error) {
      told = late(error)
      if (told === undefined) throw error
    }
    yield writer.foot(told !== undefined ? { error: told } : { overflow: cutAt.overflow })
  } finally {
    await stream.close()
  }
}

/** The rows of a batch that are within the limit; notes that some were not. */
function keep(batch: readonly Row[], cutAt: { rows: number; overflow: boolean }): readonly Row[] {
  const kept = batch.length > cutAt.rows ? batch.slice(0, cutAt.rows) : batch
  cutAt.overflow = batch.length > cutAt.rows
  cutAt.rows -= kept.length
  return kept
}

/** An aborting timer: its signal's reason is the error given. `stop` must be called. */
export function openTimer(seconds: number, error: () => ArchiveError): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(error()), seconds * 1000)
  timer.unref()
  return { signal: controller.signal, stop: () => clearTimeout(timer) }
}
