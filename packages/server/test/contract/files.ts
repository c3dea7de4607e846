/** What every adapter of the file store does. `open` gives a fresh, empty one. */
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { beforeEach, expect, test } from 'vitest'
import type { FileStore } from '../../src/stores/files.ts'

export async function keep(store: FileStore, key: string, ...parts: (string | Uint8Array)[]): Promise<void> {
  const draft = await store.create(key)
  for (const part of parts) await draft.write(part)
  await draft.commit()
}

export async function keysOf(store: FileStore, prefix = ''): Promise<string[]> {
  const keys: string[] = []
  for await (const key of store.list(prefix)) keys.push(key)
  return keys
}

export function filesContract(open: () => FileStore): void {
  let store: FileStore
  beforeEach(() => { store = open() })

  test('nothing is under a key until commit, then everything', async () => {
    const draft = await store.create('a/b/SPHER.2016-09-26T04:15:07.252.fits.Z')
    await draft.write('µ\u0000')
    await draft.write(new Uint8Array(300_000).fill(7))
    expect(await store.stat('a/b/SPHER.2016-09-26T04:15:07.252.fits.Z')).toBeUndefined()
    expect(await keysOf(store)).toEqual([])
    const md5 = createHash('md5').update('µ\u0000').update(new Uint8Array(300_000).fill(7)).digest('hex')
    expect(await draft.commit()).toEqual({ sizeBytes: 300_003, md5 })
    const stat = await store.stat('a/b/SPHER.2016-09-26T04:15:07.252.fits.Z')
    expect(stat?.sizeBytes).toBe(300_003)
    expect(Math.abs((stat?.modifiedMs ?? 0) - Date.now())).toBeLessThan(60_000)
  })

  test('a range has its first and its last byte', async () => {
    await keep(store, 'x', '0123456789')
    const read = async (start: number, end: number): Promise<string> =>
      (await buffer(store.read('x', start, end))).toString()
    expect(await read(0, 9)).toBe('0123456789')
    expect(await read(3, 3)).toBe('3')
    expect(await read(8, 9)).toBe('89')
  })

  test('an empty file', async () => {
    await keep(store, 'empty')
    expect((await store.stat('empty'))?.sizeBytes).toBe(0)
    expect(await buffer(store.read('empty', 0, -1))).toHaveLength(0)
  })

  test('a discarded draft leaves nothing, and a committed one replaces what was there', async () => {
    const draft = await store.create('x')
    await draft.write('gone')
    await draft.discard()
    await draft.discard()
    expect(await store.stat('x')).toBeUndefined()
    await keep(store, 'x', 'one')
    await keep(store, 'x', 'second')
    expect((await buffer(store.read('x', 0, 5))).toString()).toBe('second')
  })

  test('keys are listed by prefix, in order; a removed one is gone; removing twice is no fault', async () => {
    for (const key of ['b/2', 'a/1', 'b/1/c', 'bb']) await keep(store, key, key)
    expect(await keysOf(store)).toEqual(['a/1', 'b/1/c', 'b/2', 'bb'])
    expect(await keysOf(store, 'b/')).toEqual(['b/1/c', 'b/2'])
    expect(await keysOf(store, 'b/1')).toEqual(['b/1/c'])
    expect(await keysOf(store, 'none')).toEqual([])
    await store.remove('b/2')
    await store.remove('b/2')
    expect(await keysOf(store, 'b')).toEqual(['b/1/c', 'bb'])
  })

  test.each(['', '/', '/etc/passwd', '..', '../x', 'a/../b', 'a//b', 'a/', './a', '.hidden', 'a/.b', 'a\\b', 'a\u0000', 'a b', 'ä', 'a%2fb'])(
    'what is no key is refused, whatever is asked: %j', async (key) => {
      await expect((async () => store.stat(key))()).rejects.toThrow()
      expect(() => store.read(key, 0, 1)).toThrow()
      await expect((async () => store.create(key))()).rejects.toThrow()
      await expect((async () => store.remove(key))()).rejects.toThrow()
    })

  test('reading what is not there fails in the stream', async () => {
    await expect(buffer(store.read('none', 0, 1))).rejects.toThrow()
  })
}
