/** `quipu adql check`: whether a query is ADQL, without asking an archive. */
import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { CommanderError, Option } from 'commander'
import type { Command } from 'commander'
import { checkQuery, parseDeclaration, parseQuery } from '@quipu/adql'
import type { FunctionRow, KnownTables } from '@quipu/adql'
import { ArchiveError, printableLines } from '@quipu/vo'
import { say } from './output.ts'
import { readTableSet } from './table-set.ts'

/** Exit codes: for what is no ADQL; of sysexits.h, for options that cannot be used and for our own bugs. */
const [INVALID, USAGE, BUG] = [1, 64, 70]

const HELP = `
Exit code: 0 for a valid query, 1 for one that is not, 64 for options that cannot be used.
Without --tables every table and column counts as known.`

interface CheckOptions {
  readonly tables?: string
  readonly declare: readonly string[]
  readonly adql: '2.0' | '2.1'
  readonly extensions: boolean
}

/** Adds the command. It reads the query from standard input, unless a caller gives another source. */
export function addAdql(program: Command, readQuery = (): Promise<string> => readAll(process.stdin)): void {
  program.command('adql').description('the query language')
    .command('check')
    .description('check a query that is read from standard input, and say what is wrong with it')
    .option('--tables <file>',
      'published tables: a VOSI tables document, or rows of TAP_SCHEMA.columns as JSON')
    .option('--declare <form>', "a function, as 'name(arg TYPE, …) -> TYPE'; may be repeated", gathered, [])
    .addOption(new Option('--adql <version>', 'the version to check against')
      .choices(['2.0', '2.1']).default('2.1'))
    .option('--extensions', "allow what Quipu's services add to ADQL: CASE, CROSS JOIN, FETCH FIRST …", false)
    .addHelpText('after', HELP)
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : new CommanderError(USAGE, error.code, error.message)
    })
    .action((options: CheckOptions) => check(readQuery, options))
}

const gathered = (form: string, before: readonly string[]): readonly string[] => [...before, form]

async function check(readQuery: () => Promise<string>, options: CheckOptions): Promise<void> {
  const { version, functions, tables } = await told(USAGE, () => prepared(options))
  const text = await readQuery()
  await told(INVALID, async () => {
    const query = parseQuery(text, { language: { version, extensions: options.extensions } })
    checkQuery(query, tables, { functions, version, runnable: false })
  })
}

async function prepared({ adql, declare, tables }: CheckOptions) {
  const functions: readonly FunctionRow[] = declare.map(parseDeclaration)
  const known: KnownTables = tables === undefined ? 'any' : readTableSet(await readFile(tables, 'utf8'))
  return { version: adql, functions, tables: known }
}

/** What the caller can mend ends with one code, a bug with another. */
async function told<T>(code: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const isOurs = !(error instanceof ArchiveError) && !(error instanceof Error && 'syscall' in error)
    say(isOurs ? `quipu: a bug: ${printableLines(text)}` : printableLines(text))
    throw new CommanderError(isOurs ? BUG : code, 'quipu.adql.check', text)
  }
}
