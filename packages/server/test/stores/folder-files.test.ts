import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openFolderStore } from '../../src/stores/folder-files.ts'
import { filesContract, keep, keysOf } from '../contract/files.ts'

let dir: string
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'quipu-files-')) })
afterEach(() => { rmSync(dir, { recursive: true }) })

describe('contract', () => { filesContract(() => openFolderStore(join(dir, 'store'))) })

test('a draft that a crash left is swept when the folder is opened, and nothing else', async () => {
  const store = openFolderStore(dir)
  await keep(store, 'a/kept', 'x')
  const lost = await store.create('a/lost')
  await lost.write('half')
  expect(readdirSync(join(dir, 'a'))).toHaveLength(2)
  openFolderStore(dir)
  expect(readdirSync(join(dir, 'a'))).toEqual(['kept'])
  await expect(lost.commit()).rejects.toThrow()
  expect(await keysOf(store)).toEqual(['a/kept'])
})

test('a symbolic link leads nowhere, be it a file or a folder', async () => {
  const outside = join(dir, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'secret'), 'secret')
  const store = openFolderStore(join(dir, 'store'))
  symlinkSync(join(outside, 'secret'), join(dir, 'store', 'file'))
  symlinkSync(outside, join(dir, 'store', 'folder'))
  expect(await store.stat('file')).toBeUndefined()
  await expect(buffer(store.read('file', 0, 5))).rejects.toThrow()
  await expect(store.stat('folder/secret')).rejects.toThrow('symbolic link')
  await expect(buffer(store.read('folder/secret', 0, 5))).rejects.toThrow('symbolic link')
  await expect(store.create('folder/new')).rejects.toThrow('symbolic link')
  await expect(store.remove('folder/secret')).rejects.toThrow('symbolic link')
  expect(await keysOf(store)).toEqual([])
})
