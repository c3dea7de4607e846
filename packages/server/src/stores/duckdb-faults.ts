/**
 * What went wrong in the engine, in our words. The engine's own text names relations and shows SQL and
 * values of other rows, so it goes no further than the `cause` of an error (design §5, §6).
 */
import { ArchiveError, Bug } from '@quipu/vo'

interface EngineFault {
  readonly says: RegExp
  readonly code: 'query_data' | 'overloaded'
  readonly tell: string
}

/** By the class that the engine's message begins with, and by what it says. The first that fits counts. */
const FAULTS: readonly EngineFault[] = [
  {
    says: /^Out of Memory Error|No space left on device/, code: 'overloaded',
    tell: 'the query needs more memory or temporary space than one query may have: ask for fewer rows or ' +
      'columns, or without ORDER BY, and try again',
  },
  {
    says: /More than one row returned by a subquery/, code: 'query_data',
    tell: 'a sub-query that stands for one value gave more than one row: compare with IN, or take MAX or MIN',
  },
  {
    says: /out of range for the destination type/, code: 'query_data',
    tell: 'a calculation went beyond the range of its type: CAST an operand to DOUBLE PRECISION',
  },
  {
    says: /^Conversion Error/, code: 'query_data',
    tell: 'a value could not be turned into the type that the query needs: check its CASTs and comparisons',
  },
  {
    says: /[Oo]verflow/, code: 'query_data',
    tell: 'a calculation went beyond the range of its type: CAST an operand to DOUBLE PRECISION',
  },
  {
    says: /[Dd]ivi(sion|de) by zero/, code: 'query_data',
    tell: 'the query divided by zero: exclude such rows in WHERE',
  },
  {
    says: /^Invalid Input Error: not a time/, code: 'query_data',
    tell: 'a value is not a time: exclude such rows in WHERE',
  },
  {
    // The arc functions say it as Invalid Input Error.
    says: /^Out of Range Error|is undefined outside/, code: 'query_data',
    tell: 'a function was given a value outside of what it is defined for (a root or logarithm of a ' +
      'negative number, an arc sine of 2, a time out of range): exclude such rows in WHERE',
  },
]

/** An ArchiveError for what the caller can act on; a bare error, a bug of ours, for everything else. */
export function faultOf(error: unknown): Error {
  if (error instanceof ArchiveError || error instanceof Bug || error instanceof DOMException) return error
  const text = error instanceof Error ? error.message : String(error)
  const fault = FAULTS.find((row) => row.says.test(text))
  if (fault) return new ArchiveError(fault.code, fault.tell, { cause: error })
  return new Error('the column copy failed at a statement', { cause: error })
}
