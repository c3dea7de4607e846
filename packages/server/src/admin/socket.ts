/**
 * The local admin socket: who runs the archive does what commands ask, since one process owns the folder
 * (design §6). A request is one line of JSON, the answer is lines of JSON, the last one `result` or `error`.
 * Whoever may enter the data folder may use it; the folder is its owner's alone.
 */
import { chmod, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { ArchiveError, ERROR_CODES } from '@quipu/vo'
import type { ErrorCode } from '@quipu/vo'
import { z } from 'zod'
import type { OpenArchive } from '../archive.ts'
import { ingestFolder } from '../ingest/ingest.ts'
import type { IngestResult, Progress } from '../ingest/ingest.ts'

const request = z.strictObject({
  verb: z.literal('ingest'), folder: z.string().min(1), skipInvalid: z.boolean(),
})
export type AdminRequest = z.output<typeof request>

const errorCode = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
const progress = z.object({
  step: z.enum(['reading', 'copying', 'writing']), done: z.number(), of: z.number(),
})
const result = z.object({
  batch: z.number().nullable(), added: z.number(), replaced: z.number(), files: z.number(),
  sizeBytes: z.number(), problems: z.array(z.object({ where: z.string(), what: z.string() })),
})
const answer = z.union([
  z.object({ progress }), z.object({ result }),
  z.object({ error: z.object({ code: errorCode, message: z.string() }) }),
])
type Answer = z.output<typeof answer>

/** A request that is longer is none of ours. */
const MAX_REQUEST = 65_536
/** Longest path of a socket: sun_path of Linux and macOS, with room for its end. */
const MAX_PATH_BYTES = 100

export interface AdminSocket { close(): Promise<void> }

/** Listens in the data folder of an archive that this process owns. */
export async function openAdminSocket(archive: OpenArchive): Promise<AdminSocket> {
  const path = socketPath(archive.dataDir)
  await rm(path, { force: true })
  const sockets = new Set<Socket>()
  let tail: Promise<unknown> = Promise.resolve()
  const stopping = new AbortController()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    void firstLine(socket).then((line) => {
      // One command after the other: batches are numbered in order.
      tail = tail.then(() => answerLine(archive, socket, line, stopping.signal))
    })
  })
  await listening(server, path)
  await chmod(path, 0o600)
  return {
    async close() {
      stopping.abort(new ArchiveError('archive_unreachable',
        'the archive is stopping, and nothing was taken in; ingest again'))
      const closed = new Promise((resolve) => server.close(resolve))
      await tail
      for (const socket of sockets) socket.destroy()
      await closed
      await rm(path, { force: true })
    },
  }
}

/**
 * Has the owner of the folder take in a folder of holdings. Undefined when nobody listens.
 * @throws ArchiveError what the owner answered.
 */
export async function askIngest(
  dataDir: string, asked: AdminRequest, report: (progress: Progress) => void,
): Promise<IngestResult | undefined> {
  const socket = connect(socketPath(dataDir))
  const isConnected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  if (!isConnected) return undefined
  socket.on('error', () => socket.destroy())
  socket.write(`${JSON.stringify(asked)}\n`)
  try {
    for await (const line of createInterface({ input: socket })) {
      const got = answer.parse(JSON.parse(line))
      if ('result' in got) return got.result
      if ('error' in got) throw new ArchiveError(got.error.code, got.error.message)
      report(got.progress)
    }
  } finally {
    socket.destroy()
  }
  throw new ArchiveError('archive_unreachable', 'the running archive ended before it was done; ingest again')
}

async function answerLine(
  archive: OpenArchive, socket: Socket, line: string, signal: AbortSignal,
): Promise<void> {
  const send = (message: Answer): void => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
  }
  try {
    const { folder, skipInvalid } = request.parse(JSON.parse(line))
    const { problems, ...done } = await ingestFolder(archive, folder, {
      skipInvalid, signal, progress: (step) => send({ progress: step }),
    })
    send({ result: { ...done, problems: [...problems] } })
  } catch (error) {
    if (error instanceof ArchiveError) send({ error: { code: error.code, message: error.message } })
    else {
      archive.log.error({ err: error }, 'an admin command failed')
      send({ error: { code: 'internal_error', message: 'the archive failed; its log tells why' } })
    }
  }
  socket.end()
}

function firstLine(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (piece: string) => {
      text += piece
      const end = text.indexOf('\n')
      if (end >= 0) {
        socket.removeAllListeners('data')
        resolve(text.slice(0, end))
      } else if (text.length > MAX_REQUEST) socket.destroy()
    })
  })
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
}

function socketPath(dataDir: string): string {
  const path = join(dataDir, 'admin.sock')
  const shorter = relative(process.cwd(), path)
  const chosen = Buffer.byteLength(path) <= MAX_PATH_BYTES ? path : shorter
  if (Buffer.byteLength(chosen) > MAX_PATH_BYTES) {
    throw new ArchiveError('config_invalid', `the path of this data folder is too long: ${dataDir}`)
  }
  return chosen
}
