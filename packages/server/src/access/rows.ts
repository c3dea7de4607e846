/** The audit line of an answer with rows that not everybody may know of. Design §5. */
import type { Context, Sent } from '../http/route.ts'
import type { Truth } from '../stores/truth.ts'
import type { Principal } from './principal.ts'

/** Who got rows, and when. */
export interface Taking {
  readonly truth: Pick<Truth, 'audit'>
  readonly principal: Principal
  readonly atMs: number
  readonly requestId: string
}

/** Rows may come from protected runs when there is one in `runs`; of others there is no line. */
export function auditRowsOf(
  { truth, principal, atMs, requestId }: Taking, action: string, runs: readonly number[] | 'all', sent: Sent,
  detail?: string,
): void {
  if (runs.length === 0) return
  truth.audit({
    atMs, action, subject: principal.subject, outcome: sent.complete ? 'complete' : 'cut', requestId,
    clause: principal.isOperator ? 'operator' : 'granted', bytes: sent.bytes, detail,
  })
}

/** The same for the answer to a request, once it was sent. */
export function auditRows(
  { archive, principal, requestId }: Context, action: string, runs: readonly number[] | 'all', sent: Sent,
  detail?: string,
): void {
  auditRowsOf({ truth: archive.truth, principal, atMs: archive.now(), requestId }, action, runs, sent, detail)
}
