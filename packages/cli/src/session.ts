/**
 * Which archive, and as whom. A token from `quipu login` is kept in a file of its owner alone, one for
 * each archive, until it is over; `QUIPU_TOKEN` wins over it. Neither is ever an argument.
 */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { profileOf } from '@quipu/client'
import type { ArchiveClient } from '@quipu/client'
import { openClient } from '@quipu/client/node'

export interface Choice { readonly archive: string; readonly anonymous: boolean }

type Tokens = Record<string, string>

/** The archive used without `--archive`. */
export function defaultArchive(): string {
  return process.env['QUIPU_ARCHIVE'] ?? 'eso'
}

/** A client for the chosen archive, signed in where a token is known and not over. */
export async function openSession(choice: Choice): Promise<ArchiveClient> {
  const client = openClient({ profile: profileOf(choice.archive) })
  if (choice.anonymous) return client
  const text = process.env['QUIPU_TOKEN'] ?? (await readTokens())[client.profile.name]
  if (text === undefined) return client
  if (client.useToken(text).isOver(Date.now())) {
    client.signOut()
    process.stderr.write(`The sign-in at ${client.profile.name} is over; going on without it (quipu login)\n`)
  }
  return client
}

/** Keeps the text of a token, or forgets it. */
export async function keepToken(archive: string, text: string | undefined): Promise<void> {
  const tokens = await readTokens()
  if (text === undefined) delete tokens[archive]
  else tokens[archive] = text
  await mkdir(folder(), { recursive: true, mode: 0o700 })
  const path = tokensPath()
  const draft = `${path}.${process.pid}`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(tokens))
    await file.close()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

async function readTokens(): Promise<Tokens> {
  try {
    const read = JSON.parse(await readFile(tokensPath(), 'utf8')) as unknown
    return read !== null && typeof read === 'object' ? read as Tokens : {}
  } catch {
    return {}
  }
}

function folder(): string {
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'quipu')
}

function tokensPath(): string {
  return join(folder(), 'tokens.json')
}
