/**
 * Published rows as JSON text. What JSON has no word for (bigint, NaN, infinities, -0) is written as an
 * object, which no cell is, so that a row comes back value for value.
 */
import type { PublishedRow } from './truth.ts'

type Written = string | number | boolean | null | { readonly long: string } | { readonly number: string }

/** Columns in the order of the row. */
export function writeRow(row: PublishedRow): string {
  const plain: Record<string, Written> = {}
  for (const [name, value] of Object.entries(row)) plain[name] = writeCell(value)
  return JSON.stringify(plain)
}

function writeCell(value: PublishedRow[string]): Written {
  if (typeof value === 'bigint') return { long: String(value) }
  if (typeof value !== 'number') return value
  if (Object.is(value, -0)) return { number: '-0' }
  return Number.isFinite(value) ? value : { number: String(value) }
}

export function readRow(text: string): PublishedRow {
  const plain = JSON.parse(text) as Record<string, Written>
  const row: Record<string, PublishedRow[string]> = {}
  for (const [name, value] of Object.entries(plain)) row[name] = readCell(value)
  return row
}

function readCell(value: Written): PublishedRow[string] {
  if (typeof value !== 'object' || value === null) return value
  return 'long' in value ? BigInt(value.long) : Number(value.number)
}
