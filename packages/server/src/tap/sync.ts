/**
 * `/<service>/sync`: one query, its result in the answer. TAP 1.1 §2.1; DALI 1.1 §2.2, §4; conformance
 * D-4 to D-6; eso-protocol §2.2 (the budget of 120 s).
 */
import { ArchiveError } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import { auditRows } from '../access/rows.ts'
import { asArchiveError } from '../http/faults.ts'
import type { Context, Reply } from '../http/route.ts'
import { checkOnly, openQuery, openTimer, queryParts } from './query.ts'
import type { Caller, LateFailure, Result } from './query.ts'
import { OVERFLOW_HEADER, pageHeaders } from './headers.ts'
import { lookupOf, readRunId, readTapRequest } from './request.ts'
import type { TapRequest } from './request.ts'
import { readUploads } from './upload.ts'

type Handler = (ctx: Context) => Promise<Reply>

/** GET and POST of sync, by service; together the handlers count the queries that run. */
export function syncHandlers(archive: Archive): (service: string) => Handler {
  const running = { count: 0 }
  return (service) => syncHandler(archive, service, running)
}

function syncHandler(archive: Archive, service: string, running: { count: number }): Handler {
  const settings = archive.config.tap
  const parts = queryParts(archive, service)
  return async (ctx) => {
    const find = lookupOf(ctx.parameters)
    const uploads = readUploads(ctx.parameters.all('UPLOAD'), ctx.parts)
    const request = { ...readTapRequest(find, settings), uploads }
    const runId = readRunId(find)
    const caller: Caller = { principal: ctx.principal, baseUrl: ctx.baseUrl, nowMs: ctx.nowMs }
    if (ctx.method === 'HEAD') {
      await checkOnly(parts, request, caller, ctx.signal)
      return { status: 200, headers: headersOf(request) }
    }
    if (running.count >= settings.runningQueries) {
      throw new ArchiveError('overloaded',
        `${running.count} queries run, as many as may at a time; try again, or run it as a job (async)`)
    }
    running.count += 1
    const timer = openTimer(settings.syncSeconds, () => new ArchiveError('query_timeout',
      `the request timed out after ${settings.syncSeconds} s; a job (async) may take longer`))
    const release = (): void => {
      timer.stop()
      running.count -= 1
    }
    if (runId !== null) archive.log.info({ requestId: ctx.requestId, runId }, 'query')
    try {
      const signal = AbortSignal.any([ctx.signal, timer.signal])
      const result = await openQuery(parts, request, caller, signal, lateFailure(ctx))
      return {
        status: 200,
        ...overflowOf(request, result),
        ...request.choice.format.isText ? { encodable: { leastBytes: 0 } } : {},
        body: result.body,
        ended: (sent) => {
          release()
          void result.close()
          auditRows(ctx, 'query', result.runs, sent)
        },
      }
    } catch (error) {
      release()
      throw error
    }
  }
}

/** A cut is told in front when it is known there, else behind a body that cannot tell it (TAP 1.1 §3.2). */
function overflowOf(request: TapRequest, result: Result): Pick<Reply, 'headers' | 'trailers'> {
  const headers = headersOf(request)
  if (result.overflow() === true) return { headers: { ...headers, [OVERFLOW_HEADER]: 'true' } }
  if (request.choice.format.tellsEnding || result.overflow() === false) return { headers }
  return {
    headers,
    trailers: {
      names: [OVERFLOW_HEADER],
      values: () => ({ [OVERFLOW_HEADER]: String(result.overflow() === true) }),
    },
  }
}

function headersOf({ choice }: TapRequest): Record<string, string> {
  return {
    ...pageHeaders(choice.contentType),
    'Content-Type': choice.contentType,
    'Content-Disposition': `inline; filename="result.${choice.format.extension}"`,
  }
}

/** What the end of the document says. Nobody reads it when the caller is gone. */
function lateFailure(ctx: Context): LateFailure {
  return (thrown) => {
    if (ctx.signal.aborted) return undefined
    const error = asArchiveError(thrown, ctx.requestId)
    if (error.code === 'internal_error') {
      ctx.archive.log.error({ requestId: ctx.requestId, err: thrown }, 'a query broke off')
    }
    return error.toFaultText()
  }
}
