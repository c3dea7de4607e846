/**
 * Multipart forms: their parts in memory while they are small, in the store of results when not. RFC 7578;
 * RFC 2046 §5.1; DALI 1.1 §3.4.5; conformance P-3, P-11.
 */
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy } from '@fastify/busboy'
import { ArchiveError } from '@quipu/vo'
import { unlessDiskFull } from '../stores/disk-full.ts'
import type { Draft, FileStore } from '../stores/files.ts'

/** Bytes that came with a request. */
export type Content =
  | { readonly bytes: Uint8Array }
  /** Of the store of results. */
  | { readonly key: string; readonly sizeBytes: number }

export interface FormPart {
  readonly name: string
  /** Whether it came with a file name: it is no parameter then. */
  readonly isFile: boolean
  readonly mediaType: string
  readonly content: Content
  /** What is in the store is the caller's from here on. */
  readonly keep: () => void
}

export interface MultipartForm {
  readonly parts: readonly FormPart[]
  /** Forgets what is in the store and nobody kept. */
  discard(): Promise<void>
}

export interface MultipartSettings {
  readonly store: FileStore
  /** A fresh id. */
  readonly id: () => string
  /** Of all parts together. */
  readonly maxBytes: number
  readonly maxParts: number
}

/** Of one request in memory. */
const MEMORY_BYTES = 4 * 1024 * 1024
/** What is over the limit is read on for a while: a client that is cut off while it sends sees no answer. */
const PATIENCE = 4

/** Name of the part, its bytes, file name, transfer encoding, media type. */
type FileArguments = [string, Readable, string | undefined, string, string]

/** @throws ArchiveError `document_invalid`, `document_too_large`. */
export async function readMultipart(
  body: Readable, contentType: string, settings: MultipartSettings,
): Promise<MultipartForm> {
  const reader = new FormReader(settings)
  try {
    const busboy = openBusboy(contentType, settings.maxParts)
    busboy.on('file', (...[name, stream, filename, , mediaType]: FileArguments) => {
      reader.take({ name, isFile: filename !== undefined, mediaType }, stream)
    })
    busboy.on('partsLimit', () => reader.fail(new ArchiveError('document_too_large',
      `a multipart form takes at most ${settings.maxParts} parts`)))
    try {
      await pipeline(body, busboy, { signal: reader.signal })
    } catch (cause) {
      reader.fail(new ArchiveError('document_invalid',
        'the body is not the multipart form that its type says', { cause }))
      reader.end()
    }
    return await reader.form()
  } catch (error) {
    await reader.discard()
    throw unlessDiskFull(error, 'the upload was not kept; try again later')
  }
}

function openBusboy(contentType: string, maxParts: number): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: { 'content-type': contentType }, isPartAFile: () => true,
      limits: { parts: maxParts, fieldNameSize: 1000, headerPairs: 100, headerSize: 16_384 },
    })
  } catch (cause) {
    throw new ArchiveError('document_invalid', 'the form has no boundary in its Content-Type', { cause })
  }
}

type About = Omit<FormPart, 'content' | 'keep'>

/** Takes the parts of one form, one after the other. */
class FormReader {
  readonly #settings: MultipartSettings
  readonly #parts: Promise<FormPart | undefined>[] = []
  readonly #keys = new Set<string>()
  readonly #abort = new AbortController()
  #current: Readable | undefined
  #failure: unknown
  #readBytes = 0
  #memoryBytes = 0

  constructor(settings: MultipartSettings) { this.#settings = settings }

  take(about: About, stream: Readable): void {
    this.#current = stream
    this.#parts.push(this.#collect(about, stream).catch((error: unknown) => {
      // What came before this was read on: nobody waits for it any more.
      this.fail(error)
      this.#abort.abort(error)
      return undefined
    }))
  }

  /** Aborted when the rest of the form is not worth reading. */
  get signal(): AbortSignal { return this.#abort.signal }

  /** The first failure counts. The form is read on, for a while, so that its sender sees the answer. */
  fail(error: unknown): void { this.#failure ??= error }

  /** No more comes. */
  end(): void { this.#current?.destroy() }

  async form(): Promise<MultipartForm> {
    const parts = await Promise.all(this.#parts)
    if (this.#failure !== undefined) throw this.#failure
    return { parts: parts.filter((part) => part !== undefined), discard: () => this.discard() }
  }

  async discard(): Promise<void> {
    await Promise.all(this.#parts)
    for (const key of this.#keys) await this.#settings.store.remove(key)
  }

  /** Undefined when something failed, of this part or before it. */
  async #collect(about: About, stream: Readable): Promise<FormPart | undefined> {
    const { maxBytes } = this.#settings
    const kept = this.#open()
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        this.#readBytes += chunk.length
        if (this.#readBytes > maxBytes) {
          this.fail(new ArchiveError('document_too_large',
            `the request is larger than the ${maxBytes} bytes that are taken`))
          if (this.#readBytes > PATIENCE * maxBytes) throw this.#failure
        }
        if (this.#failure === undefined) await kept.add(chunk).catch((error: unknown) => this.fail(error))
      }
      if (this.#failure === undefined) return { ...about, ...await kept.end() }
    } catch (error) {
      await kept.discard()
      throw error
    }
    await kept.discard()
    return undefined
  }

  /** Where the bytes of one part go. */
  #open() {
    const { store, id } = this.#settings
    const pieces: Uint8Array[] = []
    let keptBytes = 0
    let draft: { readonly key: string; readonly file: Draft } | undefined
    return {
      add: async (chunk: Uint8Array): Promise<void> => {
        if (draft !== undefined) return draft.file.write(chunk)
        if (this.#memoryBytes + chunk.length <= MEMORY_BYTES) {
          pieces.push(chunk)
          keptBytes += chunk.length
          this.#memoryBytes += chunk.length
          return
        }
        const key = `upload/${id()}`
        draft = { key, file: await store.create(key) }
        for (const piece of [...pieces.splice(0), chunk]) await draft.file.write(piece)
        this.#memoryBytes -= keptBytes
      },
      end: async (): Promise<Pick<FormPart, 'content' | 'keep'>> => {
        if (draft === undefined) return { content: { bytes: Buffer.concat(pieces) }, keep: () => undefined }
        const { key, file } = draft
        const { sizeBytes } = await file.commit()
        this.#keys.add(key)
        return { content: { key, sizeBytes }, keep: () => { this.#keys.delete(key) } }
      },
      discard: async (): Promise<void> => draft?.file.discard(),
    }
  }
}
