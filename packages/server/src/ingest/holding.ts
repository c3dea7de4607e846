/** From one item of a folder to the holding that the truth keeps, but for its bytes in the file store. */
import { classify } from '@quipu/association'
import type { Classification, Frame } from '@quipu/association'
import { basename } from 'node:path'
import type { Archive } from '../archive.ts'
import type { Holding, StoredFile } from '../stores/truth.ts'
import { checkCatalogue } from './catalogue.ts'
import { factsOf } from './facts.ts'
import type { Facts, Keys } from './facts.ts'
import { readFitsFile } from './fits-file.ts'
import type { FitsHeader } from './fits-file.ts'
import { FITS_NAME } from './folder.ts'
import type { FoundFile, Item } from './folder.ts'
import { rowsOf } from './rows.ts'
import { Misfit } from './values.ts'

/** A holding whose file, if any, is still where it was found. */
export interface Draft {
  readonly where: string
  readonly source: FoundFile | undefined
  readonly name: string
  readonly mediaType: string
  /** Without its file. */
  readonly holding: Holding
  /** Of the bytes that were read through, in hex; undefined when nothing rests on them. */
  readonly sha256: string | undefined
}

export type IngestMatter = Pick<Archive, 'config' | 'catalog' | 'rules' | 'truth' | 'now'>

/**
 * Reads the item's file and makes the draft.
 * @param loose Gives the record of a dp_id that names no file, for a FITS file without a record.
 * @throws Misfit, ArchiveError: the item cannot be taken in; the message says why.
 */
export async function draftOf(
  found: Item, matter: IngestMatter, loose: (dpId: string) => Item | undefined,
): Promise<Draft> {
  const { file } = found
  if (file && file.sizeBytes > matter.config.ingest.fileBytes) {
    throw new Misfit(`it has ${file.sizeBytes} bytes; at most ${matter.config.ingest.fileBytes} are taken`)
  }
  const isFits = file !== undefined && FITS_NAME.test(file.path)
  const header = isFits ? await readFitsFile(file) : undefined
  const item = found.record ? found : { ...found, record: loose(nameIn(header))?.record }
  const inRecord: Keys = item.record?.keys ?? {}
  const given: Keys = header ? { ...header.keys, ...inRecord } : inRecord
  const facts = factsOf(item, given, matter.catalog.ingest, matter.config.access.proprietaryDays)
  // Of a product that is no FITS file, the record's category stands for the keyword.
  const keys = facts.kind === 'product' ? { PRODCATG: facts.category, ...given } : given
  const rows = rowsOf(
    { facts, keys, record: item.record, sizeBytes: file?.sizeBytes ?? null }, matter.catalog.ingest)
  const catalogue = await checkCatalogue(item, facts, matter)
  const extension = file ? extensionOf(file) : ''
  return {
    where: item.where, source: file, sha256: catalogue?.sha256,
    name: item.record?.name ?? `${facts.dpId}${extension}`,
    mediaType: item.record?.mediaType ?? MEDIA_TYPES[extension.toLowerCase()] ?? 'application/octet-stream',
    holding: {
      product: productOf(governed(facts, matter), null), header: header?.text ?? null, rows,
      sources: facts.sources,
      calibration: calibrationOf(facts, keys, matter), ...catalogue ? { fills: catalogue.table } : {},
    },
  }
}

function nameIn(header: FitsHeader | undefined): string {
  return String(header?.keys['ARCFILE'] ?? '').replace(/\.fits(\.\w+)?$/i, '')
}

/** What everybody may know of by its category is governed by no run; its rows name the one it is of. */
function governed(facts: Facts, { config: { access } }: IngestMatter): Facts {
  return access.publicCategories.includes(facts.category) ? { ...facts, progId: null } : facts
}

export function productOf(facts: Facts, file: StoredFile | null): Holding['product'] {
  const { dpId, kind, progId, category, instrument, mjd, releaseMs, modifiedMs, parent, title } = facts
  return { dpId, kind, progId, category, instrument, mjd, releaseMs, modifiedMs, parent, title, file }
}

/** Raw frames and masters with a time are what cascades are made of. */
function calibrationOf(
  facts: Facts, keys: Keys, { rules }: IngestMatter,
): { frame: Frame; classification: Classification } | null {
  if ((facts.kind !== 'raw' && facts.kind !== 'master') || facts.mjd === null) return null
  const frame: Frame = {
    id: facts.dpId, instrument: facts.instrument, kind: facts.kind, mjd: facts.mjd,
    exposureSeconds: facts.exposureSeconds ?? 0, certified: facts.certified, keys,
  }
  const classification = classify(rules, frame)
  return classification ? { frame, classification } : null
}

function extensionOf(file: FoundFile): string {
  return FITS_NAME.exec(file.path)?.[0] ?? /\.\w{1,8}$/.exec(basename(file.path))?.[0] ?? ''
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.fits': 'application/fits', '.fits.z': 'application/fits', '.txt': 'text/plain', '.png': 'image/png',
  '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.pdf': 'application/pdf', '.tar': 'application/x-tar',
  '.csv': 'text/csv', '.json': 'application/json', '.xml': 'application/xml',
}
