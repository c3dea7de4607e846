/**
 * Tables fetched from elsewhere, for UPLOAD by URI. The caller names the address, so it is trusted with
 * nothing: only public addresses are spoken to, the very ones that were looked at; no credential goes along;
 * bytes, time and redirects are limited. TAP 1.1 §2.7.6; conformance P-4; RFC 6890 (special addresses).
 */
import { lookup } from 'node:dns/promises'
import { request as requestPlain } from 'node:http'
import type { IncomingMessage, RequestOptions } from 'node:http'
import { request as requestSafe } from 'node:https'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { ArchiveError } from '@quipu/vo'
import { cut } from './formats.ts'

export interface FetchSettings {
  readonly uploadBytes: number
  readonly uploadSeconds: number
  /** `host` or `host:port` whose addresses are not looked at. */
  readonly uploadHosts: readonly string[]
}

const MAX_REDIRECTS = 5

const closed = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8], ['10.0.0.0', 8], ['100.64.0.0', 10], ['127.0.0.0', 8], ['169.254.0.0', 16],
  ['172.16.0.0', 12], ['192.0.0.0', 24], ['192.0.2.0', 24], ['192.88.99.0', 24], ['192.168.0.0', 16],
  ['198.18.0.0', 15], ['198.51.100.0', 24], ['203.0.113.0', 24], ['224.0.0.0', 4], ['240.0.0.0', 4],
] as const) closed.addSubnet(network, prefix, 'ipv4')
// Of IPv6 only global unicast is public, without what leads back to IPv4 (6to4, Teredo) or is for documents.
const open6 = new BlockList()
open6.addSubnet('2000::', 3, 'ipv6')
const closed6 = new BlockList()
for (const [network, prefix] of [
  ['2001::', 23], ['2001:db8::', 32], ['2002::', 16], ['3fff::', 20],
] as const) closed6.addSubnet(network, prefix, 'ipv6')

/** Whether anybody may be spoken to there: not this machine, not its networks, not many at once. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !closed.check(address, 'ipv4')
  if (isIP(address) !== 6) return false
  return open6.check(address, 'ipv6') && !closed6.check(address, 'ipv6')
}

interface Asked {
  /** Of the table, for messages. */
  readonly name: string
  readonly uri: string
  readonly settings: FetchSettings
  readonly signal: AbortSignal
}

/**
 * Begins to fetch; resolves when the answer is known to be one.
 * @throws ArchiveError `parameter_invalid` for an address that nothing is fetched from,
 *   `archive_unreachable`, `document_too_large`; or the signal's reason.
 */
export async function fetchTable(
  { name, uri, settings, signal }: Asked,
): Promise<AsyncIterable<Uint8Array>> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(unreachable(name,
    `was not read within ${settings.uploadSeconds} s`)), settings.uploadSeconds * 1000)
  timer.unref()
  const either = AbortSignal.any([signal, limit.signal])
  try {
    let url = checkedUrl(name, uri)
    for (let hop = 0; ; hop++) {
      const response = await ask(name, url, settings, either)
      const { statusCode = 0, headers } = response
      if (statusCode === 200) {
        return body(name, response, settings, { either, stop: () => clearTimeout(timer) })
      }
      response.destroy()
      const isRedirect = [301, 302, 303, 307, 308].includes(statusCode) && headers.location !== undefined
      if (!isRedirect) throw unreachable(name, `was answered with the status ${statusCode}`)
      if (hop >= MAX_REDIRECTS) throw unreachable(name, `was redirected more than ${MAX_REDIRECTS} times`)
      url = checkedUrl(name, URL.parse(headers.location ?? '', url)?.href ?? '')
    }
  } catch (error) {
    clearTimeout(timer)
    throw either.aborted ? either.reason : error
  }
}

function unreachable(name: string, what: string): ArchiveError {
  return new ArchiveError('archive_unreachable', `upload '${name}': its address ${what}`)
}

function checkedUrl(name: string, text: string): URL {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new ArchiveError('parameter_invalid',
      `upload '${name}': '${cut(text)}' is no http or https address`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new ArchiveError('parameter_invalid',
      `upload '${name}': its address holds a user name or a password`)
  }
  return url
}

/** One request, to an address that was looked at. Nothing of the caller's goes with it. */
async function ask(
  name: string, url: URL, settings: FetchSettings, signal: AbortSignal,
): Promise<IncomingMessage> {
  const addresses = await addressesOf(name, url, settings, signal)
  const options: RequestOptions = {
    method: 'GET', agent: false, signal,
    headers: { 'Accept': '*/*', 'Accept-Encoding': 'identity', 'User-Agent': 'Quipu (IVOA-TAP upload)' },
    // Asking again could give another answer.
    lookup: (_host, { all }, done) => {
      const [first] = addresses
      if (all === true) done(null, [...addresses])
      else done(null, first?.address ?? '', first?.family)
    },
  }
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestSafe : requestPlain
    const asking = request(url, options, resolve)
    asking.on('error', () => reject(signal.aborted ? signal.reason : unreachable(name, 'does not answer')))
    asking.end()
  })
}

interface Address { readonly address: string; readonly family: number }

async function addressesOf(
  name: string, url: URL, { uploadHosts }: FetchSettings, signal: AbortSignal,
): Promise<readonly Address[]> {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const refused = (): ArchiveError => new ArchiveError('parameter_invalid',
    `upload '${name}': nothing is fetched from '${cut(url.hostname)}', which is not on the public network, or`
    + ' not known')
  const port = url.port === '' ? { 'http:': '80', 'https:': '443' }[url.protocol] : url.port
  const isListed = uploadHosts.some((entry) =>
    [host, url.hostname, `${url.hostname}:${port}`].includes(entry.toLowerCase()))
  const found = isIP(host) > 0 ? [{ address: host, family: isIP(host) }]
    : await lookup(host, { all: true }).catch(() => [])
  signal.throwIfAborted()
  // A name that leads to both is somebody's attempt.
  const isClosed = !isListed && found.some(({ address }) => !isPublicAddress(address))
  if (found.length === 0 || isClosed) throw refused()
  return found
}

async function* body(
  name: string, response: IncomingMessage, { uploadBytes }: FetchSettings,
  { either, stop }: { readonly either: AbortSignal; readonly stop: () => void },
): AsyncGenerator<Uint8Array> {
  let readBytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      readBytes += chunk.length
      if (readBytes > uploadBytes) {
        throw new ArchiveError('document_too_large',
          `it has more than the ${uploadBytes} bytes that are taken`)
      }
      yield chunk
    }
  } catch (error) {
    if (either.aborted) throw either.reason
    throw error instanceof ArchiveError ? error : unreachable(name, 'broke off')
  } finally {
    stop()
    response.destroy()
  }
}
