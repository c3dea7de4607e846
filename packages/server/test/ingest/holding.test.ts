import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { ingestFolder } from '../../src/ingest/ingest.ts'
import { fitsBytes, folderOf, FRAME, ingestArchive, rawCards } from '../support/ingest.ts'

const CALIB = 'SPHER.2016-09-26T12:00:00.000'
const RUN = '098.C-0739(C)'

test('what is public by its category stays so in a protected run, and its rows still name the run', async () => {
  for (const [config, expected] of [['', false], ['access: { publicCategories: [CALIB] }', true]] as const) {
    const archive = { ...await ingestArchive(), config: parseConfig(config) }
    archive.truth.putRun({ progId: RUN, metadataPublic: false })
    const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)), 'b.fits': fitsBytes(rawCards(CALIB)) }, [
      { dpId: CALIB, file: 'b.fits', category: 'CALIB', keys: { 'DPR.CATG': 'CALIB' } },
    ])
    expect((await ingestFolder(archive, folder)).problems).toEqual([])
    expect(archive.truth.findProduct(FRAME)?.run).toMatchObject({ progId: RUN, metadataPublic: false })
    expect(archive.truth.findProduct(CALIB)?.run === null).toBe(expected)
    expect(archive.columns.rows.get(CALIB)?.[0]).toMatchObject({ run: expected ? null : { progId: RUN }, row: { prog_id: RUN, dp_cat: 'CALIB' } })
  }
})
