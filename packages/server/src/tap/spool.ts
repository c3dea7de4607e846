/**
 * Rows kept until all of them have been seen, for formats that must know their number or widths first
 * (design §4). A few are kept in memory, many in the store of results, where a crashed process's are swept.
 */
import { ArchiveError, assert } from '@quipu/vo'
import { openRowCodec } from '@quipu/vo/votable'
import type { Field, Row } from '@quipu/vo/votable'
import type { Draft, FileStore } from '../stores/files.ts'

/** Bytes that are kept in memory. */
const MEMORY_BYTES = 4 * 1024 * 1024

export interface Spool {
  /** @throws ArchiveError `document_too_large`. */
  add(batch: readonly Row[]): Promise<void>
  /** The batches in order; nothing can be added any more. */
  batches(): AsyncIterable<readonly Row[]>
  /** Forgets the rows. Safe to call at any time, more than once. */
  discard(): Promise<void>
}

export interface SpoolSettings {
  readonly store: FileStore
  /** Nobody else's key in the store. */
  readonly key: string
  /** Bytes at most. */
  readonly limitBytes: number
  /** Kept in memory; 4 MiB unless given. */
  readonly memoryBytes?: number
}

export function openSpool(fields: readonly Field[], settings: SpoolSettings): Spool {
  const { store, key, limitBytes, memoryBytes = MEMORY_BYTES } = settings
  const codec = openRowCodec(fields)
  let kept: Uint8Array[] = []
  let draft: Draft | undefined
  let sizeBytes = 0
  let isFile = false
  return {
    async add(batch) {
      if (batch.length === 0) return
      const bytes = codec.encode(batch)
      sizeBytes += bytes.length
      if (sizeBytes > limitBytes) throw tooLarge(limitBytes)
      kept.push(framed(bytes))
      if (sizeBytes <= memoryBytes && draft === undefined) return
      draft ??= await store.create(key)
      for (const piece of kept) await draft.write(piece)
      kept = []
    },
    async *batches() {
      if (draft !== undefined && !isFile) {
        await draft.commit()
        isFile = true
      }
      for await (const bytes of isFile ? framesOf(store, key) : kept.map((piece) => piece.subarray(4))) {
        yield codec.decode(bytes)
      }
    },
    async discard() {
      kept = []
      if (isFile) await store.remove(key)
      else await draft?.discard()
    },
  }
}

/** Four bytes of length, then the bytes. */
function framed(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(bytes.length + 4)
  new DataView(frame.buffer).setUint32(0, bytes.length)
  frame.set(bytes, 4)
  return frame
}

async function* framesOf(store: FileStore, key: string): AsyncGenerator<Uint8Array> {
  const stat = await store.stat(key)
  assert(stat, 'a spool is there until it is discarded')
  let rest: Uint8Array = new Uint8Array()
  for await (const chunk of store.read(key, 0, stat.sizeBytes - 1) as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4) {
      const end = 4 + new DataView(rest.buffer, rest.byteOffset).getUint32(0)
      if (rest.length < end) break
      yield rest.subarray(4, end)
      rest = rest.subarray(end)
    }
  }
  assert(rest.length === 0, 'a spool ends with a whole frame')
}

/** A result that is larger than the service keeps. */
export function tooLarge(limitBytes: number): ArchiveError {
  return new ArchiveError('document_too_large',
    `the result is larger than ${limitBytes} bytes; ask for fewer rows or columns`)
}
