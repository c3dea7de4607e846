/** Request bodies: forms only, within a limit. DALI 1.1 §2.2; conformance D-4; RFC 7578 (multipart). */
import type { FastifyInstance } from 'fastify'
import { ArchiveError } from '@quipu/vo'

export type FormPairs = [string, string][]

/**
 * Lets the app read forms as name-value pairs, and nothing else: another media type is refused. A
 * multipart form may come without files; parts that are files are left out, as no service takes them.
 */
export function readForms(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async (
    _request: unknown, body: string,
  ): Promise<FormPairs> => [...new URLSearchParams(body)])
  app.addContentTypeParser(/^multipart\/form-data/i, { parseAs: 'buffer' }, async (
    request: { headers: { 'content-type'?: string | undefined } }, body: string | Uint8Array,
  ): Promise<FormPairs> => readMultipart(request.headers['content-type'] ?? '', body))
}

async function readMultipart(contentType: string, body: string | Uint8Array): Promise<FormPairs> {
  if (body.length === 0) return []
  const pairs: FormPairs = []
  try {
    const bytes = typeof body === 'string' ? body : new Uint8Array(body)
    const form = await new Response(bytes, { headers: { 'Content-Type': contentType } }).formData()
    for (const [name, value] of form) if (typeof value === 'string') pairs.push([name, value])
  } catch (cause) {
    throw new ArchiveError('document_invalid',
      'the body is not the multipart form that its type says', { cause })
  }
  return pairs
}
