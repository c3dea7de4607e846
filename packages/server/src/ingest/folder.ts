/** What is in a folder of holdings: files paired with records, and what cannot be paired. */
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { createInterface } from 'node:readline'
import { ArchiveError } from '@quipu/vo'
import { readRecord } from './record.ts'
import type { HoldingRecord } from './record.ts'

const RECORDS = 'records.ndjson'
export const FITS_NAME = /\.fits(\.Z)?$/i
const NIGHT_LOG_NAME = /(?:^|\/)([^/]+\.NL)\.txt$/

/** A file below the folder. */
export interface FoundFile {
  /** With `/`, below the folder. */
  readonly path: string
  readonly absolute: string
  readonly sizeBytes: number
  readonly modifiedMs: number
}

/** One holding to be: a file, a record, or both. */
export interface Item {
  /** Names it in messages: the file's path, or the record's line. */
  readonly where: string
  readonly file: FoundFile | undefined
  readonly record: HoldingRecord | undefined
}

/** Something that cannot be taken in, and why. */
export interface Problem { readonly where: string; readonly what: string }

export interface Folder {
  readonly items: readonly Item[]
  /** Records that name no file: of the FITS file with the same ARCFILE, or of none. By dp_id. */
  readonly loose: ReadonlyMap<string, Item>
  readonly problems: readonly Problem[]
}

/**
 * Reads the names in a folder and its records. Hidden files are passed over.
 * @throws ArchiveError `holding_invalid` when there is no such folder.
 */
export async function readFolder(folder: string): Promise<Folder> {
  const files = new Map((await filesBelow(folder)).map((file) => [file.path, file] as const))
  const problems: Problem[] = []
  const items: Item[] = []
  const loose = new Map<string, Item>()
  const records = files.get(RECORDS)
  files.delete(RECORDS)
  if (records) {
    for await (const { where, line } of linesOf(records)) {
      const read = readRecord(line)
      if ('problem' in read) {
        problems.push({ where, what: read.problem })
        continue
      }
      const { record } = read
      const file = record.file ? files.get(record.file) : undefined
      if (record.file && !file) {
        problems.push({ where, what: `there is no file '${record.file}', or an earlier record has it` })
        continue
      }
      if (file) files.delete(file.path)
      if (record.file === undefined) {
        if (loose.has(record.dpId)) problems.push({ where, what: `a second record of ${record.dpId}` })
        else loose.set(record.dpId, { where, file: undefined, record })
      } else items.push({ where: file?.path ?? where, file, record })
    }
  }
  items.push(...unrecorded(files.values(), problems))
  return { items, loose, problems }
}

/** Files that no record names: FITS files and night logs speak for themselves. */
function* unrecorded(files: Iterable<FoundFile>, problems: Problem[]): Generator<Item> {
  for (const file of files) {
    const log = NIGHT_LOG_NAME.exec(file.path)?.[1]
    if (FITS_NAME.test(file.path)) yield { where: file.path, file, record: undefined }
    else if (log !== undefined) {
      yield { where: file.path, file, record: { dpId: log, kind: 'nightLog', parent: log.slice(0, -3) } }
    } else problems.push({ where: file.path, what: `no FITS file, and no record in ${RECORDS} names it` })
  }
}

async function filesBelow(folder: string): Promise<FoundFile[]> {
  let entries
  try {
    entries = await readdir(folder, { recursive: true, withFileTypes: true })
  } catch (cause) {
    throw new ArchiveError('holding_invalid', `the folder ${folder} cannot be read`, { cause })
  }
  const found = entries.filter((entry) => entry.isFile()).map((entry) => {
    const absolute = join(entry.parentPath, entry.name)
    return { absolute, path: relative(folder, absolute).split(sep).join('/') }
  }).filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')))
  found.sort((a, b) => (a.path < b.path ? -1 : 1))
  return Promise.all(found.map(async (file) => {
    const { size, mtimeMs } = await stat(file.absolute)
    return { ...file, sizeBytes: size, modifiedMs: Math.floor(mtimeMs) }
  }))
}

async function* linesOf(file: FoundFile): AsyncGenerator<{ where: string; line: string }> {
  let number = 0
  const lines = createInterface({ input: createReadStream(file.absolute, 'utf8'), crlfDelay: Infinity })
  for await (const line of lines) {
    number += 1
    if (line.trim() !== '') yield { where: `${RECORDS} line ${number}`, line }
  }
}
