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
import type { RemoteFile } from './files.ts'

export interface Downloading {
  readonly withToken?: boolean | undefined
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

const MAX_TRIES = 5

/** The client for Node: redirects are followed step by step, each step deciding on the token anew. */
export function openClient(options: ClientOptions): ArchiveClient {
  return openPlainClient({ redirects: 'manual', userAgent: 'quipu/0.1.0', ...options })
}

/**
 * Downloads a file into a folder, which is made. While it is on its way it is `<name>.part`, beside a
 * note of its tag from which a later call resumes. A file of that name and size is not fetched again.
 *
 * @throws ArchiveError as `open` does, and `document_invalid` when what came is not what was promised.
 */
export async function download(
  client: ArchiveClient, dpIdOrUrl: string, folder: string, downloading: Downloading = {},
): Promise<Downloaded> {
  await mkdir(folder, { recursive: true })
  const { withToken, signal } = downloading
  let file = await client.open(dpIdOrUrl, { withToken, signal })
  const path = join(folder, localName(file.name))
  const part = `${path}.part`
  if (await isWhole(path, file)) {
    await cancel(file)
    downloading.onProgress?.(file.sizeBytes ?? 0, file.sizeBytes)
    return { path, sizeBytes: file.sizeBytes ?? 0, wasThere: true }
  }
  for (let attempt = 1; ; attempt++) {
    const resume = file.startBytes === 0 ? await resumable(part, file) : undefined
    if (resume) {
      await cancel(file)
      file = await client.open(dpIdOrUrl, { withToken, signal, resume })
    }
    try {
      await receive(file, part, downloading)
      await checkWhole(part, file)
      await rename(part, path)
      await rm(`${part}.etag`, { force: true })
      return { path, sizeBytes: (await stat(path)).size, wasThere: false }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (error instanceof ArchiveError || isLocal(error) || attempt >= MAX_TRIES) throw error
      await sleep(attempt * 500, undefined, signal ? { signal } : {})
      file = await client.open(dpIdOrUrl, { withToken, signal })
    }
  }
}

/** The name on this machine: Windows takes no colons, and names with them confuse macOS. */
export function localName(name: string, platform: string = process.platform): string {
  return platform === 'win32' || platform === 'darwin' ? name.replaceAll(':', '_') : name
}

async function isWhole(path: string, file: RemoteFile): Promise<boolean> {
  const size = await sizeOf(path)
  if (size === undefined || file.sizeBytes === null || size !== file.sizeBytes) return false
  return file.md5 === null || await md5Of(path) === file.md5
}

async function resumable(part: string, file: RemoteFile): Promise<{ from: number; etag: string } | undefined> {
  const size = await sizeOf(part)
  if (file.etag === null || size === undefined || size === 0 || file.sizeBytes === null || size >= file.sizeBytes) return undefined
  const etag = await readFile(`${part}.etag`, 'utf8').catch(() => undefined)
  return etag === file.etag ? { from: size, etag } : undefined
}

async function receive(file: RemoteFile, part: string, { onProgress, signal }: Downloading): Promise<void> {
  if (file.startBytes === 0) {
    await rm(`${part}.etag`, { force: true })
    await writeFile(part, '')
    if (file.etag !== null) await writeFile(`${part}.etag`, file.etag)
  }
  const handle = await open(part, 'a')
  let done = file.startBytes
  try {
    for await (const chunk of file.body) {
      signal?.throwIfAborted()
      await handle.writeFile(chunk)
      done += chunk.length
      onProgress?.(done, file.sizeBytes)
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A connection that drops early is tried again; bytes that are wrong are not kept. */
async function checkWhole(part: string, file: RemoteFile): Promise<void> {
  const size = await sizeOf(part) ?? 0
  if (file.sizeBytes !== null && size < file.sizeBytes) throw new Error(`${size} of ${file.sizeBytes} bytes came`)
  const wrongSize = file.sizeBytes !== null && size > file.sizeBytes
  if (wrongSize || (file.md5 !== null && await md5Of(part) !== file.md5)) {
    await rm(part, { force: true })
    await rm(`${part}.etag`, { force: true })
    throw new ArchiveError('document_invalid', `${file.name} is damaged: its ${wrongSize ? 'size' : 'checksum'} is not the one announced`)
  }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  return hash.digest('hex')
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(({ size }) => size, () => undefined)
}

async function cancel(file: RemoteFile): Promise<void> {
  await file.body[Symbol.asyncIterator]().return?.()
}

/** Failures of this machine's disk: trying again would not help. */
function isLocal(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return typeof code === 'string' && ['ENOSPC', 'EACCES', 'EROFS', 'EDQUOT', 'EISDIR', 'EPERM'].includes(code)
}
