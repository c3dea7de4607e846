/**
 * Three spectrographs over the years: frames in both hemispheres, around RA 0 and at the poles, and
 * calibrations without a position. Much to search in; a few of the frames have files.
 */
import { RUNS } from './facts.ts'
import { msOf, randomFrom, timeKeywords } from './frame.ts'
import type { DemoFrame, Keywords } from './frame.ts'

const DAY_MS = 86_400_000

interface Pointing { readonly ra: number; readonly dec: number; readonly name: string }

/** Where position arithmetic goes wrong first. */
const CORNERS: readonly Pointing[] = [
  { ra: 0, dec: 0, name: 'ORIGIN' }, { ra: 359.9999, dec: 0.0001, name: 'JUST_BEFORE_ZERO' },
  { ra: 0.0001, dec: -0.0001, name: 'JUST_AFTER_ZERO' }, { ra: 180, dec: 0, name: 'ANTIMERIDIAN' },
  { ra: 0, dec: 90, name: 'NORTH_POLE' }, { ra: 0, dec: -90, name: 'SOUTH_POLE' },
  { ra: 123.4, dec: 89.9, name: 'NEAR_NORTH_POLE' }, { ra: 301.2, dec: -89.9, name: 'NEAR_SOUTH_POLE' },
]

/** One exposure: which it is, when, and of what; without a target it is a calibration. */
interface Exposure {
  readonly number: number
  readonly startMs: number
  readonly target: Pointing | undefined
  readonly random: () => number
}

interface Instrument {
  readonly name: string
  /** Of its dp_ids. */
  readonly prefix: string
  readonly telescope: string
  readonly first: string
  readonly last: string
  readonly framesANight: number
  /** Of its programmes: A extragalactic to D stars. */
  readonly category: string
  readonly calibrationRun: string
  /** One frame in so many has a file. */
  readonly fileEvery: number
  readonly targetNames: string
  readonly keywords: (exposure: Exposure) => Keywords & { readonly EXPTIME: number }
}

const FEROS: Instrument = {
  name: 'FEROS', prefix: 'FEROS', telescope: 'MPI-2.2', first: '1999-11-05', last: '2024-06-30',
  framesANight: 12, category: 'D', calibrationRun: RUNS.ferosCalibration, fileEvery: 240, targetNames: 'HD',
  keywords: ({ target, number, random }) => ({
    ...target
      ? { 'DPR.CATG': 'SCIENCE', 'DPR.TYPE': 'OBJECT,SKY', 'DPR.TECH': 'ECHELLE', 'INS.MODE': 'FEROS' }
      : { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'BIAS', 'DPR.TECH': 'ECHELLE' },
    'DET.CHIP1.ID': 'CCID44', 'DET.EXP.NO': number % 30_000,
    'TPL.ID': target ? 'FEROS_ech_obs_objsky' : 'FEROS_ech_cal_bias',
    'TPL.NAME': target ? 'Object and sky' : 'Bias', EXPTIME: target ? pick([60, 300, 900, 1800], random) : 0,
  }),
}

/** The arms expose together; each writes a file of its own. */
const ARMS = [
  { arm: 'UVB', slit: '1.0x11', chip: 'E2V-44-82' },
  { arm: 'VIS', slit: '0.9x11', chip: 'MIT/LL CCID-20' },
  { arm: 'NIR', slit: '0.9x11', chip: 'ESO-Hawaii2RG' },
] as const

const XSHOOTER: Instrument = {
  name: 'XSHOOTER', prefix: 'XSHOO', telescope: 'ESO-VLT-U3', first: '2009-10-02', last: '2023-09-29',
  framesANight: 18, category: 'B', calibrationRun: RUNS.xshooterCalibration, fileEvery: 400,
  targetNames: 'QSO',
  keywords: ({ target, number, random }) => {
    const { arm, slit, chip } = ARMS[number % ARMS.length] ?? ARMS[0]
    const exposureSeconds = target ? pick([300, 600, 1200], random) : pick([5, 10], random)
    return {
      ...target
        ? { 'DPR.CATG': 'SCIENCE', 'DPR.TYPE': 'OBJECT', 'DPR.TECH': 'ECHELLE,SLIT,NODDING' }
        : { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'LAMP,FLAT', 'DPR.TECH': 'ECHELLE,SLIT' },
      'INS.MODE': 'SLITSPEC', 'SEQ.ARM': arm, 'INS.SLIT.NAME': slit, 'DET.CHIP1.ID': chip,
      'DET.EXP.NO': number % 30_000,
      ...arm === 'NIR' ? { 'DET.NDIT': 1, 'DET.DIT': exposureSeconds } : {},
      'TPL.ID': target ? 'XSHOOTER_slt_obs_AutoNodOnSlit' : `XSHOOTER_slt_cal_${arm}LampFlat`,
      'TPL.NAME': target ? 'Nodding on the slit' : 'Flat with the lamp', EXPTIME: exposureSeconds,
    }
  },
}

const MUSE_MODES = ['WFM-NOAO-N', 'WFM-AO-N', 'NFM-AO-N', 'WFM-NOAO-E']

const MUSE: Instrument = {
  name: 'MUSE', prefix: 'MUSE', telescope: 'ESO-VLT-U4', first: '2014-09-18', last: '2023-09-29',
  framesANight: 14, category: 'A', calibrationRun: RUNS.museCalibration, fileEvery: 300, targetNames: 'FIELD',
  keywords: ({ target, number, random }) => ({
    ...target
      ? { 'DPR.CATG': 'SCIENCE', 'DPR.TYPE': 'OBJECT', 'DPR.TECH': 'IFU' }
      : { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'FLAT,LAMP', 'DPR.TECH': 'IFU' },
    'INS.MODE': pick(MUSE_MODES, random), 'DET.CHIP1.ID': 'CHIP_1', 'DET.EXP.NO': number % 30_000,
    'TPL.ID': target ? 'MUSE_wfm_obs_genericoffset' : 'MUSE_wfm_cal_flat',
    'TPL.NAME': target ? 'Science observation' : 'Flat',
    EXPTIME: target ? pick([600, 900, 1500], random) : 0.4,
  }),
}

/** How many frames the younger two have; FEROS has the rest. */
const XSHOOTER_FRAMES = 6_000
const MUSE_FRAMES = 4_000

/** So many frames of the three instruments, those of each in time order. */
export function surveyFrames(count: number): DemoFrame[] {
  return [
    ...framesOf(FEROS, count - XSHOOTER_FRAMES - MUSE_FRAMES),
    ...framesOf(XSHOOTER, XSHOOTER_FRAMES), ...framesOf(MUSE, MUSE_FRAMES),
  ]
}

function framesOf(instrument: Instrument, count: number): DemoFrame[] {
  const random = randomFrom(instrument.name)
  const { framesANight, first, last } = instrument
  const firstMs = msOf(`${first}T00:00:00`)
  const nights = Math.ceil(count / framesANight)
  const stepDays = (msOf(`${last}T00:00:00`) - firstMs) / DAY_MS / Math.max(1, nights - 1)
  return Array.from({ length: count }, (_, number) => {
    const night = Math.floor(number / framesANight)
    const nth = number % framesANight
    const evening = firstMs + Math.floor(night * stepDays) * DAY_MS
    const startMs = evening + Math.floor((nth + random() * 0.9) * 9 / framesANight * 3_600_000)
    // The first of a night are calibrations.
    const target = nth < framesANight / 6 ? undefined : pointing(instrument, number, random)
    return frameOf(instrument, { number, startMs, target, random })
  })
}

function pointing({ targetNames }: Instrument, number: number, random: () => number): Pointing {
  const corner = CORNERS[number % 90]
  if (corner) return corner
  const dec = Math.asin(2 * random() - 1) * 180 / Math.PI
  const ra = random() < 0.05 ? (359.5 + random()) % 360 : random() * 360
  const name = `${targetNames}${100_000 + Math.floor(random() * 99_999)}`
  return { ra: round(ra, 6), dec: round(dec, 6), name }
}

function frameOf(instrument: Instrument, exposure: Exposure): DemoFrame {
  const { number, startMs, target, random } = exposure
  const dateObs = new Date(startMs).toISOString().slice(0, -1)
  const dpId = `${instrument.prefix}.${dateObs}`
  const progId = target ? programme(instrument, startMs, number) : instrument.calibrationRun
  const arrivedMs = startMs + 7_200_000
  const { EXPTIME: exposureSeconds, ...keywords } = instrument.keywords(exposure)
  const name = target?.name ?? String(keywords['DPR.TYPE'])
  return {
    dpId, kind: 'raw', instrument: instrument.name, progId,
    ...number % instrument.fileEvery === 5 ? { content: { kind: 'image', axes: [128, 64], level: 500 } } : {},
    modified: new Date(arrivedMs).toISOString(),
    ...target ? { releaseDate: new Date(arrivedMs + 365 * DAY_MS).toISOString() } : {},
    keywords: {
      TELESCOP: instrument.telescope, INSTRUME: instrument.name, OBJECT: name,
      ...target ? { RA: target.ra, DEC: target.dec } : {},
      ...timeKeywords(dateObs, exposureSeconds), ...keywords,
      ARCFILE: `${dpId}.fits`, ORIGFILE: `${instrument.name}_${number}.fits`, 'OBS.PROG.ID': progId,
      'OBS.ID': 100_000 + Math.floor(number / instrument.framesANight),
      'OBS.NAME': target?.name ?? 'Calibration', 'OBS.TARG.NAME': name,
      'OBS.MODE': number % 3 === 0 ? 'v' : 's',
      ...target ? conditions(random) : {},
      'TPL.START': dateObs.slice(0, 19), 'TPL.SEQNO': 1, 'TPL.EXPNO': 1, 'TPL.NEXP': 1,
    },
  }
}

function conditions(random: () => number): Keywords {
  return { 'TEL.AIRM.START': round(1 + random(), 3), 'TEL.AMBI.FWHM.START': round(0.5 + random(), 2) }
}

/** A run of the period, in the old way of writing it and, from period 106, the new. */
function programme({ category }: Instrument, startMs: number, number: number): string {
  const date = new Date(startMs)
  const month = date.getUTCMonth()
  // Periods begin in April and October.
  const half = month >= 9 ? 1 : month >= 3 ? 0 : -1
  const period = 63 + (date.getUTCFullYear() - 1999) * 2 + half
  if (period >= 106) return `${period}.2${category}${10 + number % 20}.001`
  return `${String(period).padStart(3, '0')}.${category}-0${100 + number % 20}(A)`
}

function pick<T>(choices: readonly T[], random: () => number): T {
  return choices[Math.floor(random() * choices.length)] as T
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}
