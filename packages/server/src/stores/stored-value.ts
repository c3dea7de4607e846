/** Published cells on their way into the column copy, whatever its engine. Design §7. */
import { ArchiveError, parseIsoMicros } from '@quipu/vo'
import type { StoredColumn } from '../schema/catalog.ts'
import type { PublishedRow } from './truth.ts'

export const INTEGER_RANGES = {
  smallint: [-(2n ** 15n), 2n ** 15n - 1n], integer: [-(2n ** 31n), 2n ** 31n - 1n],
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
} as const

/**
 * A published cell as its column holds it: of a `timestamp` microseconds, of a `bigint` a bigint, of other
 * numbers a number. Timestamps are given as ISO text, or as microseconds.
 * @throws ArchiveError `holding_invalid` when the column cannot hold it.
 */
export function checkedCell(
  column: StoredColumn, value: PublishedRow[string] | undefined,
): string | number | bigint | boolean | null {
  if (value === null || value === undefined) return null
  const refuse = (): never => {
    throw new ArchiveError('holding_invalid',
      `column '${column.name}' (${column.type}) cannot hold '${String(value)}'`)
  }
  switch (column.type) {
    case 'text': return typeof value === 'string' ? value : refuse()
    case 'boolean': return typeof value === 'boolean' ? value : refuse()
    case 'real':
    case 'double': return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : refuse()
    case 'timestamp': {
      const micros = typeof value === 'string' ? parseIsoMicros(value) : value
      return typeof micros === 'bigint' ? micros : refuse()
    }
    case 'smallint':
    case 'integer':
    case 'bigint': {
      if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return refuse()
      const whole = BigInt(value)
      const [least, greatest] = INTEGER_RANGES[column.type]
      if (whole < least || whole > greatest) return refuse()
      return column.type === 'bigint' ? whole : Number(whole)
    }
  }
}
