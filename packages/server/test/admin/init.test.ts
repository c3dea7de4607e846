import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { initArchive } from '../../src/admin/init.ts'
import { openArchive } from '../../src/archive.ts'
import { SAFCAT } from '../support/catalogues.ts'
import { emptyFolder } from '../support/data-folder.ts'
import { SCHEMA_DIR } from '../support/schema.ts'

const isPosix = process.platform !== 'win32'

test('makes a folder for its owner alone, with settings, schema and a key', async () => {
  const dir = join(await emptyFolder(), 'data')
  await initArchive(dir)
  expect((await readdir(dir)).toSorted()).toEqual(
    expect.arrayContaining(['archive.yaml', 'keys', 'rules', 'schema', 'truth.sqlite']))
  expect(await readdir(join(dir, 'schema'))).toContain('tap_schema.yaml')
  expect(await readFile(join(dir, 'archive.yaml'), 'utf8')).toMatch(/syncSeconds: 120/)
  expect(existsSync(join(dir, 'lock'))).toBe(false)
  expect(existsSync(`${dir}.partial`)).toBe(false)
  if (!isPosix) return
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
  expect((await stat(join(dir, 'keys/sso.pem'))).mode & 0o777).toBe(0o600)
})

test('an archive is never made over something', async () => {
  const dir = join(await emptyFolder(), 'data')
  await initArchive(dir)
  const before = await readFile(join(dir, 'keys/sso.pem'))
  await expect(initArchive(dir)).rejects.toThrow(/is an archive already/)
  expect(await readFile(join(dir, 'keys/sso.pem'))).toEqual(before)
  const other = await emptyFolder()
  await writeFile(join(other, 'thesis.tex'), 'x')
  await expect(initArchive(other)).rejects.toThrow(/not empty/)
})

test('an empty folder may be there', async () => {
  const dir = await emptyFolder()
  await initArchive(dir)
  await (await openArchive(dir, { isIdle: true })).close()
})

test('a mistake leaves nothing behind', async () => {
  const around = await emptyFolder()
  const dir = join(around, 'data')
  await mkdir(join(around, 'rules'))
  await writeFile(join(around, 'rules/x.yaml'), 'nonsense: true\n')
  await writeFile(join(around, 'access.yaml'), 'runs: [{ progId: "1", pi: nobody }]\n')
  await writeFile(join(around, 'archive.yaml'), 'tap: { rows: 3 }\n')
  for (const name of ['rules', 'access', 'config'] as const) {
    const given = join(around, name === 'rules' ? 'rules' : name === 'access' ? 'access.yaml' : 'archive.yaml')
    await expect(initArchive(dir, { [name]: given })).rejects.toMatchObject({ name: 'ArchiveError' })
    expect((await readdir(around)).toSorted()).toEqual(['access.yaml', 'archive.yaml', 'rules'])
  }
})

test('what an ended init left is made anew, what is not its own is left alone', async () => {
  const dir = join(await emptyFolder(), 'data')
  await mkdir(`${dir}.partial`)
  await writeFile(`${dir}.partial/archive.yaml`, 'half')
  await initArchive(dir)
  const other = join(await emptyFolder(), 'data')
  await mkdir(`${other}.partial`)
  await writeFile(`${other}.partial/thesis.tex`, 'x')
  await expect(initArchive(other)).rejects.toThrow(/thesis\.tex/)
})

test('the schema may come from several folders, no two files of which have one name', async () => {
  const around = await emptyFolder()
  await mkdir(join(around, 'more'))
  await writeFile(join(around, 'more/safcat.yaml'), SAFCAT)
  const dir = join(around, 'data')
  await initArchive(dir, { schema: [SCHEMA_DIR, join(around, 'more')] })
  expect(await readdir(join(dir, 'schema'))).toEqual(expect.arrayContaining(['dbo.yaml', 'safcat.yaml', 'tap_schema.yaml']))
  await writeFile(join(around, 'more/dbo.yaml'), 'x')
  await expect(initArchive(join(around, 'other'), { schema: [SCHEMA_DIR, join(around, 'more')] }))
    .rejects.toThrow(/dbo\.yaml is in .* and in .*: give one another name/)
})
