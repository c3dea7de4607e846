import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Field, Row } from '@quipu/vo/votable'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFolderStore } from '../../src/stores/folder-files.ts'
import { openSpool } from '../../src/tap/spool.ts'

let dir: string
beforeAll(async () => { dir = await mkdtemp(join(tmpdir(), 'quipu-spool-')) })
afterAll(() => rm(dir, { recursive: true, force: true }))

const FIELDS: Field[] = [{ name: 't', datatype: 'char', arraysize: '*' }, { name: 'n', datatype: 'long' }]
const batch = (start: number): Row[] => Array.from({ length: 100 }, (_, i) => [i % 3 === 0 ? null : `row ${start + i} é`, BigInt(start + i)])

async function files(): Promise<string[]> {
  return (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name)
}

test.each([
  { where: 'memory', memoryBytes: 1e6, there: 0 }, { where: 'a file', memoryBytes: 0, there: 1 },
  { where: 'a file after some in memory', memoryBytes: 5000, there: 1 },
])('rows kept in $where come back in batches, and go', async ({ memoryBytes, there }) => {
  const spool = openSpool(FIELDS, { store: openFolderStore(dir), key: 'spool/one', limitBytes: 1e6, memoryBytes })
  const given = [batch(0), [], batch(100), batch(200)]
  for (const rows of given) await spool.add(rows)
  const back: Row[] = []
  for await (const rows of spool.batches()) back.push(...rows)
  expect(back).toEqual(given.flat())
  expect(await files()).toHaveLength(there)
  await spool.discard()
  await spool.discard()
  expect(await files()).toEqual([])
})

test('no rows, and more than may be', async () => {
  const empty = openSpool(FIELDS, { store: openFolderStore(dir), key: 'spool/two', limitBytes: 10 })
  for await (const _ of empty.batches()) throw new Error('there are none')
  const spool = openSpool(FIELDS, { store: openFolderStore(dir), key: 'spool/three', limitBytes: 3500, memoryBytes: 100 })
  await spool.add(batch(0))
  await expect(spool.add(batch(100))).rejects.toMatchObject({ code: 'document_too_large' })
  await spool.discard()
  expect(await files()).toEqual([])
})
