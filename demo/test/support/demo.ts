/** The demo archive for tests: made in a folder of its own through the real commands, served as a real process. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureArchive, serve } from '../../archive.ts'
import type { Served } from '../../archive.ts'

export interface DemoArchive extends Served {
  readonly dataDir: string
  /** Stops the archive and removes its folder. */
  remove(): Promise<void>
}

/** @param postgresUrl Of a database for the published tables, instead of the embedded one. */
export async function startDemo(postgresUrl?: string): Promise<DemoArchive> {
  const dataDir = await mkdtemp(join(tmpdir(), 'quipu-test-'))
  await ensureArchive(dataDir, () => undefined)
  if (postgresUrl !== undefined) {
    const path = join(dataDir, 'archive.yaml')
    const config = JSON.parse(await readFile(path, 'utf8')) as object
    await writeFile(path, JSON.stringify({ ...config, engine: { postgresUrl } }))
  }
  const served = await serve(dataDir, 0)
  return {
    ...served, dataDir,
    async remove() {
      await served.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
