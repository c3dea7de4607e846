/**
 * The workflow of ESO's tutorial "Programmatic Authentication & Authorisation", step by step, over HTTP
 * and with the client library only: search with rights, download, DataLink, calibrations, tree.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { countNotPublic, dpIdOfLink, emptyReason } from '@quipu/client'
import type { ArchiveClient, Calibrations, Job, TapResult } from '@quipu/client'
import { download, localName } from '@quipu/client/node'
import { ArchiveError, printable } from '@quipu/vo'
import { isSemantics, SEMANTICS } from '@quipu/vo/datalink'
import { distinctFiles } from '@quipu/vo/eso'
import type { Cell } from '@quipu/vo/votable'
import { sizeText, timeText } from './terminal.ts'
import type { Terminal } from './terminal.ts'
import { drawTree } from './tree.ts'

/** The two science frames that the tutorial is about. */
export const TUTORIAL_QUERY = `SELECT *
FROM dbo.raw
WHERE prog_id = '098.C-0739(C)' AND dp_cat = 'SCIENCE'
ORDER BY dp_id DESC`

export interface Workflow {
  readonly client: ArchiveClient
  readonly terminal: Terminal
  readonly folder: string
  readonly query: string
  readonly signal: AbortSignal
  /** Go on with a job of an earlier run. */
  readonly jobUrl?: string | undefined
  readonly timeoutSeconds: number
}

export interface Tally { files: number; bytes: number }

type Record_ = Readonly<Record<string, Cell>>

const JOB_SECONDS = 300
const MAX_DOWNLOADS = 20
const MAX_SHOWN = 20

/** Runs steps 2 to 4 and gives the rows. Throws what stopped it; `tally` has what was fetched until then. */
export async function runWorkflow(work: Workflow, tally: Tally): Promise<TapResult> {
  const result = await search(work)
  const { terminal, client } = work
  const { records } = result
  if (records.length === 0) {
    terminal.say(emptyReason(client.token))
    return result
  }
  terminal.records(records.slice(0, MAX_SHOWN))
  terminal.say(summaryOf(result))
  await downloadFrames(work, tally, records)
  const first = records.map(datalinkOf).find((url) => url !== undefined)
  if (first === undefined) {
    terminal.say('No column datalink_url in the result: the links and calibrations cannot be followed.')
    return result
  }
  const calibrations = await followLinks(work, first)
  if (calibrations) await fetchCalibrations(work, tally, calibrations)
  return result
}

/** How many rows, how many of them shown and there, and how many are not public. */
function summaryOf(result: TapResult): string {
  const { length } = result.records
  const notPublic = countNotPublic(result, Date.now())
  return [
    length === 1 ? '1 record' : `${length} records`,
    ...length > MAX_SHOWN ? [`the first ${MAX_SHOWN} are shown`] : [],
    ...result.isCut ? ['the result was cut, the archive has more'] : [],
    ...notPublic === null ? [] : [notPublic === 0 ? 'all public' : `${notPublic} not public yet`],
  ].join('; ')
}

async function search(
  { client, terminal, query, jobUrl, timeoutSeconds, signal }: Workflow,
): Promise<TapResult> {
  terminal.heading('2', `An ${client.token ? 'authorised' : 'anonymous'} search, asynchronously`)
  const job = jobUrl === undefined
    ? await client.tap.submitJob(query, { signal }) : client.tap.openJob(jobUrl)
  if (jobUrl === undefined) {
    terminal.say(query)
    await job.setExecutionDuration(JOB_SECONDS)
  }
  const { phase } = await job.document(signal)
  if (phase === 'PENDING') await job.run()
  await waitFor(job, terminal, timeoutSeconds, signal)
  const result = await job.fetchResult(signal)
  try {
    await job.delete()
    terminal.say('The job and its result were deleted at the archive.')
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    terminal.say(printable(`The job stays at the archive: ${error.message}`))
  }
  return result
}

async function waitFor(
  job: Job, terminal: Terminal, timeoutSeconds: number, signal: AbortSignal,
): Promise<void> {
  const line = terminal.progress('Job:')
  try {
    const phase = await job.wait({ timeoutSeconds, signal, onPhase: (now) => line.note(`${job.url} ${now}`) })
    line.end(`${job.url} ${phase}`)
  } catch (error) {
    line.end(job.url)
    const isOver = error instanceof ArchiveError && error.code === 'query_timeout'
    if (!isOver && !signal.aborted) throw error
    const why = isOver ? error.message : 'You did not wait for the job'
    terminal.say(`${why}\nIt was not deleted and goes on at the archive. To go on with it, give the same`)
    terminal.say(`command with --job ${job.url}`)
    throw isOver ? new ArchiveError('query_timeout', 'The time to wait is over.', { cause: error }) : error
  }
}

async function downloadFrames(work: Workflow, tally: Tally, records: readonly Record_[]): Promise<void> {
  const { terminal } = work
  const wanted = records.filter((record) => typeof record['access_url'] === 'string')
  if (wanted.length === 0) return
  const count = Math.min(wanted.length, MAX_DOWNLOADS)
  const all = count === wanted.length ? '' : ` of ${wanted.length}`
  terminal.heading('3', `Download ${count}${all} files`)
  for (const record of wanted.slice(0, count)) {
    await fetchFile(work, tally, 'RAW:', () => fileUrlOf(work, record), { withToken: true })
  }
}

/** A product's access_url leads to its links, a raw frame's to the file (eso-protocol §2.10). */
async function fileUrlOf({ client, signal }: Workflow, record: Record_): Promise<string> {
  const url = String(record['access_url'])
  if (!/content=datalink/.test(String(record['access_format']))) return url
  const main = (await client.links(url, signal)).find((link) => isSemantics(link, SEMANTICS.this))
  if (main?.accessUrl) return main.accessUrl
  throw new ArchiveError('product_not_found', 'its links have no file')
}

/** One file; a refusal is told and the rest goes on. */
async function fetchFile(
  { client, terminal, folder, signal }: Workflow, tally: Tally, label: string,
  urlOf: () => string | Promise<string>, options: { readonly withToken: boolean | 'ifNeeded' },
): Promise<void> {
  const line = terminal.progress(label)
  try {
    const url = await urlOf()
    const file = await download(client, url, folder, { ...options, signal, onProgress: line.update })
    tally.files += 1
    tally.bytes += file.sizeBytes
    const what = file.wasThere ? 'was there already' : 'downloaded'
    line.end(`${file.path} ${what} (${sizeText(file.sizeBytes)})`)
  } catch (error) {
    if (!(error instanceof ArchiveError) || error.code === 'token_expired') throw error
    line.end(`not downloaded: ${error.message}`)
  }
}

async function followLinks(
  { client, terminal, signal }: Workflow, url: string,
): Promise<Calibrations | undefined> {
  terminal.heading('4.1', 'DataLink: what belongs to the first file')
  const links = await client.links(url, signal)
  terminal.records(links.map((link) => ({
    semantics: link.semantics, description: link.description, access_url: link.accessUrl,
    content_type: link.contentType, content_length: link.contentLength,
  })))
  const raw2master = links.find((link) => isSemantics(link, SEMANTICS.raw2master))
  if (!raw2master?.accessUrl) {
    terminal.say('The archive offers no calibration list for this file.')
    return undefined
  }
  terminal.heading('4.2', 'calSelector: its processed calibrations')
  const calibrations = await client.calibrations(raw2master.accessUrl, 'Raw2Master', signal)
  terminal.records(calibrations.links.map((link) => ({
    semantics: link.semantics, eso_category: link.esoCategory, access_url: link.accessUrl,
    content_length: link.contentLength, description: link.description,
  })))
  return calibrations
}

async function fetchCalibrations(work: Workflow, tally: Tally, calibrations: Calibrations): Promise<void> {
  const { terminal, client, folder, signal } = work
  const { flags, files, warnings, treeUrl } = calibrations
  terminal.heading('4.2.1', 'How good is the cascade?')
  const { category, complete, certified, mode } = flags
  terminal.say(printable(`category ${category}, complete ${complete}, certified ${certified}, mode ${mode}`))
  for (const { level, text } of warnings) terminal.warn(level, printable(text))
  const despite = warnings.length === 0 ? '' : ' despite the warnings above'
  if (files.length === 0) {
    terminal.say('No calibration files are listed.')
  } else if (await terminal.confirm(`Download these ${files.length} files${despite}?`)) {
    terminal.heading('4.3', 'Calibrations are public: without the token')
    for (const [i, link] of files.entries()) {
      const category = link.esoCategory ?? 'no category'
      const label = `CALIB: ${i + 1}/${files.length} dp_id: ${dpIdOfLink(link)} (${category})`
      await fetchFile(work, tally, label, () => String(link.accessUrl), { withToken: 'ifNeeded' })
    }
  }
  if (treeUrl === null) return
  terminal.heading('4.4', 'The association tree')
  const tree = await client.tree(treeUrl, signal)
  await mkdir(folder, { recursive: true })
  const path = join(folder, localName(tree.fileName))
  await writeFile(path, tree.xml)
  tally.files += 1
  tally.bytes += Buffer.byteLength(tree.xml)
  terminal.say(printable(treeUrl))
  terminal.say(`saved as ${path}; ${distinctFiles(tree.root).length} distinct files`)
  for (const line of drawTree(tree.root)) terminal.say(line)
}

/** The address of a row's links; of a product it is in access_url. */
function datalinkOf(record: Record_): string | undefined {
  const url = record['datalink_url']
    ?? (/content=datalink/.test(String(record['access_format'])) ? record['access_url'] : undefined)
  return typeof url === 'string' ? url : undefined
}

/** What a token is good for, said without showing it. */
export function tokenText({ token }: ArchiveClient): string {
  if (token === null) return 'anonymous'
  const who = token.subject === null ? '' : ` as ${printable(token.subject)}`
  return `signed in${who}, until ${timeText(token.expiresMs)}`
}
