/** What is published: schemas, tables, columns. VODataService 1.2 §3.3; TAP 1.1 §4; VOSI 1.1 §2.5. */
import type { Field } from '../votable/field.ts'

/** One column as TAP_SCHEMA.columns and VOSI tables describe it. */
export interface Column extends Field {
  readonly description: string
  readonly principal: boolean
  readonly indexed: boolean
  /** Part of a standard data model (ObsCore). */
  readonly std: boolean
}

export interface Table {
  /** `dbo`; never quoted. */
  readonly schema: string
  /** Without the schema: `raw`. */
  readonly name: string
  readonly kind: 'table' | 'view'
  readonly title: string
  readonly description: string
  readonly utype?: string | undefined
  /** In the order in which `SELECT *` gives them. */
  readonly columns: readonly Column[]
  readonly foreignKeys: readonly ForeignKey[]
  /** A caller's own, of `TAP_UPLOAD`: its times are kept as the text that they were sent as. */
  readonly isUpload?: boolean | undefined
}

export interface ForeignKey {
  /** `schema.table`. */
  readonly target: string
  readonly columns: readonly { readonly from: string; readonly to: string }[]
  readonly description?: string | undefined
}

export interface Schema {
  readonly name: string
  readonly description: string
  readonly tables: readonly Table[]
}

export interface TableSet { readonly schemas: readonly Schema[] }
