/** Another user of the machine looks into the data folder: nothing in it is for him, the admin socket least. */
import { chmod, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { emptyFolder, run, serving } from '../support/data-folder.ts'

async function modesBelow(dir: string): Promise<[string, number][]> {
  const names = await readdir(dir, { recursive: true })
  return Promise.all(['.', ...names].map(async (name) => [name, (await lstat(join(dir, name))).mode & 0o077] as [string, number]))
}

test.skipIf(process.platform === 'win32')('every file, folder and socket is its owner\'s alone', async () => {
  const around = await emptyFolder()
  // A folder that is open to all: modes of single files must hold by themselves.
  await chmod(around, 0o777)
  const dir = join(around, 'data')
  expect((await run('init', dir)).code).toBe(0)
  const archive = await serving(dir)
  try {
    const job = await fetch(`${archive.url}/tap_obs/async`, {
      method: 'POST', body: new URLSearchParams({ LANG: 'ADQL', QUERY: 'SELECT TOP 1 table_name FROM TAP_SCHEMA.tables', PHASE: 'RUN' }),
    })
    await expect.poll(async () => (await fetch(`${job.url}/phase`)).text()).toBe('COMPLETED')
    const modes = await modesBelow(dir)
    const names = modes.map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining(['.', 'admin.sock', 'truth.sqlite', 'columns.duckdb', 'keys/sso.pem', 'results', 'lock']))
    expect(names.some((name) => name.startsWith('results/'))).toBe(true)
    expect(modes.filter(([, others]) => others !== 0)).toEqual([])
  } finally {
    await archive.stop('SIGTERM')
  }
}, 60_000)
