/** The failure that an answer tells of, in the archive's own words where it has some. Conformance C-6. */
import { ArchiveError } from '@quipu/vo'
import type { ErrorCode } from '@quipu/vo'
import { readLinks } from '@quipu/vo/datalink'
import { queryStatus, readVotable } from '@quipu/vo/votable'
import { textOf } from './body.ts'
import type { Answer, Asking } from './request.ts'
import type { Token } from './token.ts'

const MAX_ERROR_BYTES = 1_000_000
const MAX_WORDS = 500

/** What to do about it, for answers that say nothing. */
const HINTS: Partial<Record<ErrorCode, string>> = {
  token_missing: 'sign in first',
  token_invalid: 'it refused the token: sign in again',
  product_proprietary: 'you are signed in, but have no right to it',
  product_not_found: 'it does not exist, or you may not know of it',
  too_many_attempts: 'too many requests; wait a little',
  overloaded: 'it is overloaded; try again later',
}

/** Reads what is left of the answer. `codes` as in `Asking`; the token is kept out of the message. */
export async function failureOf(
  answer: Answer, codes: NonNullable<Asking['codes']>, token: Token | null,
): Promise<ArchiveError> {
  const { status, headers } = answer
  const text = await textOf(answer.bytes(), MAX_ERROR_BYTES, true).catch(() => '')
  const isPage = isHtml(headers)
  const read = isPage ? titleOf(text) : await wordsOf(text, headers)
  const told = read.replace(/^\w+Fault: /, '').slice(0, MAX_WORDS)
  const words = token?.hiddenIn(told) ?? told
  const host = new URL(answer.url).host
  if (status < 300) {
    const title = words === '' ? '' : ` ('${words}')`
    return new ArchiveError('archive_unreachable',
      `${host} answered with a web page${title} in place of the document`)
  }
  const code = codeOf(answer, codes, words)
  const hint = HINTS[code] === undefined ? '' : `: ${HINTS[code]}`
  return new ArchiveError(code, words === '' || isPage
    ? `${host} answered with status ${status}${hint}${words === '' ? '' : ` ('${words}')`}`
    : `${words} (${host}, status ${status})`)
}

export function isHtml(headers: Headers): boolean {
  return /html/i.test(headers.get('Content-Type') ?? '')
}

/**
 * ESO says 401 to those who did not sign in and to those who may not; which of the two is told by whether a
 * token was sent (eso-protocol §3.1). A challenge that names the token is sure (RFC 6750 §3.1).
 */
function codeOf(
  { status, headers, sentToken }: Answer, codes: NonNullable<Asking['codes']>, words: string,
): ErrorCode {
  if (status === 401) {
    if (!sentToken) return 'token_missing'
    const challenge = headers.get('WWW-Authenticate') ?? ''
    if (/expired|is over/i.test(challenge + words)) return 'token_expired'
    return /invalid_token/i.test(challenge) ? 'token_invalid' : codes[401] ?? 'token_invalid'
  }
  const code = codes[status]
  if (code !== undefined) return code
  if (status === 403) return 'product_proprietary'
  if (status === 404 || status === 410) return 'product_not_found'
  if (status === 416) return 'range_not_satisfiable'
  if (status === 429) return 'too_many_attempts'
  if (status === 503) return 'overloaded'
  return status >= 400 && status < 500 ? 'parameter_invalid' : 'archive_unreachable'
}

async function wordsOf(text: string, headers: Headers): Promise<string> {
  const type = headers.get('Content-Type') ?? ''
  if (/xml/i.test(type) || text.startsWith('<?xml')) return wordsOfVotable(text)
  if (/json/i.test(type)) return wordsOfJson(text)
  return text.trim().split('\n', 1)[0]?.trim() ?? ''
}

async function wordsOfVotable(text: string): Promise<string> {
  try {
    const votable = await readVotable(text)
    const { status, message } = queryStatus(votable)
    if (status === 'ERROR' && message !== '') return message
    return readLinks(votable).find(({ errorMessage }) => errorMessage !== null)?.errorMessage ?? message
  } catch {
    return ''
  }
}

function wordsOfJson(text: string): string {
  try {
    const told = JSON.parse(text) as Readonly<Record<string, unknown>>
    const words = ['error_description', 'message', 'detail', 'error'].map((name) => told[name])
    return words.find((word) => typeof word === 'string') ?? ''
  } catch {
    return ''
  }
}

function titleOf(html: string): string {
  return /<title[^>]*>([^<]*)/i.exec(html)?.[1]?.replaceAll(/\s+/g, ' ').trim() ?? ''
}
