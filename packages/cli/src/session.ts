/**
 * Which archive, and as whom. A token from `quipu login` is kept in a file of its owner alone, one for
 * each archive, until it is over; `QUIPU_TOKEN` wins over it. Neither is ever an argument.
 */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { profileOf } from '@quipu/client'
import type { ArchiveClient } from '@quipu/client'
import { openClient } from '@quipu/client/node'

export interface Choice { readonly archive: string; readonly anonymous: boolean }

/** The archive used without `--archive`. */
export function defaultArchive(): string {
  return process.env['QUIPU_ARCHIVE'] || 'eso'
}

/** A client for the chosen archive, signed in where a token is known and not over. */
export async function openSession(choice: Choice): Promise<ArchiveClient> {
  const client = openClient({ profile: profileOf(choice.archive) })
  if (choice.anonymous) return client
  const { name } = client.profile
  const text = process.env['QUIPU_TOKEN'] || await readFile(tokenPath(name), 'utf8').catch(() => '')
  if (text === '') return client
  if (client.useToken(text).isOver(Date.now())) {
    client.signOut()
    process.stderr.write(`The sign-in at ${name} is over; going on without it (quipu login)\n`)
  }
  return client
}

/** Keeps the text of a token until it is over. */
export async function keepToken(archive: string, text: string): Promise<void> {
  const path = tokenPath(archive)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // Made anew and renamed: an older file may be readable by others, or half-read by another command.
  const draft = `${path}.${randomUUID()}`
  try {
    await writeFile(draft, text, { mode: 0o600, flag: 'wx' })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Forgets the token; false when there was none. */
export async function forgetToken(archive: string): Promise<boolean> {
  return rm(tokenPath(archive)).then(() => true, () => false)
}

/** One file an archive, so that signing in at two of them at once loses neither. */
function tokenPath(archive: string): string {
  const config = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
  return join(config, 'quipu', 'tokens', encodeURIComponent(archive))
}
