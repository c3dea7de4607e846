/** A small archive of one night: public and proprietary frames, a hidden run, a master, a product, people. */
import type { Holding } from '../../src/stores/truth.ts'
import { makeTestArchive, NOW } from './archive.ts'
import type { TestArchive, TestArchiveParts, TestHolding } from './archive.ts'

const YEAR = 365 * 86_400_000

/** Ids by what they stand for. */
export const IDS = {
  public: 'SPHER.2016-09-26T04:15:07.252',
  publicLog: 'SPHER.2016-09-26T04:15:07.252.NL',
  proprietary: 'SPHER.2025-12-01T02:03:04.500',
  proprietaryLog: 'SPHER.2025-12-01T02:03:04.500.NL',
  hidden: 'SPHER.2025-12-02T02:03:04.500',
  hiddenLog: 'SPHER.2025-12-02T02:03:04.500.NL',
  bare: 'WFI.2001-01-02T03:04:05.678',
  calibration: 'SPHER.2016-09-26T10:00:00.001',
  master: 'M.SPHERE.2016-09-27T08:14:42.823',
  product: 'ADP.2017-03-04T05:06:07.123',
  preview: 'ADP.2017-03-04T05:06:07.124',
  ancillary: 'ADP.2017-03-04T05:06:07.125',
  hiddenProduct: 'ADP.2025-12-24T05:06:07.123',
  unknown: 'SPHER.1999-09-09T09:09:09.999',
} as const

export const BYTES = Buffer.from(`\x1f\x9d${'0123456789'.repeat(50)}`, 'latin1')

function holding(
  dpId: string, product: Partial<Holding['product']>, more: Partial<Omit<TestHolding, 'product'>> = {},
): TestHolding {
  return {
    header: null, rows: [], sources: [], calibration: null, ...more,
    product: {
      dpId, kind: 'raw', category: 'SCIENCE', progId: null, instrument: 'SPHERE', mjd: 57657.177, title: '',
      releaseMs: NOW - YEAR, modifiedMs: NOW - 2 * YEAR, parent: null,
      file: more.bytes === undefined ? null : {
        key: dpId.replaceAll(':', '-'), name: `${dpId}.fits.Z`, mediaType: 'application/fits', sizeBytes: 0, md5: '',
      },
      ...product,
    },
  }
}

function named(dpId: string, name: string, mediaType: string) {
  return { key: dpId.replaceAll(':', '-'), name, mediaType, sizeBytes: 0, md5: '' }
}

function logOf(dpId: string): TestHolding {
  const id = `${dpId}.NL`
  return holding(id, {
    kind: 'nightLog', category: 'Night Log', parent: dpId, file: named(id, `${id}.txt`, 'text/plain'),
  }, { bytes: `log of ${dpId}\n` })
}

export const SMALL_HOLDINGS: readonly TestHolding[] = [
  holding(IDS.public, { progId: '098.C-0739(C)' }, {
    bytes: BYTES, header: "SIMPLE  =                    T / it's <FITS> & so on\nDPR CATG= 'SCIENCE'\nEND",
  }),
  logOf(IDS.public),
  holding(IDS.proprietary, { progId: '116.A-0001(A)', releaseMs: NOW + 9 * YEAR }, {
    bytes: 'proprietary', header: 'OBJECT  = \'secret\'\nEND',
  }),
  logOf(IDS.proprietary),
  holding(IDS.hidden, { progId: '116.B-0002(A)', releaseMs: NOW - YEAR }, { bytes: 'hidden', header: 'H = 1\nEND' }),
  logOf(IDS.hidden),
  holding(IDS.bare, { instrument: 'WFI' }),
  holding(IDS.calibration, { category: 'CALIB' }, { bytes: 'calibration' }),
  holding(IDS.master, {
    kind: 'master', category: 'IFS_CAL_BACKGROUND', file: named(IDS.master, `${IDS.master}.fits`, 'application/fits'),
  }, { bytes: 'master', sources: [IDS.calibration] }),
  holding(IDS.product, {
    kind: 'product', category: 'SCIENCE.IMAGE', progId: '098.C-0739(C)',
    file: named(IDS.product, `${IDS.product}.fits`, 'image/fits'),
  }, { bytes: 'product', sources: [IDS.public, IDS.hidden] }),
  holding(IDS.preview, {
    kind: 'preview', category: 'ANCILLARY.PREVIEW', parent: IDS.product,
    file: named(IDS.preview, `${IDS.preview}.png`, 'image/png'),
  }, { bytes: 'preview' }),
  holding(IDS.ancillary, {
    kind: 'ancillary', category: 'ANCILLARY.WEIGHTMAP', parent: IDS.product, title: 'Weight map',
    file: named(IDS.ancillary, `${IDS.ancillary}.fits`, 'image/fits'),
  }, { bytes: 'weights' }),
  holding(IDS.hiddenProduct, {
    kind: 'product', category: 'SCIENCE.IMAGE', progId: '116.B-0002(A)',
    file: named(IDS.hiddenProduct, `${IDS.hiddenProduct}.fits`, 'image/fits'),
  }, { bytes: 'hidden product', sources: [IDS.public] }),
]

/** `pi` and `delegate` hold the proprietary run, `pi` the hidden one too; `visitor` holds nothing. */
export function makeSmallArchive(parts: TestArchiveParts = {}): Promise<TestArchive> {
  return makeTestArchive({
    holdings: SMALL_HOLDINGS,
    people: [
      { subject: 'pi', name: 'Zoë Müller' }, { subject: 'delegate' }, { subject: 'visitor' },
      { subject: 'operator', isOperator: true },
    ],
    runs: [
      { progId: '098.C-0739(C)', metadataPublic: true }, { progId: '116.A-0001(A)', metadataPublic: true },
      { progId: '116.B-0002(A)', metadataPublic: false },
    ],
    grants: [
      { subject: 'pi', progId: '116.A-0001(A)', role: 'pi', endsMs: null },
      { subject: 'pi', progId: '116.B-0002(A)', role: 'pi', endsMs: null },
      { subject: 'delegate', progId: '116.A-0001(A)', role: 'delegate', endsMs: null },
      { subject: 'visitor', progId: '116.A-0001(A)', role: 'delegate', endsMs: NOW },
    ],
    ...parts,
  })
}

export const CALLERS = [undefined, 'visitor', 'delegate', 'pi', 'operator'] as const
