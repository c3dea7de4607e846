/** Bytes that grow while they are written, and texts as bytes. */

/** Bytes up to `at` are written. Reused from batch to batch by setting `at` to 0. */
export interface ByteSink { bytes: Uint8Array; view: DataView; at: number }

/** An empty sink with room for so many bytes; it grows by itself. */
export function openSink(roomBytes = 65_536): ByteSink {
  const bytes = new Uint8Array(roomBytes)
  return { bytes, view: new DataView(bytes.buffer), at: 0 }
}

/** Makes room for `count` bytes more and moves on behind them; where they begin. */
export function reserve(sink: ByteSink, count: number): number {
  const start = sink.at
  const end = start + count
  if (end > sink.bytes.length) {
    const grown = new Uint8Array(Math.max(end, sink.bytes.length * 2))
    grown.set(sink.bytes.subarray(0, start))
    sink.bytes = grown
    sink.view = new DataView(grown.buffer)
  }
  sink.at = end
  return start
}

/** What has been written; a view that the next write may change. */
export function written(sink: ByteSink): Uint8Array {
  return sink.bytes.subarray(0, sink.at)
}

const encoder = new TextEncoder()

/** Up to this length, a loop is faster than the encoder. */
const SHORT = 40

/** Writes the text in UTF-8, without NUL, which would end it for a reader; how many bytes it took. */
export function putText(sink: ByteSink, text: string): number {
  const start = sink.at
  if (text.length <= SHORT) {
    const at = reserve(sink, text.length)
    let index = 0
    for (; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (code >= 0x80 || code === 0) break
      sink.bytes[at + index] = code
    }
    if (index === text.length) return index
    sink.at = start
  }
  const plain = text.includes('\0') ? text.replaceAll('\0', '') : text
  const at = reserve(sink, plain.length * 3)
  const count = encoder.encodeInto(plain, sink.bytes.subarray(at)).written
  sink.at = at + count
  return count
}

/** Writes the text in UTF-16, big-endian, without NUL; how many units it took. */
export function putWideText(sink: ByteSink, text: string): number {
  const plain = text.includes('\0') ? text.replaceAll('\0', '') : text
  const at = reserve(sink, plain.length * 2)
  for (let index = 0; index < plain.length; index++) {
    sink.view.setUint16(at + index * 2, plain.charCodeAt(index))
  }
  return plain.length
}
