/** The composition: the only file that names an adapter, and the only one that takes the real clock. */
import type { RuleSets } from '@quipu/association'
import type { Logger } from 'pino'
import type { Keys } from './auth/keys.ts'
import type { Config } from './config.ts'
import type { Catalog } from './schema/catalog.ts'
import type { Columns } from './stores/columns.ts'
import type { FileStore } from './stores/files.ts'
import type { Truth } from './stores/truth.ts'
import type { JobRunner } from './uws/runner.ts'

/** Everything that lives as long as the process. Routes get it whole; pure code gets values. */
export interface Archive {
  readonly config: Config
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** A fresh unguessable id (UUID). */
  readonly id: () => string
  readonly log: Logger
  readonly truth: Truth
  readonly columns: Columns
  readonly files: FileStore
  readonly results: FileStore
  readonly keys: Keys
  /** Published tables, from schema/*.yaml. */
  readonly catalog: Catalog
  readonly rules: RuleSets
  /** Runs the jobs of async; started and stopped by the composition. */
  readonly jobs: JobRunner
}
