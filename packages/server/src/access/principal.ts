/** Who asks. Anonymous is a principal; it holds no right of its own. Design §5. */

/** What a person may do beyond what everybody may, as of one moment. */
export interface Rights {
  /** Staff: may discover and retrieve everything. */
  readonly isOperator: boolean
  /** Runs whose protected metadata the person may discover: `run.runId` of the truth. */
  readonly discoverRuns: ReadonlySet<number>
  /** Runs whose files the person may retrieve before their release date. */
  readonly retrieveRuns: ReadonlySet<number>
}

export interface Principal extends Rights {
  /** The user name, `sub` of the token; null for the anonymous caller. */
  readonly subject: string | null
  /** The name to show. */
  readonly name: string
}

export const ANONYMOUS: Principal = {
  subject: null, name: 'anonymous', isOperator: false, discoverRuns: new Set(), retrieveRuns: new Set(),
}
