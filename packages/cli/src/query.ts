/**
 * `quipu query`: at once or as a job, and what to say of the result. eso-protocol §2.3 (jobs), §2.4 (limits).
 */
import { countNotPublic, emptyReason } from '@quipu/client'
import type { ArchiveClient, Job, TapResult } from '@quipu/client'
import { ArchiveError, printable } from '@quipu/vo'
import { formatResult, say } from './output.ts'
import type { Format } from './output.ts'

export interface QueryOptions {
  readonly maxrec?: number
  readonly format: Format
  readonly job?: boolean
  readonly resume?: string
  /** Seconds, as is the next. */
  readonly duration: number
  readonly timeout: number
}

/** Runs it and prints the rows; remarks go to standard error. */
export async function runQuery(
  client: ArchiveClient, readQuery: () => Promise<string>, options: QueryOptions, signal: AbortSignal,
): Promise<void> {
  const result = await search(client, readQuery, options, signal)
  process.stdout.write(formatResult(result.fields, result.rows, options.format))
  if (result.isCut) say(`the result was cut after ${result.rows.length} rows: there are more (--maxrec)`)
  const notPublic = countNotPublic(result, Date.now()) ?? 0
  if (notPublic > 0) say(`${notPublic} of ${result.rows.length} rows have files that are not public yet`)
  if (result.rows.length === 0) say(`${emptyReason(client.token)}${client.token ? '' : ' (quipu login)'}`)
}

async function search(
  client: ArchiveClient, readQuery: () => Promise<string>, options: QueryOptions, signal: AbortSignal,
): Promise<TapResult> {
  const { maxrec, resume } = options
  if (resume !== undefined) return finish(client.tap.openJob(resume), options, signal)
  const adql = await readQuery()
  if (options.job !== true) return client.tap.query(adql, { maxrec, signal })
  const job = await client.tap.submitJob(adql, { maxrec, signal })
  say(`job ${job.url}`)
  await job.setExecutionDuration(options.duration)
  await job.run()
  return finish(job, options, signal)
}

async function finish(job: Job, { timeout }: QueryOptions, signal: AbortSignal): Promise<TapResult> {
  try {
    await job.wait({ timeoutSeconds: timeout, signal, onPhase: (phase) => say(`job is ${phase}`) })
  } catch (error) {
    const isOver = error instanceof ArchiveError && error.code === 'query_timeout'
    if (isOver || signal.aborted) {
      say(`The job was not deleted and goes on. To wait for it again: quipu query --resume ${job.url}`)
    }
    throw error
  }
  const result = await job.fetchResult(signal)
  try {
    await job.delete()
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    say(`the job stays at the archive: ${printable(error.message)}`)
  }
  return result
}
