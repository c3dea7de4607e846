/**
 * FEROS over 25 years: spectra in both hemispheres, around RA 0 and at the poles, and calibrations
 * without a position. A catalogue to search in; a few frames have files.
 */
import { RUNS } from './facts.ts'
import { msOf, randomFrom, timeKeywords } from './frame.ts'
import type { DemoFrame, Keywords } from './frame.ts'

const NIGHTS = 600
const FRAMES_A_NIGHT = 6
const FIRST_NIGHT = msOf('1999-11-05T00:00:00')
const LAST_NIGHT = msOf('2024-11-05T00:00:00')
/** One frame in so many has a file. */
const FILE_EVERY = 240

interface Pointing {
  readonly ra: number
  readonly dec: number
  readonly name: string
}

/** Where position arithmetic goes wrong first. */
const CORNERS: readonly Pointing[] = [
  { ra: 0, dec: 0, name: 'ORIGIN' },
  { ra: 359.9999, dec: 0.0001, name: 'JUST_BEFORE_ZERO' },
  { ra: 0.0001, dec: -0.0001, name: 'JUST_AFTER_ZERO' },
  { ra: 180, dec: 0, name: 'ANTIMERIDIAN' },
  { ra: 0, dec: 90, name: 'NORTH_POLE' },
  { ra: 0, dec: -90, name: 'SOUTH_POLE' },
  { ra: 123.4, dec: 89.9, name: 'NEAR_NORTH_POLE' },
  { ra: 301.2, dec: -89.9, name: 'NEAR_SOUTH_POLE' },
]

/** All frames, in time order. */
export function ferosFrames(): DemoFrame[] {
  const random = randomFrom('FEROS')
  const frames: DemoFrame[] = []
  for (let night = 0; night < NIGHTS; night++) {
    const evening =
      FIRST_NIGHT +
      Math.floor((night * (LAST_NIGHT - FIRST_NIGHT)) / (NIGHTS - 1) / 86_400_000) * 86_400_000
    for (let i = 0; i < FRAMES_A_NIGHT; i++) {
      const startMs = evening + Math.floor((((i + random()) * 9) / FRAMES_A_NIGHT) * 3_600_000)
      frames.push(
        frame(frames.length, startMs, i === 0 ? undefined : pointing(frames.length, random), random),
      )
    }
  }
  return frames
}

function pointing(number: number, random: () => number): Pointing {
  const corner = number % 90 < CORNERS.length ? CORNERS[number % 90] : undefined
  if (corner) return corner
  const dec = (Math.asin(2 * random() - 1) * 180) / Math.PI
  const ra = random() < 0.05 ? (359.5 + random()) % 360 : random() * 360
  return { ra: round(ra, 6), dec: round(dec, 6), name: `HD${100_000 + Math.floor(random() * 99_999)}` }
}

function round(value: number, digits: number): number {
  return Math.round(value * 10 ** digits) / 10 ** digits
}

function frame(
  number: number,
  startMs: number,
  target: Pointing | undefined,
  random: () => number,
): DemoFrame {
  const dateObs = new Date(startMs).toISOString().slice(0, -1)
  const dpId = `FEROS.${dateObs}`
  const exposureSeconds = target ? ([60, 300, 900, 1800][Math.floor(random() * 4)] ?? 60) : 0
  const progId = target ? programme(startMs, number) : RUNS.ferosCalibration
  const hasFile = number % FILE_EVERY === 1
  return {
    dpId,
    kind: 'raw',
    instrument: 'FEROS',
    progId,
    ...(hasFile ? { content: { kind: 'image', axes: [128, 64], level: 500 } } : {}),
    modified: new Date(startMs + 7_200_000).toISOString(),
    ...(target ? { releaseDate: new Date(startMs + 7_200_000 + 365 * 86_400_000).toISOString() } : {}),
    keywords: {
      TELESCOP: 'MPI-2.2',
      INSTRUME: 'FEROS',
      OBJECT: target?.name ?? 'BIAS',
      ...(target ? { RA: target.ra, DEC: target.dec } : {}),
      ...timeKeywords(dateObs, exposureSeconds),
      ARCFILE: `${dpId}.fits`,
      ORIGFILE: `FEROS_${number}.fits`,
      'OBS.PROG.ID': progId,
      'OBS.ID': 100_000 + Math.floor(number / FRAMES_A_NIGHT),
      'OBS.NAME': target?.name ?? 'Calibration',
      'OBS.TARG.NAME': target?.name ?? 'BIAS',
      'OBS.MODE': number % 3 === 0 ? 'v' : 's',
      ...classOf(target !== undefined),
      'DET.CHIP1.ID': 'CCID44',
      'DET.EXP.NO': number % 30_000,
      ...(target
        ? { 'TEL.AIRM.START': round(1 + random(), 3), 'TEL.AMBI.FWHM.START': round(0.5 + random(), 2) }
        : {}),
      'TPL.ID': target ? 'FEROS_ech_obs_objsky' : 'FEROS_ech_cal_bias',
      'TPL.NAME': target ? 'Object and sky' : 'Bias',
      'TPL.START': dateObs.slice(0, 19),
      'TPL.SEQNO': 1,
      'TPL.EXPNO': 1,
      'TPL.NEXP': 1,
    },
  }
}

function classOf(isScience: boolean): Keywords {
  return isScience
    ? { 'DPR.CATG': 'SCIENCE', 'DPR.TYPE': 'OBJECT,SKY', 'DPR.TECH': 'ECHELLE', 'INS.MODE': 'FEROS' }
    : { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'BIAS', 'DPR.TECH': 'ECHELLE' }
}

/** A run of the period: periods begin in April and October. */
function programme(startMs: number, number: number): string {
  const date = new Date(startMs)
  const month = date.getUTCMonth()
  const half = month >= 9 ? 1 : month >= 3 ? 0 : -1
  const period = 63 + (date.getUTCFullYear() - 1999) * 2 + half
  return `${String(period).padStart(3, '0')}.D-0${String(100 + (number % 40))}(A)`
}
