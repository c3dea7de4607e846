/**
 * Makes the demo observatory: FITS files, records, configuration, people and rules as quipu-archive
 * takes them. The same bytes every time.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ACCESS, CONFIG, OBSERVATORY_VERSION } from './facts.ts'
import { ferosFrames } from './feros.ts'
import { fors2Frames } from './fors2.ts'
import { bytesOf, fileNameOf } from './frame.ts'
import type { DemoFrame } from './frame.ts'
import { productFrames } from './products.ts'
import { sphereFrames } from './sphere.ts'

export { OBSERVATORY_VERSION }

/** Everything that the observatory holds. */
export function allFrames(): DemoFrame[] {
  return [...fors2Frames(), ...sphereFrames(), ...productFrames(), ...ferosFrames()]
}

/** Writes `holdings/`, `archive.yaml` and `access.yaml` (JSON, which is YAML) into the folder. */
export async function makeObservatory(folder: string): Promise<{ files: number; bytes: number }> {
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
  await writeFile(join(folder, 'archive.yaml'), `${JSON.stringify(CONFIG, null, 2)}\n`)
  await writeFile(join(folder, 'access.yaml'), `${JSON.stringify(ACCESS, null, 2)}\n`)
  return { files, bytes }
}

/** What a record says beyond the header of its file; of a row without a file, the header too. */
function recordOf(frame: DemoFrame, path: string | null): object {
  const {
    dpId,
    kind,
    progId,
    releaseDate,
    modified,
    sources,
    parent,
    category,
    title,
    mediaType,
    instrument,
    rows,
  } = frame
  const isCertified = kind === 'raw' || kind === 'master' ? { certified: true } : {}
  return {
    dpId,
    kind,
    file: path,
    progId,
    instrument,
    ...isCertified,
    ...(frame.fileName === undefined ? {} : { name: frame.fileName }),
    ...Object.fromEntries(
      Object.entries({ releaseDate, modified, sources, parent, category, title, mediaType, rows }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
    ...(path === null ? { keys: frame.keywords } : {}),
  }
}
