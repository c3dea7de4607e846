/** Request bodies: forms only, within a limit. DALI 1.1 §2.2; conformance D-4; RFC 7578 (multipart). */
import type { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import type { Archive } from '../archive.ts'
import { readMultipart } from './multipart.ts'
import type { FormPart } from './multipart.ts'

/** Each costs a stream. */
const MAX_PARTS = 1_000

export interface Form {
  readonly pairs: readonly (readonly [string, string])[]
  /** Of a multipart form, those that are pairs too included. */
  readonly parts: readonly FormPart[]
  /** Forgets the parts that nobody kept. */
  discard(): Promise<void>
}

export const NO_FORM: Form = { pairs: [], parts: [], discard: async () => undefined }

/** What the route says of itself, by fastify's way. */
interface Request {
  readonly headers: { readonly 'content-type'?: string | undefined }
  readonly routeOptions: { readonly config: object }
}

/**
 * Lets the app read forms, and nothing else: another media type is refused. A multipart form may come
 * without files; parts that are files are no parameters.
 */
export function readForms(app: FastifyInstance, archive: Pick<Archive, 'config' | 'id' | 'results'>): void {
  const { config: { http, tap }, id, results } = archive
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (
    _request: unknown, body: string,
  ): Promise<Form> => ({ ...NO_FORM, pairs: [...new URLSearchParams(body)] }))
  app.addContentTypeParser(/^multipart\/form-data/i, async (
    request: Request, body: Readable,
  ): Promise<Form> => {
    const { config } = request.routeOptions
    const takesUploads = 'takesUploads' in config && config.takesUploads
    const form = await readMultipart(body, request.headers['content-type'] ?? '', {
      store: results, id, maxParts: MAX_PARTS,
      maxBytes: takesUploads === true ? tap.uploadBytes + http.formBytes : http.formBytes,
    })
    const pairs = form.parts.flatMap(({ name, isFile, content }) =>
      isFile || 'key' in content || content.bytes.length > http.formBytes ? []
        : [[name, new TextDecoder().decode(content.bytes)] as const])
    return { ...form, pairs }
  })
}
