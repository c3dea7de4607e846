/**
 * SPHERE IFS, the night of 25 September 2016: the tutorial's two frames, the night's calibrations raw
 * and processed, and science of three more runs that show who may see what. SPHERE's calibration keys
 * are those of the pipeline's documentation: mode, lamp, integration time.
 */
import { PROPRIETARY_UNTIL, RUNS } from './facts.ts'
import { timeKeywords } from './frame.ts'
import type { DemoFrame, Keywords } from './frame.ts'
import { TUTORIAL_ROWS } from './tutorial.ts'

const INSTRUMENT: Keywords = { TELESCOP: 'ESO-VLT-U3', INSTRUME: 'SPHERE' }
/** Of the science frames, and of every calibration that goes through the prism. */
const PRISM: Keywords = { 'INS2.OPTI2.NAME': 'PRI_YJ' }
const DETECTOR: Keywords = {
  'DET.CHIP1.ID': 'ESO-Hawaii2RG',
  'DET.CHIP1.NX': 2048,
  'DET.CHIP1.NY': 2048,
  'SEQ.ARM': 'IFS',
}

/** Every SPHERE holding: raw frames, masters and night logs. */
export function sphereFrames(): DemoFrame[] {
  const science = [...tutorialFrames(), ...runFrames()]
  return [
    ...science,
    ...protectedCalibrations(),
    ...rawCalibrations(),
    ...masters(),
    ...science.map(nightLog),
  ]
}

/** dp_ids of the three science frames of a run, for the products made from them. */
export function framesOfRun(progId: string): readonly string[] {
  return runFrames()
    .filter((frame) => frame.progId === progId)
    .map((frame) => frame.dpId)
}

function tutorialFrames(): DemoFrame[] {
  return TUTORIAL_ROWS.map((row) => {
    const dateObs = String(row['date_obs'])
    return {
      dpId: String(row['dp_id']),
      kind: 'raw',
      instrument: 'SPHERE',
      progId: RUNS.tutorial,
      content: { kind: 'image', axes: [192, 192, 2], level: 60 },
      releaseDate: String(row['release_date']),
      modified: String(row['last_mod_date']),
      rows: [{ table: 'dbo.raw', row }],
      keywords: {
        ...INSTRUMENT,
        OBJECT: String(row['object']),
        RA: Number(row['ra']),
        DEC: Number(row['dec']),
        ...timeKeywords(dateObs, 64),
        ARCFILE: `${String(row['dp_id'])}.fits`,
        ORIGFILE: String(row['origfile']),
        'DPR.CATG': 'SCIENCE',
        'DPR.TYPE': 'SKY',
        'DPR.TECH': 'IFU',
        ...DETECTOR,
        'DET.NDIT': 2,
        'DET.SEQ1.DIT': 64,
        ...PRISM,
        'OBS.ID': Number(row['ob_id']),
        'OBS.NAME': String(row['ob_name']),
        'OBS.PROG.ID': RUNS.tutorial,
        'OBS.TARG.NAME': String(row['target']),
        'TEL.ALT': Number(row['tel_alt']),
        'TEL.AZ': Number(row['tel_az']),
        'TEL.AIRM.START': Number(row['tel_airm_start']),
        'TEL.AIRM.END': Number(row['tel_airm_end']),
        'TEL.AMBI.FWHM.START': Number(row['tel_ambi_fwhm_start']),
        'TEL.AMBI.FWHM.END': Number(row['tel_ambi_fwhm_end']),
        'TEL.AMBI.PRES.START': Number(row['tel_ambi_pres_start']),
        'TEL.AMBI.PRES.END': Number(row['tel_ambi_pres_end']),
        'TEL.AMBI.RHUM': Number(row['tel_ambi_rhum']),
        'TPL.ID': String(row['tpl_id']),
        'TPL.NAME': String(row['tpl_name']),
        'TPL.START': String(row['tpl_start']),
        'TPL.SEQNO': Number(row['tpl_seqno']),
        'TPL.EXPNO': Number(row['tpl_expno']),
        'TPL.NEXP': Number(row['tpl_nexp']),
      },
    }
  })
}

interface Science {
  readonly progId: string
  /** Start of the first frame; the others follow every five minutes. */
  readonly starts: readonly string[]
  readonly dit: number
  readonly object: string
  readonly ra: number
  readonly dec: number
  readonly releaseDate: string
}

const RUN_SCIENCE: readonly Science[] = [
  {
    progId: RUNS.piProtected,
    dit: 16,
    object: 'HD_206893',
    ra: 326.341667,
    dec: -12.783333,
    starts: ['2016-09-26T01:20:11.4037', '2016-09-26T01:25:13.8124', '2016-09-26T01:30:16.2296'],
    releaseDate: '2018-09-26T01:40:00.000Z',
  },
  {
    progId: RUNS.visitorProtected,
    dit: 64,
    object: 'HD_95086',
    ra: 164.257083,
    dec: -68.667222,
    starts: ['2016-09-26T02:02:41.7718', '2016-09-26T02:07:44.1063', '2016-09-26T02:12:46.5402'],
    releaseDate: '2018-09-26T02:20:00.000Z',
  },
  {
    progId: RUNS.proprietary,
    dit: 64,
    object: 'BETA_PIC',
    ra: 86.821208,
    dec: -51.066528,
    starts: ['2024-11-03T06:11:09.5521', '2024-11-03T06:16:12.0047'],
    releaseDate: PROPRIETARY_UNTIL,
  },
]

function runFrames(): DemoFrame[] {
  return RUN_SCIENCE.flatMap((science) =>
    science.starts.map((dateObs, i) => ({
      ...raw(dateObs, {
        progId: science.progId,
        exposureSeconds: science.dit,
        level: 80,
        object: science.object,
        template: 'SPHERE_irdifs_obs',
        templateStart: science.starts[0] ?? dateObs,
        number: i + 1,
        count: science.starts.length,
        keywords: {
          RA: science.ra,
          DEC: science.dec,
          'DPR.CATG': 'SCIENCE',
          'DPR.TYPE': 'OBJECT',
          'DPR.TECH': 'IFU',
          'DET.NDIT': 1,
          'DET.SEQ1.DIT': science.dit,
          ...PRISM,
          'OBS.TARG.NAME': science.object,
        },
      }),
      releaseDate: science.releaseDate,
    })),
  )
}

/** A background that the PI's protected run took for itself: part of that run's secret. */
function protectedCalibrations(): DemoFrame[] {
  return ['2016-09-26T01:36:02.1187', '2016-09-26T01:36:20.9904'].map((dateObs, i) =>
    raw(dateObs, {
      progId: RUNS.piProtected,
      exposureSeconds: 16,
      level: 20,
      object: 'DARK,BACKGROUND',
      template: 'SPHERE_irdifs_cal_bckg',
      templateStart: '2016-09-26T01:36:00',
      number: i + 1,
      count: 2,
      keywords: calibration('DARK,BACKGROUND', 'IMAGE', 16, {}),
    }),
  )
}

interface Calibration {
  readonly type: string
  readonly tech: string
  /** Integration times, seconds, one a frame. */
  readonly dits: readonly number[]
  /** Lamp or prism; darks have none. */
  readonly optics: Keywords
  readonly template: string
  readonly starts: readonly string[]
}

const MORNING = '2016-09-26T'

const RAW_CALIBRATIONS: readonly Calibration[] = [
  {
    type: 'DARK,BACKGROUND',
    tech: 'IMAGE',
    dits: [64, 64, 64],
    optics: {},
    template: 'SPHERE_ifs_cal_dark',
    starts: ['10:41:03.1181', '10:42:09.5310', '10:43:15.9447'],
  },
  {
    type: 'DARK',
    tech: 'IMAGE',
    dits: [1.65, 1.65, 1.65],
    optics: {},
    template: 'SPHERE_ifs_cal_dark',
    starts: ['10:50:21.0042', '10:50:31.4425', '10:50:41.8808'],
  },
  ...[
    ['CAL_BB_2_YJ', '11:02'],
    ['CAL_NB1_1_YJ', '11:06'],
    ['CAL_NB2_1_YJ', '11:10'],
    ['CAL_NB3_1_YJ', '11:14'],
  ].map(([lamp, time]) => ({
    type: 'FLAT,LAMP',
    tech: 'IMAGE',
    dits: [1.65, 6],
    optics: { 'INS2.COMB.IFS': lamp ?? '' },
    template: 'SPHERE_ifs_cal_detflat',
    starts: [`${time}:05.2210`, `${time}:47.6093`],
  })),
  {
    type: 'SPECPOS,LAMP',
    tech: 'IFU',
    dits: [1.65],
    optics: PRISM,
    template: 'SPHERE_ifs_cal_specpos',
    starts: ['11:22:13.8719'],
  },
  {
    type: 'WAVE,LAMP',
    tech: 'IFU',
    dits: [1.65],
    optics: PRISM,
    template: 'SPHERE_ifs_cal_wave',
    starts: ['11:26:40.0125'],
  },
  {
    type: 'FLAT,LAMP',
    tech: 'IFU',
    dits: [1.65],
    optics: PRISM,
    template: 'SPHERE_ifs_cal_ifuflat',
    starts: ['11:30:58.3346'],
  },
]

function rawCalibrations(): DemoFrame[] {
  return RAW_CALIBRATIONS.flatMap((kind) =>
    kind.starts.map((time, i) =>
      raw(MORNING + time, {
        progId: RUNS.sphereCalibration,
        exposureSeconds: kind.dits[i] ?? 0,
        level: kind.type.startsWith('DARK') ? 20 : 9000,
        object: kind.type,
        template: kind.template,
        templateStart: (MORNING + String(kind.starts[0])).slice(0, 19),
        number: i + 1,
        count: kind.starts.length,
        keywords: calibration(kind.type, kind.tech, kind.dits[i] ?? 0, kind.optics),
      }),
    ),
  )
}

function calibration(type: string, tech: string, dit: number, optics: Keywords): Keywords {
  return {
    'DPR.CATG': 'CALIB',
    'DPR.TYPE': type,
    'DPR.TECH': tech,
    'DET.NDIT': 1,
    'DET.SEQ1.DIT': dit,
    ...optics,
    'OBS.TARG.NAME': 'CALIBRATION',
  }
}

interface Raw {
  readonly progId: string
  readonly exposureSeconds: number
  readonly level: number
  readonly object: string
  readonly template: string
  readonly templateStart: string
  readonly number: number
  readonly count: number
  readonly keywords: Keywords
}

/** A raw frame; its id is its time, rounded to milliseconds. */
function raw(dateObs: string, frame: Raw): DemoFrame {
  const ms = new Date(
    Math.round(Number(dateObs.slice(17)) * 1000) + Date.parse(`${dateObs.slice(0, 17)}00Z`),
  )
  const dpId = `SPHER.${ms.toISOString().slice(0, -1)}`
  return {
    dpId,
    kind: 'raw',
    instrument: 'SPHERE',
    progId: frame.progId,
    content: { kind: 'image', axes: [128, 128], level: frame.level },
    modified: new Date(ms.getTime() + 600_000).toISOString(),
    keywords: {
      ...INSTRUMENT,
      OBJECT: frame.object,
      ...timeKeywords(dateObs, frame.exposureSeconds),
      ARCFILE: `${dpId}.fits`,
      ORIGFILE: `SPHERE_${frame.template.toUpperCase()}_${String(frame.number).padStart(4, '0')}.fits`,
      ...frame.keywords,
      ...DETECTOR,
      'OBS.PROG.ID': frame.progId,
      'OBS.ID': 1_427_000 + frame.count,
      'OBS.NAME': frame.object.replaceAll(',', '_'),
      'TPL.ID': frame.template,
      'TPL.NAME': frame.template.replaceAll('_', ' '),
      'TPL.START': frame.templateStart.slice(0, 19),
      'TPL.SEQNO': 1,
      'TPL.EXPNO': frame.number,
      'TPL.NEXP': frame.count,
    },
  }
}

/** Masters of the next morning: id, category, what it was made for. */
const MASTERS: readonly (readonly [time: string, category: string, keywords: Keywords])[] = [
  ['08:14:42.823', 'IFS_CAL_BACKGROUND', { 'DET.SEQ1.DIT': 64 }],
  ['08:15:18.126', 'IFS_IFU_FLAT_FIELD', PRISM],
  ['08:17:07.116', 'IFS_MASTER_DFF_LONG1', {}],
  ['08:17:20.893', 'IFS_MASTER_DFF_LONG2', {}],
  ['08:17:33.533', 'IFS_MASTER_DFF_LONG3', {}],
  ['08:17:52.300', 'IFS_MASTER_DFF_LONGBB', {}],
  ['08:18:06.383', 'IFS_PREAMP_FLAT', {}],
  ['08:18:40.706', 'IFS_WAVECALIB', PRISM],
]

function masters(): DemoFrame[] {
  return MASTERS.map(([time, category, keywords]) => {
    const made = `2016-09-27T${time}`
    const dpId = `M.SPHERE.${made}`
    return {
      dpId,
      kind: 'master',
      instrument: 'SPHERE',
      progId: null,
      category,
      modified: `${made}Z`,
      content: { kind: 'image', axes: [256, 256], level: 1000 },
      keywords: {
        ...INSTRUMENT,
        OBJECT: category,
        ...timeKeywords(made, 0),
        ARCFILE: `${dpId}.fits`,
        ORIGFILE: `${category.toLowerCase()}.fits`,
        ...DETECTOR,
        ...keywords,
        'PRO.CATG': category,
        'PRO.TECH': 'IFU',
      },
    }
  })
}

/** The observer's report of a science frame. */
function nightLog(science: DemoFrame): DemoFrame {
  const word = (key: string): string => String(science.keywords[key] ?? '')
  const text = [
    `Night log of ${science.dpId}`,
    '',
    `Run        ${String(science.progId)}`,
    `Target     ${word('OBJECT')}`,
    `Template   ${word('TPL.ID')}, exposure ${word('TPL.EXPNO')} of ${word('TPL.NEXP')}`,
    `Seeing     ${word('TEL.AMBI.FWHM.START') || '0.7'} arcsec`,
    'Sky        clear',
    '',
    'No problems were reported for this observation.',
    '',
  ].join('\n')
  return {
    dpId: `${science.dpId}.NL`,
    kind: 'nightLog',
    instrument: 'SPHERE',
    progId: science.progId,
    parent: science.dpId,
    category: 'Night Log',
    keywords: {},
    mediaType: 'text/plain',
    fileName: `${science.dpId}.NL.txt`,
    content: { kind: 'bytes', bytes: new TextEncoder().encode(text) },
    ...(science.modified === undefined ? {} : { modified: science.modified }),
  }
}
