/** Bodies of answers, read in every runtime: a connection that breaks is an `ArchiveError` here too. */
import { ArchiveError } from '@quipu/vo'

/**
 * The bytes as they arrive. Stopping early ends the connection.
 * @throws ArchiveError `archive_unreachable` when the connection breaks; the signal's reason when aborted.
 */
export async function* bytesOf(
  response: Response, host: string, signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!response.body) return
  // Not every browser can iterate over a stream.
  const reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw new ArchiveError('archive_unreachable',
      `the connection to ${host} broke before all had come`, { cause: error })
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/**
 * The whole body as text; in UTF-8, as all documents here are.
 * @throws ArchiveError `document_too_large`, unless `cut`: then what is over the limit is left out.
 */
export async function textOf(
  bytes: AsyncIterable<Uint8Array>, maxBytes: number, cut = false,
): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > maxBytes && cut) break
    if (size > maxBytes) {
      throw new ArchiveError('document_too_large',
        `the answer is larger than ${maxBytes / 1e6} MB, which no such document is`)
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
