/** The port of files and results: bytes under a key. Design §6. */
import type { Readable } from 'node:stream'

export interface FileStat { readonly sizeBytes: number; readonly modifiedMs: number }

/** Something being written: nothing is under its key until `commit`, which is durable when it resolves. */
export interface Draft {
  write(bytes: Uint8Array | string): Promise<void>
  commit(): Promise<{ readonly sizeBytes: number; readonly md5: string }>
  discard(): Promise<void>
}

/** Keys are relative paths of safe characters, made by us, never from a caller's text. */
export interface FileStore {
  stat(key: string): Promise<FileStat | undefined>
  /** Bytes from `start` up to and including `end`. */
  read(key: string, start: number, end: number): Readable
  create(key: string): Promise<Draft>
  remove(key: string): Promise<void>
  /** Every key under a prefix; for sweeping what nothing refers to. */
  list(prefix: string): AsyncIterable<string>
}
