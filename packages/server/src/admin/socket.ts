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
import { setTimeout as wait } from 'node:timers/promises'
import { ArchiveError, ERROR_CODES } from '@quipu/vo'
import type { ErrorCode } from '@quipu/vo'
import { z } from 'zod'
import { openArchive } from '../archive.ts'
import type { OpenArchive } from '../archive.ts'
import { issuesText } from '../config.ts'
import type { Progress } from '../ingest/ingest.ts'
import { ownerOf } from '../stores/owner.ts'
import { VERBS } from './verbs.ts'
import type { Asked, Given, VerbName, Work } from './verbs.ts'

/** What belongs to the verb stands beside it, and is checked by the verb's own shape. */
const request = z.looseObject({ verb: z.enum(Object.keys(VERBS) as [VerbName, ...VerbName[]]) })

const errorCode = z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
const progress = z.object({
  step: z.enum(['reading', 'copying', 'writing']), done: z.number(), of: z.number(),
})
const answer = z.union([
  z.object({ progress }), z.object({ result: z.unknown() }),
  z.object({ error: z.object({ code: errorCode, message: z.string() }) }),
])
type Answer = z.output<typeof answer>

/** A request that is longer is none of ours. */
const MAX_REQUEST = 65_536
/** Longest path of a socket: sun_path of Linux and macOS, with room for its end. */
const MAX_PATH_BYTES = 100

/** An owner that does not listen yet is starting; one that never will is another command. */
const STARTING_MS = 10_000
const POLL_MS = 100

export interface AdminSocket { close(): Promise<void> }

/** Listens in the data folder of an archive that this process owns. */
export async function openAdminSocket(archive: OpenArchive): Promise<AdminSocket> {
  const path = socketPath(archive.dataDir)
  await rm(path, { force: true })
  const sockets = new Set<Socket>()
  const running = new Set<Promise<void>>()
  let tail = Promise.resolve()
  const stopping = new AbortController()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    void firstLine(socket).then((line) => {
      const work = (): Promise<void> => answerLine(archive, socket, line, stopping.signal)
      const done = isInOrder(line) ? tail = tail.then(work) : work()
      running.add(done)
      void done.then(() => running.delete(done))
    })
  })
  await listening(server, path)
  await chmod(path, 0o600)
  return {
    async close() {
      stopping.abort(new ArchiveError('archive_unreachable',
        'the archive is stopping, and nothing was done; try again'))
      const closed = new Promise((resolve) => server.close(resolve))
      await Promise.all(running)
      for (const socket of sockets) socket.destroy()
      await closed
      await rm(path, { force: true })
    },
  }
}

/** Does one verb after the other: an owner does them, or the folder is opened once for all of them. */
export type Perform = <N extends VerbName>(
  name: N, asked: Asked<N>, report?: (progress: Progress) => void,
) => Promise<Given<N>>

/** Has the verb done: by the owner of the folder when there is one, else by this process. */
export function perform<N extends VerbName>(
  dataDir: string, name: N, asked: Asked<N>, report?: (progress: Progress) => void,
): Promise<Given<N>> {
  return performing(dataDir, (ask) => ask(name, asked, report))
}

/** The same for work that takes several verbs. */
export async function performing<T>(dataDir: string, work: (ask: Perform) => Promise<T>): Promise<T> {
  if (await isListening(dataDir)) {
    return work(async (name, asked, report) => {
      const owned = await askOwner(dataDir, name, asked, report)
      if (owned) return owned.given
      throw new ArchiveError('archive_unreachable', 'the running archive has ended; try again')
    })
  }
  const archive = await openArchive(dataDir, { isIdle: true })
  const { signal } = new AbortController()
  try {
    return await work(async <N extends VerbName>(
      name: N, asked: Asked<N>, report: (progress: Progress) => void = () => undefined,
    ) => await runVerb(archive, name, asked, { signal, report }) as Given<N>)
  } finally {
    await archive.close()
  }
}

/** False when there is no owner, or one that does not listen: another command, which has the folder. */
async function isListening(dataDir: string): Promise<boolean> {
  for (let waitedMs = 0; ownerOf(dataDir) && waitedMs < STARTING_MS; waitedMs += POLL_MS) {
    const socket = await connected(dataDir)
    socket?.destroy()
    if (socket) return true
    await wait(POLL_MS)
  }
  return false
}

/**
 * Has the owner of the folder do it. Undefined when nobody listens.
 * @throws ArchiveError what the owner answered.
 */
export async function askOwner<N extends VerbName>(
  dataDir: string, name: N, asked: Asked<N>, report: (progress: Progress) => void = () => undefined,
): Promise<{ readonly given: Given<N> } | undefined> {
  const socket = await connected(dataDir)
  if (!socket) return undefined
  socket.write(`${JSON.stringify({ verb: name, ...asked })}\n`)
  try {
    for await (const line of createInterface({ input: socket })) {
      const got = answer.parse(JSON.parse(line))
      if ('progress' in got) report(got.progress)
      else if ('error' in got) throw new ArchiveError(got.error.code, got.error.message)
      else return { given: VERBS[name].given.parse(got.result) as Given<N> }
    }
  } finally {
    socket.destroy()
  }
  throw new ArchiveError('archive_unreachable', 'the running archive ended before it was done; try again')
}

async function connected(dataDir: string): Promise<Socket | undefined> {
  const socket = connect(socketPath(dataDir))
  const isConnected = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  socket.on('error', () => socket.destroy())
  return isConnected ? socket : undefined
}

/** The table pairs each verb with its own shapes; of a name in a variable the compiler cannot see that. */
async function runVerb(archive: OpenArchive, name: VerbName, asked: unknown, work: Work): Promise<unknown> {
  const { asked: shape, run } = VERBS[name] as {
    asked: z.ZodType; run: (archive: OpenArchive, asked: unknown, work: Work) => unknown
  }
  const read = shape.safeParse(asked)
  if (!read.success) throw new ArchiveError('parameter_invalid', `${name}: ${issuesText(read.error)}`)
  return run(archive, read.data, work)
}

async function answerLine(
  archive: OpenArchive, socket: Socket, line: string, signal: AbortSignal,
): Promise<void> {
  const send = (message: Answer): void => {
    if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
  }
  try {
    const read = requestOf(line)
    if (!read) {
      throw new ArchiveError('parameter_invalid', 'the running archive is of another version of Quipu')
    }
    const work = { signal, report: (step: Progress) => send({ progress: step }) }
    const { verb, ...asked } = read
    send({ result: await runVerb(archive, verb, asked, work) })
  } catch (error) {
    if (error instanceof ArchiveError) send({ error: { code: error.code, message: error.message } })
    else {
      archive.log.error({ err: error }, 'an admin command failed')
      send({ error: { code: 'internal_error', message: 'the archive failed; its log tells why' } })
    }
  }
  socket.end()
}

function requestOf(line: string): z.output<typeof request> | undefined {
  try {
    return request.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}

function isInOrder(line: string): boolean {
  const verb = requestOf(line)?.verb
  return verb !== undefined && VERBS[verb].inOrder === true
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
