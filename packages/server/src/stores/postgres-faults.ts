/**
 * What went wrong in PostgreSQL, in our words, by its SQLSTATE (PostgreSQL manual, appendix A). The engine's
 * own text names relations and shows SQL and values of other rows, so it goes no further than the `cause` of
 * an error (design §5, §6).
 */
import { ArchiveError, Bug } from '@quipu/vo'
import type { ErrorCode } from '@quipu/vo'

interface EngineFault {
  readonly state: RegExp
  readonly code: ErrorCode
  readonly tell: string
}

/** The first that fits counts. */
const FAULTS: readonly EngineFault[] = [
  {
    state: /^21000$/, code: 'query_data',
    tell: 'a sub-query that stands for one value gave more than one row: compare with IN, or take MAX or MIN',
  },
  {
    state: /^22012$/, code: 'query_data',
    tell: 'the query divided by zero: exclude such rows in WHERE',
  },
  {
    state: /^22003$/, code: 'query_data',
    tell: 'a calculation went beyond the range of its type: CAST an operand to DOUBLE PRECISION',
  },
  {
    state: /^22(008|011|01[EFGH]|014)$/, code: 'query_data',
    tell: 'a function was given a value outside of what it is defined for (a root or logarithm of a ' +
      'negative number, a time out of range): exclude such rows in WHERE',
  },
  {
    state: /^22/, code: 'query_data',
    tell: 'a value could not be turned into the type that the query needs: check its CASTs and comparisons',
  },
  {
    state: /^0A000$/, code: 'adql_unsupported',
    tell: 'FULL JOIN needs an = between columns of its two sides here: add one, or put a LEFT JOIN and the ' +
      'rows without a partner together with UNION ALL',
  },
  {
    state: /^54/, code: 'adql_too_complex',
    tell: 'the query is too complex: name partial results in a sub-query of FROM and use their columns',
  },
  {
    state: /^53[12]/, code: 'overloaded',
    tell: 'the query needs more memory or temporary space than one query may have: ask for fewer rows or ' +
      'columns, or without ORDER BY, and try again',
  },
  {
    state: /^(53|08|57P|25P03|E[A-Z]{4,}$)/, code: 'overloaded',
    tell: 'the database has no room for the query at the moment: try again',
  },
  {
    state: /^57014$/, code: 'query_timeout',
    tell: 'the query took longer than the database allows',
  },
]

/** An ArchiveError for what the caller can act on; a bare error, a bug of ours, for everything else. */
export function faultOf(error: unknown): Error {
  if (error instanceof ArchiveError || error instanceof Bug || error instanceof DOMException) return error
  const state = stateOf(error)
  const fault = FAULTS.find((row) => row.state.test(state))
  if (fault) return new ArchiveError(fault.code, fault.tell, { cause: error })
  return new Error('the column copy failed at a statement', { cause: error })
}

/** The SQLSTATE, or the system's code of a connection that failed; '' when there is none. */
export function stateOf(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  // The driver gives no code for a connection that was lost.
  const isLost = /^(Connection terminated|Client has encountered a connection error)/.test(error.message)
  return isLost ? '08006' : ''
}
