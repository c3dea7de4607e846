/**
 * Makes the demo observatory: FITS files, records, configuration, people and rules as quipu-archive
 * takes them. The same bytes every time.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { catalogueFrames } from './catalogues.ts'
import { ACCESS, CONFIG, OBSERVATORY_VERSION } from './facts.ts'
import { fors2Frames } from './fors2.ts'
import { bytesOf, fileNameOf } from './frame.ts'
import type { DemoFrame } from './frame.ts'
import { productFrames } from './products.ts'
import { sphereFrames } from './sphere.ts'
import { surveyFrames } from './survey.ts'

export { OBSERVATORY_VERSION }

/** Rows of dbo.raw, and of ivoa.ObsCore. */
export const RAW_ROWS = 20_000
export const PRODUCT_ROWS = 200

/** Everything that the observatory holds. */
export function allFrames(): DemoFrame[] {
  const nights = [...fors2Frames(), ...sphereFrames()]
  const survey = surveyFrames(RAW_ROWS - nights.filter(({ kind }) => kind === 'raw').length)
  const catalogues = catalogueFrames(survey)
  const products = productFrames(survey, PRODUCT_ROWS - catalogues.length)
  return [...nights, ...products, ...catalogues, ...survey]
}

/** Writes `archive.yaml` and `access.yaml` (JSON, which is YAML) into the folder. */
export async function writeSettings(folder: string): Promise<void> {
  await writeFile(join(folder, 'archive.yaml'), `${JSON.stringify(CONFIG, null, 2)}\n`)
  await writeFile(join(folder, 'access.yaml'), `${JSON.stringify(ACCESS, null, 2)}\n`)
}

/** Writes `holdings/` into the folder. */
export async function writeHoldings(folder: string): Promise<{ files: number; bytes: number }> {
  const holdings = join(folder, 'holdings')
  await mkdir(holdings, { recursive: true })
  let files = 0
  let bytes = 0
  const records: string[] = []
  for (const frame of allFrames()) {
    const path = frame.content ? `${frame.instrument}/${fileNameOf(frame)}` : null
    records.push(JSON.stringify(recordOf(frame, path)))
    if (path === null) continue
    const content = bytesOf(frame)
    await mkdir(dirname(join(holdings, path)), { recursive: true })
    await writeFile(join(holdings, path), content)
    files += 1
    bytes += content.length
  }
  await writeFile(join(holdings, 'records.ndjson'), `${records.join('\n')}\n`)
  return { files, bytes }
}

/** What a record says beyond the header of its file; of what is no FITS file, the header too. */
function recordOf(frame: DemoFrame, path: string | null): object {
  const { dpId, kind, progId, releaseDate, modified, sources, parent, category, title } = frame
  const { mediaType, instrument, rows, table } = frame
  const isFits = frame.content !== undefined && frame.content.kind !== 'bytes'
  const isCertified = kind === 'raw' || kind === 'master' ? { certified: true } : {}
  const optional = { releaseDate, modified, sources, parent, category, title, mediaType, rows, table }
  return {
    dpId, kind, file: path, progId, instrument, ...isCertified,
    ...frame.fileName === undefined ? {} : { name: frame.fileName },
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
    ...isFits ? {} : { keys: frame.keywords },
  }
}
