/**
 * File names that a server gives, as names that stay in their folder. RFC 6266 §4 (Content-Disposition), RFC
 * 8187.
 */

const MAX_NAME_BYTES = 200
/**
 * Control characters, those that turn the direction of text, and what Windows does not take, but the colon.
 */
const UNWANTED = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff<>"|?*]/g
const WINDOWS_DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i

/**
 * The name that an answer gives its file, as a bare file name; undefined without one. `filename*` wins
 * (RFC 6266 §4.3). Folders, control characters and leading dots in it are not believed.
 */
export function fileNameOf(headers: Headers): string | undefined {
  const header = headers.get('Content-Disposition') ?? ''
  const extended = /(?:^|;)\s*filename\*\s*=\s*utf-8'[^']*'([^\s;]+)/i.exec(header)?.[1]
  const plain = /(?:^|;)\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/i.exec(header)
  return safeFileName(extended === undefined ? undefined : decoded(extended))
    ?? safeFileName(plain?.[1]?.replaceAll(/\\(.)/g, '$1') ?? plain?.[2])
}

/** The last part of an address's path, as a file name. */
export function nameInUrl(url: string): string | undefined {
  return safeFileName(decoded(new URL(url).pathname.split('/').at(-1) ?? ''))
}

/** Percent-encoding undone, where it is valid. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** A name that stays in its folder on every system; undefined when nothing is left of it. */
export function safeFileName(text: string | undefined): string | undefined {
  const last = text?.split(/[/\\]/).at(-1) ?? ''
  let name = last.replaceAll(UNWANTED, '').replace(/^[.\s]+/, '').replace(/[.\s]+$/, '')
  const encoder = new TextEncoder()
  while (encoder.encode(name).length > MAX_NAME_BYTES) name = name.slice(0, -1)
  if (name === '') return undefined
  return WINDOWS_DEVICE.test(name) ? `_${name}` : name
}
