/**
 * What the engine needs by itself, with the same memory and threads, on a copy of the same file: the archive
 * that is measured has its own open. The copy is made when the file is newer.
 */
import { cpSync, existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'

/** Rows a second of COPY to CSV of the whole width, into nothing. */
export async function fullWidthFloor(dataDir: string): Promise<number> {
  const instance = await DuckDBInstance.create(join(copyOf(dataDir), 'columns.duckdb'), {
    memory_limit: '1073MB', threads: '2',
  })
  const db = await instance.connect()
  try {
    const [row] = await (await db.run('select count(*) from archive.dbo_raw_public')).getRowsJson()
    const names = await (await db.run(`select column_name from duckdb_columns() where table_name =
      'dbo_raw_public' and column_name not in ('dp_id_key', 'batch') and column_name not like '@%'
      order by column_index`)).getRowsJson()
    const computed = [
      `'http://127.0.0.1:8080/dataPortal/file/' || dp_id`,
      `'http://127.0.0.1:8080/datalink/links?ID=ivo://eso.org/ID?' || dp_id`,
    ]
    const startMs = performance.now()
    const columns = [...names.map(([name]) => `"${String(name)}"`), ...computed]
    await db.run(`copy (select ${columns.join(', ')}
      from archive.dbo_raw_public) to '/dev/null' (format csv)`)
    return Number(row?.[0]) / (performance.now() - startMs) * 1000
  } finally {
    db.closeSync()
    instance.closeSync()
  }
}

/** A copy of the data folder that may be opened beside the archive. */
export function copyOf(dataDir: string): string {
  const folder = `${dataDir}-floor`
  const file = 'columns.duckdb'
  const [from, to] = [join(dataDir, file), join(folder, file)]
  if (existsSync(to) && statSync(to).mtimeMs >= statSync(from).mtimeMs) return folder
  rmSync(folder, { recursive: true, force: true })
  cpSync(dataDir, folder, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  return folder
}
