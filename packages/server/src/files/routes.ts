/**
 * The data portal: `/dataPortal/file/<dp_id>`, raw frames as they are stored, products, ancillary files,
 * and night logs as `<dp_id>.NL`. eso-protocol §3.1; RFC 9110 §8.8, §13, §14; RFC 9530 (Repr-Digest).
 */
import { ArchiveError, assert } from '@quipu/vo'
import { checkRetrieve } from '../access/find.ts'
import { ANONYMOUS } from '../access/principal.ts'
import { mayRetrieve } from '../access/rule.ts'
import { openSight } from '../access/sight.ts'
import type { Archive } from '../archive.ts'
import { askedDpId } from '../http/dp-id.ts'
import type { Context, Reply, Route } from '../http/route.ts'
import type { Product, StoredFile } from '../stores/truth.ts'
import { httpDate, select } from './range.ts'
import type { Slice } from './range.ts'

/** The routes of the data portal. */
export function fileRoutes(_archive: Archive): Route[] {
  return [{ method: 'GET', path: '/dataPortal/file/:dpId', handler: download }]
}

/** Design §4, "a download": find, the access rule, the range, the stream. */
async function download(ctx: Context): Promise<Reply> {
  const { archive, nowMs } = ctx
  const product = openSight(ctx, 'download').find(askedDpId(ctx.params['dpId'] ?? ''))
  const { file } = product
  if (!file) throw new ArchiveError('product_not_found', `${product.dpId} has no file in this archive`)
  checkAudited(ctx, product)
  const stored = await archive.files.stat(file.key)
  assert(stored?.sizeBytes === file.sizeBytes, `the store has ${product.dpId} as the truth says`)
  const modifiedMs = Math.min(product.modifiedMs, nowMs)
  const what = { sizeBytes: file.sizeBytes, etag: `"${file.md5}"`, modifiedMs }
  const selection = select(ctx.method, ctx.headers, what)
  const isPublic = mayRetrieve(product, ANONYMOUS, nowMs).allowed
  const headers = {
    ETag: what.etag,
    'Last-Modified': httpDate(modifiedMs),
    'Accept-Ranges': 'bytes',
    'Repr-Digest': `md5=:${base64Md5(file)}:`,
    'Cache-Control': isPublic ? 'public, no-cache' : 'no-store',
  }
  if (!isPublic && (selection.status >= 300 || ctx.method === 'HEAD')) told(ctx, product, selection.status)
  switch (selection.status) {
    case 304: return { status: 304, headers }
    case 412: return refused(412, 'the file is not in the state that the request asks for', headers)
    case 416: return refused(416, `the file has ${file.sizeBytes} bytes; the range starts beyond them`,
      { ...headers, 'Content-Range': `bytes */${file.sizeBytes}` })
    case 200: return bytes(ctx, product, file, undefined, { ...headers, 'Content-MD5': base64Md5(file) })
    case 206: return bytes(ctx, product, file, selection.slice, {
      ...headers, 'Content-Range': `bytes ${selection.slice.start}-${selection.slice.end}/${file.sizeBytes}`,
    })
  }
}

/** Size, time and checksum of a file that is not public were told, without its bytes. */
function told({ archive, principal, nowMs, requestId }: Context, product: Product, status: number): void {
  archive.truth.audit({
    atMs: nowMs, action: 'download', subject: principal.subject, outcome: `told (${status})`, requestId,
    dpId: product.dpId, clause: mayRetrieve(product, principal, nowMs).clause, bytes: 0,
  })
}

function checkAudited(ctx: Context, product: Product): void {
  try {
    checkRetrieve(product, ctx.principal, ctx.nowMs)
  } catch (error) {
    if (error instanceof ArchiveError) {
      ctx.archive.truth.audit({
        atMs: ctx.nowMs, action: 'download', subject: ctx.principal.subject, outcome: error.code,
        requestId: ctx.requestId, dpId: product.dpId, clause: 'proprietary',
      })
    }
    throw error
  }
}

function bytes(
  ctx: Context, product: Product, file: StoredFile, slice: Slice | undefined, headers: Record<string, string>,
): Reply {
  const { archive, principal } = ctx
  const start = slice?.start ?? 0
  const end = slice?.end ?? file.sizeBytes - 1
  const reply = {
    status: slice ? 206 : 200,
    headers: {
      ...headers,
      'Content-Type': file.mediaType,
      'Content-Length': String(end - start + 1),
      'Content-Disposition': `attachment; filename=${plainName(file.name)}`,
    },
  }
  if (ctx.method === 'HEAD') return reply
  const { clause } = mayRetrieve(product, principal, ctx.nowMs)
  return {
    ...reply,
    body: end < start ? new Uint8Array() : archive.files.read(file.key, start, end),
    ended: (sent) => archive.truth.audit({
      atMs: archive.now(), action: 'download', subject: principal.subject,
      outcome: sent.complete ? 'complete' : 'cut', requestId: ctx.requestId,
      dpId: product.dpId, clause, bytes: sent.bytes,
    }),
  }
}

function refused(status: 412 | 416, why: string, headers: Record<string, string>): Reply {
  return {
    status, headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
    body: `UsageFault: ${why}\n`,
  }
}

/** Clients in use end the name at the first blank, and take all up to there (eso-protocol §3.1). */
function plainName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._:+-]/g, '_')
}

function base64Md5(file: StoredFile): string {
  return Buffer.from(file.md5, 'hex').toString('base64')
}
