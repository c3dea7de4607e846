/** Opens files for downloading. RFC 9110 §8.8, §13.1.5, §14 (ranges), RFC 9530 (digests); eso-protocol §3. */
import { ArchiveError } from '@quipu/vo'
import { parseDpId } from '@quipu/vo/eso'
import { isHtml } from './failure.ts'
import { fileNameOf, nameInUrl } from './names.ts'
import type { ArchiveProfile } from './profile.ts'
import type { Answer, Requester } from './request.ts'

export interface Opening {
  /** Begin at this byte, if the file is still the one with that validator. */
  readonly resume?: { readonly from: number; readonly validator: string } | undefined
  /**
   * False for files that are public: the token stays at home. `ifNeeded` asks without it first, and with it
   * when that is refused. True unless given.
   */
  readonly withToken?: boolean | 'ifNeeded' | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RemoteFile {
  readonly url: string
  /** The server's name for it, safe as a file name; the last part of the address without one. */
  readonly name: string
  /** Of the whole file; null when the server does not say. */
  readonly sizeBytes: number | null
  /** Where these bytes start: 0 unless a resume was granted. */
  readonly startBytes: number
  /** A strong tag or a date, by which a resume knows the file again; null without one. */
  readonly validator: string | null
  /** Of the whole file, hex; null when the server does not say. */
  readonly md5: string | null
  /** Once only. Throws `archive_unreachable` when the connection breaks. */
  bytes(): AsyncGenerator<Uint8Array, void, undefined>
  /** Gives up a file whose bytes were not begun. */
  close(): Promise<void>
}

export interface FileService {
  /**
   * Opens a file by dp_id or address.
   * @throws ArchiveError `token_missing` (sign in), `product_proprietary`, `product_not_found`,
   *   `document_invalid` when a page came in place of the file.
   */
  open(dpIdOrUrl: string, opening?: Opening): Promise<RemoteFile>
}

const REFUSED: readonly string[] = ['token_missing', 'product_proprietary', 'product_not_found']

export function makeFileService(profile: ArchiveProfile, requester: Requester): FileService {
  const open = async (url: string, withToken: boolean, { resume, signal }: Opening): Promise<RemoteFile> => {
    const answer = await requester.ask(url, {
      withToken, signal, codes: { 401: 'product_proprietary' },
      headers: {
        // Lengths and ranges are those of the stored file only when nothing packs it on the way.
        'Accept-Encoding': 'identity',
        ...resume ? { Range: `bytes=${resume.from}-`, 'If-Range': resume.validator } : {},
      },
    })
    try {
      return remoteFile(answer, resume?.from ?? 0)
    } catch (error) {
      await answer.close()
      throw error
    }
  }
  return {
    async open(dpIdOrUrl, opening = {}) {
      const url = /^https?:/i.test(dpIdOrUrl) ? dpIdOrUrl : profile.filesUrl + parseDpId(dpIdOrUrl)
      const { withToken = true } = opening
      if (withToken !== 'ifNeeded') return open(url, withToken, opening)
      try {
        return await open(url, false, opening)
      } catch (error) {
        if (!(error instanceof ArchiveError) || !REFUSED.includes(error.code)) throw error
        return open(url, true, opening)
      }
    },
  }
}

function remoteFile(answer: Answer, from: number): RemoteFile {
  const { headers, url } = answer
  const name = fileNameOf(headers)
  const mayBePage = /\.html?$/i.test(name ?? '')
  if (isHtml(headers) && !mayBePage) throw pageInstead()
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('Content-Range') ?? '')
  const startBytes = answer.status === 206 ? Number(range?.[1] ?? NaN) : 0
  if (answer.status === 206 && startBytes !== from) {
    throw new ArchiveError('document_invalid',
      `${new URL(url).host} sent another part of the file than asked for`)
  }
  const isPacked = !/^(identity)?$/i.test(headers.get('Content-Encoding') ?? '')
  const length = wholeNumber(headers.get('Content-Length'))
  const whole = answer.status === 206 ? wholeNumber(range?.[2] ?? null) : length
  return {
    url, startBytes,
    name: name ?? nameInUrl(url) ?? 'download',
    sizeBytes: isPacked ? null : whole ?? (length === null ? null : length + startBytes),
    validator: isPacked ? null : validatorOf(headers),
    md5: isPacked ? null : md5Of(answer),
    bytes: () => startBytes > 0 || mayBePage ? answer.bytes() : withoutPages(answer.bytes()),
    close: () => answer.close(),
  }
}

/**
 * A sign-in page or an error page in place of the file must never be saved as data, whatever it calls itself.
 */
async function* withoutPages(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let isStart = true
  for await (const chunk of bytes) {
    const start = isStart ? new TextDecoder('latin1').decode(chunk.subarray(0, 100)) : ''
    if (/^\s*<(!doctype html|html)\b/i.test(start)) throw pageInstead()
    isStart = false
    yield chunk
  }
}

function pageInstead(): ArchiveError {
  return new ArchiveError('document_invalid',
    'a web page came in place of the file; sign in again, or try later')
}

function wholeNumber(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** RFC 9110 §13.1.5: If-Range takes a strong tag, or a date that is surely older than the answer. */
function validatorOf(headers: Headers): string | null {
  const etag = headers.get('ETag')
  if (etag?.startsWith('"') === true) return etag
  const modified = headers.get('Last-Modified')
  const ageMs = Date.parse(headers.get('Date') ?? '') - Date.parse(modified ?? '')
  return ageMs >= 1000 ? modified : null
}

/**
 * MD5 is no protection, but it finds a broken transfer: `Repr-Digest` of the file, `Content-MD5` of the body.
 */
function md5Of({ status, headers }: Answer): string | null {
  const digest = headers.get('Repr-Digest') ?? headers.get('Digest') ?? ''
  const text = /\bmd5=:?([A-Za-z0-9+/=]+):?/i.exec(digest)?.[1]
    ?? (status === 200 ? headers.get('Content-MD5') : null)
  if (text === null) return null
  try {
    const bytes = Array.from(atob(text), (char) => char.charCodeAt(0).toString(16).padStart(2, '0'))
    return bytes.length === 16 ? bytes.join('') : null
  } catch {
    return null
  }
}
