#!/usr/bin/env node
/** The command `quipu-archive`: init, ingest, serve, rebuild, and those of admin/program*.ts. */
import './threads.ts'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { ArchiveError } from '@quipu/vo'
import { initArchive } from './admin/init.ts'
import type { InitOptions } from './admin/init.ts'
import { addAuditCommands } from './admin/program-audit.ts'
import { addAccessCommands } from './admin/program.ts'
import type { DataOption } from './admin/program.ts'
import { openAdminSocket, perform } from './admin/socket.ts'
import { openArchive } from './archive.ts'
import { SETTINGS } from './config.ts'
import { startServer } from './http/server.ts'
import type { IngestResult, Progress } from './ingest/ingest.ts'
import { unlessDiskFull } from './stores/disk-full.ts'

/** The data folder, as the first argument or as --data. */
function dataDirOf(dir: string | undefined, { data }: DataOption): string {
  if (dir !== undefined && data !== undefined && resolve(dir) !== resolve(data)) {
    throw new ArchiveError('config_invalid', `two data folders are given: ${dir} and ${data}`)
  }
  const chosen = dir ?? data
  if (chosen === undefined) throw new ArchiveError('config_invalid', 'give the data folder')
  return resolve(chosen)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function init(dir: string | undefined, options: InitOptions & DataOption): Promise<void> {
  const dataDir = dataDirOf(dir, options)
  await initArchive(dataDir, options)
  say(`made an archive in ${dataDir}`)
}

/** `ingest DIR FOLDER`, or `ingest FOLDER --data DIR`. */
async function ingest(
  first: string, second: string | undefined, options: DataOption & { readonly skipInvalid?: boolean },
): Promise<void> {
  const dataDir = dataDirOf(second === undefined ? undefined : first, options)
  const folder = resolve(second ?? first)
  const line = progressLine()
  const asked = { folder, skipInvalid: options.skipInvalid === true }
  const result = await perform(dataDir, 'ingest', asked, line.report)
  line.end()
  tell(result, folder)
}

function tell(result: IngestResult, folder: string): void {
  for (const { where, what } of result.problems) process.stderr.write(`${where}: ${what}\n`)
  const count = result.problems.length
  if (result.batch === null) {
    process.exitCode = 1
    process.stderr.write(count === 0 ? `${folder} holds nothing to take in\n`
      : `${count} of the holdings cannot be taken in, so none was; --skip-invalid takes the rest\n`)
    return
  }
  const left = count === 0 ? '' : `, ${count} left out`
  const megabytes = (result.sizeBytes / 1e6).toFixed(1)
  say(`batch ${result.batch}: ${result.added} added, ${result.replaced} replaced${left};`
    + ` ${result.files} files, ${megabytes} MB`)
}

/** One line that is written over, where people look. */
function progressLine(): { report(progress: Progress): void; end(): void } {
  const { stderr } = process
  if (!stderr.isTTY) return { report: () => undefined, end: () => undefined }
  return {
    report({ step, done, of }) { stderr.write(`\r\x1b[K${step} ${done}/${of}`) },
    end() { stderr.write('\r\x1b[K') },
  }
}

async function serve(
  dir: string | undefined, options: DataOption & { readonly host: string; readonly port: number },
): Promise<void> {
  const dataDir = dataDirOf(dir, options)
  if (!existsSync(join(dataDir, 'archive.yaml'))) await initArchive(dataDir)
  const stopped = new Promise<NodeJS.Signals>((stop) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(signal))
  })
  const archive = await openArchive(dataDir)
  try {
    const server = await startServer(archive, options)
    try {
      const admin = await openAdminSocket(archive)
      try {
        say(`Quipu archive at ${server.url}`)
        archive.log.info({ signal: await stopped }, 'stopping')
      } finally {
        await admin.close()
      }
    } finally {
      // Jobs are not waited for: they are taken up at the next start, and who waits for one is told so.
      await Promise.all([server.close(), archive.jobs.stop()])
    }
  } finally {
    await archive.close()
  }
}

async function rebuild(dir: string | undefined, options: DataOption): Promise<void> {
  const dataDir = dataDirOf(dir, options)
  const archive = await openArchive(dataDir, { isIdle: true, rebuild: true })
  const batches = archive.truth.lastBatch()
  await archive.close()
  say(`the published tables are made anew from ${batches} batches`)
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0, for a free one, to 65535.')
}

function settingsHelp(): string {
  const lines = SETTINGS.map(({ name, default: value, help }) =>
    `  ${name.padEnd(26)} ${help}${value === undefined ? '' : ` [${value}]`}`)
  return `\nSettings, in archive.yaml of the data folder:\n${lines.join('\n')}`
}

function program(): Command {
  const version = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }).version
  const command = new Command('quipu-archive').version(version)
    .description('An observatory archive: searches, files, calibrations, private data.')
    .showHelpAfterError('(--help tells what can be given)')
  const data = ['--data <dir>', 'the data folder, instead of the first argument'] as const
  command.command('init').argument('[dir]', 'the data folder to make').option(...data)
    .description('make a data folder')
    .option('--config <file>', 'settings: archive.yaml')
    .option('--access <file>', 'people, runs and rights: access.yaml')
    .option('--schema <dir>', 'published tables, instead of those that come with Quipu; may be repeated',
      (folder: string, before: readonly string[] = []) => [...before, folder])
    .option('--rules <dir>', 'calibration rules')
    .addHelpText('after', settingsHelp()).action(init)
  command.command('ingest').option(...data)
    .argument('<dir>', 'the data folder').argument('[folder]', 'the holdings')
    .description('take in a folder of FITS files and records; a running archive does it itself')
    .option('--skip-invalid', 'take in the rest when some of it cannot be').action(ingest)
  command.command('serve').argument('[dir]', 'the data folder; made if absent').option(...data)
    .description('serve the archive over HTTP')
    .option('--host <name>', 'address to listen on', '127.0.0.1')
    .option('--port <number>', 'port to listen on; 0 takes a free one', portOf, 8080)
    .addHelpText('after', settingsHelp()).action(serve)
  command.command('rebuild').argument('[dir]', 'the data folder').option(...data)
    .description('make the published tables anew from the truth; not while the archive runs').action(rebuild)
  addAccessCommands(command, say)
  addAuditCommands(command, say)
  return command
}

// What is made below a data folder is its owner's alone, wherever the folder stands or is copied to.
process.umask(0o077)
// `audit | head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})
try {
  await program().parseAsync()
} catch (error) {
  const known = unlessDiskFull(error, 'make room, then try again')
  if (!(known instanceof ArchiveError)) throw error
  process.stderr.write(`quipu-archive: ${known.message}\n`)
  process.exitCode = 1
}
