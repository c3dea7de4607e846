import { readFile, utimes } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { ingestFolder } from '../../src/ingest/ingest.ts'
import { sweepFiles } from '../../src/ingest/sweep.ts'
import { compressed, fitsBytes, folderOf, FRAME, ingestArchive, rawCards } from '../support/ingest.ts'

const CALIB = 'SPHER.2016-09-26T12:00:00.000'
const PRODUCT = 'ADP.2020-01-01T00:00:00.000'

describe('ingestFolder', () => {
  test('a raw frame is described by its header alone', async () => {
    const archive = await ingestArchive()
    const folder = await folderOf({ 'night/frame.fits.Z': compressed(rawCards(FRAME)) })
    const result = await ingestFolder(archive, folder)
    expect(result).toMatchObject({ batch: 1, added: 1, replaced: 0, files: 1, problems: [] })
    const product = archive.truth.findProduct(FRAME)
    expect(product).toMatchObject({
      kind: 'raw', category: 'SCIENCE', instrument: 'SPHERE', mjd: 57657.177167, title: 'HIP_116384',
      run: { progId: '098.C-0739(C)', metadataPublic: true },
      // A year after its last change.
      releaseMs: Date.UTC(2017, 8, 26, 4, 25, 47),
      file: { name: `${FRAME}.fits.Z`, mediaType: 'application/fits' },
    })
    const [row] = archive.columns.rows.get(FRAME) ?? []
    expect(row).toMatchObject({ table: 'dbo.raw', row: {
      dp_id: FRAME, dp_cat: 'SCIENCE', dp_tech: 'IFU', exp_start: '2016-09-26T04:15:07.252Z', exposure: 64,
      date_obs: '2016-09-26T04:15:07.2524', det_ndit: 2, period: 98, prog_id: '098.C-0739(C)', ra: 353.75835694,
      s_region: 'POSITION J2000 353.75835694 1.6143', release_date: '2017-09-26T04:25:47.000Z', slit_path: null,
      access_estsize: BigInt(Math.trunc((product?.file?.sizeBytes ?? 0) / 1000)), telescope: 'ESO-VLT-U3',
    } })
    expect(row?.row['gal_lat']).toBeCloseTo(-55.874158, 3)
    expect(row?.row['gal_lon']).toBeCloseTo(87.265553, 3)
    expect(archive.truth.findHeader(FRAME)).toMatch(/^SIMPLE {2}=.*\n(.*\n)*END$/)
  })

  test('the bytes in the store are those of the file', async () => {
    const archive = await ingestArchive()
    const bytes = compressed(rawCards(FRAME))
    await ingestFolder(archive, await folderOf({ 'a.fits.Z': bytes }))
    const file = archive.truth.findProduct(FRAME)?.file
    const stored = await buffer(archive.files.read(file?.key ?? '', 0, bytes.length - 1))
    expect(new Uint8Array(stored)).toEqual(bytes)
  })

  test('a record wins over the header, and its rows over both', async () => {
    const archive = await ingestArchive()
    const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }, [{
      dpId: FRAME, file: 'a.fits', releaseDate: null, modified: '2020-02-02', name: 'frame.fits', certified: true,
      keys: { 'DPR.TYPE': 'OBJECT' },
      rows: [{ table: 'dbo.raw', row: { tel_airm_start: 1.119, pi_coi: 'LAGRANGE', target: null, mjd_obs: 57657.17578125 } }],
    }])
    await ingestFolder(archive, folder)
    expect(archive.truth.findProduct(FRAME)).toMatchObject({ releaseMs: null, file: { name: 'frame.fits' } })
    expect(archive.columns.rows.get(FRAME)?.[0]?.row).toMatchObject({
      tel_airm_start: 1.119, pi_coi: 'LAGRANGE', dp_type: 'OBJECT', mjd_obs: 57657.17578125, release_date: null,
      last_mod_date: '2020-02-02T00:00:00.000Z', telescope: 'ESO-VLT-U3',
    })
  })

  test('a record without a file makes a row, one without `file` belongs to the frame of its dp_id', async () => {
    const archive = await ingestArchive()
    const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }, [
      { dpId: FRAME, title: 'from the record' },
      { dpId: CALIB, file: null, kind: 'raw', instrument: 'SPHERE', category: 'CALIB', mjd: 57657.5, modified: '2016-09-27' },
    ])
    expect(await ingestFolder(archive, folder)).toMatchObject({ added: 2, files: 1, problems: [] })
    expect(archive.truth.findProduct(FRAME)?.title).toBe('from the record')
    // A calibration is released at once.
    expect(archive.truth.findProduct(CALIB)).toMatchObject({ file: null, releaseMs: Date.UTC(2016, 8, 27) })
    expect(archive.columns.rows.get(CALIB)?.[0]?.row).toMatchObject({
      exp_start: '2016-09-26T12:00:00.000Z', ra: null, s_region: null, gal_lat: null, access_estsize: null,
    })
  })

  test('a product has a row in ObsCore, its sources, and what is attached to it', async () => {
    const archive = await ingestArchive()
    const folder = await folderOf({
      'p.fits': fitsBytes({
        ARCFILE: `${PRODUCT}.fits`, INSTRUME: 'MUSE', PRODCATG: 'SCIENCE.CUBE.IFS', 'PROG_ID': '60.A-9100(A)', WAVELMIN: 776.55,
        OBJECT: 'M 1', PROV1: `${FRAME}.fits`, ORIGFILE: 'cube.fits', DATE: '2020-01-01', M_EPOCH: false,
      }),
      'white.png': 'not really', [`${PRODUCT}.NL.txt`]: 'a quiet night',
    }, [{ dpId: 'ADP.2020-01-01T00:00:00.001', kind: 'ancillary', parent: PRODUCT, file: 'white.png', category: 'ANCILLARY.PREVIEW' }])
    expect(await ingestFolder(archive, folder)).toMatchObject({ added: 3, problems: [] })
    expect(archive.columns.rows.get(PRODUCT)?.[0]).toMatchObject({ table: 'ivoa.ObsCore', row: {
      dataproduct_type: 'cube', calib_level: 2, obs_id: PRODUCT, proposal_id: '60.A-9100(A)', em_min: 7.7655e-7,
      obs_collection: 'MUSE', obs_creator_did: 'ivo://eso.org/origfile?cube.fits', multi_ob: 'S', is_solar: 0,
    } })
    expect(archive.truth.childrenOf(PRODUCT).map(({ dpId, kind, file }) => [dpId, kind, file?.name, file?.mediaType])).toEqual([
      [`${PRODUCT}.NL`, 'nightLog', `${PRODUCT}.NL.txt`, 'text/plain'],
      ['ADP.2020-01-01T00:00:00.001', 'ancillary', 'ADP.2020-01-01T00:00:00.001.png', 'image/png'],
    ])
    await ingestFolder(archive, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))
    expect(archive.truth.sourcesOf(PRODUCT).map((source) => source.dpId)).toEqual([FRAME])
  })

  test('the same folder twice changes nothing but the batch', async () => {
    const archive = await ingestArchive()
    const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) })
    await ingestFolder(archive, folder)
    const before = [archive.truth.findProduct(FRAME), archive.columns.rows.get(FRAME)]
    expect(await ingestFolder(archive, folder)).toMatchObject({ batch: 2, added: 0, replaced: 1 })
    expect([archive.truth.findProduct(FRAME), archive.columns.rows.get(FRAME)]).toEqual(before)
  })

  test('rows of a run with protected metadata carry that run', async () => {
    const archive = await ingestArchive()
    const run = archive.truth.putRun({ progId: '098.C-0739(C)', metadataPublic: false })
    await ingestFolder(archive, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))
    expect(archive.columns.rows.get(FRAME)?.[0]?.run).toEqual(run)
  })
})

describe('what cannot be taken in', () => {
  const bad: readonly [string, Parameters<typeof folderOf>, RegExp][] = [
    ['no FITS file', [{ 'a.fits': 'hello' }], /a\.fits: /],
    ['a file that nobody names', [{ 'notes.doc': 'x' }], /notes\.doc: no FITS file, and no record/],
    ['a compressed file by another name', [{ 'a.fits': compressed(rawCards(FRAME)) }], /does not end in \.Z/],
    ['data cut short', [{ 'a.fits': fitsBytes(rawCards(FRAME)).subarray(0, -2880) }], /a\.fits: .*bytes/],
    ['no ARCFILE', [{ 'a.fits': fitsBytes({ INSTRUME: 'SPHERE' }) }], /no ARCFILE/],
    ['an ARCFILE that is a path', [{ 'a.fits': fitsBytes(rawCards('../../etc/passwd')) }], /a\.fits: /],
    ['no category', [{}, [{ dpId: CALIB, file: null, instrument: 'SPHERE' }]], /line 1: its category is not known/],
    ['no instrument', [{}, [{ dpId: CALIB, file: null, category: 'CALIB' }]], /its instrument is not known/],
    ['a line that is no JSON', [{}, ['{ oops']], /records\.ndjson line 1: the line is not JSON/],
    ['a misspelt field', [{}, [{ dpId: CALIB, file: null, progID: 'x' }]], /progID/],
    ['a file outside the folder', [{}, [{ dpId: CALIB, file: '../../../etc/passwd', category: 'CALIB', instrument: 'X' }]], /there is no file '\.\.\/\.\.\/\.\.\/etc\/passwd'/],
    ['one dp_id twice', [{ 'a.fits': fitsBytes(rawCards(FRAME)), 'b.fits': fitsBytes(rawCards(FRAME)) }], /b\.fits: it has the dp_id .*, as a\.fits has/],
    ['an attached file without its parent', [{ 'a.png': 'x' }, [{ dpId: 'ADP.1', kind: 'preview', file: 'a.png' }]], /so give its parent/],
    ['a parent that is not there', [{ 'a.png': 'x' }, [{ dpId: 'ADP.1', kind: 'preview', file: 'a.png', parent: FRAME }]], /a\.png: it belongs to SPHER/],
    ['a value that does not fit', [{}, [{ dpId: CALIB, file: null, category: 'CALIB', instrument: 'X', rows: [{ table: 'dbo.raw', row: { det_ndit: 40_000 } }] }]], /dbo\.raw\.det_ndit: '40000' is not an integer/],
    ['a column that is not stored', [{}, [{ dpId: CALIB, file: null, category: 'CALIB', instrument: 'X', rows: [{ table: 'dbo.raw', row: { access_url: 'x' } }] }]], /stores no column 'access_url'/],
    ['a table that is not there', [{}, [{ dpId: CALIB, file: null, category: 'CALIB', instrument: 'X', rows: [{ table: 'dbo.ssa', row: {} }] }]], /no table 'dbo\.ssa'/],
    // A row that names another run than its holding would be shown by the other run's rights.
    ['a row of another run', [{}, [{ dpId: CALIB, file: null, category: 'CALIB', instrument: 'X', progId: '1.A', rows: [{ table: 'dbo.raw', row: { prog_id: '1.B' } }] }]], /its run is '1\.B' in its row/],
    ['a row of a run whose holding has none', [{}, [{ dpId: CALIB, file: null, category: 'CALIB', instrument: 'X', progId: null, rows: [{ table: 'dbo.raw', row: { prog_id: '1.B' } }] }]], /its run is '1\.B' in its row/],
    ['a row with another release date', [{}, [{ dpId: CALIB, file: null, category: 'CALIB', instrument: 'X', releaseDate: null, rows: [{ table: 'dbo.raw', row: { release_date: '2020-01-01' } }] }]], /its release date/],
  ]

  test.each(bad)('%s is reported, and nothing is written', async (_, [files, records], message) => {
    const archive = await ingestArchive()
    const good = { 'good.fits': fitsBytes(rawCards('SPHER.2000-01-01T00:00:00.000')) }
    const folder = await folderOf({ ...good, ...files }, records)
    const { batch, problems } = await ingestFolder(archive, folder)
    expect(batch).toBeNull()
    expect(problems.map(({ where, what }) => `${where}: ${what}`)).toEqual([expect.stringMatching(message)])
    expect(archive.truth.lastBatch()).toBe(0)
  })

  test('skipInvalid takes in the rest', async () => {
    const archive = await ingestArchive()
    const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)), 'b.fits': 'x', 'c.doc': 'x' })
    const { batch, added, problems } = await ingestFolder(archive, folder, { skipInvalid: true })
    expect([batch, added, problems.length]).toEqual([1, 1, 2])
  })

  test('a folder that is not there is an error of its own', async () => {
    await expect(ingestFolder(await ingestArchive(), '/nowhere')).rejects.toThrow(/\/nowhere cannot be read/)
  })
})

describe('an ingest that was ended', () => {
  test('leaves files that the next start sweeps, and those of the truth alone', async () => {
    const archive = await ingestArchive()
    const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) })
    const killed = (): never => { throw new Error('killed') }
    const broken = {
      ...archive, truth: { ...archive.truth, addBatch: killed }, files: { ...archive.files, remove: async () => killed() },
    }
    await expect(ingestFolder(broken, folder)).rejects.toThrow('killed')
    expect(archive.truth.findProduct(FRAME)).toBeUndefined()
    await ingestFolder(archive, await folderOf({ 'b.fits': fitsBytes(rawCards(CALIB)) }))
    expect(await sweepFiles(archive.files, archive.truth, Date.now() + 1000)).toBe(1)
    const kept = archive.truth.findProduct(CALIB)?.file?.key ?? ''
    expect(await archive.files.stat(kept)).toBeDefined()
    expect(await sweepFiles(archive.files, archive.truth, Date.now() + 1000)).toBe(0)
  })

  test('takes the files that it brought away again, when it can', async () => {
    const archive = await ingestArchive()
    const broken = { ...archive, truth: { ...archive.truth, addBatch: () => { throw new Error('refused') } } }
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, i) => {
      const dpId = `SPHER.2016-09-26T05:00:00.${String(i).padStart(3, '0')}`
      return [`${i}.fits`, fitsBytes(rawCards(dpId))]
    }))
    await expect(ingestFolder(broken, await folderOf(files))).rejects.toThrow('refused')
    const left: string[] = []
    for await (const key of archive.files.list('')) left.push(key)
    expect(left).toEqual([])
  })

  test('a batch that the column copy did not take is replayed by the next', async () => {
    const archive = await ingestArchive()
    const broken = { ...archive, columns: { ...archive.columns, append: async () => { throw new Error('killed') } } }
    await expect(ingestFolder(broken, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))).rejects.toThrow('killed')
    expect(archive.columns.rows.size).toBe(0)
    await ingestFolder(archive, await folderOf({ 'b.fits': fitsBytes(rawCards(CALIB)) }))
    expect([...archive.columns.rows.keys()].toSorted()).toEqual([FRAME, CALIB].toSorted())
  })

  test('a file that is replaced keeps its old bytes until the next start', async () => {
    const archive = await ingestArchive()
    await ingestFolder(archive, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))
    const old = archive.truth.findProduct(FRAME)?.file?.key ?? ''
    await ingestFolder(archive, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME, { OBJECT: 'other' })) }))
    expect(archive.truth.findProduct(FRAME)?.file?.key).not.toBe(old)
    expect(await archive.files.stat(old)).toBeDefined()
  })
})

test('a header without DATE has the time of its file as its last change', async () => {
  const archive = await ingestArchive()
  const { DATE: _, ...cards } = rawCards(FRAME)
  const folder = await folderOf({ 'a.fits': fitsBytes(cards) })
  await utimes(`${folder}/a.fits`, 1_500_000_000, 1_500_000_000)
  await ingestFolder(archive, folder)
  expect(archive.truth.findProduct(FRAME)?.modifiedMs).toBe(1_500_000_000_000)
  expect((await readFile(`${folder}/a.fits`)).length).toBeGreaterThan(0)
})
