/** The frames of ESO's recorded Raw2Raw answers for FORS2.2021-01-02T00:59:12.533 and .534, one for each chip (facts). */
import type { Frame, KeyValue } from '@quipu/association'
import { frameOf } from './index.ts'

const CHIPS = ['CCID20-14-5-3', 'CCID20-14-5-6'] as const

/** Names by file category, for each chip. */
export const RECORDED: readonly Readonly<Record<string, readonly string[]>>[] = [
  {
    SCIENCE_IMG: times('FORS2.', `
      2021-01-02T00:59:12.533`),
    SKY_FLAT_IMG: times('FORS2.', `
      2020-12-26T00:19:09.658 2020-12-26T00:19:59.553 2020-12-26T00:20:52.557 2020-12-26T00:21:49.661
      2020-12-26T00:22:52.656`),
    BIAS: times('FORS2.', `
      2020-12-26T08:54:31.688 2020-12-26T08:54:54.290 2020-12-26T08:55:17.291 2020-12-26T08:55:40.764
      2020-12-26T08:56:03.344 2020-12-26T08:56:26.286 2020-12-26T08:56:49.299 2020-12-26T08:57:12.301
      2020-12-26T08:57:35.302 2020-12-26T08:57:58.314 2020-12-26T08:58:21.297 2020-12-26T08:58:44.298
      2020-12-26T08:59:07.320 2020-12-26T08:59:30.312 2020-12-26T08:59:53.324 2020-12-26T09:00:16.336
      2020-12-26T09:00:39.317 2020-12-26T09:01:02.320 2020-12-26T09:01:25.321 2020-12-26T09:01:48.333
      2021-01-02T09:27:34.589 2021-01-02T09:27:57.671 2021-01-02T09:28:20.672 2021-01-02T09:28:43.683
      2021-01-02T09:29:06.667 2021-01-02T09:29:29.678 2021-01-02T09:29:52.679 2021-01-02T09:30:15.681
      2021-01-02T09:30:38.683 2021-01-02T09:31:01.685 2021-01-02T09:31:24.677 2021-01-02T09:31:47.678
      2021-01-02T09:32:10.691 2021-01-02T09:32:33.703 2021-01-02T09:32:56.704 2021-01-02T09:33:19.696
      2021-01-02T09:33:42.698 2021-01-02T09:34:05.701 2021-01-02T09:34:28.712 2021-01-02T09:34:51.714`),
    STANDARD_IMG: times('FORS2.', `
      2021-01-02T00:14:20.344 2021-01-02T00:27:11.249 2021-01-02T08:47:39.656`),
    FLX_STD_IMG: times('M.FORS2.', `
      2015-08-05T11:20:17.466`),
    PHOT_TABLE: times('M.FORS2.', `
      2020-12-16T08:22:29.053`),
  },
  {
    SCIENCE_IMG: times('FORS2.', `
      2021-01-02T00:59:12.534`),
    SKY_FLAT_IMG: times('FORS2.', `
      2020-12-26T00:19:09.657 2020-12-26T00:19:59.552 2020-12-26T00:20:52.556 2020-12-26T00:21:49.662
      2020-12-26T00:22:52.657`),
    BIAS: times('FORS2.', `
      2020-12-26T08:54:31.687 2020-12-26T08:54:54.289 2020-12-26T08:55:17.292 2020-12-26T08:55:40.763
      2020-12-26T08:56:03.345 2020-12-26T08:56:26.287 2020-12-26T08:56:49.298 2020-12-26T08:57:12.300
      2020-12-26T08:57:35.303 2020-12-26T08:57:58.313 2020-12-26T08:58:21.296 2020-12-26T08:58:44.297
      2020-12-26T08:59:07.319 2020-12-26T08:59:30.311 2020-12-26T08:59:53.323 2020-12-26T09:00:16.335
      2020-12-26T09:00:39.318 2020-12-26T09:01:02.319 2020-12-26T09:01:25.322 2020-12-26T09:01:48.334
      2021-01-02T09:27:34.590 2021-01-02T09:27:57.670 2021-01-02T09:28:20.673 2021-01-02T09:28:43.684
      2021-01-02T09:29:06.666 2021-01-02T09:29:29.679 2021-01-02T09:29:52.680 2021-01-02T09:30:15.682
      2021-01-02T09:30:38.684 2021-01-02T09:31:01.686 2021-01-02T09:31:24.678 2021-01-02T09:31:47.679
      2021-01-02T09:32:10.690 2021-01-02T09:32:33.702 2021-01-02T09:32:56.705 2021-01-02T09:33:19.697
      2021-01-02T09:33:42.697 2021-01-02T09:34:05.700 2021-01-02T09:34:28.711 2021-01-02T09:34:51.713`),
    STANDARD_IMG: times('FORS2.', `
      2021-01-02T00:14:20.345 2021-01-02T00:27:11.248 2021-01-02T08:47:39.657`),
    FLX_STD_IMG: times('M.FORS2.', `
      2015-08-05T11:20:17.466`),
    PHOT_TABLE: times('M.FORS2.', `
      2020-12-16T08:22:35.316`),
  },
]

function times(prefix: string, text: string): readonly string[] {
  return text.trim().split(/\s+/).map((time) => prefix + time)
}

/** What the headers of a kind say, as far as the rules ask. */
const HEADERS: Record<string, Record<string, KeyValue>> = {
  SCIENCE_IMG: { 'DPR.CATG': 'SCIENCE', 'DPR.TYPE': 'OBJECT', 'DPR.TECH': 'IMAGE' },
  SKY_FLAT_IMG: { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'FLAT,SKY', 'DPR.TECH': 'IMAGE' },
  STANDARD_IMG: { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'STD', 'DPR.TECH': 'IMAGE' },
  BIAS: { 'DPR.CATG': 'CALIB', 'DPR.TYPE': 'BIAS', 'DPR.TECH': 'IMAGE' },
}

/** One raw frame; `more` overrides keywords. */
export function forsRaw(id: string, category: string, chip: 0 | 1, more: Record<string, KeyValue> = {}): Frame {
  const keys: Record<string, KeyValue> = {
    ...HEADERS[category], 'TPL.START': id.slice(6, 16) + category, 'DET.CHIP1.ID': CHIPS[chip], 'DET.WIN1.BINX': 2,
    'DET.WIN1.BINY': 2, 'DET.WIN1.NY': 1034, 'DET.READ.CLOCK': '200Kps/2ports/low_gain',
  }
  if (category !== 'BIAS') Object.assign(keys, { 'INS.COLL.NAME': 'COLL_SR', 'INS.FILT1.NAME': 'R_SPECIAL' })
  return frameOf(id, { ...keys, ...more }, { instrument: 'FORS2' })
}

export function forsMaster(id: string, category: string, chip: 0 | 1): Frame {
  return frameOf(id, { 'PRO.CATG': category, 'DET.CHIP1.ID': CHIPS[chip] }, { instrument: 'FORS2' })
}

/** The frames of one chip's answer. */
export function forsFrames(chip: 0 | 1): readonly Frame[] {
  return Object.entries(RECORDED[chip] ?? {}).flatMap(([category, ids]) => ids.map((id) => (
    id.startsWith('M.') ? forsMaster(id, category, chip) : forsRaw(id, category, chip))))
}
