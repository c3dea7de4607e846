/** What the demo observatory must hold, looked at before any archive takes it in. */
import { describe, expect, test } from 'vitest'
import { parseDpId } from '@quipu/vo/eso'
import { contains, parseRegion } from '@quipu/vo/sky'
import { checkFits, keysOf } from '@quipu/vo/fits'
import { RUNS } from '../observatory/facts.ts'
import { footprint, KINDS } from '../observatory/footprints.ts'
import { bytesOf } from '../observatory/frame.ts'
import type { DemoFrame } from '../observatory/frame.ts'
import { allFrames } from '../observatory/make.ts'

const frames = allFrames()
const raw = frames.filter(({ kind }) => kind === 'raw')
const products = frames.filter(({ kind }) => kind === 'product')
const regionOf = ({ rows, keywords }: DemoFrame): string | null => {
  const given = rows?.find(({ table }) => table === 'ivoa.ObsCore')?.row['s_region']
  if (given !== undefined) return String(given)
  return keywords['RA'] === undefined ? null : `POSITION J2000 ${String(keywords['RA'])} ${String(keywords['DEC'])}`
}

describe('raw frames', () => {
  test('are 20 000 of five instruments, each id once', () => {
    const counts = Object.groupBy(raw, ({ instrument }) => instrument)
    expect(Object.fromEntries(Object.entries(counts).map(([name, all]) => [name, all?.length]))).toEqual({
      FEROS: 9_922, FORS2: 49, MUSE: 4_000, SPHERE: 29, XSHOOTER: 6_000,
    })
    expect(new Set(frames.map(({ dpId }) => dpId)).size).toBe(frames.length)
  })

  test('have ids of their instrument, over the years of each', () => {
    const years = { FEROS: ['1999', '2024'], XSHOOTER: ['2009', '2023'], MUSE: ['2014', '2023'] } as const
    const prefixes: Record<string, string> = { FEROS: 'FEROS', XSHOOTER: 'XSHOO', MUSE: 'MUSE' }
    for (const [name, [first, last]] of Object.entries(years)) {
      const own = raw.filter(({ instrument }) => instrument === name)
      for (const { dpId, keywords } of own) {
        expect(parseDpId(dpId)).toMatch(new RegExp(`^${prefixes[name]}\\.`))
        expect(dpId.slice((prefixes[name] ?? '').length + 1)).toBe(keywords['DATE-OBS'])
      }
      const seen = own.map(({ keywords }) => String(keywords['DATE-OBS']).slice(0, 4)).toSorted()
      expect([seen[0], seen.at(-1)]).toEqual([first, last])
    }
  })

  test('are all over the sky: around RA 0, at both poles, and without a position', () => {
    const at = (low: number, high: number, key: 'RA' | 'DEC') => raw.filter(({ keywords }) =>
      keywords[key] !== undefined && Number(keywords[key]) >= low && Number(keywords[key]) <= high).length
    for (const count of [at(0, 0.001, 'RA'), at(359.9, 360, 'RA'), at(90, 90, 'DEC'), at(-90, -90, 'DEC'), at(30, 60, 'DEC')]) {
      expect(count).toBeGreaterThan(10)
    }
    const science = raw.filter(({ keywords }) => keywords['DPR.CATG'] === 'SCIENCE')
    expect(science.every(({ keywords }) => keywords['RA'] !== undefined)).toBe(true)
    expect(raw.length - science.length).toBeGreaterThan(2_000)
  })

  test('only the proprietary run is released in times to come', () => {
    const late = frames.filter(({ releaseDate }) => String(releaseDate ?? '') > '2025-07-01')
    expect(new Set(late.map(({ progId }) => progId))).toEqual(new Set([RUNS.proprietary]))
    expect(late).toHaveLength(2)
    // What has no release date of its own is released when it changes, or is a calibration.
    expect(frames.every(({ modified }) => String(modified) < '2025')).toBe(true)
  })
})

describe('products', () => {
  test('are 200, each with a file, the catalogues among them', () => {
    expect(products).toHaveLength(200)
    expect(products.filter(({ content }) => content === undefined)).toEqual([])
    expect(products.filter(({ table }) => table !== undefined).map(({ table }) => table))
      .toEqual(['safcat.QUIPU_DEEP_V1', 'safcat.QUIPU_DEEP_Z_V1'])
    const names = new Set(raw.map(({ dpId }) => dpId))
    const sources = products.flatMap((product) => product.sources ?? [])
    expect(sources.length).toBeGreaterThan(170)
    expect(sources.filter((source) => !names.has(source))).toEqual([])
  })

  test('have footprints of every kind, each a region that can be read', () => {
    const words = new Map<string, number>()
    for (const product of products) {
      const text = regionOf(product)
      const word = text === null ? 'null' : text.split(' ', 1)[0] ?? ''
      words.set(word, (words.get(word) ?? 0) + 1)
      if (text === null) continue
      parseRegion(text)
      // It is ASCII, and no longer than ESO's.
      expect(text).toMatch(/^[\x20-\x7e]{1,600}$/)
    }
    expect([...words.keys()].toSorted()).toEqual(['BOX', 'CIRCLE', 'POLYGON', 'POSITION', 'UNION', 'circle', 'null', 'polygon'])
    for (const [word, count] of words) expect([word, count >= 3]).toEqual([word, true])
    const polygons = products.map(regionOf).filter((text) => text?.startsWith('POLYGON') === true)
    const rightAscensions = polygons.map((text) => (text ?? '').split(' ').slice(2).filter((_, i) => i % 2 === 0).map(Number))
    // Across RA 0, and around a pole.
    expect(rightAscensions.some((all) => Math.max(...all) > 359 && Math.min(...all) < 1)).toBe(true)
    expect(rightAscensions.some((all) => [0, 1, 2, 3].every((quarter) => all.some((ra) => Math.floor(ra / 90) === quarter)))).toBe(true)
  })
})

describe('footprint', () => {
  test.each(KINDS.filter((kind) => kind !== 'position' && kind !== 'union'))('%s holds what is a little off its middle, wherever it is', (kind) => {
    for (const [ra, dec] of [[0, 0], [359.9999, 12], [123, -89.99], [0, 90], [0, -90], [180, 45]] as const) {
      const region = parseRegion(footprint(kind, ra, dec, 0.1))
      // South-west of the middle, which the concave ones have too.
      const inside = footprint('square', ra, dec, 0.0001).split(' ').slice(6, 8).join(' ')
      expect([kind, ra, dec, contains(region, parseRegion(`POSITION J2000 ${inside}`))]).toEqual([kind, ra, dec, true])
      expect(contains(region, parseRegion(`POSITION J2000 ${(ra + 180) % 360} ${-dec}`))).toBe(false)
    }
  })
})

describe('catalogues', () => {
  test('one has 100 000 rows in a FITS table, the other is CSV, of sources of the first', () => {
    const [deep, redshifts] = products.filter(({ table }) => table !== undefined).map(bytesOf)
    const [, table] = checkFits(deep ?? new Uint8Array())
    expect(keysOf(table?.cards ?? [])).toMatchObject({ XTENSION: 'BINTABLE', NAXIS2: 100_000, TFIELDS: 8 })
    const lines = Buffer.from(redshifts ?? []).toString().trimEnd().split('\n')
    expect(lines).toHaveLength(1_501)
    expect(lines[0]).toMatch(/^redshift_id,source_id,name,ra,dec/)
    expect(new Set(lines.slice(1).map((line) => line.split(',')[1])).size).toBe(1_500)
  })

  test('are the same bytes every time', () => {
    const again = allFrames().filter(({ table }) => table !== undefined)
    for (const [i, frame] of products.filter(({ table }) => table !== undefined).entries()) {
      const other = again[i]
      expect(other && Buffer.compare(bytesOf(other), bytesOf(frame))).toBe(0)
    }
  })
})
