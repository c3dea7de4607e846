/**
 * A caller's statement on its way out of DuckDB. Design §6.
 *
 * The engine's stream ends alike when all rows were given, when one of them failed and when it was
 * interrupted. So the statement is wrapped: a last row marks the end, and a stream without it has failed.
 */
import { DuckDBTypeId, StatementType } from '@duckdb/node-api'
import type {
  DuckDBConnection, DuckDBDataChunk, DuckDBPreparedStatement, DuckDBResult,
} from '@duckdb/node-api'
import type { Statement } from '@quipu/adql'
import { assert } from '@quipu/vo'
import type { Row } from '@quipu/vo/votable'
import type { BatchStream, RowStream, UploadTable } from './columns.ts'
import { faultOf } from './duckdb-faults.ts'
import { columnForm, textForm } from './duckdb-forms.ts'
import type { Form } from './duckdb-forms.ts'
import { fillUploads } from './duckdb-upload.ts'
import { bindValues, cellReader, rowsOf } from './duckdb-values.ts'

/** How often an abort is repeated while the engine works: one that comes before it begins is lost. */
const INTERRUPT_EVERY_MS = 20

const BEGIN = 'begin transaction read only'

/** What a stream needs of the engine that it runs in. */
export interface StreamParts {
  /** A connection that is the stream's own, and closed with it. */
  readonly connect: () => Promise<DuckDBConnection>
  /** How to close each stream that is open. */
  readonly open: Set<() => Promise<void>>
}

/** Runs the statement. See the port for what it throws. */
export async function openStream(
  parts: StreamParts, statement: Statement, signal: AbortSignal, uploads: readonly UploadTable[] = [],
): Promise<RowStream> {
  const brief = statement.isBrief === true ? await openBrief(parts, statement, signal) : undefined
  if (brief !== undefined) return brief
  const names = namesOf(statement)
  const form = (types: readonly DuckDBTypeId[]): Form<readonly Row[]> => {
    const readers = statement.columns.map((field, c) => cellReader(field, types[c] ?? DuckDBTypeId.INVALID))
    return {
      sql: (rows) => `select ${names.join(', ')} from ${rows}`, width: names.length,
      read: (chunk, count) => rowsOf(chunk, readers, count),
    }
  }
  let known: readonly DuckDBTypeId[] = []
  const stream = await openForm(parts, statement, signal, form([]), (types) => {
    known = types
    return form(types).read
  }, uploads)
  // They are on this stream's connection only.
  if (uploads.length > 0) return stream
  const reopen = async <B>(made: Form<B> | undefined): Promise<BatchStream<B> | undefined> =>
    made && openForm(parts, statement, signal, made, () => made.read)
  return {
    ...stream,
    again: {
      text: (wanted) => reopen(textForm(wanted, statement.columns, known)),
      columns: () => reopen(columnForm(statement.columns, known)),
    },
  }
}

/** More rows than this are streamed: all of them at once would take memory that nobody counts. */
const BRIEF_ROWS = 1_024

/**
 * The whole result at once, which the engine begins twice as fast, and which fails aloud; undefined when it
 * turns out to have many rows.
 */
async function openBrief(
  { connect, open }: StreamParts, statement: Statement, signal: AbortSignal,
): Promise<RowStream | undefined> {
  signal.throwIfAborted()
  const connection = await connect()
  const session = openSession(connection, signal, open)
  try {
    await session.run(() => connection.run(BEGIN))
    const limited = `select * from (${statement.sql}) as q limit ${BRIEF_ROWS + 1}`
    const prepared = await session.run(() => prepareSelect(connection, limited, statement))
    const result = await session.run(() => prepared.run())
    const readers = statement.columns.map((field, c) => cellReader(field, result.columnTypeId(c)))
    const batches: (readonly Row[])[] = []
    let count = 0
    for (;;) {
      const chunk = await session.run(() => result.fetchChunk())
      if (chunk === null || chunk.rowCount === 0) break
      count += chunk.rowCount
      if (count > BRIEF_ROWS) return undefined
      batches.push(rowsOf(chunk, readers, chunk.rowCount))
    }
    return {
      close: async () => undefined,
      async *[Symbol.asyncIterator]() {
        for (const batch of batches) {
          signal.throwIfAborted()
          yield batch
        }
      },
    }
  } catch (error) {
    throw session.reasonFor(error)
  } finally {
    await session.close()
  }
}

const namesOf = (statement: Statement): string[] => statement.columns.map((_, i) => `c${i}`)

/** The statement's rows in a form; `reader` is told the types of the columns that come. */
async function openForm<B>(
  { connect, open }: StreamParts, statement: Statement, signal: AbortSignal, form: Form<B>,
  reader: (types: readonly DuckDBTypeId[]) => Form<B>['read'], uploads: readonly UploadTable[] = [],
): Promise<BatchStream<B>> {
  signal.throwIfAborted()
  const connection = await connect()
  const session = openSession(connection, signal, open)
  try {
    if (uploads.length > 0) await session.run(() => fillUploads(connection, uploads, signal))
    await session.run(() => connection.run(BEGIN))
    const rows = form.sql(`(${statement.sql}) as q(${namesOf(statement).join(', ')})`)
    const columns = Array.from({ length: form.width }, (_, i) => `f${i}`)
    const wrapped = `select ${columns.join(', ')}, false from (${rows}) as f(${columns.join(', ')})
      union all select ${columns.map(() => 'null').join(', ')}, true`
    const prepared = await session.run(() => prepareSelect(connection, wrapped, statement))
    const result = await session.run(() => prepared.stream())
    assert(result.columnCount === form.width + 1, 'the statement has the columns that it says')
    const diagnose = (): Promise<never> => findFault(session, connection, statement, rows, columns)
    const read = reader(columns.map((_, c) => result.columnTypeId(c)))
    const pages = readPages(session, result, form.width, read, { diagnose, most: statement.cutAfter })
    const first = await pages.next()
    return toStream(session, first, pages)
  } catch (error) {
    await session.close()
    throw session.reasonFor(error)
  }
}

/**
 * Prepares exactly one SELECT; the engine takes no second statement in one text, and `begin transaction
 * read only` none that writes. A statement of another kind is a bug, wherever it came from.
 */
async function prepareSelect(
  connection: DuckDBConnection, sql: string, statement: Statement,
): Promise<DuckDBPreparedStatement> {
  const prepared = await connection.prepare(sql)
  assert(prepared.statementType === StatementType.SELECT, 'a caller\'s statement is a SELECT')
  bindValues(prepared, statement.values)
  return prepared
}

/** One connection, one signal, and at most one thing that the engine does for them. */
interface Session {
  readonly run: <T>(work: () => Promise<T>) => Promise<T>
  /** What to throw: the signal's reason when it is aborted, else what the engine's error means. */
  readonly reasonFor: (error: unknown) => unknown
  readonly close: () => Promise<void>
}

function openSession(
  connection: DuckDBConnection, signal: AbortSignal, open: Set<() => Promise<void>>,
): Session {
  let running: Promise<unknown> | undefined
  let closing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  function interrupt(): void {
    if (running === undefined) return
    connection.interrupt()
    timer ??= setInterval(() => { connection.interrupt() }, INTERRUPT_EVERY_MS)
  }
  function settled(): void {
    running = undefined
    clearInterval(timer)
    timer = undefined
  }
  function close(): Promise<void> {
    closing ??= (async () => {
      signal.removeEventListener('abort', interrupt)
      const last = running
      interrupt()
      // Interrupt, await the rejection, close: in this order the engine never aborts the process.
      await last?.catch(() => undefined)
      settled()
      connection.closeSync()
      open.delete(close)
    })()
    return closing
  }
  signal.addEventListener('abort', interrupt)
  open.add(close)

  return {
    close,
    async run(work) {
      signal.throwIfAborted()
      if (closing !== undefined) throw new DOMException('the result was closed', 'AbortError')
      assert(running === undefined, 'a session does one thing at a time')
      const promise = work()
      running = promise
      try {
        const value = await promise
        // What an interrupted engine gave is not to be trusted.
        signal.throwIfAborted()
        return value
      } finally {
        settled()
      }
    },
    reasonFor: (error) => signal.aborted ? signal.reason : faultOf(error),
  }
}

async function* readPages<B>(
  session: Session, result: DuckDBResult, width: number, read: Form<B>['read'],
  { diagnose, most = Infinity }: {
    readonly diagnose: () => Promise<never>; readonly most: number | undefined
  },
): AsyncGenerator<B> {
  for (let room = most; room > 0;) {
    const chunk = await session.run(() => result.fetchChunk())
    if (chunk === null || chunk.rowCount === 0) return await diagnose()
    const count = countBeforeEnd(chunk, width)
    if (count > 0) yield read(chunk, Math.min(count, room))
    if (count < chunk.rowCount) return
    room -= count
  }
}

/** Rows of the chunk before the one that marks the end. */
function countBeforeEnd(chunk: DuckDBDataChunk, endColumn: number): number {
  const isEnd = chunk.getColumnVector(endColumn).getItem(chunk.rowCount - 1) === true
  return isEnd ? chunk.rowCount - 1 : chunk.rowCount
}

/**
 * The stream ended early and does not say why. Computing every cell again, keeping none, does.
 * @throws always.
 */
async function findFault(
  session: Session, connection: DuckDBConnection, statement: Statement, rows: string,
  names: readonly string[],
): Promise<never> {
  const counts = names.map((name) => `count(${name})`).join(', ')
  await session.run(async () => {
    // The failed transaction takes no other statement.
    await connection.run('rollback')
    await connection.run(BEGIN)
    const again = `select ${counts} from (${rows}) as f(${names.join(', ')})`
    const prepared = await prepareSelect(connection, again, statement)
    await prepared.run()
  })
  throw new Error('the column copy ended a result before its last row')
}

/** The stream that a caller iterates, once. The connection is closed whichever way that ends. */
function toStream<B>(
  session: Session, first: IteratorResult<B, unknown>, pages: AsyncGenerator<B>,
): BatchStream<B> {
  async function* iterate(): AsyncGenerator<B> {
    try {
      for (let page = first; page.done !== true; page = await pages.next()) yield page.value
    } catch (error) {
      throw session.reasonFor(error)
    } finally {
      await session.close()
    }
  }
  const rows = iterate()
  return {
    [Symbol.asyncIterator]: () => rows,
    close: () => session.close(),
  }
}
