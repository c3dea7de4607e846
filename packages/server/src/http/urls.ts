/**
 * The base of links in answers: the configured public URL, else the scheme, host and port that the
 * caller used, if this archive serves that host. Conformance D-17; RFC 9110 §7.2.
 *
 * A Host header is the caller's word. A name that is not ours would put foreign addresses into
 * answers and jobs, or be a rebound DNS name in a browser, so it is refused.
 */
import { ArchiveError, isLoopback } from '@quipu/vo'

const HOST = /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)(?::([0-9]{1,5}))?$/

export interface HostRules {
  /** Used for every link when set; no trailing slash. */
  readonly publicUrl?: string | undefined
  /** `name` (any port) or `name:port`. Loopback names are always allowed. */
  readonly allowedHosts: readonly string[]
}

/** What a request says of its own address. */
export interface Address { readonly scheme: 'http' | 'https'; readonly host: string | undefined }

/**
 * Gives the base URL for links.
 * @throws ArchiveError `origin_refused` when the host is not one of ours.
 */
export function baseUrlOf(address: Address, rules: HostRules): string {
  const publicUrl = rules.publicUrl?.replace(/\/+$/, '')
  const host = address.host?.toLowerCase()
  const match = host === undefined ? null : HOST.exec(host)
  if (!host || !match?.[1]) {
    throw new ArchiveError('origin_refused', 'the Host header is missing or malformed')
  }
  const name = match[1].replace(/\.$/, '')
  const allowed = isLoopback(name) || rules.allowedHosts.some((entry) => matches(entry, host, name))
    || (publicUrl !== undefined && new URL(publicUrl).hostname.toLowerCase() === name)
  if (!allowed) {
    throw new ArchiveError('origin_refused', `this archive does not serve the host '${name}'`)
  }
  return publicUrl ?? `${address.scheme}://${host}`
}

function matches(entry: string, host: string, name: string): boolean {
  const wanted = entry.toLowerCase()
  return wanted === host || wanted === name
}
