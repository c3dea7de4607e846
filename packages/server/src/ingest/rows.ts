/** Rows of published tables: each column from its schema entry, unless the record gives its value. */
import { isoOf } from '@quipu/vo'
import type { IngestTable } from '../schema/catalog.ts'
import type { ColumnEntry, Derivation } from '../schema/model.ts'
import type { Holding, PublishedRow } from '../stores/truth.ts'
import type { Facts, Keys } from './facts.ts'
import { startMsOf } from './facts.ts'
import { eclipticOf, galacticOf, isPosition } from './position.ts'
import type { HoldingRecord } from './record.ts'
import { headerValue, Misfit, storedValue } from './values.ts'
import type { Stored } from './values.ts'

/** What the columns of one holding are made from. */
export interface RowMatter {
  readonly facts: Facts
  readonly keys: Keys
  readonly record: HoldingRecord | undefined
  /** Null when the archive has no file of it. */
  readonly sizeBytes: number | null
}

/** The rows of a holding: one in each table that holds its kind, and those of its record. Throws `Misfit`. */
export function rowsOf(matter: RowMatter, tables: ReadonlyMap<string, IngestTable>): Holding['rows'] {
  const given = matter.record?.rows ?? []
  for (const { table } of given) {
    const holds = tables.get(table)?.holds
    if (holds === 'catalogue') {
      throw new Misfit(`the rows of ${table} are those of a file: give table and file`)
    }
    if (tables.has(table)) continue
    throw new Misfit(`there is no table '${table}'; tables are ${[...tables.keys()].join(', ')}`)
  }
  const rows: { table: string; row: PublishedRow }[] = []
  for (const table of tables.values()) {
    const own = given.filter((row) => row.table === table.name).map(({ row }) => row)
    if (own.length === 0 && table.holds === matter.facts.kind) own.push({})
    for (const row of own) rows.push({ table: table.name, row: rowOf(table, matter, row) })
  }
  return rows
}

type GivenRow = NonNullable<HoldingRecord['rows']>[number]['row']

function rowOf(table: IngestTable, matter: RowMatter, given: GivenRow): PublishedRow {
  for (const column of Object.keys(given)) {
    if (!table.columns.has(column)) throw new Misfit(`${table.name} stores no column '${column}'`)
  }
  const derive = derivations(matter, given)
  const row: Record<string, Stored> = { ...table.blank as Record<string, Stored> }
  for (const [name, entry] of table.columns) {
    try {
      row[name] = valueOf(name, entry, matter, given, derive)
    } catch (error) {
      if (error instanceof Misfit) throw new Misfit(`${table.name}.${name}: ${error.message}`)
      throw error
    }
    if (row[name] === null && entry.required) throw new Misfit(`${table.name}.${name} needs a value`)
  }
  if (table.runColumn !== undefined && row[table.runColumn] !== matter.facts.progId) {
    throw new Misfit(`${table.name}.${table.runColumn} must name its run, '${matter.facts.progId ?? 'none'}'`)
  }
  return row
}

function valueOf(
  name: string, entry: ColumnEntry, { keys }: RowMatter, given: GivenRow,
  derive: (what: Derivation) => Stored,
): Stored {
  const override = given[name]
  if (override !== undefined) return override === null ? null : storedValue(entry.type, override)
  for (const keyword of entry.fits) {
    const value = keys[keyword]
    if (value !== undefined && value !== '') return headerValue(entry, value)
  }
  const derived = entry.from === undefined ? null : derive(entry.from)
  if (derived !== null) return storedValue(entry.type, derived)
  return entry.default === undefined ? null : storedValue(entry.type, entry.default)
}

function derivations({ facts, keys, sizeBytes }: RowMatter, given: GivenRow): (what: Derivation) => Stored {
  const raDeg = given['ra'] ?? given['s_ra'] ?? keys['RA']
  const decDeg = given['dec'] ?? given['s_dec'] ?? keys['DEC']
  const position = isPosition(raDeg, decDeg) ? { raDeg: Number(raDeg), decDeg: Number(decDeg) } : undefined
  const startMs = startMsOf(facts)
  const galactic = position && galacticOf(position)
  const ecliptic = position && eclipticOf(position)
  return (what) => {
    switch (what) {
      case 'dpId': return facts.dpId
      case 'category': return facts.category
      case 'instrument': return facts.instrument
      case 'progId': return facts.progId
      case 'period': return periodOf(facts.progId)
      case 'title': return facts.title === '' ? null : facts.title
      case 'start': return startMs === undefined ? null : isoOf(startMs)
      case 'mjd': return facts.mjd
      case 'exposureSeconds': return facts.exposureSeconds
      case 'modified': return isoOf(facts.modifiedMs)
      case 'release': return facts.releaseMs === null ? null : isoOf(facts.releaseMs)
      case 'sizeKbyte': return sizeBytes === null ? null : BigInt(Math.trunc(sizeBytes / 1000))
      case 'position': return position ? `POSITION J2000 ${position.raDeg} ${position.decDeg}` : null
      case 'galacticLatitude': return galactic?.latDeg ?? null
      case 'galacticLongitude': return galactic?.lonDeg ?? null
      case 'eclipticLatitude': return ecliptic?.latDeg ?? null
      case 'eclipticLongitude': return ecliptic?.lonDeg ?? null
    }
  }
}

/** 98 of `098.C-0739(C)`, 109 of `109.2393.001`, 104 of `1104.C-0416(A)`, where 1 marks a large programme. */
function periodOf(progId: string | null): number | null {
  const digits = /^(\d{2,4})\./.exec(progId ?? '')?.[1]
  return digits === undefined ? null : Number(digits) % 1000
}
