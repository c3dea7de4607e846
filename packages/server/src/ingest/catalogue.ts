/**
 * Catalogues: products whose file holds the rows of a published table. The file is what is kept; its rows
 * are read once to check them when it is taken in, and again whenever the column copy is filled. Design §6.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { ArchiveError } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import type { Catalog, IngestTable } from '../schema/catalog.ts'
import type { OpenRows } from '../stores/catch-up.ts'
import type { FileStore } from '../stores/files.ts'
import type { PublishedRow, StoredFile } from '../stores/truth.ts'
import { readRows } from './catalogue-rows.ts'
import type { Facts } from './facts.ts'
import type { Item } from './folder.ts'
import { Misfit } from './values.ts'

/** What was found when a catalogue's file was read through. */
export interface CheckedCatalogue {
  /** `safcat.STARS_V1`. */
  readonly table: string
  readonly rowCount: number
  /** Of the bytes that were checked, in hex: those that are stored must be the same. */
  readonly sha256: string
}

type Bytes = AsyncIterable<Uint8Array>
type Rows = AsyncGenerator<readonly PublishedRow[]>

/**
 * Reads the item's file through when its record says that it fills a table; undefined when it does not.
 * @throws ArchiveError `holding_invalid`, naming line and column; Misfit.
 */
export async function checkCatalogue(
  item: Item, facts: Facts, { catalog, truth, now }: Pick<Archive, 'catalog' | 'truth' | 'now'>,
): Promise<CheckedCatalogue | undefined> {
  const name = item.record?.table
  if (name === undefined) return undefined
  const table = catalog.ingest.get(name)
  if (table?.holds !== 'catalogue') {
    const known = [...catalog.ingest.values()].filter(({ holds }) => holds === 'catalogue')
    throw new Misfit(`there is no catalogue table '${name}'; ${known.length === 0 ? 'there is none'
      : `they are ${known.map((one) => one.name).join(', ')}`}`)
  }
  const { file } = item
  if (facts.kind !== 'product' || !file) {
    throw new Misfit(`it fills ${name}, so it is a product with a file`)
  }
  const run = facts.progId === null ? undefined : truth.findRun(facts.progId)
  if (run?.metadataPublic === false || facts.releaseMs === null || facts.releaseMs > now()) {
    throw new Misfit(`it fills ${name}, whose rows are everybody's, so it cannot be proprietary`)
  }
  const hash = createHash('sha256')
  let rowCount = 0
  for await (const rows of readRows(hashed(createReadStream(file.absolute), hash), table, true)) {
    rowCount += rows.length
  }
  return { table: name, rowCount, sha256: hash.digest('hex') }
}

async function* hashed(
  source: Bytes, hash: { update(bytes: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    hash.update(bytes)
    yield bytes
  }
}

/** How the column copy gets the rows of a stored catalogue; none of a table that the schema no longer has. */
export function catalogueOpener(
  { files, catalog }: { readonly files: FileStore; readonly catalog: Pick<Catalog, 'ingest'> },
): OpenRows {
  return ({ table: name, dpId, file }) => {
    const table = catalog.ingest.get(name)
    return table?.holds === 'catalogue' ? storedRows(files, file, table, dpId) : undefined
  }
}

async function* storedRows(files: FileStore, file: StoredFile, table: IngestTable, dpId: string): Rows {
  try {
    yield* readRows(files.read(file.key, 0, file.sizeBytes - 1) as Bytes, table, false)
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    throw new ArchiveError('holding_invalid', `${table.name}, from the file of ${dpId}: ${error.message}`)
  }
}
