/** The published tables of one archive, as read from schema/*.yaml: what callers see, and what lies behind. */
import type { Sources } from '@quipu/adql'
import type { TableSet } from '@quipu/vo/vosi'
import type { Principal } from '../access/principal.ts'

/** A relation of the column copy and its columns, for the engine's DDL. */
export interface StoredColumn {
  readonly name: string
  readonly type: 'text' | 'smallint' | 'integer' | 'bigint' | 'real' | 'double' | 'timestamp' | 'boolean'
}

/** A table whose rows are stored. `rule` decides which relations it has (design §5). */
export interface StoredTable {
  /** `dbo.raw`. */
  readonly name: string
  /** `public`: one relation. `run`: a public and a protected one, told apart by the row's run. */
  readonly rule: 'public' | 'run'
  readonly columns: readonly StoredColumn[]
}

export interface Catalog {
  readonly tableSet: TableSet
  readonly stored: readonly StoredTable[]
  /** How each published table is read by this caller: the SQL reading of the rule `discover`. */
  sourcesFor(principal: Principal): Sources
  /** Rows of TAP_SCHEMA's tables, made from the same entries. By table name. */
  tapSchemaRows(): ReadonlyMap<string, readonly Readonly<Record<string, string | number | null>>[]>
}
