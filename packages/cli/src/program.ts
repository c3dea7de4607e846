/** The commands and their options: one place that `--help` is printed from. */
import { text as readAll } from 'node:stream/consumers'
import { isCancel, password as askPassword, text as askText } from '@clack/prompts'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { ArchiveClient } from '@quipu/client'
import { ArchiveError, printableLines } from '@quipu/vo'
import { say } from './output.ts'
import { addAdql } from './program-adql.ts'
import { addFiles } from './program-files.ts'
import { addRules } from './program-rules.ts'
import { runQuery } from './query.ts'
import type { QueryOptions } from './query.ts'
import { defaultArchive, forgetToken, keepToken, openSession } from './session.ts'
import type { Choice } from './session.ts'

/** A client for the options of the command line. */
export type Session = () => Promise<ArchiveClient>

const HELP = `
Environment:
  QUIPU_ARCHIVE   the archive when --archive is not given
  QUIPU_TOKEN     a token for that archive, instead of the one of 'quipu login'`

/** Runs the command line to its end, and gives the exit code: 1 when it failed, 130 when interrupted. */
export async function run(args: readonly string[], version: string, signal: AbortSignal): Promise<number> {
  try {
    await makeProgram(version, signal).parseAsync(args, { from: 'user' })
    return 0
  } catch (error) {
    // It has printed its help or complaint.
    if (error instanceof CommanderError) return error.exitCode
    say(`quipu: ${printableLines(error instanceof Error ? error.message : String(error))}`)
    return signal.aborted ? 130 : 1
  }
}

/** Makes the command line. Nothing is asked of an archive until it is parsed. */
export function makeProgram(version: string, signal: AbortSignal): Command {
  const program = new Command('quipu')
    .description('Search an observatory archive, download, and get the calibrations of a frame.')
    .version(version)
    .option('--archive <name>', "'eso', or the base URL of an archive or TAP service", defaultArchive())
    .option('--anonymous', 'do not use the sign-in', false)
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help tells more)')
    .exitOverride()
  const session = (): Promise<ArchiveClient> => openSession(program.opts<Choice>())
  // An older sign-in has no part in a new one.
  addAccount(program, () => openSession({ ...program.opts<Choice>(), anonymous: true }), signal)
  addSearch(program, session, signal)
  addFiles(program, session, signal)
  addRules(program)
  addAdql(program)
  return program
}

function addAccount(program: Command, session: Session, signal: AbortSignal): void {
  program.command('login')
    .description('sign in: name and password are asked for; or a token is read from standard input')
    .action(async () => {
      const client = await session()
      const { name } = client.profile
      const token = process.stdin.isTTY === true
        ? await askToken(client, signal) : client.useToken(await readToken())
      await keepToken(name, token.authorization().replace(/^Bearer /, ''))
      say(`signed in at ${name}${token.subject === null ? '' : ` as ${token.subject}`}`)
    })
  program.command('logout').description('forget the sign-in').action(async () => {
    const { profile } = await session()
    const was = await forgetToken(profile.name)
    say(was ? `signed out at ${profile.name}` : `was not signed in at ${profile.name}`)
  })
}

async function askToken(client: ArchiveClient, signal: AbortSignal): ReturnType<ArchiveClient['signIn']> {
  const user = answered(await askText({ message: `User name at ${client.profile.name}` }))
  return client.signIn(user, answered(await askPassword({ message: 'Password', mask: '' })), signal)
}

async function readToken(): Promise<string> {
  const text = (await readAll(process.stdin)).trim()
  if (text === '') throw new ArchiveError('parameter_missing', 'no token came on standard input')
  return text
}

function answered(answer: string | symbol | undefined): string {
  if (isCancel(answer) || typeof answer !== 'string') throw new Error('cancelled')
  return answer
}

function addSearch(program: Command, session: Session, signal: AbortSignal): void {
  program.command('query').argument('[adql]', 'the query; standard input without it')
    .description('run an ADQL query')
    .option('--maxrec <n>', 'rows at most', wholeNumber)
    .addOption(new Option('--format <name>', 'what to print')
      .choices(['table', 'csv', 'json']).default('table'))
    .option('--job', 'as a job (asynchronously)')
    .option('--resume <url>', 'no query: go on with a job that was left running')
    .option('--duration <s>', 'how long the job may run, seconds', wholeNumber, 300)
    .option('--timeout <s>', 'how long to wait for the job, seconds', wholeNumber, 600)
    .action(async (adql: string | undefined, options: QueryOptions) => {
      const readQuery = async (): Promise<string> => adql ?? readAll(process.stdin)
      await runQuery(await session(), readQuery, options, signal)
    })
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Give a whole number.')
  return Number(text)
}
