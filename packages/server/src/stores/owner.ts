/**
 * Who owns a data folder: one process at a time, named by the file `lock` in it. Design §6.
 *
 * A process that was killed leaves its lock. It is told from a living one by the process's id together with
 * when that process began, so that another program with the same id is not taken for it.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { ArchiveError } from '@quipu/vo'

export interface Owner {
  readonly pid: number
  readonly host: string
  /** When the process began, in words that only its own machine understands; null where unknown. */
  readonly began: string | null
}

export interface Ownership {
  /** Gives the folder up. Safe to call more than once. */
  release(): void
}

const LOCK = 'lock'
/** Two processes may both find a stale lock; whoever loses finds the winner's at the next try. */
const TRIES = 5

/**
 * Takes the folder, which must exist, for this process.
 * @throws ArchiveError `archive_owned` when a living process has it.
 */
export function takeFolder(dir: string): Ownership {
  const mine: Owner = { pid: process.pid, host: hostname(), began: beganOf(process.pid) }
  for (let tries = 0; tries < TRIES; tries++) {
    if (tryWrite(dir, mine)) return { release: () => { releaseLock(dir, mine) } }
    const found = readLock(dir)
    if (found === undefined) continue
    const owner = parseOwner(found)
    if (owner !== undefined && mayLive(owner)) throw ownedBy(owner)
    removeStale(dir, found)
  }
  throw new ArchiveError('archive_owned', 'other processes are starting on this data folder: try again')
}

/** The living process that owns the folder; undefined when there is none. */
export function ownerOf(dir: string): Owner | undefined {
  const found = readLock(dir)
  const owner = found === undefined ? undefined : parseOwner(found)
  return owner !== undefined && mayLive(owner) ? owner : undefined
}

function ownedBy({ pid, host }: Owner): ArchiveError {
  const where = host === hostname() ? '' : ` on ${host}`
  const hint = host === hostname() ? '' : '; if it no longer runs, delete the file lock in the data folder'
  return new ArchiveError('archive_owned', `process ${pid}${where} owns this data folder${hint}`)
}

/** The lock comes into being with its text in it, or not at all: false when there is one. */
function tryWrite(dir: string, owner: Owner): boolean {
  const draft = join(dir, `${LOCK}.${owner.pid}`)
  try {
    writeFileSync(draft, `${JSON.stringify(owner)}\n`)
    linkSync(draft, join(dir, LOCK))
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function readLock(dir: string): string | undefined {
  try {
    return readFileSync(join(dir, LOCK), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Undefined for what is no lock of ours, or was damaged. */
function parseOwner(text: string): Owner | undefined {
  try {
    const { pid, host, began } = JSON.parse(text) as Partial<Owner>
    if (typeof pid !== 'number' || typeof host !== 'string') return undefined
    return { pid, host, began: typeof began === 'string' ? began : null }
  } catch {
    return undefined
  }
}

/** True when in doubt: of another machine's processes nothing is known here. */
function mayLive({ pid, host, began }: Owner): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it lives, as another user's.
    if (codeOf(error) === 'ESRCH') return false
  }
  const now = beganOf(pid)
  return began === null || now === null || began === now
}

/**
 * Boot and start time of a process where the system tells them (Linux: proc(5), field 22 of stat). One that
 * has ended and that its parent has not asked for yet (`Z`) has no time that a lock could have.
 */
function beganOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field, a program's name in parentheses, may hold blanks and parentheses.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return state === 'Z' ? 'ended' : `${boot}:${rest[18] ?? ''}`
  } catch {
    return null
  }
}

/** Moves the lock away first and looks at what was moved: it may be a new owner's by now. */
function removeStale(dir: string, stale: string): void {
  const aside = join(dir, `${LOCK}.${process.pid}`)
  try {
    renameSync(join(dir, LOCK), aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  if (readFileSync(aside, 'utf8') === stale) rmSync(aside)
  else renameSync(aside, join(dir, LOCK))
}

function releaseLock(dir: string, mine: Owner): void {
  const found = readLock(dir)
  const owner = found === undefined ? undefined : parseOwner(found)
  const isMine = owner?.pid === mine.pid && owner.host === mine.host && owner.began === mine.began
  if (isMine) rmSync(join(dir, LOCK))
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
