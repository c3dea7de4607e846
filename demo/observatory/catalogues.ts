/**
 * Two catalogues for tap_cat: sources of three fields, one across RA 0 and one around the south pole, and
 * redshifts of some of them. The tables are in demo/schema.
 */
import { randomFrom } from './frame.ts'
import type { DemoFrame, Keywords, TableColumn } from './frame.ts'

export const SOURCES = 100_000
const FIRST_SOURCE = 7_000_000_000_000

/** Both catalogues, each a product with its file. */
export function catalogueFrames(survey: readonly DemoFrame[]): DemoFrame[] {
  const sources = makeSources()
  return [sourceCatalogue(sources), redshiftCatalogue(sources, survey)]
}

/** Fields: up to which part of the sources, middle and radius in degrees. */
const FIELDS = [
  { until: 0.5, ra: 0, dec: -30, radius: 3 }, { until: 0.8, ra: 53.1, dec: -27.8, radius: 1.5 },
  { until: 1, ra: 0, dec: -90, radius: 2 },
] as const

/** By the place of the source; NaN is null, of `nObs` -1. */
interface Sources {
  readonly ra: Float64Array
  readonly dec: Float64Array
  readonly magV: Float32Array
  readonly magR: Float32Array
  readonly magI: Float32Array
  readonly classStar: Float32Array
  readonly nObs: Int16Array
}

/** Even over the disc of their field. */
function makeSources(): Sources {
  const random = randomFrom('QUIPU_DEEP_V1')
  const floats = (): Float32Array => new Float32Array(SOURCES)
  const made = {
    ra: new Float64Array(SOURCES), dec: new Float64Array(SOURCES), magV: floats(), magR: floats(),
    magI: floats(), classStar: floats(), nObs: new Int16Array(SOURCES),
  }
  for (let i = 0; i < SOURCES; i++) {
    const field = FIELDS.find(({ until }) => i < until * SOURCES) ?? FIELDS[0]
    const [distance, angle] = [field.radius * Math.sqrt(random()), 2 * Math.PI * random()]
    const [ra, dec] = moved(field.ra, field.dec, distance, angle)
    const magnitude = 16 + 10 * Math.sqrt(random())
    const seen = (limit: number, value: number): number =>
      magnitude < limit || random() < 0.7 ? round(value, 3) : NaN
    made.ra[i] = ra
    made.dec[i] = dec
    made.magV[i] = seen(25, magnitude)
    made.magR[i] = seen(25.5, magnitude - 0.2 - 0.8 * random())
    made.magI[i] = seen(24, magnitude - 0.5 - 1.5 * random())
    made.classStar[i] = round(random() ** 2, 2)
    made.nObs[i] = random() < 0.02 ? -1 : 1 + Math.floor(random() * 40)
  }
  return made
}

/** A FITS table. */
function sourceCatalogue(sources: Sources): DemoFrame {
  const dpId = 'ADP.2023-05-10T09:00:00.001'
  const column = (
    name: string, form: TableColumn['form'], values: ArrayLike<number>, more: Partial<TableColumn> = {},
  ): TableColumn => ({ name, form, value: (row) => values[row] ?? null, ...more })
  return {
    dpId, kind: 'product', instrument: 'FORS2', progId: null, category: 'SCIENCE.CATALOG',
    title: 'Quipu deep fields: sources', table: 'safcat.QUIPU_DEEP_V1',
    ...published('2023-05-10T09:00:00.001Z', 'QUIPU-DEEP'),
    content: {
      kind: 'table', rows: SOURCES, columns: [
        { name: 'SOURCE_ID', form: 'K', value: (row) => FIRST_SOURCE + row },
        column('RA', 'D', sources.ra, { unit: 'deg' }), column('DEC', 'D', sources.dec, { unit: 'deg' }),
        column('MAG_V', 'E', sources.magV, { unit: 'mag' }),
        column('MAG_R', 'E', sources.magR, { unit: 'mag' }),
        column('MAG_I', 'E', sources.magI, { unit: 'mag' }),
        column('CLASS_STAR', 'E', sources.classStar),
        column('N_OBS', 'I', sources.nObs, { nullValue: -1 }),
      ],
    },
    keywords: keywordsOf(dpId, 'FORS2', 'ESO-VLT-U1', 'QUIPU_DEEP_V1', { FILTER: 'v_HIGH', NCOMBINE: 512 }),
  }
}

/** The position at a distance (degrees) in a direction (radians, from north over east). */
function moved(ra: number, dec: number, distanceDeg: number, angle: number): [ra: number, dec: number] {
  const radians = Math.PI / 180
  const [dec0, far] = [dec * radians, distanceDeg * radians]
  const sinDec = Math.sin(dec0) * Math.cos(far) + Math.cos(dec0) * Math.sin(far) * Math.cos(angle)
  const east = Math.sin(angle) * Math.sin(far) * Math.cos(dec0)
  const dRa = Math.atan2(east, Math.cos(far) - Math.sin(dec0) * sinDec)
  return [round((ra + dRa / radians + 360) % 360, 6) % 360, round(Math.asin(sinDec) / radians, 6)]
}

export const REDSHIFTS = 1_500

/** A CSV file: nothing here is FITS, so the record says what a header would. */
function redshiftCatalogue(sources: Sources, survey: readonly DemoFrame[]): DemoFrame {
  const dpId = 'ADP.2024-02-20T15:30:00.002'
  const random = randomFrom('QUIPU_DEEP_Z_V1')
  const exposures = survey.filter(({ instrument, keywords }) =>
    instrument === 'MUSE' && keywords['DPR.CATG'] === 'SCIENCE')
  const step = Math.floor(SOURCES / REDSHIFTS)
  const lines = Array.from({ length: REDSHIFTS }, (_, i) => {
    const source = i * step
    const quality = 1 + Math.floor(random() * 4)
    const seen = exposures[Math.floor(random() * exposures.length)]?.keywords['DATE-OBS'] ?? ''
    return [
      i + 1, FIRST_SOURCE + source, `MUSE ${i + 1}, ${quality > 2 ? 'sure' : 'unsure'}`,
      sources.ra[source], sources.dec[source], round(6 * random() ** 2, 5),
      quality === 1 ? '' : round(0.0002 * (1 + random()), 6), quality, seen,
      random() < 0.5 ? '' : remark(random),
    ].map(csvField).join(',')
  })
  const head = 'redshift_id,source_id,name,ra,dec,z,z_error,quality,first_seen,remark'
  return {
    dpId, kind: 'product', instrument: 'MUSE', progId: null, category: 'SCIENCE.CATALOG',
    title: 'Quipu deep fields: redshifts', table: 'safcat.QUIPU_DEEP_Z_V1',
    mediaType: 'text/csv', fileName: `${dpId}.csv`,
    ...published('2024-02-20T15:30:00.002Z', 'QUIPU-DEEP'),
    content: { kind: 'bytes', bytes: new TextEncoder().encode(`${head}\n${lines.join('\n')}\n`) },
    keywords: keywordsOf(dpId, 'MUSE', 'ESO-VLT-U4', 'QUIPU_DEEP_Z_V1', { NCOMBINE: REDSHIFTS }),
  }
}

function remark(random: () => number): string {
  return random() < 0.5 ? 'two lines, "[O II]"' : 'Lyman α, broad'
}

function csvField(value: string | number | boolean | undefined): string {
  const text = String(value ?? '')
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Catalogues are public from their first day; ESO's ObsCore has them at calibration level 4. */
function published(at: string, collection: string): Pick<DemoFrame, 'modified' | 'releaseDate' | 'rows'> {
  return {
    modified: at, releaseDate: at,
    rows: [{ table: 'ivoa.ObsCore', row: { calib_level: 4, obs_collection: collection } }],
  }
}

function keywordsOf(
  dpId: string, instrument: string, telescope: string, name: string, more: Keywords,
): Keywords {
  return {
    TELESCOP: telescope, INSTRUME: instrument, OBJECT: name, PRODCATG: 'SCIENCE.CATALOG', M_EPOCH: true,
    FLUXCAL: 'ABSOLUTE', ARCFILE: `${dpId}.fits`, ORIGFILE: `${name}.fits`, ...more,
  }
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}
