/**
 * Downloads to disk, for Node: named by the server, resumed, checked, never half-written under their
 * own name. eso-protocol §3.2 (what clients do), §2.9 (colons in names).
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ArchiveError } from '@quipu/vo'
import { openClient as openPlainClient } from './client.ts'
import type { ArchiveClient, ClientOptions } from './client.ts'
import type { Opening, RemoteFile } from './files.ts'

export interface Downloading {
  readonly withToken?: Opening['withToken']
  readonly signal?: AbortSignal | undefined
  /** Called often; `totalBytes` is null when the server does not say. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number | null) => void) | undefined
}

export interface Downloaded {
  readonly path: string
  readonly sizeBytes: number
  /** It was there already, whole, and was not fetched again. */
  readonly wasThere: boolean
}

/** Attempts in a row that bring nothing. */
const MAX_TRIES = 5

/** The client for Node: redirects are followed step by step, each step deciding on the token anew. */
export function openClient(options: ClientOptions): ArchiveClient {
  return openPlainClient({ redirects: 'manual', userAgent: 'quipu/0.1.0', ...options })
}

/**
 * Downloads a file into a folder, which is made. While it is on its way it is `<name>.part`, beside a
 * note of what it is a part of; a later call resumes it. A file that is there is not fetched again: of that
 * name and size (and checksum, where the server says it), or of that name with or without `.Z`. Another file
 * of that name is moved aside, to `<name>.old`.
 *
 * @throws ArchiveError as `open` does, and `document_invalid` when what came is not what was promised. The
 *   signal's reason when aborted; the part stays.
 */
export async function download(
  client: Pick<ArchiveClient, 'open'>, dpIdOrUrl: string, folder: string, downloading: Downloading = {},
): Promise<Downloaded> {
  await mkdir(folder, { recursive: true })
  const { withToken, signal } = downloading
  const asked = { withToken, signal }
  let file = await client.open(dpIdOrUrl, asked)
  const path = join(folder, localName(file.name))
  const there = await findThere(path, file)
  if (there) {
    await file.close()
    downloading.onProgress?.(there.sizeBytes, there.sizeBytes)
    return { ...there, wasThere: true }
  }
  const part = `${path}.part`
  const resume = await resumable(part, file)
  if (resume) {
    await file.close()
    file = await client.open(dpIdOrUrl, { ...asked, resume })
  }
  let mostBytes = file.startBytes
  for (let attempt = 1; ; attempt++) {
    try {
      await receive(file, part, downloading)
      return { path, sizeBytes: await finish(part, path, file), wasThere: false }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const isBroken = error instanceof ArchiveError && error.code === 'archive_unreachable'
      if (!isBroken || attempt >= MAX_TRIES) throw error
      const cameBytes = await sizeOf(part) ?? 0
      if (cameBytes > mostBytes) attempt = 1
      mostBytes = Math.max(mostBytes, cameBytes)
      await sleep(attempt * 500, undefined, signal ? { signal } : {})
      file = await client.open(dpIdOrUrl, { ...asked, resume: await resumable(part, file) })
    }
  }
}

/** The name on this machine: Windows takes no colons, and names with them confuse macOS. */
export function localName(name: string, platform: string = process.platform): string {
  return platform === 'win32' || platform === 'darwin' ? name.replaceAll(':', '_') : name
}

/** The file on this machine, where it is whole as far as that can be known. */
async function findThere(
  path: string, file: RemoteFile,
): Promise<{ path: string; sizeBytes: number } | undefined> {
  const sizeBytes = await sizeOf(path)
  if (sizeBytes !== undefined) {
    const isWhole = (file.sizeBytes === null || sizeBytes === file.sizeBytes)
      && (file.md5 === null || await md5Of(path) === file.md5)
    return isWhole ? { path, sizeBytes } : undefined
  }
  // Somebody unpacked it, or has it packed.
  const twin = /\.Z$/.test(path) ? path.slice(0, -2) : `${path}.Z`
  const twinBytes = await sizeOf(twin)
  return twinBytes === undefined ? undefined : { path: twin, sizeBytes: twinBytes }
}

async function resumable(part: string, file: RemoteFile): Promise<Opening['resume']> {
  const { validator, sizeBytes } = file
  const from = await sizeOf(part)
  if (validator === null || sizeBytes === null || from === undefined) return undefined
  if (from === 0 || from >= sizeBytes) return undefined
  const of = await readFile(noteOf(part), 'utf8').catch(() => undefined)
  return of === validator ? { from, validator } : undefined
}

/** Beside a part: the validator of the file that it is a part of. */
function noteOf(part: string): string {
  return `${part}.of`
}

async function receive(file: RemoteFile, part: string, { onProgress, signal }: Downloading): Promise<void> {
  if (file.startBytes === 0) {
    await rm(noteOf(part), { force: true })
    await writeFile(part, '')
    if (file.validator !== null) await writeFile(noteOf(part), file.validator)
  }
  const handle = await open(part, 'a')
  let done = file.startBytes
  try {
    for await (const chunk of file.bytes()) {
      signal?.throwIfAborted()
      await handle.writeFile(chunk)
      done += chunk.length
      onProgress?.(done, file.sizeBytes)
    }
    await handle.sync()
  } catch (error) {
    // A page in place of the file leaves nothing worth going on with.
    if (error instanceof ArchiveError && error.code === 'document_invalid') await forget(part)
    throw error
  } finally {
    await handle.close()
  }
}

/**
 * Gives a whole file its name. A connection that dropped early is a broken one; bytes that are wrong are not
 * kept.
 */
async function finish(part: string, path: string, file: RemoteFile): Promise<number> {
  const sizeBytes = await sizeOf(part) ?? 0
  if (file.sizeBytes !== null && sizeBytes < file.sizeBytes) {
    throw new ArchiveError('archive_unreachable',
      `only ${sizeBytes} of the ${file.sizeBytes} bytes of ${file.name} came`)
  }
  const wrongSize = file.sizeBytes !== null && sizeBytes > file.sizeBytes
  if (wrongSize || (file.md5 !== null && await md5Of(part) !== file.md5)) {
    await forget(part)
    throw new ArchiveError('document_invalid',
      `${file.name} came damaged: its ${wrongSize ? 'size' : 'checksum'} is not the one announced; try again`)
  }
  if (await sizeOf(path) !== undefined) await rename(path, `${path}.old`)
  await rename(part, path)
  await rm(noteOf(part), { force: true })
  return sizeBytes
}

async function forget(part: string): Promise<void> {
  await rm(part, { force: true })
  await rm(noteOf(part), { force: true })
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

/** Of a file; undefined when there is none. A folder of that name is for `open` to complain of. */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined)
  return found?.isFile() === true ? found.size : undefined
}
