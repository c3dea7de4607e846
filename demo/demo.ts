/**
 * `npm run demo`: the whole workflow against an archive made here, or against another one.
 * See `--help`; demo/README.md tells what it shows.
 */
import { resolve } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { printable } from '@quipu/vo'
import { profileOf } from '@quipu/client'
import type { ArchiveClient, TapResult } from '@quipu/client'
import { openClient } from '@quipu/client/node'
import { ensureArchive, serve } from './archive.ts'
import { compareAnonymous, compareCallers } from './callers.ts'
import { PEOPLE } from './observatory/facts.ts'
import { Cancelled, openTerminal, sizeText } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { runWorkflow, tokenText, TUTORIAL_QUERY } from './workflow.ts'
import type { Tally } from './workflow.ts'

const HELP = `npm run demo                                the workflow against an archive made here
npm run demo -- --serve                     keep that archive running until Ctrl-C
npm run demo -- --archive eso|URL           the workflow against another archive, with your account

  --data DIR        the archive's folder, made if absent          (demo-data)
  --port N          its port; 0 is a free one                     (0)
  --downloads DIR   where files go                                (downloads)
  --query ADQL      a search of your own
  --job URL         go on with a job that was left running
  --timeout S       how long to wait for the job, seconds         (600)
  --anonymous       without signing in
  --yes             answer every question with yes

With --archive, your name and password are asked for without echo; where standard input is not a
terminal, a token is read from it. Neither is ever an argument.`

const options = {
  serve: { type: 'boolean', default: false }, port: { type: 'string', default: '0' },
  data: { type: 'string', default: 'demo-data' }, downloads: { type: 'string', default: 'downloads' },
  archive: { type: 'string' }, query: { type: 'string' }, job: { type: 'string' },
  timeout: { type: 'string', default: '600' }, anonymous: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
} as const

type Arguments = ReturnType<typeof readArguments>

function readArguments() {
  const { values } = parsed()
  return {
    ...values,
    port: numberOf(values.port, '--port', 0, 65_535),
    timeoutSeconds: numberOf(values.timeout, '--timeout', 1, 1_000_000),
  }
}

function parsed() {
  try {
    return parseArgs({ options, allowPositionals: false })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`${message} (--help tells what there is)`, { cause: error })
  }
}

function numberOf(text: string, name: string, least: number, most: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`${name} is a whole number from ${least} to ${most}, not '${text}'`)
  }
  return value
}

/** Ctrl-C ends what is under way; a second one ends the process. */
function interruption(): AbortController {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Cancelled('interrupted')))
  }
  return controller
}

async function main(): Promise<void> {
  const args = readArguments()
  if (args.help) {
    process.stdout.write(`${HELP}\n`)
    return
  }
  const terminal = openTerminal({ yes: args.yes })
  const { signal } = interruption()
  if (args.archive !== undefined) return visitArchive(args, args.archive, terminal, signal)
  const dataDir = resolve(args.data)
  terminal.heading('0', 'The demo observatory')
  await ensureArchive(dataDir, terminal.say)
  const archive = await serve(dataDir, args.port)
  try {
    if (args.serve) await keepServing(archive.url, archive.ended, terminal, signal)
    else await tour(args, archive.url, terminal, signal)
  } finally {
    await archive.stop()
  }
}

async function keepServing(
  url: string, ended: Promise<number | null>, terminal: Terminal, signal: AbortSignal,
): Promise<void> {
  terminal.say(`\nThe archive is at ${url}`)
  for (const [what, path] of [
    ['TAP', '/tap_obs'], ['DataLink', '/datalink/links'], ['calSelector', '/calselector/v1/associations'],
    ['files', '/dataPortal/file/<dp_id>'], ['headers', '/hdr?DpId=<dp_id>'], ['tokens', '/sso/oidc/token'],
  ] as const) terminal.say(`  ${what.padEnd(12)}${url}${path}`)
  terminal.say('\nPeople')
  for (const { subject, name, password, who } of PEOPLE) {
    terminal.say(`  ${subject.padEnd(10)}${password.padEnd(16)}${name}, ${who}`)
  }
  terminal.say('\nCtrl-C stops it.')
  const interrupted = new Promise<'interrupted'>((done) => {
    signal.addEventListener('abort', () => done('interrupted'), { once: true })
  })
  const first = await Promise.race([ended, interrupted])
  if (first !== 'interrupted' && !signal.aborted) {
    throw new Error(`the archive ended by itself (exit code ${first})`)
  }
}

/** The demo's own archive: the workflow as its PI, then what others may see. */
async function tour(args: Arguments, url: string, terminal: Terminal, signal: AbortSignal): Promise<void> {
  terminal.say(`Quipu archive at ${url}`)
  const client = openClient({ profile: profileOf(url) })
  terminal.heading('1', 'Sign in')
  if (!args.anonymous) await signInAs(client, 'pi')
  terminal.say(tokenText(client))
  await withSummary(args, terminal, async (tally) => {
    await workflow(args, client, terminal, signal, tally)
    terminal.heading('5', 'The same search, without a token and as another person')
    const visitor = openClient({ profile: client.profile })
    await signInAs(visitor, 'visitor')
    const callers = [
      { name: 'anonymous', client: client.anonymous() }, { name: 'visitor', client: visitor },
      ...args.anonymous ? [] : [{ name: 'pi', client }],
    ]
    await compareCallers(callers, args.query ?? TUTORIAL_QUERY, terminal, signal)
  })
}

async function signInAs(client: ArchiveClient, subject: string): Promise<void> {
  const person = PEOPLE.find((one) => one.subject === subject)
  if (!person) throw new Error(`the demo has no ${subject}`)
  await client.signIn(person.subject, person.password)
}

/** Another archive, with the person's own account and query. */
async function visitArchive(
  args: Arguments, archive: string, terminal: Terminal, signal: AbortSignal,
): Promise<void> {
  const client = openClient({ profile: profileOf(archive) })
  terminal.heading('1', `Sign in at ${client.profile.name}`)
  if (!args.anonymous) await signInHere(client, terminal, signal)
  terminal.say(tokenText(client))
  const asksQuery = args.query === undefined && args.job === undefined && terminal.isInteractive
  const query = asksQuery
    ? await terminal.ask('Your query (ADQL, one line)', TUTORIAL_QUERY.replaceAll('\n', ' '))
    : args.query ?? TUTORIAL_QUERY
  await withSummary(args, terminal, async (tally) => {
    const { records } = await workflow({ ...args, query }, client, terminal, signal, tally)
    if (client.token === null || args.job !== undefined) return
    terminal.heading('5', 'The same search without a token')
    await compareAnonymous(client, query, records.length, terminal, signal)
  })
}

/** A name and a password from a person, or a token from a pipe. */
async function signInHere(client: ArchiveClient, terminal: Terminal, signal: AbortSignal): Promise<void> {
  if (process.stdin.isTTY === true) {
    const name = await terminal.ask('User name')
    await client.signIn(name, await terminal.askHidden('Password'), signal)
    return
  }
  const token = (await readAll(process.stdin)).trim()
  if (token !== '') client.useToken(token)
}

async function workflow(
  args: Arguments, client: ArchiveClient, terminal: Terminal, signal: AbortSignal, tally: Tally,
): Promise<TapResult> {
  return runWorkflow({
    client, terminal, signal, folder: resolve(args.downloads), query: args.query ?? TUTORIAL_QUERY,
    jobUrl: args.job, timeoutSeconds: args.timeoutSeconds,
  }, tally)
}

/** The last words, also when something stopped the work: what is on this machine now. */
async function withSummary(
  args: Arguments, terminal: Terminal, work: (tally: Tally) => Promise<void>,
): Promise<void> {
  const tally: Tally = { files: 0, bytes: 0 }
  try {
    await work(tally)
  } finally {
    const files = tally.files === 1 ? '1 file' : `${tally.files} files`
    terminal.say(`\n${files}, ${sizeText(tally.bytes)}, in ${resolve(args.downloads)}`)
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`\n${printable(error instanceof Error ? error.message : String(error))}\n`)
  process.exitCode = error instanceof Cancelled ? 130 : 1
}
