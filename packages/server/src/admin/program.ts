/**
 * The commands of `quipu-archive` that change or show who may do what: `grants`, `people`, `runs`. The data
 * folder is the first word unless `--data` is given. A running archive does them itself.
 */
import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ArchiveError, isoOf, parseIso } from '@quipu/vo'
import { hashPassword } from '../auth/passwords.ts'
import type { Grant } from '../stores/truth.ts'
import { askPassword } from './prompt.ts'
import { perform } from './socket.ts'

export interface DataOption { readonly data?: string | undefined }

export const DATA = ['--data <dir>', 'the data folder, instead of the first word'] as const

/** Writes one line for who runs the command. */
export type Say = (text: string) => void

/**
 * The data folder and the words after it. A word may be given as an option instead.
 * @throws ArchiveError `config_invalid`, telling which word is missing or too much.
 */
export function wordsOf<N extends string>(
  words: readonly string[], options: DataOption & Readonly<Partial<Record<N, string>>>, names: readonly N[],
): { readonly dataDir: string } & Readonly<Record<N, string | undefined>> {
  const left = [...words]
  const dir = options.data ?? left.shift()
  if (dir === undefined) throw new ArchiveError('config_invalid', 'give the data folder')
  const found: Partial<Record<N, string>> = {}
  for (const name of names) found[name] = options[name] ?? left.shift()
  if (left.length > 0) {
    throw new ArchiveError('config_invalid',
      `'${left.join(' ')}' is too much: give ${['the data folder', ...names].join(', ')}`)
  }
  return { dataDir: resolve(dir), ...found as Record<N, string | undefined> }
}

/** @throws ArchiveError `config_invalid` when the word was not given. */
export function needed(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw new ArchiveError('config_invalid', `give the ${name}`)
  return value
}

/** A time on the command line; ms since 1970. */
export function timeOf(text: string): number {
  const ms = parseIso(text)
  if (ms !== undefined) return ms
  throw new InvalidArgumentError('A time is like 2027-01-01 or 2027-01-01T12:00:00, UTC.')
}

function roleOf(text: string): Grant['role'] {
  if (text === 'pi' || text === 'delegate') return text
  throw new ArchiveError('config_invalid', `a role is pi or delegate, not '${text}'`)
}

/** Who gives the command, for the audit log. */
export function actorName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

const grantText = ({ progId, subject, role, endsMs }: Grant): string =>
  [progId, subject, role, endsMs === null ? 'never' : isoOf(endsMs)].join('\t')

/** Puts the commands below `program`. */
export function addAccessCommands(program: Command, say: Say): void {
  program.addCommand(grantsCommand(say))
  program.addCommand(peopleCommand(say))
  program.addCommand(runsCommand(say))
}

interface GrantOptions extends DataOption {
  readonly subject?: string
  readonly progId?: string
  readonly role?: string
  readonly ends?: number
  readonly all?: boolean
}

const GRANT_WORDS = ['subject', 'progId', 'role'] as const

function grantsCommand(say: Say): Command {
  const grants = new Command('grants').description('rights of people to runs')
  const sub = (name: string, usage: string, description: string): Command => (
    grants.command(name).argument('[words...]').usage(usage).description(description).option(...DATA)
      .option('--subject <name>', 'the person, instead of the word')
      .addOption(new Option('--prog-id <run>', 'the run, instead of the word')))
  sub('add', '[dir] <subject> <progId> [pi|delegate] [options]', 'give a right, or change when it ends')
    .option('--role <role>', 'pi or delegate [delegate]')
    .option('--ends <time>', 'when it ends, UTC; never unless given', timeOf)
    .action(async (words: readonly string[], options: GrantOptions) => {
      const { dataDir, subject, progId, role } = wordsOf(words, options, GRANT_WORDS)
      const given = await perform(dataDir, 'grants.add', {
        actor: actorName(), subject: needed(subject, 'person'), progId: needed(progId, 'run'),
        role: roleOf(role ?? 'delegate'), endsMs: options.ends ?? null,
      })
      say(grantText(given))
    })
  sub('end', '[dir] <subject> <progId> [pi|delegate] [options]', 'end rights, at once unless told when')
    .option('--role <role>', 'only that of pi or delegate')
    .option('--ends <time>', 'when, UTC; at once unless given', timeOf)
    .action(async (words: readonly string[], options: GrantOptions) => {
      const { dataDir, subject, progId, role } = wordsOf(words, options, GRANT_WORDS)
      const ended = await perform(dataDir, 'grants.end', {
        actor: actorName(), subject: needed(subject, 'person'), progId: needed(progId, 'run'),
        role: role === undefined ? null : roleOf(role), endsMs: options.ends ?? null,
      })
      for (const grant of ended) say(grantText(grant))
    })
  sub('list', '[dir] [options]', 'show rights: run, person, role, end')
    .option('--all', 'those that have ended too')
    .action(async (words: readonly string[], options: GrantOptions) => {
      const { dataDir, subject, progId } = wordsOf(words, options, ['subject', 'progId'])
      const found = await perform(dataDir, 'grants.list', {
        subject: subject ?? null, progId: progId ?? null, all: options.all === true,
      })
      say(['progId', 'subject', 'role', 'ends'].join('\t'))
      for (const grant of found) say(grantText(grant))
    })
  return grants
}

interface PersonOptions extends DataOption {
  readonly name?: string
  readonly givenName?: string
  readonly familyName?: string
  readonly email?: string
  readonly operator?: boolean
}

function peopleCommand(say: Say): Command {
  const people = new Command('people').description('people, their details and passwords')
  const sub = (name: string, usage: string, description: string): Command => (
    people.command(name).argument('[words...]').usage(usage).description(description).option(...DATA))
  const detailed = (command: Command): Command => command
    .option('--name <name>', 'the name to show')
    .option('--given-name <name>').option('--family-name <name>').option('--email <address>')
    .option('--operator', 'staff: may see and have everything')
  detailed(sub('add', '[dir] <subject> [options]', 'add a person; the password is asked, or read from stdin'))
    .action(async (words: readonly string[], options: PersonOptions) => {
      const { dataDir, subject, passwordHash } = await withPassword(words, options)
      const details = detailsOf(options)
      await perform(dataDir, 'people.add', { actor: actorName(), subject, passwordHash, details })
      say(`added ${subject}`)
    })
  detailed(sub('set', '[dir] <subject> [options]', 'change the details of a person'))
    .option('--no-operator', 'no longer staff')
    .action(async (words: readonly string[], options: PersonOptions) => {
      const { dataDir, subject } = wordsOf(words, options, ['subject'])
      const details = detailsOf(options)
      if (Object.keys(details).length === 0) {
        throw new ArchiveError('config_invalid', 'give what is to be changed')
      }
      const name = needed(subject, 'person')
      await perform(dataDir, 'people.set', { actor: actorName(), subject: name, details })
      say(`changed ${name}`)
    })
  sub('password', '[dir] <subject>', 'change a password; it is asked, or read from stdin')
    .action(async (words: readonly string[], options: DataOption) => {
      const { dataDir, subject, passwordHash } = await withPassword(words, options)
      await perform(dataDir, 'people.password', { actor: actorName(), subject, passwordHash })
      say(`changed the password of ${subject}`)
    })
  sub('list', '[dir]', 'show people: subject, name, e-mail, whether staff')
    .action(async (words: readonly string[], options: DataOption) => {
      const { dataDir } = wordsOf(words, options, [])
      say(['subject', 'name', 'email', 'operator'].join('\t'))
      for (const { subject, name, email, isOperator } of await perform(dataDir, 'people.list', {})) {
        say([subject, plain(name), plain(email), isOperator ? 'yes' : 'no'].join('\t'))
      }
    })
  return people
}

/** A text fit for a table with tabs. */
export function plain(text: string): string {
  return text.replaceAll(/[\x00-\x1f\x7f]/g, ' ')
}

async function withPassword(
  words: readonly string[], { data }: DataOption,
): Promise<{ readonly dataDir: string; readonly subject: string; readonly passwordHash: string }> {
  const most = data === undefined ? 2 : 1
  // What is too much may be a password: it is not shown again.
  if (words.length > most) {
    throw new ArchiveError('config_invalid',
      'give the data folder and the person; a password is never an argument, it is asked for')
  }
  const { dataDir, subject } = wordsOf(words, { data }, ['subject'])
  const name = needed(subject, 'person')
  const password = await askPassword(process.stdin, process.stderr, name)
  return { dataDir, subject: name, passwordHash: await hashPassword(password) }
}

function detailsOf({ name, givenName, familyName, email, operator }: PersonOptions) {
  return {
    ...name === undefined ? {} : { name }, ...givenName === undefined ? {} : { givenName },
    ...familyName === undefined ? {} : { familyName }, ...email === undefined ? {} : { email },
    ...operator === undefined ? {} : { isOperator: operator },
  }
}

interface RunOptions extends DataOption { readonly metadata?: string }

function runsCommand(say: Say): Command {
  const runs = new Command('runs').description('observing runs, and whether their metadata are public')
  const sub = (name: string, usage: string, description: string): Command => (
    runs.command(name).argument('[words...]').usage(usage).description(description).option(...DATA))
  const metadata = ['--metadata <public|protected>', 'who may know that frames of the run exist'] as const
  sub('add', '[dir] <progId> --metadata <public|protected>', 'make a run known before its frames come')
    .requiredOption(...metadata)
    .action(async (words: readonly string[], options: RunOptions) => {
      const { dataDir, progId } = runOf(words, options)
      const metadataPublic = isPublic(options.metadata)
      await perform(dataDir, 'runs.add', { actor: actorName(), progId, metadataPublic })
      say(`${progId}\t${options.metadata}`)
    })
  sub('set', '[dir] <progId> --metadata <public|protected>', 'open or close the metadata of a run')
    .requiredOption(...metadata)
    .action(async (words: readonly string[], options: RunOptions) => {
      const { dataDir, progId } = runOf(words, options)
      const metadataPublic = isPublic(options.metadata)
      await perform(dataDir, 'runs.set', { actor: actorName(), progId, metadataPublic })
      say(`${progId}\t${options.metadata}`)
    })
  sub('list', '[dir]', 'show runs: run, metadata')
    .action(async (words: readonly string[], options: DataOption) => {
      const { dataDir } = wordsOf(words, options, [])
      say(['progId', 'metadata'].join('\t'))
      for (const { progId, metadataPublic } of await perform(dataDir, 'runs.list', {})) {
        say([progId, metadataPublic ? 'public' : 'protected'].join('\t'))
      }
    })
  return runs
}

function runOf(words: readonly string[], { data }: RunOptions): { dataDir: string; progId: string } {
  const { dataDir, progId } = wordsOf(words, { data }, ['progId'])
  return { dataDir, progId: needed(progId, 'run') }
}

function isPublic(metadata: string | undefined): boolean {
  if (metadata === 'public') return true
  if (metadata === 'protected') return false
  throw new ArchiveError('config_invalid', `metadata are public or protected, not '${metadata ?? ''}'`)
}
