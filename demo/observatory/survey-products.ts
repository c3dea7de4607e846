/**
 * Products made from frames of the survey, with footprints of every kind: a spectrum or a cube a frame. Some
 * are of targets that move, and have no position.
 */
import { footprint, KINDS } from './footprints.ts'
import { msOf } from './frame.ts'
import type { DemoFrame, Keywords } from './frame.ts'
import type { Product } from './products.ts'

interface Recipe {
  readonly instrument: string
  readonly category: string
  readonly content: Product['content']
  /** Nanometres. */
  readonly wavelengths: readonly [number, number]
  /** From the middle of a footprint to a side, degrees; undefined: products have the position alone. */
  readonly sizeDeg?: number
  readonly keywords: Keywords
}

const RECIPES: readonly Recipe[] = [
  {
    instrument: 'FEROS', category: 'SCIENCE.SPECTRUM', content: { kind: 'spectrum', points: 80 },
    wavelengths: [350, 920],
    keywords: { SPEC_RES: 48_000, S_FOV: 0.000555556, NELEM: 80, FLUXCAL: 'UNCALIBRATED' },
  },
  {
    instrument: 'XSHOOTER', category: 'SCIENCE.SPECTRUM', content: { kind: 'spectrum', points: 80 },
    wavelengths: [300, 2480],
    keywords: { SPEC_RES: 8_900, S_FOV: 0.000277778, NELEM: 80, FLUXCAL: 'ABSOLUTE' },
  },
  {
    instrument: 'MUSE', category: 'SCIENCE.CUBE.IFS',
    content: { kind: 'image', axes: [8, 8, 8], level: 40 },
    wavelengths: [475, 935], sizeDeg: 0.0085,
    keywords: {
      SPEC_RES: 3_000, SKY_RES: 0.7, PIXSCALE: 0.2, S_FOV: 0.024, ABMAGLIM: 23.5, FLUXCAL: 'ABSOLUTE',
    },
  },
]

/** Of so many, one is of a moving target. */
const MOVING_EVERY = 30
const DAY_MS = 86_400_000

/** So many products; the frames are those of the years before 2020, evenly. */
export function surveyProducts(survey: readonly DemoFrame[], count: number): Product[] {
  const shares = RECIPES.map((_, i) => Math.floor((count + i) / RECIPES.length))
  return RECIPES.flatMap((recipe, r) => {
    const frames = survey.filter(({ instrument, keywords }) => instrument === recipe.instrument
      && keywords['DPR.CATG'] === 'SCIENCE' && String(keywords['DATE-OBS']) < '2020')
    return chosen(frames, shares[r] ?? 0).map((frame, i) => productOf(recipe, frame, r, i))
  })
}

/** Evenly, beginning with those at the corners of the sky. */
function chosen(frames: readonly DemoFrame[], count: number): DemoFrame[] {
  const corners = frames.filter(({ keywords }) => /POLE|ZERO|ORIGIN|ANTI/.test(String(keywords['OBJECT'])))
  const kinds = new Map(corners.map((frame) => [String(frame.keywords['OBJECT']), frame]))
  const first = [...kinds.values()].slice(0, count)
  const others = frames.filter((frame) => !corners.includes(frame))
  const step = others.length / Math.max(1, count - first.length)
  const rest = Array.from({ length: count - first.length }, (_, i) => others[Math.floor(i * step)])
  return [...first, ...rest].filter((frame) => frame !== undefined)
}

function productOf(recipe: Recipe, frame: DemoFrame, r: number, i: number): Product {
  const { keywords } = frame
  const [ra, dec] = [Number(keywords['RA']), Number(keywords['DEC'])]
  const isMoving = i % MOVING_EVERY === MOVING_EVERY - 1
  const kind = KINDS[i % KINDS.length] ?? 'position'
  return {
    made: new Date(msOf('2022-03-01T06:00:00') + r * 200 * DAY_MS + i * DAY_MS + i * 1_234_567)
      .toISOString().slice(0, -1),
    category: recipe.category, instrument: recipe.instrument, telescope: String(keywords['TELESCOP']),
    progId: String(frame.progId), object: isMoving ? `COMET_${i}` : String(keywords['OBJECT']),
    ...isMoving ? { row: { is_solar: 1 } } : { ra, dec },
    ...isMoving || recipe.sizeDeg === undefined
      ? {} : { footprint: footprint(kind, ra, dec, recipe.sizeDeg) },
    start: String(keywords['DATE-OBS']), exposureSeconds: Number(keywords['EXPTIME']),
    wavelengths: recipe.wavelengths, content: recipe.content, sources: [frame.dpId],
    keywords: { SNR: 20 + i, M_EPOCH: false, NCOMBINE: 1, ...recipe.keywords },
  }
}
