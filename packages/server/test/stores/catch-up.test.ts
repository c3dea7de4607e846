import { afterEach, beforeEach, expect, test } from 'vitest'
import { catchUp } from '../../src/stores/catch-up.ts'
import type { Columns } from '../../src/stores/columns.ts'
import { openDuckdbColumns } from '../../src/stores/duckdb-columns.ts'
import { openSqliteTruth } from '../../src/stores/sqlite-truth.ts'
import type { Truth } from '../../src/stores/truth.ts'
import { rowsOf, SETTINGS, statement, temporaryPath } from '../support/columns.ts'
import { holding } from '../support/holdings.ts'

let truth: Truth
let columns: Columns
let folder: ReturnType<typeof temporaryPath>
beforeEach(async () => {
  folder = temporaryPath('')
  truth = openSqliteTruth(`${folder.path}/truth.sqlite`)
  columns = await openDuckdbColumns(`${folder.path}/columns.duckdb`, SETTINGS)
})
afterEach(async () => {
  await columns.close()
  truth.close()
  folder.remove()
})

const frame = (dpId: string, int: number, progId: string | null = null): ReturnType<typeof holding> =>
  holding({ dpId, progId, rows: [{ table: 'dbo.every', row: { id: dpId, int } }] })
const rows = (part = 'public'): ReturnType<typeof rowsOf> =>
  rowsOf(columns, statement(`select id, int from archive.dbo_every_${part} order by id`, { id: 'char', int: 'int' }))

test('a process that died between the truth and the copy is made good at the next start', async () => {
  truth.addBatch([frame('a', 1), frame('b', 1)])
  expect(await catchUp(truth, columns)).toBe(1)
  truth.addBatch([frame('b', 2), frame('c', 2)])
  truth.addBatch([holding({ dpId: 'a' }), frame('c', 3)])
  expect(await rows()).toEqual([['a', 1], ['b', 1]])
  expect(await catchUp(truth, columns)).toBe(3)
  expect(await rows()).toEqual([['b', 2], ['c', 3]])
  expect(await catchUp(truth, columns)).toBe(3)
  expect(await rows()).toEqual([['b', 2], ['c', 3]])
})

test('a failure in the middle leaves whole batches, and goes on from there', async () => {
  for (let i = 1; i <= 4; i++) truth.addBatch([frame(`r${i}`, i)])
  const failing: Pick<Columns, 'lastBatch' | 'append' | 'clear'> = {
    ...columns, append: (n, ...rest) => n === 3 ? Promise.reject(new Error('killed')) : columns.append(n, ...rest),
  }
  await expect(catchUp(truth, failing)).rejects.toThrow('killed')
  expect(await columns.lastBatch()).toBe(2)
  await catchUp(truth, columns)
  expect(await rows()).toEqual([['r1', 1], ['r2', 2], ['r3', 3], ['r4', 4]])
})

test('two at once do not append a batch twice', async () => {
  for (let i = 1; i <= 5; i++) truth.addBatch([frame(`r${i}`, i)])
  await Promise.all([catchUp(truth, columns), catchUp(truth, columns)])
  expect(await rows()).toHaveLength(5)
})

test('a run that is closed takes its rows out of the public part', async () => {
  truth.putRun({ progId: 'P', metadataPublic: true })
  truth.addBatch([frame('a', 1, 'P'), frame('b', 1)])
  await catchUp(truth, columns)
  truth.putRun({ progId: 'P', metadataPublic: false })
  await catchUp(truth, columns)
  expect(await rows()).toEqual([['b', 1]])
  expect(await rows('protected')).toEqual([['a', 1]])
})

test('a copy that is ahead of the truth is of another one, and is made anew', async () => {
  truth.addBatch([frame('a', 1)])
  await columns.append(1, [{ table: 'dbo.every', dpId: 'x', run: null, row: { id: 'x' } }])
  await columns.append(2, [])
  expect(await catchUp(truth, columns)).toBe(1)
  expect(await rows()).toEqual([['a', 1]])
})
