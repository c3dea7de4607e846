/** Products for ivoa.ObsCore: images, spectra and cubes, some made from the raw frames beside them. */
import { crc32, deflateSync } from 'node:zlib'
import { RUNS } from './facts.ts'
import { footprint } from './footprints.ts'
import { join, msOf, timeKeywords } from './frame.ts'
import type { Content, DemoFrame, Keywords } from './frame.ts'
import { FORS2_SCIENCE } from './fors2.ts'
import { framesOfRun } from './sphere.ts'
import { surveyProducts } from './survey-products.ts'
import type { DemoRow } from './tutorial.ts'

export interface Product {
  readonly made: string
  readonly category: string
  readonly instrument: string
  readonly telescope: string
  readonly progId: string
  readonly object: string
  /** Absent of a target that moves. */
  readonly ra?: number
  readonly dec?: number
  readonly start: string
  readonly exposureSeconds: number
  /** Nanometres. */
  readonly wavelengths: readonly [number, number]
  readonly content: Content
  readonly sources: readonly string[]
  readonly keywords: Keywords
  /** Absent: the position alone. */
  readonly footprint?: string
  /** What ObsCore says of it that its header does not. */
  readonly row?: DemoRow
}

/** So many products, the last of them made from frames of the survey; and the files of the first. */
export function productFrames(survey: readonly DemoFrame[], count: number): DemoFrame[] {
  const named = [...images(), ...spectra(), ...cubes()]
  const products = [...named, ...surveyProducts(survey, count - named.length)].map(frameOf)
  const [first] = products
  return first ? [...products, ...extras(first)] : products
}

const IMAGE_FIELDS: readonly (readonly [name: string, ra: number, dec: number])[] = [
  ['NGC1365', 53.4015, -36.1404],
  ['NGC1365', 53.4015, -36.1404],
  ['NGC55', 3.7233, -39.1967],
  ['NGC253', 11.888, -25.2882],
  ['ABELL370', 39.9708, -1.5772],
  ['HUDF', 53.1625, -27.7914],
  ['M104', 189.9976, -11.6231],
  ['RA_ZERO_FIELD', 0.005, -0.004],
]

function images(): Product[] {
  return IMAGE_FIELDS.map(([object, ra, dec], i) => ({
    made: `2021-02-0${i + 1}T10:12:3${i}.14${i}`,
    category: i === 3 ? 'SCIENCE.MEFIMAGE' : 'SCIENCE.IMAGE',
    instrument: 'FORS2',
    telescope: 'ESO-VLT-U1',
    progId: RUNS.fors2Science,
    object,
    ra,
    dec,
    start: i === 0 ? '2021-01-02T00:59:12.533' : `2021-01-0${i + 2}T02:1${i}:00.000`,
    exposureSeconds: 120 * (i + 1),
    wavelengths: [500, 610],
    content: { kind: 'image', axes: [128, 128], level: 400 + i },
    sources: i === 0 ? [FORS2_SCIENCE] : [],
    footprint: footprint('square', ra, dec, 0.0569),
    keywords: {
      FILTER: 'v_HIGH',
      ABMAGLIM: 25.1 + i / 10,
      PSF_FWHM: 0.7,
      PIXSCALE: 0.25,
      S_FOV: 0.161,
      FLUXCAL: 'ABSOLUTE',
      M_EPOCH: false,
      NCOMBINE: i + 1,
    },
  }))
}

function spectra(): Product[] {
  return [
    ['HD101065', 174.4046, -46.7089],
    ['HD49933', 102.7075, -0.5414],
    ['PROXIMA', 217.4289, -62.6795],
    ['HD208487', 329.3331, -37.7636],
    ['TAU_CET', 26.017, -15.9375],
    ['SOUTH_POLE_STAR', 317.195, -88.9565],
  ].map(([object, ra, dec], i) => ({
    made: `2016-10-1${i}T08:20:1${i}.31${i}`,
    category: 'SCIENCE.SPECTRUM',
    instrument: 'FEROS',
    telescope: 'MPI-2.2',
    progId: `09${i}.D-012${i}(A)`,
    object: String(object),
    ra: Number(ra),
    dec: Number(dec),
    start: `201${i}-05-1${i}T03:04:0${i}.000`,
    exposureSeconds: 600 + 60 * i,
    wavelengths: [350, 920],
    content: { kind: 'spectrum', points: 2000 },
    sources: [],
    keywords: {
      SPEC_RES: 48_000,
      SNR: 80 + 10 * i,
      S_FOV: 0.000555556,
      NELEM: 2000,
      FLUXCAL: 'UNCALIBRATED',
      M_EPOCH: false,
      NCOMBINE: 1,
    },
  }))
}

function cubes(): Product[] {
  const runs: readonly (readonly [
    progId: string,
    object: string,
    ra: number,
    dec: number,
    sources: readonly string[],
  ])[] = [
    [
      RUNS.tutorial,
      'HIP_116384',
      353.75835694,
      1.6143,
      ['SPHER.2016-09-26T04:15:07.252', 'SPHER.2016-09-26T04:12:45.603'],
    ],
    ...framesOfRun(RUNS.piProtected).map(
      (dpId) => [RUNS.piProtected, 'HD_206893', 326.341667, -12.783333, [dpId]] as const,
    ),
    ...framesOfRun(RUNS.visitorProtected).map(
      (dpId) => [RUNS.visitorProtected, 'HD_95086', 164.257083, -68.667222, [dpId]] as const,
    ),
  ]
  return runs.map(([progId, object, ra, dec, sources], i) => ({
    made: `2016-11-0${i + 1}T09:41:5${i}.72${i}`,
    category: 'SCIENCE.CUBE.IFS',
    instrument: 'SPHERE',
    telescope: 'ESO-VLT-U3',
    progId,
    object,
    ra,
    dec,
    start: String(sources[0]).slice('SPHER.'.length),
    exposureSeconds: 64,
    wavelengths: [950, 1350],
    content: { kind: 'image', axes: [24, 24, 39], level: 60 },
    sources,
    footprint: footprint('square', ra, dec, 0.00024),
    keywords: {
      SPEC_RES: 54,
      SKY_RES: 0.03,
      PIXSCALE: 0.00746,
      S_FOV: 0.000679,
      STREHL: 0.8,
      FLUXCAL: 'UNCALIBRATED',
      M_EPOCH: false,
      NCOMBINE: sources.length,
    },
  }))
}

function frameOf(product: Product): DemoFrame {
  const dpId = `ADP.${product.made}`
  const times = timeKeywords(product.start, product.exposureSeconds)
  const isPublicSoon = new Date(msOf(product.start) + 2 * 365 * 86_400_000).toISOString()
  return {
    dpId,
    kind: 'product',
    instrument: product.instrument,
    progId: product.progId,
    category: product.category,
    title: `${product.object}, ${product.instrument}`,
    content: product.content,
    sources: product.sources,
    releaseDate: isPublicSoon,
    modified: `${product.made}Z`,
    rows: [
      {
        table: 'ivoa.ObsCore',
        row: {
          ...product.row,
          ...product.footprint === undefined ? {} : { s_region: product.footprint },
        },
      },
    ],
    keywords: {
      TELESCOP: product.telescope,
      INSTRUME: product.instrument,
      OBJECT: product.object,
      ...product.ra === undefined || product.dec === undefined ? {} : { RA: product.ra, DEC: product.dec },
      ...times,
      'MJD-END': Number(times['MJD-OBS']) + product.exposureSeconds / 86_400,
      TEXPTIME: product.exposureSeconds,
      PRODCATG: product.category,
      PROG_ID: product.progId,
      OBID1: 200_123_456,
      OBSTECH: product.content.kind === 'spectrum' ? 'ECHELLE' : 'IMAGE',
      ARCFILE: `${dpId}.fits`,
      ORIGFILE: `${product.instrument}_${product.object}_${product.made.slice(0, 10)}.fits`,
      WAVELMIN: product.wavelengths[0],
      WAVELMAX: product.wavelengths[1],
      ...product.keywords,
      ...Object.fromEntries(product.sources.map((source, i) => [`PROV${i + 1}`, `${source}.fits`])),
    },
  }
}

/** A weight map and a preview of a product. */
function extras(product: DemoFrame): DemoFrame[] {
  const number = Number(product.dpId.slice(-3))
  const id = (more: number): string =>
    `${product.dpId.slice(0, -3)}${String(number + more).padStart(3, '0')}`
  const shared = {
    instrument: product.instrument,
    progId: product.progId,
    parent: product.dpId,
    ...(product.modified ? { modified: product.modified } : {}),
  }
  return [
    {
      ...shared,
      dpId: id(1),
      kind: 'ancillary',
      category: 'ANCILLARY.WEIGHTMAP',
      mediaType: 'image/fits',
      content: { kind: 'image', axes: [128, 128], level: 100 },
      keywords: {
        TELESCOP: String(product.keywords['TELESCOP']),
        INSTRUME: product.instrument,
        OBJECT: String(product.keywords['OBJECT']),
        ARCFILE: `${id(1)}.fits`,
        PRODCATG: 'ANCILLARY.WEIGHTMAP',
        ORIGFILE: 'weight_map.fits',
      },
    },
    {
      ...shared,
      dpId: id(2),
      kind: 'preview',
      category: 'ANCILLARY.PREVIEW',
      mediaType: 'image/png',
      keywords: {},
      fileName: `${id(2)}.png`,
      content: { kind: 'bytes', bytes: png(128, 128) },
    },
  ]
}

/** A grey ramp as PNG (RFC 2083 §3): signature, IHDR, one IDAT, IEND. */
function png(width: number, height: number): Uint8Array {
  const lines = new Uint8Array((width + 1) * height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = (x + y) & 0xff
  const size = new DataView(new ArrayBuffer(13))
  size.setUint32(0, width)
  size.setUint32(4, height)
  size.setUint8(8, 8)
  return join([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', new Uint8Array(size.buffer)),
    chunk('IDAT', new Uint8Array(deflateSync(lines))),
    chunk('IEND', new Uint8Array()),
  ])
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = join([new TextEncoder().encode(type), data])
  const ends = new DataView(new ArrayBuffer(8))
  ends.setUint32(0, data.length)
  ends.setUint32(4, crc32(body))
  return join([new Uint8Array(ends.buffer, 0, 4), body, new Uint8Array(ends.buffer, 4, 4)])
}
