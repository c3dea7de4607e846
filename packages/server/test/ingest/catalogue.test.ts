import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { openArchive } from '../../src/archive.ts'
import { ingestFolder } from '../../src/ingest/ingest.ts'
import { bintableFile, EVERY_COLUMN } from '../support/bintable.ts'
import { CATALOGUE, record, SAFCAT, STARS } from '../support/catalogues.ts'
import { rowsOf, statement } from '../support/columns.ts'
import { dataFolder } from '../support/data-folder.ts'
import { folderOf, ingestArchive } from '../support/ingest.ts'

const stars = (text: string | Uint8Array = STARS, more: object = {}) => folderOf({ 'stars.csv': text }, [record(more)])

describe('a catalogue', () => {
  test('its file is kept, and its rows are those of the table', async () => {
    const archive = await ingestArchive(SAFCAT)
    expect(await ingestFolder(archive, await stars())).toMatchObject({ batch: 1, added: 1, files: 1, problems: [] })
    expect(archive.truth.findProduct(CATALOGUE)).toMatchObject({
      kind: 'product', category: 'SCIENCE.CATALOG', releaseMs: Date.UTC(2021, 4, 6, 7, 8, 9),
      file: { name: `${CATALOGUE}.csv`, mediaType: 'text/csv', sizeBytes: STARS.length },
    })
    const rows = archive.columns.rows.get(CATALOGUE) ?? []
    expect(rows.filter(({ table }) => table === 'safcat.STARS_V2').map(({ row }) => row)).toEqual([
      {
        id: 9_007_199_254_740_993n, ra: 0.25, dec: -30.5, mag: 17.25, epochs: 3, seen: '2021-05-06T07:08:09.500Z',
        name: 'Star "A", the first',
      },
      { id: 2n, ra: 359.999, dec: 89.5, mag: null, epochs: null, seen: null, name: null },
      { id: 3n, ra: 12, dec: 0, mag: null, epochs: -1, seen: '2020-01-01T00:00:00.000Z', name: '' },
    ])
    // It is a product too.
    expect(rows.filter(({ table }) => table === 'ivoa.ObsCore')).toHaveLength(1)
    // The truth holds the file, not its rows.
    expect([...archive.truth.rowsAfter(0)].map(({ rows: made, files }) => [made.length, files.length])).toEqual([[1, 1]])
  })

  test('columns may be absent and in any order; a table has those of several files', async () => {
    const archive = await ingestArchive(SAFCAT)
    const folder = await folderOf({ 'a.csv': 'mag,id\n1.5,1\n', 'b.csv': 'id\n2\n' }, [
      record({ file: 'a.csv' }), record({ file: 'b.csv', dpId: 'ADP.2021-05-06T07:08:10.000' }),
    ])
    expect(await ingestFolder(archive, folder)).toMatchObject({ added: 2, problems: [] })
    const made = [...archive.columns.rows.values()].flat().filter(({ table }) => table === 'safcat.STARS_V2')
    expect(made.map(({ row }) => [row['id'], row['mag'], row['name']])).toEqual([[1n, 1.5, null], [2n, null, null]])
  })

  test('a FITS table fills it as a CSV file does; its header describes the product', async () => {
    const archive = await ingestArchive(SAFCAT)
    const folder = await folderOf({ 'stars.fits': bintableFile(EVERY_COLUMN, 3) }, [{ dpId: CATALOGUE, table: 'safcat.STARS_V2', modified: '2021-06-01' }])
    expect(await ingestFolder(archive, folder)).toMatchObject({ added: 1, files: 1, problems: [] })
    expect(archive.truth.findProduct(CATALOGUE)).toMatchObject({ kind: 'product', category: 'SCIENCE.CATALOG', instrument: 'FORS2' })
    const rows = (archive.columns.rows.get(CATALOGUE) ?? []).filter(({ table }) => table === 'safcat.STARS_V2').map(({ row }) => row)
    expect(rows.map((row) => [row['id'], row['ra'], row['mag'], row['epochs'], row['name'], row['seen']])).toEqual([
      [9_007_199_254_740_993n, 0.1, 70_000, null, 'star', null], [9_007_199_254_740_994n, null, null, 0, 'a', null],
      [9_007_199_254_740_995n, 2.1, 70_000, 1, null, null],
    ])
  })

  test('what a FITS table has wrong is told by row and column', async () => {
    const archive = await ingestArchive(SAFCAT)
    const wide = EVERY_COLUMN.map((column) => column.name === 'mag' ? { ...column, name: 'epochs' } : column).filter(({ form }) => form !== 'I')
    const folder = await folderOf({ 'stars.fits': bintableFile(wide, 3) }, [{ dpId: CATALOGUE, table: 'safcat.STARS_V2', modified: '2021-06-01' }])
    const { problems } = await ingestFolder(archive, folder)
    expect(problems.map(({ what }) => what)).toEqual([expect.stringMatching(/row 1, column epochs: '70000' is not an integer/)])
  })

  test('replaced, it has the rows of the new file alone', async () => {
    const archive = await ingestArchive(SAFCAT)
    await ingestFolder(archive, await stars())
    await ingestFolder(archive, await stars('id\n77\n'))
    expect(archive.columns.rows.get(CATALOGUE)?.filter(({ table }) => table.startsWith('safcat')).map(({ row }) => row['id'])).toEqual([77n])
  })
})

describe('what cannot be taken in', () => {
  test.each<[string, string | Uint8Array, object, RegExp]>([
    ['an empty file', '', {}, /stars\.csv: the file is empty/],
    ['a number that is none', STARS.replace('-30.5', 'south'), {}, /line 2, column dec: 'south' is not a number/],
    ['a fraction for an integer', 'id,epochs\n1,2.5\n', {}, /line 2, column epochs: '2\.5' is not an integer/],
    ['an integer out of range', 'id,epochs\n1,2\n2,40000\n', {}, /line 3, column epochs: '40000' is not an integer from -32768/],
    ['a long that is too long', 'id\n9223372036854775808\n', {}, /line 2, column id: .* is not a 64-bit integer/],
    ['a time that is none', 'id,seen\n1,yesterday\n', {}, /line 2, column seen: 'yesterday' is not a time/],
    ['a value that must be there', 'id,ra\n1,2\n,3\n', {}, /line 3, column id: it needs a value/],
    ['a required column that is absent', 'ra\n2\n', {}, /line 2, column id: it needs a value/],
    ['a column that the table does not have', 'id,colour\n1,red\n', {}, /line 1: safcat\.STARS_V2 stores no column 'colour'; it has id, ra/],
    ['a column without a name', 'id,\n1,2\n', {}, /line 1: column 2 has no name/],
    ['a column twice', 'id,ID\n1,2\n', {}, /line 1: the column 'id' is there twice/],
    ['a row that is too short', 'id,ra\n1,2\n3\n', {}, /line 3 has 1 fields, but the header has 2/],
    ['a row that is too long', 'id,ra\n1,2,3\n', {}, /line 2 has 3 fields/],
    ['thousands of columns', `id${',x'.repeat(2_000)}\n`, {}, /line 1 has 2001 fields; at most 2000/],
    ['a huge number', `id\n${'1'.repeat(10_000)}\n`, {}, /line 2, column id: '1{60}…' is too long/],
    ['a huge text', `id,name\n1,${'x'.repeat(70_000)}\n`, {}, /line 2 field 2 has 70000 characters/],
    ['a quote left open', 'id,name\n1,"x\n2,y\n', {}, /line 2 has a quote that is never closed/],
    ['bytes of another encoding', Buffer.from('id,name\n1,Z\xfcrich\n', 'latin1'), {}, /not UTF-8/],
    ['a table that is no catalogue', STARS, { table: 'dbo.raw' }, /no catalogue table 'dbo\.raw'; they are safcat\.STARS_V1, safcat\.STARS_V2/],
    ['a table that is not there', STARS, { table: 'safcat.NONE' }, /no catalogue table 'safcat\.NONE'/],
    ['a raw frame that fills a table', STARS, { kind: 'raw' }, /so it is a product with a file/],
    ['rows beside the file', STARS, { table: undefined, rows: [{ table: 'safcat.STARS_V2', row: { id: 1 } }] }, /are those of a file/],
    ['a release date to come', STARS, { releaseDate: '2035-01-01' }, /cannot be proprietary/],
    ['no release date', STARS, { releaseDate: null }, /cannot be proprietary/],
    ['a run that is protected', STARS, { progId: '116.B-0002(A)' }, /cannot be proprietary/],
  ])('%s is reported with its place, and nothing is written', async (_, text, more, message) => {
    const archive = await ingestArchive(SAFCAT)
    archive.truth.putRun({ progId: '116.B-0002(A)', metadataPublic: false })
    const { batch, problems } = await ingestFolder(archive, await stars(text, more))
    expect(batch).toBeNull()
    expect(problems.map(({ where, what }) => `${where}: ${what}`)).toEqual([expect.stringMatching(message)])
    expect(archive.truth.lastBatch()).toBe(0)
  })

  test('a file that changes after it was checked', async () => {
    const archive = await ingestArchive(SAFCAT)
    const folder = await stars()
    const changed = ingestFolder(archive, folder, {
      // Between reading it through and copying it.
      progress: ({ step }) => { if (step === 'copying') void writeFile(join(folder, 'stars.csv'), 'id\nx\n', { flush: true }) },
    })
    const result = await changed.catch((error: unknown) => error)
    // Either it was copied before the change, or it is refused; never is something unchecked stored.
    if (result instanceof Error) expect(result).toMatchObject({ code: 'holding_invalid' })
    else expect(archive.columns.rows.get(CATALOGUE)).toHaveLength(4)
  })

  test('a run that becomes protected takes the rows of its catalogue with it', async () => {
    const archive = await ingestArchive(SAFCAT)
    archive.truth.putRun({ progId: '1.A', metadataPublic: true })
    await ingestFolder(archive, await stars(STARS, { progId: '1.A' }))
    expect(archive.columns.rows.get(CATALOGUE)).toHaveLength(4)
    archive.truth.putRun({ progId: '1.A', metadataPublic: false })
    await ingestFolder(archive, await folderOf({}, [{ dpId: 'X.2021-01-01T00:00:00.000', file: null, category: 'CALIB', instrument: 'X', kind: 'raw' }]))
    expect(archive.columns.rows.get(CATALOGUE)?.map(({ table }) => table)).toEqual(['ivoa.ObsCore'])
  })
})

describe('an archive with a catalogue', () => {
  const quiet = { log: pino({ level: 'silent' }) }
  async function folderWithSchema(): Promise<string> {
    const dir = await dataFolder()
    await writeFile(join(dir, 'schema/safcat.yaml'), SAFCAT)
    return dir
  }
  const idsIn = async (archive: Awaited<ReturnType<typeof openArchive>>): Promise<unknown[]> =>
    (await rowsOf(archive.columns, statement('select id from archive.safcat_stars_v2 order by id', { id: 'long' }))).flat()
  const ALL = [2n, 3n, 9_007_199_254_740_993n]

  test('ended between the truth and the columns, it has the rows at its next start', async () => {
    const dir = await folderWithSchema()
    const first = await openArchive(dir, quiet)
    const broken = { ...first, columns: { ...first.columns, append: async () => { throw new Error('killed') } } }
    await expect(ingestFolder(broken, await stars())).rejects.toThrow('killed')
    expect(await idsIn(first)).toEqual([])
    await first.close()
    const second = await openArchive(dir, quiet)
    expect(await idsIn(second)).toEqual(ALL)
    await second.close()
  })

  test('rebuilt, it has them again', async () => {
    const dir = await folderWithSchema()
    const first = await openArchive(dir, quiet)
    await ingestFolder(first, await stars())
    expect(await idsIn(first)).toEqual(ALL)
    await first.close()
    const rebuilt = await openArchive(dir, { ...quiet, rebuild: true })
    expect(await idsIn(rebuilt)).toEqual(ALL)
    await rebuilt.close()
  })

  test('under a schema that has changed, it has what still fits, or says what does not', { timeout: 60_000 }, async () => {
    const dir = await folderWithSchema()
    const first = await openArchive(dir, quiet)
    await ingestFolder(first, await stars())
    await first.close()
    // A column that is gone is passed over, a new one is null.
    await writeFile(join(dir, 'schema/safcat.yaml'), SAFCAT.replaceAll('mag:', 'magnitude:'))
    const changed = await openArchive(dir, quiet)
    expect(await rowsOf(changed.columns, statement('select id, magnitude from archive.safcat_stars_v2 where id = 2', { id: 'long', m: 'float' })))
      .toEqual([[2n, null]])
    await changed.close()
    await writeFile(join(dir, 'schema/safcat.yaml'), SAFCAT.replace('name: { type: text', 'name: { type: int'))
    await expect(openArchive(dir, quiet)).rejects.toThrow(`safcat.STARS_V2, from the file of ${CATALOGUE}: line 2, column name`)
    await writeFile(join(dir, 'schema/safcat.yaml'), SAFCAT.replace('STARS_V2', 'STARS_V3'))
    const renamed = await openArchive(dir, quiet)
    expect(renamed.truth.findProduct(CATALOGUE)).toBeDefined()
    await renamed.close()
  })
})
