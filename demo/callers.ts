/** Step 5 of the demo: the same questions asked by others, to show what each may see and have. */
import type { ArchiveClient } from '@quipu/client'
import { ArchiveError, printable } from '@quipu/vo'
import { RUNS } from './observatory/facts.ts'
import { table } from './terminal.ts'
import type { Terminal } from './terminal.ts'

export interface Caller { readonly name: string; readonly client: ArchiveClient }

/** Runs whose rows and files differ from caller to caller, with what is special about them. */
const SHOWN: readonly (readonly [string, string])[] = [
  [RUNS.piProtected, 'rows: pi only'],
  [RUNS.visitorProtected, 'rows: visitor only'],
  [RUNS.proprietary, 'files: pi, until 2035'],
]

/** How many rows of the search each caller gets, then the runs that are not everybody's. */
export async function compareCallers(
  callers: readonly Caller[], query: string, terminal: Terminal, signal: AbortSignal,
): Promise<void> {
  terminal.say('The search of step 2, as each of them gets it:\n')
  const counts: string[][] = []
  for (const { name, client } of callers) counts.push([name, await countText(client, query, signal)])
  for (const line of table(counts)) terminal.say(printable(line))
  terminal.say('\nThe science frames of three runs that are not everybody\'s, and whether the first of them')
  terminal.say('can be downloaded:\n')
  const heads = [SHOWN.map(([run]) => run), SHOWN.map(([, about]) => `(${about})`)]
  const rows: string[][] = heads.map((cells) => ['', ...cells])
  for (const { name, client } of callers) rows.push([name, ...await runsOf(client, signal)])
  for (const line of table(rows)) terminal.say(printable(line))
  terminal.say('\nWhere it says "nothing", the run does not exist as far as that caller can tell: its rows')
  terminal.say('are in no count, and its files are answered like files that never were.')
}

/** The same search without the token, at an archive of which nothing else is known. */
export async function compareAnonymous(
  client: ArchiveClient, query: string, rows: number, terminal: Terminal, signal: AbortSignal,
): Promise<void> {
  const text = await countText(client.anonymous(), query, signal)
  for (const line of table([['you', `${rows} rows`], ['anonymous', text]])) terminal.say(printable(line))
}

async function countText(client: ArchiveClient, query: string, signal: AbortSignal): Promise<string> {
  try {
    const { rows, isCut } = await client.tap.query(query, { signal })
    return `${rows.length}${isCut ? ' or more' : ''} rows`
  } catch (error) {
    if (error instanceof ArchiveError) return `no answer: ${error.message}`
    throw error
  }
}

/** One cell for each shown run. */
async function runsOf(client: ArchiveClient, signal: AbortSignal): Promise<string[]> {
  const runs = SHOWN.map(([run]) => `'${run}'`).join(', ')
  const { records } = await client.tap.query(`SELECT prog_id, COUNT(*) AS frames, MIN(dp_id) AS first_frame
FROM dbo.raw WHERE prog_id IN (${runs}) AND dp_cat = 'SCIENCE' GROUP BY prog_id`, { signal })
  return Promise.all(SHOWN.map(async ([run]) => {
    const record = records.find(({ prog_id }) => prog_id === run)
    if (!record) return 'nothing'
    const files = await fileText(client, String(record['first_frame']), signal)
    return `${String(record['frames'])} rows, ${files}`
  }))
}

async function fileText(client: ArchiveClient, dpId: string, signal: AbortSignal): Promise<string> {
  try {
    await (await client.open(dpId, { signal })).close()
    return 'files'
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    return error.code === 'token_missing' ? 'no files: sign in' : 'no files: not yours'
  }
}
