/**
 * Makes a data folder: settings, schema, rules, keys, people. It is made beside its place and put there by
 * one rename, so that it is whole or not there. Design §6.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ArchiveError } from '@quipu/vo'
import { openArchive } from '../archive.ts'
import { defaultConfigText, parseConfig } from '../config.ts'
import { ownerOf } from '../stores/owner.ts'
import { syncFolder } from '../stores/sync-folder.ts'
import { parseAccess, putAccess } from './access.ts'

export interface InitOptions {
  /** Files and folders to copy from; defaults where absent. */
  readonly config?: string | undefined
  readonly access?: string | undefined
  /** One folder or more; a file of the same name in two of them is a mistake. */
  readonly schema?: string | readonly string[] | undefined
  readonly rules?: string | undefined
}

/** What may be in a folder that an earlier `init` did not finish. */
const OWN_NAMES =
  /^(archive\.yaml|schema|rules|keys|files|results|lock(\.\d+)?|truth\.sqlite.*|columns\.duckdb.*)$/

/**
 * Makes the archive.
 * @throws ArchiveError `config_invalid`: the folder holds something already, or a given file has a mistake.
 */
export async function initArchive(dataDir: string, options: InitOptions = {}): Promise<void> {
  const dir = resolve(dataDir)
  const there: string[] = await readdir(dir).catch(() => [])
  if (there.includes('archive.yaml')) {
    throw new ArchiveError('config_invalid',
      `${dir} is an archive already: ingest into it, serve it, or give another folder`)
  }
  if (there.length > 0) {
    throw new ArchiveError('config_invalid', `${dir} is not empty: give a new folder`)
  }
  const config = options.config === undefined ? defaultConfigText() : await given(options.config)
  parseConfig(config, options.config)
  const access = options.access === undefined
    ? undefined : parseAccess(await given(options.access), options.access)
  const partial = `${dir}.partial`
  await clear(partial)
  await mkdir(partial, { recursive: true, mode: 0o700 })
  try {
    await writeFile(join(partial, 'archive.yaml'), config, { flush: true, mode: 0o600 })
    await copyYaml([options.schema ?? packagedSchema()].flat(), join(partial, 'schema'))
    await copyYaml(options.rules === undefined ? [] : [options.rules], join(partial, 'rules'))
    const archive = await openArchive(partial, { isIdle: true })
    try {
      if (access) await putAccess(archive.truth, access)
    } finally {
      await archive.close()
    }
    await rename(partial, dir)
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
  await syncFolder(dirname(dir))
}

/** Removes what an `init` that was ended left, and nothing else. */
async function clear(partial: string): Promise<void> {
  const names = await readdir(partial).catch(() => undefined)
  if (!names) return
  const owner = ownerOf(partial)
  if (owner) throw new ArchiveError('archive_owned', `process ${owner.pid} is making this archive`)
  const foreign = names.find((name) => !OWN_NAMES.test(name))
  if (foreign !== undefined) {
    throw new ArchiveError('config_invalid', `${partial} is in the way, and holds ${foreign}`)
  }
  await rm(partial, { recursive: true, force: true })
}

/** The schema that comes with the package: beside its built files, or at the root of the sources. */
function packagedSchema(): string {
  const places = ['../schema', '../../schema', '../../../../schema']
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
  const found = places.find((place) => existsSync(join(place, 'tap_schema.yaml')))
  if (found === undefined) throw new ArchiveError('config_invalid', 'no schema is here: give --schema')
  return found
}

async function copyYaml(folders: readonly string[], to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 })
  const origins = new Map<string, string>()
  for (const from of folders) {
    const names = (await readdir(from).catch((cause: unknown) => {
      throw new ArchiveError('config_invalid', `the folder ${from} cannot be read`, { cause })
    })).filter((name) => /\.ya?ml$/.test(name))
    if (names.length === 0) throw new ArchiveError('config_invalid', `the folder ${from} has no .yaml file`)
    for (const name of names) {
      const other = origins.get(name)
      if (other !== undefined) {
        throw new ArchiveError('config_invalid',
          `${name} is in ${other} and in ${from}: give one another name`)
      }
      origins.set(name, from)
      await writeFile(join(to, name), await readFile(join(from, name)), { flush: true })
    }
  }
}

async function given(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw new ArchiveError('config_invalid', `the file ${path} cannot be read`, { cause })
  })
}
