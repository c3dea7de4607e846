/**
 * Takes a folder of holdings in: everything is read and checked first, then (1) files are copied into the
 * store and made durable, (2) one transaction writes the truth, (3) the column copy takes the batch.
 * Design §6. Ended at any moment, what was not acknowledged is as if never begun: files that the truth
 * does not name are swept at the next start, batches that the copy lacks are replayed.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setImmediate as breath } from 'node:timers/promises'
import { ArchiveError, assert } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import { catchUp } from '../stores/catch-up.ts'
import { unlessDiskFull } from '../stores/disk-full.ts'
import type { FileStore } from '../stores/files.ts'
import type { Holding, StoredFile, Truth } from '../stores/truth.ts'
import { catalogueOpener } from './catalogue.ts'
import { readFolder } from './folder.ts'
import type { FoundFile, Item, Problem } from './folder.ts'
import { draftOf } from './holding.ts'
import type { Draft } from './holding.ts'
import { Misfit } from './values.ts'

export type IngestArchive =
  Pick<Archive, 'config' | 'catalog' | 'rules' | 'truth' | 'columns' | 'files' | 'now' | 'id'>

export interface Progress {
  readonly step: 'reading' | 'copying' | 'writing'
  readonly done: number
  readonly of: number
}

export interface IngestOptions {
  /** Takes in what is sound when something is not; otherwise nothing is. */
  readonly skipInvalid?: boolean | undefined
  readonly progress?: ((progress: Progress) => void) | undefined
  /** Ends it until the truth is written, as if it were never begun; its reason is thrown. */
  readonly signal?: AbortSignal | undefined
}

export interface IngestResult {
  /** Null when nothing was written. */
  readonly batch: number | null
  readonly added: number
  readonly replaced: number
  readonly files: number
  readonly sizeBytes: number
  readonly problems: readonly Problem[]
}

/**
 * @throws ArchiveError `holding_invalid` when the folder cannot be read at all (its parts are reported in the
 *   result), `overloaded` when the disk is full; the signal's reason.
 */
export async function ingestFolder(
  archive: IngestArchive, folder: string, options: IngestOptions = {},
): Promise<IngestResult> {
  const report = options.progress ?? (() => undefined)
  const { signal } = options
  const { drafts, problems } = await readDrafts(archive, folder, report, signal)
  const isRefused = problems.length > 0 && options.skipInvalid !== true
  if (isRefused || drafts.length === 0) {
    return { batch: null, added: 0, replaced: 0, files: 0, sizeBytes: 0, problems }
  }
  const { truth } = archive
  const count = drafts.length
  // The holdings are not kept: the column copy reads them anew, and once is enough in memory.
  const { batch, replaced, files, sizeBytes } =
    await writeTruth(archive, drafts.splice(0), report, signal)
  try {
    truth.audit({
      atMs: archive.now(), action: 'ingest', subject: null, requestId: archive.id(),
      outcome: `batch ${batch}: ${count} holdings, ${replaced} replaced`,
    })
    await catchUp(truth, archive.columns, catalogueOpener(archive))
  } catch (error) {
    throw unlessDiskFull(error, `batch ${batch} is kept, but tables may not show it yet;`
      + ' make room, then start the archive anew or ingest again')
  }
  return { batch, replaced, added: count - replaced, problems, files, sizeBytes }
}

type Written = Pick<IngestResult, 'replaced' | 'files' | 'sizeBytes'> & { readonly batch: number }

/** Copies the files and writes the truth; when one of them fails, files that came with it go again. */
async function writeTruth(
  archive: IngestArchive, drafts: readonly Draft[], report: (progress: Progress) => void,
  signal: AbortSignal | undefined,
): Promise<Written> {
  const { files, truth } = archive
  const fresh: string[] = []
  try {
    const stored = await storeAll(files, drafts, report, { fresh, signal })
    const holdings = drafts.map(({ holding }, i): Holding =>
      ({ ...holding, product: { ...holding.product, file: stored.get(i) ?? null } }))
    report({ step: 'writing', done: 0, of: holdings.length })
    signal?.throwIfAborted()
    const replaced = truth.countKnown(holdings.map(({ product }) => product.dpId))
    const progIds = new Set(holdings.flatMap(({ product }) => product.progId ?? []))
    const runs = [...progIds].map((progId) => ({ progId, metadataPublic: true }))
    const sizes = [...stored.values()].map(({ sizeBytes }) => sizeBytes)
    return {
      batch: truth.addBatch(holdings, runs), replaced, files: sizes.length,
      sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    }
  } catch (error) {
    for (const key of fresh) await files.remove(key)
    signal?.throwIfAborted()
    throw unlessDiskFull(error, 'nothing was taken in; make room, then ingest again')
  }
}

/** Reads and checks all of the folder. */
async function readDrafts(
  archive: IngestArchive, folder: string, report: (progress: Progress) => void,
  signal: AbortSignal | undefined,
): Promise<{ drafts: Draft[]; problems: Problem[] }> {
  const found = await readFolder(folder)
  const problems = [...found.problems]
  const loose = new Map(found.loose)
  const total = found.items.length + loose.size
  if (total > archive.config.ingest.holdings) {
    throw new ArchiveError('holding_invalid',
      `the folder has ${total} holdings; at most ${archive.config.ingest.holdings} are taken in one run`)
  }
  const drafts = new Map<string, Draft>()
  let done = 0
  const take = async (item: Item): Promise<void> => {
    // Records without files wait for nothing, and a running archive has others to answer.
    if (done % 100 === 0) await breath()
    report({ step: 'reading', done: done++, of: total })
    signal?.throwIfAborted()
    const draft = await tried(item, problems, () => draftOf(item, archive, (dpId) => {
      const record = loose.get(dpId)
      loose.delete(dpId)
      return record
    }))
    if (!draft) return
    const { dpId } = draft.holding.product
    const other = drafts.get(dpId)
    if (other) problems.push({ where: item.where, what: `it has the dp_id ${dpId}, as ${other.where} has` })
    else drafts.set(dpId, draft)
  }
  for (const item of found.items) await take(item)
  for (const item of [...loose.values()]) await take(item)
  dropOrphans(archive.truth, drafts, problems)
  return { drafts: [...drafts.values()], problems }
}

/** What is attached to a holding that is neither here nor in the archive would have nobody's rights. */
function dropOrphans(
  truth: Pick<Truth, 'findProduct'>, drafts: Map<string, Draft>, problems: Problem[],
): void {
  for (let before = -1; before !== drafts.size;) {
    before = drafts.size
    for (const [dpId, { where, holding }] of drafts) {
      const { parent } = holding.product
      if (parent === null || drafts.has(parent) || truth.findProduct(parent)) continue
      drafts.delete(dpId)
      problems.push({ where, what: `it belongs to ${parent}, which is neither here nor in the archive` })
    }
  }
}

async function tried(
  item: Item, problems: Problem[], make: () => Promise<Draft>,
): Promise<Draft | undefined> {
  try {
    return await make()
  } catch (error) {
    if (!(error instanceof Misfit) && !(error instanceof ArchiveError)) throw error
    problems.push({ where: item.where, what: error.message })
    return undefined
  }
}

/** One run's copying. */
interface Copying {
  /** Keys that the store did not have before. */
  readonly fresh: string[]
  readonly signal: AbortSignal | undefined
}

type Bytes = AsyncIterable<Uint8Array> | readonly Uint8Array[]

/** Files up to this size are read in one piece, once. */
const WHOLE_BYTES = 1024 * 1024

/** Gives the bytes of a file, as often as they are wanted. */
async function opened(
  { absolute, sizeBytes }: FoundFile, signal: AbortSignal | undefined,
): Promise<() => Bytes> {
  const options = signal ? { signal } : {}
  if (sizeBytes > WHOLE_BYTES) {
    return () => createReadStream(absolute, options) as AsyncIterable<Uint8Array>
  }
  const whole = [await readFile(absolute, options)]
  return () => whole
}

/** So many files at a time: most of it is waiting until they are on the disk. */
const COPIED_AT_ONCE = 16

/**
 * Puts the files of the drafts into the store, by the draft's place. When one cannot be, no further one is
 * begun, and it throws when those under way have ended.
 */
async function storeAll(
  files: FileStore, drafts: readonly Draft[], report: (progress: Progress) => void, copying: Copying,
): Promise<ReadonlyMap<number, StoredFile>> {
  const stored = new Map<number, StoredFile>()
  const left = drafts.entries()
  let failure: { readonly error: unknown } | undefined
  const copy = async (): Promise<void> => {
    for (const [i, draft] of left) {
      report({ step: 'copying', done: i, of: drafts.length })
      try {
        copying.signal?.throwIfAborted()
        if (draft.source) stored.set(i, await store(files, draft, draft.source, copying))
      } catch (error) {
        failure ??= { error }
      }
      if (failure) return
    }
  }
  await Promise.all(Array.from({ length: COPIED_AT_ONCE }, copy))
  if (failure) throw failure.error
  return stored
}

/**
 * Puts the file into the store under the hash of its bytes, so that a file that is there already is left
 * alone and one that is being read is never overwritten.
 */
async function store(
  files: FileStore, draft: Draft, source: FoundFile, { fresh, signal }: Copying,
): Promise<StoredFile> {
  const bytes = await opened(source, signal)
  const { sha256, md5, sizeBytes } = await digest(bytes())
  if (draft.sha256 !== undefined && draft.sha256 !== sha256) {
    throw new ArchiveError('holding_invalid', `${draft.where} changed while it was read; ingest again`)
  }
  const key = `${sha256.slice(0, 2)}/${sha256}`
  if ((await files.stat(key))?.sizeBytes !== sizeBytes) {
    const copy = await files.create(key)
    try {
      for await (const piece of bytes()) await copy.write(piece)
      const written = await copy.commit()
      fresh.push(key)
      assert(written.md5 === md5, `${draft.where} changed while it was copied`)
    } catch (error) {
      await copy.discard()
      throw error
    }
  }
  return { key, name: draft.name, mediaType: draft.mediaType, sizeBytes, md5 }
}

async function digest(source: Bytes): Promise<{ sha256: string; md5: string; sizeBytes: number }> {
  const sha256 = createHash('sha256')
  const md5 = createHash('md5')
  let sizeBytes = 0
  for await (const bytes of source) {
    sha256.update(bytes)
    md5.update(bytes)
    sizeBytes += bytes.length
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex'), sizeBytes }
}
