/** The demo archive for tests: made in a folder of its own through the real commands, served as a real process. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureArchive, serve } from '../../archive.ts'
import type { Served } from '../../archive.ts'

export interface DemoArchive extends Served {
  readonly dataDir: string
  /** Stops the archive and removes its folder. */
  remove(): Promise<void>
}

export async function startDemo(): Promise<DemoArchive> {
  const dataDir = await mkdtemp(join(tmpdir(), 'quipu-test-'))
  await ensureArchive(dataDir, () => undefined)
  const served = await serve(dataDir, 0)
  return {
    ...served, dataDir,
    async remove() {
      await served.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
