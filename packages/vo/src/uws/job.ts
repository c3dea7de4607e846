/** A job as its document tells it. UWS 1.1 §2.1. */

/** UWS 1.1 §2.1.3. */
export const PHASES = [
  'PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED',
  'UNKNOWN', 'HELD', 'SUSPENDED', 'ARCHIVED',
] as const

export type Phase = typeof PHASES[number]

/** Whether a job in this phase will never run (again): COMPLETED, ERROR, ABORTED, ARCHIVED. */
export function isFinal(phase: Phase): boolean {
  return phase === 'COMPLETED' || phase === 'ERROR' || phase === 'ABORTED' || phase === 'ARCHIVED'
}

/** All times are ISO 8601 in UTC with Z (UWS 1.1 §2.2.1), or null. */
export interface JobDocument {
  /** The last path element of the job's address. */
  readonly jobId: string
  readonly runId: string | null
  readonly ownerId: string | null
  readonly phase: Phase
  readonly quote: string | null
  readonly creationTime: string | null
  readonly startTime: string | null
  readonly endTime: string | null
  /** Seconds; 0 is unlimited. */
  readonly executionDuration: number
  readonly destruction: string | null
  readonly parameters: readonly JobParameter[]
  readonly results: readonly JobResult[]
  readonly errorSummary: ErrorSummary | null
}

export interface JobParameter {
  readonly id: string
  readonly value: string
  readonly isPost?: boolean | undefined
  /** The value is the address of the content. */
  readonly byReference?: boolean | undefined
}

export interface JobResult {
  /** `result` for TAP. */
  readonly id: string
  readonly href: string
  readonly mimeType?: string | undefined
  /** Bytes. */
  readonly size?: number | undefined
}

export interface ErrorSummary {
  readonly type: 'transient' | 'fatal'
  /** Whether the job's `/error` holds a document. */
  readonly hasDetail: boolean
  readonly message: string
}

/** One job of a list (UWS 1.1 §2.2.2.1). */
export interface JobReference {
  readonly id: string
  readonly phase: Phase
  readonly runId: string | null
  readonly ownerId: string | null
  readonly creationTime: string | null
  readonly href: string | null
}
