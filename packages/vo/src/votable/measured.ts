/**
 * Formats that must have seen every row before the first byte: their rows are read twice. What the first
 * reading finds is a `Measured`, from which the writer of the second is made.
 */
import type { Cell, Field, Info, Row } from './field.ts'
import type { RowWriter } from './writer.ts'

/** What is known of a table when all its rows have been seen. */
export interface Measured {
  readonly rows: number
  /** Of each column, in the unit of the format: characters of a text, elements of an array. */
  readonly widths: readonly number[]
  readonly overflow: boolean
}

/** Looks at every row once. */
export interface Measure {
  add(batch: readonly Row[]): void
  result(overflow: boolean): Measured
}

/** A format whose rows are read twice. */
export interface MeasuredFormat {
  readonly mediaType: string
  readonly extension: string
  readonly measure: (fields: readonly Field[]) => Measure
  /**
   * Writes what was measured: the same rows, in the same order.
   * @param after RESOURCE elements behind the results, for a format that holds a VOTable.
   */
  readonly writer: (
    fields: readonly Field[], measured: Measured, infos?: readonly Info[], after?: string,
  ) => RowWriter
}

/** Takes the widest cell of each column; `undefined` for a column whose width is no matter. */
export function openMeasure(
  columns: readonly (((cell: NonNullable<Cell>) => number) | undefined)[], least: readonly number[],
): Measure {
  const widths = [...least]
  const measured = columns.flatMap((widthOf, index) => widthOf === undefined ? [] : [{ widthOf, index }])
  let rows = 0
  return {
    add(batch) {
      rows += batch.length
      for (const { widthOf, index } of measured) {
        let widest = widths[index] ?? 0
        for (const row of batch) {
          const cell = row[index]
          if (cell === null || cell === undefined) continue
          const width = widthOf(cell)
          if (width > widest) widest = width
        }
        widths[index] = widest
      }
    },
    result: (overflow) => ({ rows, widths, overflow }),
  }
}
