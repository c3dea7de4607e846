/**
 * What a holding is, from its record, its header and the rows that the record gives, in this order of
 * trust. Access rests on run and release date, so a row that says otherwise than its record is refused.
 */
import { mjdOf, msOfMjd, parseIso } from '@quipu/vo'
import type { KeyValue } from '@quipu/vo/fits'
import { dpIdOfDid, parseDpId } from '@quipu/vo/eso'
import type { IngestTable } from '../schema/catalog.ts'
import type { Derivation } from '../schema/model.ts'
import type { ProductKind } from '../stores/truth.ts'
import type { Item } from './folder.ts'
import type { HoldingRecord } from './record.ts'
import { Misfit } from './values.ts'

const DAY_MS = 86_400_000
const ATTACHED: ReadonlySet<ProductKind> = new Set(['ancillary', 'preview', 'nightLog'])

export type Keys = Readonly<Record<string, KeyValue>>

export interface Facts {
  readonly dpId: string
  readonly kind: ProductKind
  readonly progId: string | null
  readonly category: string
  readonly instrument: string
  readonly mjd: number | null
  readonly exposureSeconds: number | null
  readonly releaseMs: number | null
  readonly modifiedMs: number
  readonly parent: string | null
  readonly title: string
  readonly sources: readonly string[]
  readonly certified: boolean
}

/** What the record's rows say under the columns of one derivation; undefined when nothing, or null. */
type FromRows = (what: Derivation) => string | number | boolean | undefined

/**
 * Makes the facts. Throws `Misfit` when something that must be known is not, or contradicts itself.
 * @param proprietaryDays How long science files without a release date stay closed.
 */
export function factsOf(
  item: Item, keys: Keys, tables: ReadonlyMap<string, IngestTable>, proprietaryDays: number,
): Facts {
  const record: Partial<HoldingRecord> = item.record ?? {}
  const fromRows = rowReader(record, tables)
  const dpId = checkedDpId(record.dpId ?? archiveName(keys))
  const kind = record.kind ?? kindOf(dpId, keys)
  const parent = parentOf(record, kind)
  const instrument = String(record.instrument ?? keys['INSTRUME'] ?? fromRows('instrument') ?? '')
  if (instrument === '' && !ATTACHED.has(kind)) {
    throw new Misfit('its instrument is not known: neither INSTRUME nor a record gives it')
  }
  const category = categoryOf(kind, record, keys, fromRows)
  const modifiedMs = timeOf(record.modified ?? fromRows('modified') ?? keys['DATE'], 'its time of change')
    ?? item.file?.modifiedMs ?? 0
  const facts: Facts = {
    dpId, kind, parent, instrument, category, modifiedMs,
    progId: parent === null ? runOf(record, keys, fromRows) : null,
    mjd: startOf(record, keys, fromRows),
    exposureSeconds: record.exposureSeconds ?? numberOr(keys['EXPTIME'] ?? fromRows('exposureSeconds')),
    releaseMs: releaseOf(
      record.releaseDate === undefined && saysNever(record, tables) ? null : record.releaseDate,
      fromRows('release'),
      isCalibration(kind, category) || record.table !== undefined
        ? modifiedMs : modifiedMs + proprietaryDays * DAY_MS),
    title: record.title ?? String(fromRows('title') ?? keys['OBJECT'] ?? ''),
    sources: (record.sources ?? sourcesIn(keys)).map(checkedDpId),
    certified: record.certified ?? false,
  }
  agree('dp_id', fromRows('dpId'), dpId)
  return facts
}

function rowReader(record: Partial<HoldingRecord>, tables: ReadonlyMap<string, IngestTable>): FromRows {
  return (what) => {
    for (const { table, row } of record.rows ?? []) {
      for (const [column, entry] of tables.get(table)?.columns ?? []) {
        const value = entry.from === what ? row[column] : undefined
        if (value !== undefined && value !== null) return value
      }
    }
    return undefined
  }
}

/** A row that says null has no release date, unless its record gives one, which is then refused. */
function saysNever(record: Partial<HoldingRecord>, tables: ReadonlyMap<string, IngestTable>): boolean {
  return (record.rows ?? []).some(({ table, row }) => [...tables.get(table)?.columns ?? []]
    .some(([column, entry]) => entry.from === 'release' && row[column] === null))
}

function archiveName(keys: Keys): string {
  const name = keys['ARCFILE']
  if (typeof name !== 'string') throw new Misfit('the header has no ARCFILE, and no record gives its dp_id')
  return name.replace(/\.fits(\.\w+)?$/i, '')
}

function checkedDpId(text: string): string {
  return text.startsWith('ivo:') ? dpIdOfDid(text) : parseDpId(text)
}

function kindOf(dpId: string, keys: Keys): ProductKind {
  if (dpId.startsWith('ADP.') || keys['PRODCATG'] !== undefined) return 'product'
  if (dpId.startsWith('M.') || keys['PRO.CATG'] !== undefined) return 'master'
  return 'raw'
}

/** Attached files have the rights of what they belong to, so they must say what that is. */
function parentOf(record: Partial<HoldingRecord>, kind: ProductKind): string | null {
  const parent = record.parent ?? null
  if (ATTACHED.has(kind) && parent === null) throw new Misfit(`it is of kind ${kind}, so give its parent`)
  if (!ATTACHED.has(kind) && parent !== null) throw new Misfit(`it is of kind ${kind}, which has no parent`)
  return parent === null ? null : checkedDpId(parent)
}

function categoryOf(
  kind: ProductKind, record: Partial<HoldingRecord>, keys: Keys, fromRows: FromRows,
): string {
  if (record.category !== undefined) return record.category
  if (kind === 'nightLog') return 'Night Log'
  if (kind === 'preview') return 'ANCILLARY.PREVIEW'
  const keyword = kind === 'raw' ? 'DPR.CATG' : kind === 'master' ? 'PRO.CATG' : 'PRODCATG'
  const category = keys[keyword] ?? fromRows('category')
  if (typeof category !== 'string' || category === '') {
    throw new Misfit(`its category is not known: neither ${keyword} nor a record gives it`)
  }
  return category
}

function runOf(record: Partial<HoldingRecord>, keys: Keys, fromRows: FromRows): string | null {
  const inHeader = keys['OBS.PROG.ID'] ?? keys['PROG_ID']
  const named = typeof inHeader === 'string' && !/^(MULTI|MULTIPLE)?$/i.test(inHeader) ? inHeader : undefined
  const inRows = fromRows('progId')
  const known = named ?? (inRows === undefined ? null : String(inRows))
  const progId = record.progId === undefined ? known : record.progId
  if (inRows !== undefined) agree('its run', inRows, progId)
  return progId
}

function startOf(record: Partial<HoldingRecord>, keys: Keys, fromRows: FromRows): number | null {
  if (record.mjd !== undefined) return record.mjd
  const inHeader = numberOr(keys['MJD-OBS'])
  if (inHeader !== null) return inHeader
  const started = timeOf(keys['DATE-OBS'] ?? fromRows('start'), 'the start of its exposure')
  return started === undefined ? numberOr(fromRows('mjd')) : mjdOf(started)
}

/** Calibrations are released at once, as catalogues are; science after its time. */
function isCalibration(kind: ProductKind, category: string): boolean {
  return kind === 'master' || (kind === 'raw' && category !== 'SCIENCE')
}

/** Design §5: null is never. */
function releaseOf(stated: string | null | undefined, inRow: unknown, otherwiseMs: number): number | null {
  const inRows = timeOf(inRow, 'its release date')
  const given = stated === null ? null : timeOf(stated, 'its release date')
  if (given !== undefined && inRows !== undefined) agree('its release date', inRows, given)
  if (given !== undefined) return given
  return inRows ?? otherwiseMs
}

/** Phase 3: PROVn; pipeline products: PRO RECm RAWn NAME. What is no dp_id is another kind of name. */
function sourcesIn(keys: Keys): string[] {
  const isSource = /^(PROV\d+|PRO\.REC\d+\.RAW\d+\.NAME)$/
  return Object.entries(keys).flatMap(([keyword, value]) => {
    if (!isSource.test(keyword)) return []
    try {
      return [parseDpId(String(value).replace(/\.fits(\.\w+)?$/i, ''))]
    } catch {
      return []
    }
  })
}

function agree(what: string, inRow: unknown, given: unknown): void {
  if (inRow !== undefined && inRow !== given) {
    throw new Misfit(`${what} is '${String(inRow)}' in its row, but '${String(given)}' elsewhere`)
  }
}

function timeOf(value: unknown, what: string): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const ms = typeof value === 'string' ? parseIso(value) : undefined
  if (ms === undefined) {
    throw new Misfit(`${what} is '${String(value)}', not a time such as 2016-09-26T04:15:07.252`)
  }
  return ms
}

function numberOr(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Milliseconds of the start of the exposure; undefined when it is not known. */
export function startMsOf(facts: Facts): number | undefined {
  return facts.mjd === null ? undefined : Math.round(msOfMjd(facts.mjd))
}
