/** Columns and cells as every reader and writer sees them. VOTable 1.4 §2.1, §4.1; TAP 1.1 §3. */

import type { SystemName } from './systems.ts'

/** VOTable primitive types that Quipu writes. A cell of `char` is text whatever its arraysize. */
export type Datatype =
  | 'boolean' | 'bit' | 'unsignedByte' | 'short' | 'int' | 'long' | 'float' | 'double'
  | 'char' | 'unicodeChar' | 'floatComplex' | 'doubleComplex'

/** One column: the attributes of FIELD (VOTable 1.4 §4.1). */
export interface Field {
  readonly name: string
  readonly datatype: Datatype
  /** Absent for a scalar; `*` for text of any length. Never `1` (VOTable 1.3 Erratum 3). */
  readonly arraysize?: string | undefined
  readonly xtype?: string | undefined
  readonly unit?: string | undefined
  readonly ucd?: string | undefined
  readonly utype?: string | undefined
  readonly description?: string | undefined
  readonly id?: string | undefined
  /** What its values are measured in; its writer refers to the element. */
  readonly system?: SystemName | undefined
}

/**
 * One value. `long` is a bigint, text and timestamps are strings already in their wire form, arrays
 * of numbers are arrays. Null is null; for float and double NaN is a value of its own.
 */
export type Cell = string | number | bigint | boolean | null | readonly (number | bigint | null)[]
export type Row = readonly Cell[]

/** INFO: a name, a value and perhaps text content. */
export interface Info { readonly name: string; readonly value: string; readonly text?: string | undefined }
