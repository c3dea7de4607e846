import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { checkQuery, compile, parseQuery, restrict } from '@quipu/adql'
import type { Row } from '@quipu/vo/votable'
import { ANONYMOUS } from '../src/access/principal.ts'
import { openArchive } from '../src/archive.ts'
import type { Archive } from '../src/archive.ts'
import { ingestFolder } from '../src/ingest/ingest.ts'
import { dataFolder } from './support/data-folder.ts'
import { fitsBytes, folderOf, FRAME, rawCards } from './support/ingest.ts'

const quiet = { log: pino({ level: 'silent' }) }

async function rowsOf({ catalog, columns }: Archive, query: string): Promise<Row[]> {
  const service = catalog.services.get('tap_obs')!
  const restricted = restrict(checkQuery(parseQuery(query), service.tableSet), service.sourcesFor(ANONYMOUS))
  const statement = compile(restricted, {
    dialect: columns.dialect, textMode: 'ignoreCase',
    bindings: { baseUrl: 'http://here', now: 0n, grantedRuns: [] },
  })
  const stream = await columns.stream(statement, new AbortController().signal)
  const rows: Row[] = []
  for await (const batch of stream) rows.push(...batch)
  return rows
}

test('an archive answers from its schema, and its own description is a table of it', async () => {
  const archive = await openArchive(await dataFolder(), quiet)
  expect(await rowsOf(archive, "SELECT COUNT(*) FROM TAP_SCHEMA.columns WHERE table_name = 'dbo.raw'")).toEqual([[62n]])
  expect(await rowsOf(archive, 'SELECT "size" FROM TAP_SCHEMA.columns WHERE column_name = \'date_obs\'')).toContainEqual([32])
  expect(await rowsOf(archive, 'SELECT * FROM ivoa.ObsCore')).toEqual([])
  await archive.close()
})

test('one process owns the folder, until it closes it', async () => {
  const dir = await dataFolder()
  const archive = await openArchive(dir, quiet)
  await expect(openArchive(dir, quiet)).rejects.toMatchObject({ code: 'archive_owned' })
  await archive.close()
  await archive.close()
  await (await openArchive(dir, quiet)).close()
})

test('a folder that cannot be opened is given up', async () => {
  const dir = await dataFolder()
  await writeFile(join(dir, 'schema/dbo.yaml'), 'schema: dbo\n')
  await expect(openArchive(dir, quiet)).rejects.toThrow(/schema\/dbo\.yaml/)
  await expect(openArchive(dir, quiet)).rejects.toMatchObject({ code: 'config_invalid' })
})

test('the column copy is made anew when it is gone', async () => {
  const dir = await dataFolder()
  const first = await openArchive(dir, quiet)
  await ingestFolder(first, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))
  const query = 'SELECT dp_id, access_url, exp_start, ra FROM ist.sphere'
  const expected = [[FRAME, `http://here/dataPortal/file/${FRAME}`, '2016-09-26T04:15:07.252Z', 353.75835694]]
  expect(await rowsOf(first, query)).toEqual(expected)
  await first.close()
  for (const name of ['columns.duckdb', 'columns.duckdb.wal']) await rm(join(dir, name), { force: true })
  const second = await openArchive(dir, quiet)
  expect(await rowsOf(second, query)).toEqual(expected)
  await second.close()
  const third = await openArchive(dir, { ...quiet, rebuild: true })
  expect(await rowsOf(third, query)).toEqual(expected)
  await third.close()
})
