/**
 * The embedded file store: bytes under a key are a file at that path below one folder. Design §6.
 *
 * A draft is a file of its own beside its place (`.<uuid>.part`), put there by one rename after its bytes are
 * on the disk: a key has all of its bytes or does not exist. What a crash left is swept at the next opening.
 */
import { createHash, randomUUID } from 'node:crypto'
import { constants, createReadStream, lstatSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { assert } from '@quipu/vo'
import type { Draft, FileStore } from './files.ts'
import { syncFolder } from './sync-folder.ts'

/** Parts of safe characters that do not begin with a dot: no escape, no hidden file, no draft. */
const PART = '[A-Za-z0-9_+@=,:-][A-Za-z0-9._+@=,:-]{0,254}'
const KEY = new RegExp(`^(?:${PART}/){0,15}${PART}$`)
const DRAFT = /^\.[0-9a-f-]{36}\.part$/

/** Opens the folder, which is made if absent. One process owns it. */
export function openFolderStore(dir: string): FileStore {
  mkdirSync(dir, { recursive: true })
  const root = realpathSync(dir)
  sweep(root)
  const folders: Folders = new Map()
  return {
    async stat(key) {
      const path = pathOf(root, key)
      await checkFolders(root, path)
      const found = await lstat(path).catch(missing)
      // A symbolic link is nobody's: it may lead anywhere.
      return found?.isFile() === true ? { sizeBytes: found.size, modifiedMs: found.mtimeMs } : undefined
    },
    read: (key, start, end) => readFrom(root, pathOf(root, key), start, end),
    create: (key) => openDraft(root, folders, pathOf(root, key)),
    async remove(key) {
      const path = pathOf(root, key)
      await checkFolders(root, path)
      await rm(path, { force: true })
      await syncFolder(dirname(path)).catch(missing)
    },
    list: (prefix) => listKeys(root, prefix),
  }
}

function pathOf(root: string, key: string): string {
  assert(KEY.test(key), 'a key of the file store is a relative path of safe characters')
  return join(root, key)
}

function missing(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
  throw error
}

/** Refuses a path of which a folder is a symbolic link: it may lead outside. */
async function checkFolders(root: string, path: string): Promise<void> {
  for (let folder = dirname(path); folder.length > root.length; folder = dirname(folder)) {
    const found = await lstat(folder).catch(missing)
    if (found?.isSymbolicLink() === true) throw new Error('a folder of the file store is a symbolic link')
  }
}

/** A stream that fails, rather than a call: the file is opened when it is read. */
function readFrom(root: string, path: string, start: number, end: number): Readable {
  if (end < start) return Readable.from([])
  async function* bytes(): AsyncGenerator<Buffer> {
    await checkFolders(root, path)
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    yield* createReadStream('', { fd: handle, start, end, highWaterMark: 256 * 1024 })
  }
  return Readable.from(bytes(), { objectMode: false })
}

/** Folders below the root whose names are durable, or will be: settled when they are. */
type Folders = Map<string, Promise<void>>

/** Makes the folder if absent. Its name, once durable, costs no further visit to the disk. */
function madeFolder(root: string, folders: Folders, folder: string): Promise<void> {
  const known = folders.get(folder)
  if (known) return known
  const make = async (): Promise<void> => {
    const parent = dirname(folder)
    if (folder.length <= root.length) return
    await madeFolder(root, folders, parent)
    await mkdir(folder).catch(existing)
    await syncFolder(parent)
  }
  const making = make()
  folders.set(folder, making)
  making.catch(() => folders.delete(folder))
  return making
}

function existing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
}

async function openDraftFile(root: string, folders: Folders, folder: string): Promise<[string, FileHandle]> {
  const path = join(folder, `.${randomUUID()}.part`)
  await madeFolder(root, folders, folder)
  const handle = await open(path, 'wx', 0o640).catch(missing)
  if (handle) return [path, handle]
  // Somebody has removed the folder since.
  folders.clear()
  await madeFolder(root, folders, folder)
  return [path, await open(path, 'wx', 0o640)]
}

async function openDraft(root: string, folders: Folders, path: string): Promise<Draft> {
  await checkFolders(root, path)
  const folder = dirname(path)
  const [draft, handle] = await openDraftFile(root, folders, folder)
  const hash = createHash('md5')
  let sizeBytes = 0
  let isOpen = true
  return {
    async write(bytes) {
      assert(isOpen, 'a draft that has ended takes no bytes')
      const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
      hash.update(data)
      sizeBytes += data.byteLength
      await writeAll(handle, data)
    },
    async commit() {
      assert(isOpen, 'a draft ends once')
      isOpen = false
      try {
        await handle.sync()
        await handle.close()
        await rename(draft, path)
      } catch (error) {
        await handle.close().catch(() => undefined)
        await rm(draft, { force: true })
        throw error
      }
      // The new name is durable only when its folder is.
      await syncFolder(folder)
      return { sizeBytes, md5: hash.digest('hex') }
    },
    async discard() {
      if (!isOpen) return
      isOpen = false
      await handle.close()
      await rm(draft, { force: true })
    },
  }
}

async function writeAll(handle: FileHandle, data: Uint8Array): Promise<void> {
  for (let done = 0; done < data.byteLength;) {
    const { bytesWritten } = await handle.write(data, done)
    done += bytesWritten
  }
}

/** Keys with the prefix, in order. */
async function* listKeys(root: string, prefix: string, below = ''): AsyncGenerator<string> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch(missing) ?? []
  for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const key = below + entry.name
    if (entry.isDirectory()) {
      const inside = `${key}/`
      if (inside.startsWith(prefix) || prefix.startsWith(inside)) yield* listKeys(root, prefix, inside)
    } else if (entry.isFile() && key.startsWith(prefix) && KEY.test(key)) yield key
  }
}

/** Removes drafts that nobody will finish. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const found = lstatSync(path)
    if (found.isDirectory()) sweep(path)
    else if (found.isFile() && DRAFT.test(name)) rmSync(path)
  }
}
