/**
 * A caller's statement on its way out of PostgreSQL. Design §5 (second wall), §6.
 *
 * It is declared as a cursor, which takes one SELECT and nothing that writes, in a read-only transaction of a
 * role that may read the published relations only. The transaction is always rolled back, so nothing that a
 * statement sets outlives it. A failure is told by the server; unlike DuckDB's, its results do not just end.
 */
import type { Statement } from '@quipu/adql'
import { assert } from '@quipu/vo'
import type { Row } from '@quipu/vo/votable'
import type { PoolClient, QueryArrayConfig, QueryArrayResult, QueryConfig } from 'pg'
import type { RowStream, UploadTable } from './columns.ts'
import { CALLER_ROLE } from './postgres-database.ts'
import type { Database } from './postgres-database.ts'
import { faultOf } from './postgres-faults.ts'
import { fillUploads } from './postgres-upload.ts'
import { bound, cellReader } from './postgres-values.ts'
import type { ReadCell } from './postgres-values.ts'

const FETCH_ROWS = 2_048
/** How often an abort is repeated: one that comes between two statements is lost. */
const CANCEL_EVERY_MS = 20

const BEGIN = 'begin transaction isolation level repeatable read'

/** From here on the transaction writes nothing, and does what the callers' role may. */
const closing = (statementSeconds: number): string => [
  'set transaction read only',
  ...Object.entries({
    role: CALLER_ROLE, search_path: `''`, statement_timeout: statementSeconds * 1000,
    // All rows are wanted, so the plan is not made for the first ones.
    cursor_tuple_fraction: 1, datestyle: 'ISO', extra_float_digits: 1,
  }).map(([name, value]) => `set local ${name} = ${value}`),
].join('; ')

/** Values stay the text that the server sent. */
const RAW = { getTypeParser: () => (text: string) => text }

/** A statement and what it needs. */
interface Asked {
  readonly statement: Statement
  readonly uploads: readonly UploadTable[]
  readonly statementSeconds: number
}

/** See the port for what it throws. While the stream is open, how to close it is among `open`. */
export async function openStream(
  database: Database, { statement, uploads, statementSeconds }: Asked, signal: AbortSignal,
  open: Set<() => Promise<void>>,
): Promise<RowStream> {
  const session = openSession(database, await connect(database, signal), signal, open)
  try {
    if (uploads.length === 0) {
      await session.run((client) => client.query(`${BEGIN}; ${closing(statementSeconds)}`))
    } else {
      await session.run((client) => client.query(BEGIN))
      await session.run((client) => fillUploads(client, uploads, CALLER_ROLE, signal))
      await session.run((client) => client.query(closing(statementSeconds)))
    }
    await session.run((client) => declare(client, statement))
    const pages = readPages(session, statement)
    const first = await pages.next()
    return toStream(session, first, pages)
  } catch (error) {
    const reason = session.reasonFor(error)
    await session.close()
    throw reason
  }
}

/** Waits for a connection, but no longer than the caller does. */
async function connect(database: Database, signal: AbortSignal): Promise<PoolClient> {
  signal.throwIfAborted()
  const waiting = database.connect()
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => { reject(signal.reason) }
  signal.addEventListener('abort', abort)
  try {
    return await Promise.race([waiting, aborted])
  } catch (error) {
    void waiting.then((client) => { client.release() }, () => undefined)
    throw signal.aborted ? signal.reason : faultOf(error)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function declare(client: PoolClient, { sql, values }: Statement): Promise<void> {
  const { values: texts, types } = bound(values)
  const query: QueryConfig & { readonly queryMode: 'extended' } = {
    text: `declare q no scroll cursor without hold for ${sql}`, values: [...texts],
    // The driver hands an array here to the server, as the types of the values.
    types: Object.assign([...types], RAW),
    // Only the extended protocol takes one statement and not several.
    queryMode: 'extended',
  }
  await client.query(query)
}

/** One connection, one signal, and at most one thing that the server does for them. */
interface Session {
  readonly run: <T>(work: (client: PoolClient) => Promise<T>) => Promise<T>
  /** What to throw: the signal's reason when it is aborted, else what the server's error means. */
  readonly reasonFor: (error: unknown) => unknown
  readonly close: () => Promise<void>
}

function openSession(
  database: Database, client: PoolClient, signal: AbortSignal, open: Set<() => Promise<void>>,
): Session {
  let running: Promise<unknown> | undefined
  let cancelling: Promise<void> | undefined
  let closing: Promise<void> | undefined
  let isGone = false

  function cancel(): void {
    cancelling ??= cancelUntilIdle().finally(() => { cancelling = undefined })
  }
  async function cancelUntilIdle(): Promise<void> {
    while (running !== undefined) {
      const work = running
      try {
        await database.cancel(processIdOf(client))
      } catch {
        // Nobody can be asked to cancel it: the connection goes, and what it does with it.
        isGone = true
        client.release(true)
        return
      }
      await Promise.race([work.catch(() => undefined), pause(CANCEL_EVERY_MS)])
    }
  }
  function close(): Promise<void> {
    closing ??= (async () => {
      signal.removeEventListener('abort', cancel)
      const last = running
      if (last !== undefined) cancel()
      await last?.catch(() => undefined)
      // A cancel that is under way would hit whatever comes next.
      await cancelling
      await giveBack()
      open.delete(close)
    })()
    return closing
  }
  async function giveBack(): Promise<void> {
    if (isGone) return
    const isUsable = await client.query('rollback').then(() => true, () => false)
    client.release(!isUsable)
  }
  signal.addEventListener('abort', cancel)
  open.add(close)

  return {
    close,
    async run(work) {
      signal.throwIfAborted()
      if (closing !== undefined) throw new DOMException('the result was closed', 'AbortError')
      assert(running === undefined, 'a session does one thing at a time')
      const promise = work(client)
      running = promise
      try {
        const value = await promise
        signal.throwIfAborted()
        return value
      } finally {
        running = undefined
      }
    },
    reasonFor: (error) => signal.aborted ? signal.reason
      : closing !== undefined ? new DOMException('the result was closed', 'AbortError') : faultOf(error),
  }
}

function processIdOf(client: PoolClient): number {
  const { processID } = client as PoolClient & { readonly processID?: unknown }
  assert(typeof processID === 'number', 'a connection has a process')
  return processID
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms) })

const FETCH: QueryArrayConfig = { text: `fetch forward ${FETCH_ROWS} from q`, rowMode: 'array', types: RAW }
type Page = QueryArrayResult<(string | null)[]>

async function* readPages(session: Session, { columns }: Statement): AsyncGenerator<readonly Row[]> {
  let readers: readonly ReadCell[] | undefined
  for (;;) {
    const page: Page = await session.run((client) => client.query(FETCH))
    assert(page.fields.length === columns.length, 'the statement has the columns that it says')
    readers ??= columns.map((field, i) => cellReader(field, page.fields[i]?.dataTypeID ?? 0))
    const known = readers
    if (page.rows.length > 0) yield page.rows.map((row) => row.map((text, i) => cell(text, known[i])))
    if (page.rows.length < FETCH_ROWS) return
  }
}

const cell = (text: string | null, read: ReadCell | undefined): Row[number] =>
  (text === null || read === undefined ? null : read(text))

/** The stream that a caller iterates, once. The connection is given back whichever way that ends. */
function toStream(
  session: Session, first: IteratorResult<readonly Row[], unknown>, pages: AsyncGenerator<readonly Row[]>,
): RowStream {
  async function* iterate(): AsyncGenerator<readonly Row[]> {
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
