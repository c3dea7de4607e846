/**
 * FORS2 imaging, 26 December 2020 to 2 January 2021: one science frame and the 50 frames that ESO's
 * calSelector once gave for it (Raw2Raw). Which belongs to which is for the rules to find out.
 */
import { RUNS } from './facts.ts'
import { msOf, timeKeywords } from './frame.ts'
import type { DemoFrame, Keywords } from './frame.ts'

const NIGHT_FLAT = '2020-12-26T'
const NIGHT_SCIENCE = '2021-01-02T'

/** Times of day; the frames' ids are made of them. */
const SKY_FLATS = ['00:19:09.658', '00:19:59.553', '00:20:52.557', '00:21:49.661', '00:22:52.656']
const BIAS_FLAT_NIGHT = [
  '08:54:31.688',
  '08:54:54.290',
  '08:55:17.291',
  '08:55:40.764',
  '08:56:03.344',
  '08:56:26.286',
  '08:56:49.299',
  '08:57:12.301',
  '08:57:35.302',
  '08:57:58.314',
  '08:58:21.297',
  '08:58:44.298',
  '08:59:07.320',
  '08:59:30.312',
  '08:59:53.324',
  '09:00:16.336',
  '09:00:39.317',
  '09:01:02.320',
  '09:01:25.321',
  '09:01:48.333',
]
const BIAS_SCIENCE_NIGHT = [
  '09:27:34.589',
  '09:27:57.671',
  '09:28:20.672',
  '09:28:43.683',
  '09:29:06.667',
  '09:29:29.678',
  '09:29:52.679',
  '09:30:15.681',
  '09:30:38.683',
  '09:31:01.685',
  '09:31:24.677',
  '09:31:47.678',
  '09:32:10.691',
  '09:32:33.703',
  '09:32:56.704',
  '09:33:19.696',
  '09:33:42.698',
  '09:34:05.701',
  '09:34:28.712',
  '09:34:51.714',
]
const STANDARDS = ['00:14:20.344', '00:27:11.249', '08:47:39.656']
export const FORS2_SCIENCE = 'FORS2.2021-01-02T00:59:12.533'

const CHIP = 'CCID20-14-5-3'
const DETECTOR: Keywords = {
  'DET.CHIP1.ID': CHIP,
  'DET.WIN1.NX': 2048,
  'DET.WIN1.NY': 1034,
  'DET.WIN1.BINX': 2,
  'DET.WIN1.BINY': 2,
  'DET.READ.CLOCK': '200Kps/2ports/low_gain',
}
const OPTICS: Keywords = { 'INS.MODE': 'IMG', 'INS.COLL.NAME': 'COLL_SR', 'INS.FILT1.NAME': 'v_HIGH' }

interface Kind {
  readonly keywords: Keywords
  readonly template: string
  readonly exposureSeconds: number
  readonly level: number
  readonly progId: string
  readonly object: string
}

const CALIBRATION = RUNS.fors2Calibration
const BIAS: Kind = {
  keywords: { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'BIAS', 'DPR.TECH': 'IMAGE' },
  template: 'FORS2_img_cal_bias',
  exposureSeconds: 0,
  level: 200,
  progId: CALIBRATION,
  object: 'BIAS',
}
const SKY_FLAT: Kind = {
  keywords: { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'FLAT,SKY', 'DPR.TECH': 'IMAGE', ...OPTICS },
  template: 'FORS2_img_cal_skyflat',
  exposureSeconds: 1.5,
  level: 20_000,
  progId: CALIBRATION,
  object: 'FLAT,SKY',
}
const STANDARD: Kind = {
  keywords: { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'STD', 'DPR.TECH': 'IMAGE', ...OPTICS },
  template: 'FORS2_img_cal_phot',
  exposureSeconds: 2,
  level: 300,
  progId: CALIBRATION,
  object: 'STD',
}
const SCIENCE: Kind = {
  keywords: { 'DPR.CATG': 'SCIENCE', 'DPR.TYPE': 'OBJECT', 'DPR.TECH': 'IMAGE', ...OPTICS },
  template: 'FORS2_img_obs_crsplit',
  exposureSeconds: 120,
  level: 400,
  progId: RUNS.fors2Science,
  object: 'NGC1365',
}

/** Every frame of the instrument, 51. */
export function fors2Frames(): DemoFrame[] {
  return [
    ...template(BIAS, NIGHT_FLAT, BIAS_FLAT_NIGHT),
    ...template(SKY_FLAT, NIGHT_FLAT, SKY_FLATS),
    ...template(BIAS, NIGHT_SCIENCE, BIAS_SCIENCE_NIGHT),
    ...STANDARDS.flatMap((time, i) => template(STANDARD, NIGHT_SCIENCE, [time], STANDARD_FIELDS[i])),
    ...template(SCIENCE, NIGHT_SCIENCE, ['00:59:12.533'], { ra: 53.4015, dec: -36.1404, name: 'NGC1365' }),
    table('M.FORS2.2015-08-05T11:20:17.466', 'FLX_STD_IMG', {}),
    table('M.FORS2.2020-12-16T08:22:29.053', 'PHOT_TABLE', { 'DET.CHIP1.ID': CHIP }),
  ]
}

interface Field {
  readonly ra: number
  readonly dec: number
  readonly name: string
}

const STANDARD_FIELDS: readonly Field[] = [
  { ra: 13.7042, dec: -0.6889, name: 'PG0231' },
  { ra: 98.0421, dec: -0.5614, name: 'RU149' },
  { ra: 155.9458, dec: -7.0361, name: 'PG1047' },
]

/** The exposures of one template. Frames without a field have no position. */
function template(kind: Kind, night: string, times: readonly string[], field?: Field): DemoFrame[] {
  const start = `${night}${times[0]?.slice(0, 8)}`
  return times.map((time, i) => {
    const dateObs = `${night}${time}`
    const dpId = `FORS2.${dateObs}`
    const isScience = kind === SCIENCE
    return {
      dpId,
      kind: 'raw',
      instrument: 'FORS2',
      progId: kind.progId,
      content: { kind: 'image', axes: [96, 64], level: kind.level },
      modified: new Date(msOf(dateObs) + 600_000).toISOString(),
      ...(isScience ? { releaseDate: '2022-01-02T01:10:44.470Z' } : {}),
      keywords: {
        TELESCOP: 'ESO-VLT-U1',
        INSTRUME: 'FORS2',
        OBJECT: field?.name ?? kind.object,
        ...(field ? { RA: field.ra, DEC: field.dec } : {}),
        ...timeKeywords(dateObs, kind.exposureSeconds),
        ARCFILE: `${dpId}.fits`,
        ORIGFILE: originalName(kind, dateObs, i + 1),
        'OBS.PROG.ID': kind.progId,
        'OBS.ID': isScience ? 2_886_411 : 200_000_100,
        'OBS.NAME': isScience ? 'NGC1365_v' : 'Calibration',
        'OBS.TARG.NAME': field?.name ?? kind.object,
        ...kind.keywords,
        ...DETECTOR,
        'TPL.ID': kind.template,
        'TPL.NAME': kind.template.replaceAll('_', ' '),
        'TPL.START': start,
        'TPL.SEQNO': 1,
        'TPL.EXPNO': i + 1,
        'TPL.NEXP': times.length,
      },
    }
  })
}

/** A static calibration: a table that the plan does not renew. */
function table(dpId: string, category: string, keywords: Keywords): DemoFrame {
  const made = dpId.slice('M.FORS2.'.length)
  return {
    dpId,
    kind: 'master',
    instrument: 'FORS2',
    progId: null,
    category,
    content: { kind: 'image', axes: [16, 16], level: 100 },
    modified: `${made}Z`,
    keywords: {
      TELESCOP: 'ESO-VLT-U1',
      INSTRUME: 'FORS2',
      OBJECT: category,
      ...timeKeywords(made, 0),
      ARCFILE: `${dpId}.fits`,
      ORIGFILE: `${category}.fits`,
      'PRO.CATG': category,
      ...keywords,
    },
  }
}

/** The name that the instrument gave: kind, month and day, number. */
function originalName(kind: Kind, dateObs: string, number: number): string {
  const word = kind.object.replaceAll(/[^A-Z0-9]/g, '')
  return `FORS2_${word}_${dateObs.slice(5, 10).replace('-', '')}_${number}.fits`
}
