/** Rows as bytes and back, for a spool: BINARY2 without its VOTable, every cell and null as it was. */
import { readBinary } from './binary.ts'
import { openSink, written } from './bytes.ts'
import { isText } from './cells.ts'
import { rowEncoder } from './encode.ts'
import type { Field, Row } from './field.ts'

export interface RowCodec {
  /** One batch. The bytes are the caller's. */
  encode(batch: readonly Row[]): Uint8Array
  /** What `encode` made of one batch. */
  decode(bytes: Uint8Array): readonly Row[]
}

/** A codec of tables with these fields. Only NUL, which no text of VOTable holds, is lost. */
export function openRowCodec(fields: readonly Field[]): RowCodec {
  const columns = fields.map((field) => ({
    field: isText(field.datatype) ? { ...field, arraysize: '*' } : field,
  }))
  const put = rowEncoder(columns, 'BINARY2')
  const sink = openSink()
  return {
    encode(batch) {
      sink.at = 0
      for (const row of batch) put(sink, row)
      return written(sink).slice()
    },
    decode: (bytes) => readBinary(bytes, columns, 'BINARY2', Infinity),
  }
}
