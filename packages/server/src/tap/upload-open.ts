/**
 * The tables that come with a query, from their bytes to the rows that the engine takes: read as they are
 * needed, and no more than the limits. TAP 1.1 §2.7.6; conformance P-4, P-5, P-9, P-10, P-13.
 */
import { Readable, pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { TableSource } from '@quipu/adql'
import { ArchiveError } from '@quipu/vo'
import { openVotableTable } from '@quipu/vo/votable'
import type { TableReader } from '@quipu/vo/votable'
import type { Table } from '@quipu/vo/vosi'
import type { Archive } from '../archive.ts'
import type { Content } from '../http/multipart.ts'
import type { UploadTable } from '../stores/columns.ts'
import type { FileStore } from '../stores/files.ts'
import type { PublishedRow } from '../stores/truth.ts'
import type { Caller } from './query.ts'
import type { Upload } from './upload.ts'
import { fetchTable } from './upload-fetch.ts'
import { findOwnResult } from './upload-own.ts'
import { uploadedTable } from './upload-table.ts'
import type { UploadedTable } from './upload-table.ts'

type Parts = Pick<Archive, 'columns' | 'config' | 'results' | 'truth'>

/** Runs whose protected rows a document may hold. */
type Runs = readonly number[] | 'all'

export interface OpenUploads {
  readonly tables: readonly Table[]
  readonly sources: ReadonlyMap<string, TableSource>
  /** Runs whose protected rows are in them: those of the caller's earlier results. */
  readonly runs: Runs
  /** What the engine is to have, of the tables that a query reads, by `tap_upload.t1`. */
  relations(keys: readonly string[]): readonly UploadTable[]
  close(): Promise<void>
}

interface OpenTable {
  readonly uploaded: UploadedTable
  readonly reader: TableReader
  readonly relation: string
}

/**
 * Reads each table up to its rows.
 * @throws ArchiveError `document_invalid`, `document_too_large`, `parameter_invalid`, `job_not_found` and
 *   what else a result that is not there gives, `archive_unreachable`.
 */
export async function openUploads(
  parts: Parts, uploads: readonly Upload[], caller: Caller, signal: AbortSignal,
): Promise<OpenUploads> {
  const { config: { tap }, columns } = parts
  const open: OpenTable[] = []
  let runs: Runs = []
  const close = async (): Promise<void> => { for (const { reader } of open) await reader.close() }
  try {
    for (const [i, upload] of uploads.entries()) {
      const source = await bytesOf(parts, upload, caller, signal)
      runs = runs === 'all' || source.runs === 'all' ? 'all' : [...runs, ...source.runs]
      const reader = await named(upload.name, () => openVotableTable(unzipped(source.bytes), {
        maxBytes: tap.uploadBytes, maxRows: tap.uploadRows,
      }))
      const relation = `u${i + 1}`
      try {
        open.push({
          reader, relation,
          uploaded: uploadedTable(upload.name, reader.fields, [columns.uploadSchema, relation]),
        })
      } catch (error) {
        await reader.close()
        throw error
      }
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    tables: open.map(({ uploaded }) => uploaded.table),
    sources: new Map(open.map(({ uploaded }) => [uploaded.key, uploaded.source])),
    runs, close,
    relations: (keys) => open.filter(({ uploaded }) => keys.includes(uploaded.key)).map((table) => ({
      relation: table.relation, columns: table.uploaded.columns, batches: rowsOf(table),
    })),
  }
}

async function* rowsOf({ uploaded, reader }: OpenTable): AsyncGenerator<PublishedRow[string][][]> {
  const batches = reader.batches[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await named(uploaded.table.name, () => batches.next())
      if (next.done === true) return
      yield next.value.map(uploaded.rowOf)
      // A document in memory would leave nobody else a turn.
      await new Promise((resolve) => { setImmediate(resolve) })
    }
  } finally {
    await reader.close()
  }
}

/** Says which table it was. */
async function named<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ArchiveError) || !error.code.startsWith('document_')) throw error
    throw new ArchiveError(error.code, `upload '${name}': ${error.message}`, { cause: error })
  }
}

interface Bytes { readonly bytes: AsyncIterable<Uint8Array>; readonly runs: Runs }

async function bytesOf(
  parts: Parts, { name, uri, content }: Upload, caller: Caller, signal: AbortSignal,
): Promise<Bytes> {
  if (content !== undefined) return { bytes: contentBytes(parts.results, content), runs: [] }
  const own = findOwnResult(parts, uri, caller)
  if (own === undefined) {
    return { bytes: await fetchTable({ name, uri, settings: parts.config.tap, signal }), runs: [] }
  }
  const { key, sizeBytes, runs } = own
  return { bytes: contentBytes(parts.results, { key, sizeBytes }), runs }
}

const PIECE_BYTES = 128 * 1024

async function* contentBytes(store: FileStore, content: Content): AsyncGenerator<Uint8Array> {
  if ('key' in content) {
    const { key, sizeBytes } = content
    if (sizeBytes > 0) yield* store.read(key, 0, sizeBytes - 1) as AsyncIterable<Buffer>
    return
  }
  for (let at = 0; at < content.bytes.length; at += PIECE_BYTES) {
    yield content.bytes.subarray(at, at + PIECE_BYTES)
  }
}

/** The bytes, of a gzip stream those inside (RFC 1952 §2.3.1). */
async function* unzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  try {
    let start: Uint8Array = new Uint8Array()
    while (start.length < 2) {
      const next = await iterator.next()
      if (next.done === true) break
      start = Buffer.concat([start, next.value])
    }
    const all = { [Symbol.asyncIterator]: () => startingWith(start, iterator) }
    if (start[0] !== 0x1f || start[1] !== 0x8b) return yield* all
    const gunzip = createGunzip()
    pipeline(Readable.from(all), gunzip, () => undefined)
    try {
      yield* gunzip as AsyncIterable<Buffer>
    } catch (cause) {
      if (cause instanceof ArchiveError) throw cause
      throw new ArchiveError('document_invalid',
        'it begins as a gzip stream, and cannot be unpacked', { cause })
    } finally {
      gunzip.destroy()
    }
  } finally {
    await iterator.return?.()
  }
}

async function* startingWith(
  start: Uint8Array, rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}
