/**
 * Rows of BINARY and BINARY2 streams written from columns, as an engine holds them: no value of JavaScript a
 * cell. Byte for byte what `rowEncoder` writes; VOTable 1.4 §5.4, §6.
 */
import { assert } from '../assert.ts'
import { putWideText, reserve } from './bytes.ts'
import type { ByteSink } from './bytes.ts'
import type { BinaryColumn, Serialization } from './binary.ts'
import { isArray } from './cells.ts'

/** Numbers of one column, in the datatype's own array; booleans are 0 and 1. */
export interface NumberColumn {
  readonly kind: 'numbers'
  readonly values: Int16Array | Int32Array | Float32Array | Float64Array | BigInt64Array | Uint8Array
  /** A bit a row, from the least significant of the first byte on, 1 for a value; absent without a null. */
  readonly valid?: Uint8Array | undefined
}

/** Text of one column: its place in the texts of a row, and how many bytes of UTF-8 it has in each. */
export interface TextColumn {
  readonly kind: 'text'
  readonly bytes: Int32Array
  /** As of `NumberColumn`. */
  readonly valid?: Uint8Array | undefined
}

/**
 * A batch as an engine gives it. Of a row, the texts of all text columns stand in one piece, in
 * their order.
 */
export interface ColumnBatch {
  readonly columns: readonly (NumberColumn | TextColumn)[]
  /** The texts of one row, one after the other, nulls as nothing. Without NUL. */
  readonly texts: (row: number) => Uint8Array
}

/** Writes the first `count` rows of a batch. */
export type PutBatch = (sink: ByteSink, batch: ColumnBatch, count: number) => void

/** Writes one number; `row` counts from 0. */
type PutNumber = (view: DataView, at: number, values: NumberColumn['values'], row: number) => void

interface NumberForm { readonly size: number; readonly put: PutNumber; readonly putNull: PutNumber }

/** How batches of these columns are written; undefined when they hold more than numbers, flags and text. */
export function batchEncoder(
  columns: readonly BinaryColumn[], serialization: Serialization,
): PutBatch | undefined {
  const forms = columns.map(({ field, nullText }) =>
    isArray(field) && field.datatype !== 'char' && field.datatype !== 'unicodeChar'
      ? undefined : formOf(field.datatype, nullText))
  if (forms.some((form) => form === undefined)) return undefined
  const flagBytes = serialization === 'BINARY2' ? Math.ceil(columns.length / 8) : 0
  return (sink, batch, count) => {
    assert(batch.columns.length === forms.length, 'a batch has the columns of its writer')
    for (let row = 0; row < count; row++) putRow(sink, batch, row)
  }

  function putRow(sink: ByteSink, batch: ColumnBatch, row: number): void {
    const flags = reserve(sink, flagBytes)
    if (flagBytes > 0) sink.bytes.fill(0, flags, flags + flagBytes)
    const texts = batch.texts(row)
    let start = 0
    for (let index = 0; index < forms.length; index++) {
      const column = batch.columns[index]!
      const form = forms[index]!
      const isNull = column.valid !== undefined && (column.valid[row >> 3]! >> (row & 7) & 1) === 0
      // Bits count from the most significant one.
      if (isNull && flagBytes > 0) sink.bytes[flags + (index >> 3)]! |= 0x80 >> (index & 7)
      if (column.kind === 'text') {
        const end = isNull ? start : start + column.bytes[row]!
        putCounted(sink, texts, start, end, form === 'wide')
        start = end
      } else {
        assert(typeof form === 'object', 'numbers stand where numbers are declared')
        const at = reserve(sink, form.size)
        if (isNull) form.putNull(sink.view, at, column.values, row)
        else form.put(sink.view, at, column.values, row)
      }
    }
    assert(start === texts.length, 'the texts of a row are as long as their parts')
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** A text with the count of its units before it. */
function putCounted(sink: ByteSink, texts: Uint8Array, start: number, end: number, isWide: boolean): void {
  const at = reserve(sink, 4)
  if (isWide) {
    const count = putWideText(sink, decoder.decode(texts.subarray(start, end)))
    sink.view.setInt32(at, count)
    return
  }
  const length = end - start
  const to = reserve(sink, length)
  sink.view.setInt32(at, length)
  const { bytes } = sink
  // A call of `set` costs more than a few bytes do.
  if (length > 32) bytes.set(texts.subarray(start, end), to)
  else for (let i = 0; i < length; i++) bytes[to + i] = texts[start + i]!
}

function formOf(datatype: BinaryColumn['field']['datatype'], nullText: string | undefined):
NumberForm | 'text' | 'wide' | undefined {
  switch (datatype) {
    case 'char': return 'text'
    case 'unicodeChar': return 'wide'
    case 'double': return {
      size: 8, put: (view, at, values, row) => view.setFloat64(at, values[row] as number),
      putNull: (view, at) => view.setFloat64(at, NaN),
    }
    case 'float': return {
      size: 4, put: (view, at, values, row) => view.setFloat32(at, values[row] as number),
      putNull: (view, at) => view.setFloat32(at, NaN),
    }
    case 'int': return {
      size: 4, put: (view, at, values, row) => view.setInt32(at, values[row] as number),
      putNull: (view, at) => view.setInt32(at, Number(nullText ?? -(2 ** 31))),
    }
    case 'short': return {
      size: 2, put: (view, at, values, row) => view.setInt16(at, values[row] as number),
      putNull: (view, at) => view.setInt16(at, Number(nullText ?? -(2 ** 15))),
    }
    case 'long': return {
      size: 8, put: (view, at, values, row) => view.setBigInt64(at, values[row] as bigint),
      putNull: (view, at) => view.setBigInt64(at, BigInt(nullText ?? -(2n ** 63n))),
    }
    case 'boolean': return {
      size: 1, put: (view, at, values, row) => view.setUint8(at, Number(values[row]) === 1 ? 0x54 : 0x46),
      putNull: (view, at) => view.setUint8(at, 0x3f),
    }
    default: return undefined
  }
}
