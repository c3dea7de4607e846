/**
 * Published rows in the embedded truth. Rows of a table mostly have the same columns, so their names are kept
 * once, as a shape, and a row is its cells.
 */
import type { DatabaseSync } from 'node:sqlite'
import { blankRow, readCells, writeCells } from './row-json.ts'
import type { Holding, PublishedRow } from './truth.ts'

export interface RowStore {
  /** Inside the caller's transaction, for which it is made: what one that fails learnt is taken back. */
  openPutting(): (dpId: string, rows: Holding['rows']) => void
  /** What `select row.shape_id, row.body` gives. */
  read(shapeId: number, body: string): { readonly table: string; readonly row: PublishedRow }
}

interface Shape { readonly table: string; readonly columns: readonly string[]; readonly blank: PublishedRow }

export function openRows(db: DatabaseSync): RowStore {
  const insert = db.prepare('insert into published_row values (?, ?, ?, ?)')
  const addShape = db.prepare(`insert into row_shape (table_name, columns) values (?, ?)
    on conflict (table_name, columns) do update set table_name = table_name returning shape_id`)
  const findShape = db.prepare('select table_name, columns from row_shape where shape_id = ?')
  const shapes = new Map<number, Shape>()

  return {
    openPutting() {
      const ids = new Map<string, number>()
      return (dpId, rows) => {
        for (const [n, { table, row }] of rows.entries()) {
          const columns = Object.keys(row)
          const key = JSON.stringify([table, columns])
          const shapeId = ids.get(key)
            ?? Number(addShape.get(table, JSON.stringify(columns))?.['shape_id'])
          ids.set(key, shapeId)
          insert.run(dpId, n, shapeId, writeCells(row, columns))
        }
      }
    },
    read(shapeId, body) {
      let shape = shapes.get(shapeId)
      if (shape === undefined) {
        const found = findShape.get(shapeId)
        const columns = JSON.parse(String(found?.['columns'])) as string[]
        shape = { table: String(found?.['table_name']), columns, blank: blankRow(columns) }
        shapes.set(shapeId, shape)
      }
      return { table: shape.table, row: readCells(body, shape.columns, shape.blank) }
    },
  }
}
