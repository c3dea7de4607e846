/** Opens files for downloading. RFC 9110 §14 (ranges), RFC 6266 (names); eso-protocol §3. */
import { ArchiveError } from '@quipu/vo'
import { parseDpId } from '@quipu/vo/eso'
import { fileNameOf, safeFileName } from './links.ts'
import type { ArchiveProfile } from './profile.ts'
import type { Requester } from './request.ts'

export interface Opening {
  /** Begin at this byte, if the file is still the one with that tag. */
  readonly resume?: { readonly from: number; readonly etag: string } | undefined
  /** False for files that are public: the token stays at home. */
  readonly withToken?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RemoteFile {
  readonly url: string
  /** The server's name for it; the last part of the address without one. */
  readonly name: string
  /** Of the whole file; null when the server does not say. */
  readonly sizeBytes: number | null
  /** Where these bytes start: 0 unless a resume was granted. */
  readonly startBytes: number
  /** A strong tag, for resuming; null without one. */
  readonly etag: string | null
  /** Hex; null when the server does not say. */
  readonly md5: string | null
  readonly body: AsyncIterable<Uint8Array>
}

export interface FileService {
  /**
   * Opens a file by dp_id or address.
   * @throws ArchiveError `token_missing` (sign in), `product_proprietary`, `product_not_found`,
   *   `document_invalid` when a page came in place of the file.
   */
  open(dpIdOrUrl: string, opening?: Opening): Promise<RemoteFile>
}

export function makeFileService(profile: ArchiveProfile, requester: Requester): FileService {
  return {
    async open(dpIdOrUrl, { resume, withToken = true, signal } = {}) {
      const url = /^https?:/.test(dpIdOrUrl) ? dpIdOrUrl : profile.filesUrl + parseDpId(dpIdOrUrl)
      const { response, url: ended } = await requester.ask(url, {
        withToken, signal,
        headers: resume ? { Range: `bytes=${resume.from}-`, 'If-Range': resume.etag } : {},
      })
      const name = fileNameOf(response)
      await checkIsFile(response, name)
      const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('Content-Range') ?? '')
      const startBytes = response.status === 206 ? Number(range?.[1] ?? NaN) : 0
      if (Number.isNaN(startBytes) || (resume && startBytes !== 0 && startBytes !== resume.from)) {
        throw new ArchiveError('document_invalid', `${new URL(ended).host} sent another part of the file than asked for`)
      }
      const length = response.headers.get('Content-Length')
      const etag = response.headers.get('ETag')
      return {
        url: ended,
        name: name ?? safeFileName(decodeURIComponent(new URL(ended).pathname.split('/').at(-1) ?? '')) ?? 'download',
        sizeBytes: range?.[2] && range[2] !== '*' ? Number(range[2]) : length === null ? null : Number(length) + startBytes,
        startBytes,
        etag: etag === null || etag.startsWith('W/') ? null : etag,
        md5: md5Of(response),
        body: (response.body ?? new ReadableStream()) as unknown as AsyncIterable<Uint8Array>,
      }
    },
  }
}

/** A sign-in page or an error page in place of the file must never be saved as data. */
async function checkIsFile(response: Response, name: string | undefined): Promise<void> {
  const type = response.headers.get('Content-Type') ?? ''
  if (!/text\/html/i.test(type) || /\.html?$/i.test(name ?? '')) return
  await response.body?.cancel()
  throw new ArchiveError('document_invalid', 'a web page came in place of the file; sign in again, or try later')
}

/** RFC 9530 does not list MD5 as safe, but it finds a broken transfer: `Content-MD5` or `Repr-Digest: md5=:…:`. */
function md5Of(response: Response): string | null {
  const text = /md5=:([A-Za-z0-9+/=]+):/i.exec(response.headers.get('Repr-Digest') ?? '')?.[1]
    ?? (response.status === 200 ? response.headers.get('Content-MD5') : null)
  if (text === null || text === undefined) return null
  try {
    const bytes = Array.from(atob(text), (char) => char.charCodeAt(0).toString(16).padStart(2, '0'))
    return bytes.length === 16 ? bytes.join('') : null
  } catch {
    return null
  }
}
