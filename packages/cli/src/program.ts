/** The commands and their options: one place that `--help` is printed from. */
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { isCancel, password as askPassword, text as askText } from '@clack/prompts'
import { Command, InvalidArgumentError, Option } from 'commander'
import { lintRuleSet, loadRuleSet } from '@quipu/association'
import { dpIdOfLink } from '@quipu/client'
import type { ArchiveClient, TapResult } from '@quipu/client'
import { download } from '@quipu/client/node'
import { ArchiveError } from '@quipu/vo'
import { parseMode } from '@quipu/vo/eso'
import type { Mode } from '@quipu/vo/eso'
import { alignedTable, formatResult, formatTree, printable } from './output.ts'
import type { Format } from './output.ts'
import { defaultArchive, keepToken, openSession } from './session.ts'
import type { Choice } from './session.ts'

interface QueryOptions { maxrec?: number; format: Format; job?: boolean; duration: number; timeout: number }

/** Makes the command line. Nothing is asked of an archive until it is parsed. */
export function makeProgram(version: string, signal: AbortSignal): Command {
  const program = new Command('quipu')
    .description('Search an observatory archive, download, and get the calibrations of a frame.')
    .version(version)
    .option('--archive <name>', "'eso' or the base URL of an archive (QUIPU_ARCHIVE)", defaultArchive())
    .option('--anonymous', 'do not use the sign-in', false)
    .showHelpAfterError()
  const session = (): Promise<ArchiveClient> => openSession(program.opts<Choice>())
  addAccount(program, session, signal)
  addSearch(program, session, signal)
  addFiles(program, session, signal)
  addRules(program)
  return program
}

type Session = () => Promise<ArchiveClient>

function addAccount(program: Command, session: Session, signal: AbortSignal): void {
  program.command('login')
    .description('sign in: name and password are asked for; or a token is read from standard input')
    .action(async () => {
      const client = await session()
      const { name } = client.profile
      if (process.stdin.isTTY === true) {
        const user = answered(await askText({ message: `User name at ${name}` }))
        const token = await client.signIn(user, answered(await askPassword({ message: 'Password', mask: '' })), signal)
        await keepToken(name, bare(token.authorization()))
      } else {
        const text = (await readAll(process.stdin)).trim()
        if (text === '') throw new ArchiveError('parameter_missing', 'no token came on standard input')
        client.useToken(text)
        await keepToken(name, text)
      }
      say(`signed in at ${name}`)
    })
  program.command('logout').description('forget the sign-in').action(async () => {
    const { profile } = await session()
    await keepToken(profile.name, undefined)
    say(`signed out at ${profile.name}`)
  })
}

/** The token without the scheme, for the file that keeps it. */
function bare(authorization: string): string {
  return authorization.replace(/^Bearer /, '')
}

function answered(answer: string | symbol | undefined): string {
  if (isCancel(answer) || typeof answer !== 'string') throw new Error('cancelled')
  return answer
}

function addSearch(program: Command, session: Session, signal: AbortSignal): void {
  program.command('query').argument('[adql]', 'the query; standard input without it')
    .description('run an ADQL query')
    .option('--maxrec <n>', 'rows at most', wholeNumber)
    .addOption(new Option('--format <name>', 'what to print').choices(['table', 'csv', 'json']).default('table'))
    .option('--job', 'as a job (asynchronously)')
    .option('--duration <s>', 'how long the job may run, seconds', wholeNumber, 300)
    .option('--timeout <s>', 'how long to wait for the job, seconds', wholeNumber, 600)
    .action(async (adql: string | undefined, options: QueryOptions) => {
      const client = await session()
      const result = await run(client, adql ?? await readAll(process.stdin), options, signal)
      process.stdout.write(formatResult(result.fields, result.rows, options.format))
      if (result.isCut) say(`the result was cut after ${result.rows.length} rows: there are more (--maxrec)`)
      if (result.rows.length === 0 && client.token === null) say('no rows; without a sign-in, protected ones are not shown (quipu login)')
    })
}

async function run(client: ArchiveClient, adql: string, options: QueryOptions, signal: AbortSignal): Promise<TapResult> {
  const { maxrec } = options
  if (options.job !== true) return client.tap.query(adql, { maxrec, signal })
  const job = await client.tap.submitJob(adql, { maxrec, signal })
  say(`job ${job.url}`)
  await job.setExecutionDuration(options.duration)
  await job.run()
  await job.wait({ timeoutSeconds: options.timeout, signal, onPhase: (phase) => say(phase) })
  const result = await job.fetchResult(signal)
  await job.delete()
  return result
}

function addFiles(program: Command, session: Session, signal: AbortSignal): void {
  program.command('get').argument('<dp_id...>', 'identifiers or addresses')
    .description('download files; what is there already is not fetched again')
    .option('--to <folder>', 'where to', '.')
    .action(async (ids: string[], { to }: { to: string }) => {
      await getAll(await session(), ids.map((id) => ({ id, label: id })), to, true, signal)
    })
  program.command('links').argument('<dp_id>').description('list what belongs to a product (DataLink)')
    .action(async (dpId: string) => {
      const links = await (await session()).links(dpId, signal)
      process.stdout.write(alignedTable(['semantics', 'type', 'bytes', 'address'], links.map((link) => [
        link.semantics, link.contentType ?? '', String(link.contentLength ?? ''), link.accessUrl ?? ''].map(printable))))
    })
  program.command('calibrations').argument('<dp_id>').description('list or download the calibrations of a frame')
    .option('--mode <mode>', 'Raw2Raw or Raw2Master', readMode, 'Raw2Master' as Mode)
    .option('--get', 'download them')
    .option('--to <folder>', 'where to', '.')
    .action(async (dpId: string, options: { mode: Mode; get?: boolean; to: string }) => {
      const client = await session()
      const found = await client.calibrations(dpId, options.mode, signal)
      for (const { level, text } of found.warnings) say(`${level.toUpperCase()}: ${printable(text)}`)
      const files = found.files.map((link) => ({ id: String(link.accessUrl), label: `${dpIdOfLink(link)} ${link.esoCategory ?? ''}` }))
      if (options.get === true) await getAll(client, files, options.to, false, signal)
      else process.stdout.write(files.map(({ label }) => `${printable(label)}\n`).join(''))
    })
  program.command('tree').argument('<dp_id>').description('draw the association tree of a frame')
    .option('--mode <mode>', 'Raw2Raw or Raw2Master', readMode, 'Raw2Master' as Mode)
    .option('--xml', 'the document itself')
    .action(async (dpId: string, options: { mode: Mode; xml?: boolean }) => {
      const client = await session()
      const { treeUrl } = await client.calibrations(dpId, options.mode, signal)
      if (treeUrl === null) throw new ArchiveError('product_not_found', 'the answer has no association tree')
      const tree = await client.tree(treeUrl, signal)
      process.stdout.write(options.xml === true ? tree.xml : formatTree(tree.root))
    })
}

/** Downloads one after the other; a refusal is told, the rest goes on, and the command fails at the end. */
async function getAll(
  client: ArchiveClient, files: readonly { id: string; label: string }[], folder: string, withToken: boolean, signal: AbortSignal,
): Promise<void> {
  let failed = 0
  for (const [i, { id, label }] of files.entries()) {
    try {
      const { path, sizeBytes, wasThere } = await download(client, id, folder, { withToken, signal })
      process.stdout.write(`${path}\n`)
      say(`${i + 1}/${files.length} ${printable(label)}: ${sizeBytes} bytes${wasThere ? ', was there' : ''}`)
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error
      failed += 1
      say(`${i + 1}/${files.length} ${printable(label)}: ${printable(error.message)}`)
    }
  }
  if (failed > 0) throw new Error(`${failed} of ${files.length} files were not downloaded`)
}

function addRules(program: Command): void {
  program.command('rules').description('calibration rules')
    .command('lint').argument('<file...>').description('check rule files: mistakes, and what can never happen')
    .action(async (files: string[]) => {
      let findings = 0
      for (const file of files) {
        const ruleSet = loadRuleSet(await readFile(file, 'utf8'), file)
        for (const finding of lintRuleSet(ruleSet)) {
          findings += 1
          process.stdout.write(`${file}: ${finding}\n`)
        }
      }
      if (findings > 0) throw new Error(`${findings} findings`)
      say('no findings')
    })
}

function readMode(text: string): Mode {
  try {
    return parseMode(text)
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : '')
  }
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0 || text.trim() === '') throw new InvalidArgumentError('give a whole number')
  return value
}

function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
