/** Folders of holdings for tests: FITS files as small as they can be, records, and an archive to take them in. */
import { mkdtemp, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { duckdb } from '@quipu/adql'
import { compressZ, writeHeader } from '@quipu/vo/fits'
import type { HeaderEntry } from '@quipu/vo/fits'
import { parseConfig } from '../../src/config.ts'
import type { IngestArchive } from '../../src/ingest/ingest.ts'
import type { Columns } from '../../src/stores/columns.ts'
import { openFolderStore } from '../../src/stores/folder-files.ts'
import { openSqliteTruth } from '../../src/stores/sqlite-truth.ts'
import type { TruthRow } from '../../src/stores/truth.ts'
import { packagedCatalog } from './schema.ts'

export type Cards = Readonly<Record<string, string | number | boolean>>

/** A primary header with two pixels. */
export function fitsBytes(cards: Cards): Uint8Array {
  const entries: HeaderEntry[] = [
    { keyword: 'SIMPLE', value: true }, { keyword: 'BITPIX', value: 8 }, { keyword: 'NAXIS', value: 1 },
    { keyword: 'NAXIS1', value: 2 },
    ...Object.entries(cards).map(([keyword, value]) => ({ keyword, value })),
  ]
  const header = writeHeader(entries)
  const bytes = new Uint8Array(header.length + 2880)
  bytes.set(header)
  return bytes
}

export const compressed = (cards: Cards): Uint8Array => compressZ(fitsBytes(cards))

export const FRAME = 'SPHER.2016-09-26T04:15:07.252'

/** Cards of a raw SPHERE frame as its header has them. */
export function rawCards(dpId: string, more: Cards = {}): Cards {
  return {
    ARCFILE: `${dpId}.fits`, INSTRUME: 'SPHERE', TELESCOP: 'ESO-VLT-U3', 'MJD-OBS': 57657.177167, EXPTIME: 64,
    'DATE-OBS': '2016-09-26T04:15:07.2524', DATE: '2016-09-26T04:25:47', 'DPR.CATG': 'SCIENCE', 'DPR.TYPE': 'SKY',
    'DPR.TECH': 'IFU', 'OBS.PROG.ID': '098.C-0739(C)', RA: 353.75835694, DEC: 1.6143, OBJECT: 'HIP_116384',
    'DET.NDIT': 2, ...more,
  }
}

/** A new folder with these files; objects are lines of records.ndjson. */
export async function folderOf(
  files: Readonly<Record<string, Uint8Array | string>>, records: readonly (object | string)[] = [],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quipu-holdings-'))
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), bytes)
  }
  if (records.length > 0) {
    const lines = records.map((record) => typeof record === 'string' ? record : JSON.stringify(record))
    await writeFile(join(folder, 'records.ndjson'), `${lines.join('\n')}\n`)
  }
  return folder
}

/** Remembers what it was given; nothing can be asked of it. */
export function rememberingColumns(): Columns & { readonly rows: Map<string, TruthRow[]> } {
  let last = 0
  const rows = new Map<string, TruthRow[]>()
  const unasked = (): never => { throw new Error('these columns answer no query') }
  return {
    rows,
    dialect: duckdb, uploadSchema: 'temp',
    lastBatch: async () => last,
    async append(batch, added, gone = [], files = []) {
      for (const dpId of gone) rows.delete(dpId)
      for (const row of added) rows.set(row.dpId, [...(rows.get(row.dpId) ?? []), row])
      for (const { table, dpId, rows: read } of files) {
        for await (const part of read) {
          rows.set(dpId, [...(rows.get(dpId) ?? []), ...part.map((row) => ({ table, dpId, run: null, row }))])
        }
      }
      last = batch
    },
    clear: async () => { last = 0; rows.clear() },
    replace: async () => undefined,
    stream: unasked,
    close: async () => undefined,
  }
}

/**
 * An archive that can ingest: the truth and the files real, the columns remembering. No rules.
 * @param schema Texts of schema files beside those that come with Quipu.
 */
export async function ingestArchive(
  ...schema: readonly string[]
): Promise<IngestArchive & { readonly columns: ReturnType<typeof rememberingColumns> }> {
  const dir = await mkdtemp(join(tmpdir(), 'quipu-ingest-'))
  return {
    config: parseConfig(''), catalog: packagedCatalog(...schema), rules: [],
    truth: openSqliteTruth(join(dir, 'truth.sqlite')), columns: rememberingColumns(),
    files: openFolderStore(join(dir, 'files')), now: () => Date.UTC(2026, 0, 1), id: () => 'id',
  }
}
