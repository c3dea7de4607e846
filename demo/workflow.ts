/**
 * The workflow of ESO's tutorial "Programmatic Authentication & Authorisation", step by step, over HTTP
 * and with the client library only: search with rights, download, DataLink, calibrations, tree.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dpIdOfLink, safeFileName } from '@quipu/client'
import type { ArchiveClient, Calibrations, Job, TapResult } from '@quipu/client'
import { download, localName } from '@quipu/client/node'
import { ArchiveError } from '@quipu/vo'
import { isSemantics, SEMANTICS } from '@quipu/vo/datalink'
import { distinctFiles } from '@quipu/vo/eso'
import type { Cell } from '@quipu/vo/votable'
import { printable, sizeText, timeText } from './terminal.ts'
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

export interface Tally { files: number; bytes: number; readonly paths: string[] }

type Record_ = Readonly<Record<string, Cell>>

const JOB_SECONDS = 300
const MAX_DOWNLOADS = 20

/** Runs steps 2 to 4. Throws what stopped it; `tally` has what was fetched until then. */
export async function runWorkflow(work: Workflow, tally: Tally): Promise<void> {
  const result = await search(work)
  const { terminal } = work
  if (result.records.length === 0) {
    terminal.say('No results could be found. Perhaps you lack the permission to see them, or nothing matches.')
    return
  }
  terminal.records(result.records)
  terminal.say(`${result.records.length} records${result.isCut ? ', and the archive has more: the result was cut' : ''}`)
  await downloadFrames(work, tally, result.records)
  const first = result.records.find((record) => typeof linkOf(record) === 'string')
  if (!first) {
    terminal.say('No column datalink_url in the result: the links and calibrations cannot be followed.')
    return
  }
  const calibrations = await followLinks(work, String(linkOf(first)))
  if (calibrations) await fetchCalibrations(work, tally, calibrations)
}

async function search({ client, terminal, query, jobUrl, timeoutSeconds, signal }: Workflow): Promise<TapResult> {
  terminal.heading('2', `An ${client.token ? 'authorised' : 'anonymous'} search, asynchronously`)
  terminal.say(query)
  const job = jobUrl === undefined ? await client.tap.submitJob(query, { signal }) : client.tap.openJob(jobUrl)
  if (jobUrl === undefined) {
    await job.setExecutionDuration(JOB_SECONDS)
    await job.run()
  }
  await waitFor(job, terminal, timeoutSeconds, signal)
  const result = await job.fetchResult(signal)
  await job.delete()
  terminal.say('The job and its result were deleted at the archive.')
  return result
}

async function waitFor(job: Job, terminal: Terminal, timeoutSeconds: number, signal: AbortSignal): Promise<void> {
  try {
    const phase = await job.wait({ timeoutSeconds, signal })
    terminal.say(`Job: ${job.url} ${phase}`)
  } catch (error) {
    if (!(error instanceof ArchiveError) || error.code !== 'query_timeout') throw error
    throw new ArchiveError('query_timeout', [
      `${error.message}; it was not deleted and goes on at the archive:`,
      `  ${job.url}`,
      `To go on when it is done, give the same command with --job ${job.url}`,
    ].join('\n'), { cause: error })
  }
}

async function downloadFrames(work: Workflow, tally: Tally, records: readonly Record_[]): Promise<void> {
  const { terminal } = work
  const urls = records.flatMap((record) => typeof record['access_url'] === 'string' ? [record['access_url']] : [])
  terminal.heading('3', `Download ${Math.min(urls.length, MAX_DOWNLOADS)} of ${urls.length} files`)
  for (const url of urls.slice(0, MAX_DOWNLOADS)) {
    await fetchFile(work, tally, url, 'RAW:', { withToken: true })
  }
}

/** One file; a refusal is told and the rest goes on. */
async function fetchFile(
  { client, terminal, folder, signal }: Workflow, tally: Tally, url: string, label: string,
  options: { readonly withToken: boolean },
): Promise<void> {
  const line = terminal.progress(label)
  try {
    const file = await download(client, url, folder, { ...options, signal, onProgress: line.update })
    tally.files += 1
    tally.bytes += file.sizeBytes
    tally.paths.push(file.path)
    line.end(`${file.path} ${file.wasThere ? 'was there already' : 'downloaded'} (${sizeText(file.sizeBytes)})`)
  } catch (error) {
    if (!(error instanceof ArchiveError) || error.code === 'token_expired') throw error
    line.end(printable(`not downloaded: ${error.message}`))
  }
}

async function followLinks({ client, terminal, signal }: Workflow, url: string): Promise<Calibrations | undefined> {
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
  terminal.say(`category ${flags.category}, complete ${flags.complete}, certified ${flags.certified}, mode ${flags.mode}`)
  for (const { level, text } of warnings) terminal.warn(level, printable(text))
  const despite = warnings.length === 0 ? '' : ' despite the warnings above'
  if (files.length === 0) {
    terminal.say('No calibration files are listed.')
  } else if (await terminal.confirm(`Download these ${files.length} files${despite}?`)) {
    terminal.heading('4.3', 'Calibrations are public: without the token')
    for (const [i, link] of files.entries()) {
      const label = `CALIB: ${i + 1}/${files.length} dp_id: ${dpIdOfLink(link)} (${link.esoCategory ?? 'no category'})`
      await fetchFile(work, tally, String(link.accessUrl), printable(label), { withToken: false })
    }
  }
  if (treeUrl === null) return
  terminal.heading('4.4', 'The association tree')
  const tree = await client.tree(treeUrl, signal)
  await mkdir(folder, { recursive: true })
  const path = join(folder, localName(safeFileName(tree.fileName) ?? 'association_tree.xml'))
  await writeFile(path, tree.xml)
  tally.files += 1
  tally.bytes += Buffer.byteLength(tree.xml)
  tally.paths.push(path)
  terminal.say(`${treeUrl}\nsaved as ${path}; ${distinctFiles(tree.root).length} distinct files`)
  for (const line of drawTree(tree.root)) terminal.say(line)
}

function linkOf(record: Record_): Cell | undefined {
  const datalink = record['datalink_url']
  if (datalink !== undefined) return datalink
  return /datalink/.test(String(record['access_format'])) ? record['access_url'] : undefined
}

/** What a token is good for, said without showing it. */
export function tokenText(client: ArchiveClient): string {
  return client.token === null ? 'anonymous'
    : `signed in${client.token.subject === null ? '' : ` as ${printable(client.token.subject)}`}, until ${timeText(client.token.expiresMs)}`
}
