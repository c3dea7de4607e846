/** Where an archive's services are and which origins its token is for. Design §9; eso-protocol §1 to §5. */
import { ArchiveError, isLoopback } from '@quipu/vo'

export interface ArchiveProfile {
  /** `eso`, or the base URL. */
  readonly name: string
  readonly tapUrl: string
  readonly tokenUrl: string
  /** ESO's endpoint is known to take GET only; others get the password in a body. */
  readonly tokenMethod: 'GET' | 'POST'
  readonly datalinkUrl: string
  readonly calselectorUrl: string
  /** The file of a product is this and its dp_id, colons as they are. */
  readonly filesUrl: string
  /** Origins that the token may be sent to: `https://host`, with the port where it is not the usual one. */
  readonly tokenOrigins: readonly string[]
}

export const ESO: ArchiveProfile = {
  name: 'eso',
  tapUrl: 'https://archive.eso.org/tap_obs',
  tokenUrl: 'https://www.eso.org/sso/oidc/token',
  tokenMethod: 'GET',
  datalinkUrl: 'https://archive.eso.org/datalink/links',
  calselectorUrl: 'https://archive.eso.org/calselector/v1/associations',
  filesUrl: 'https://dataportal.eso.org/dataPortal/file/',
  tokenOrigins: ['https://archive.eso.org', 'https://dataportal.eso.org'],
}

/**
 * The profile of a name (`eso`), of a base URL below which the services have Quipu's paths, or of a TAP
 * service anywhere: an address that ends in a path element with `tap` in it, as they do.
 * @throws ArchiveError `parameter_invalid` when it is neither.
 */
export function profileOf(archive: string): ArchiveProfile {
  if (archive.toLowerCase() === 'eso') return ESO
  if (!URL.canParse(archive)) {
    throw new ArchiveError('parameter_invalid',
      `'${archive}' is no archive; give 'eso' or a base URL such as https://archive.example.org`)
  }
  const url = new URL(archive)
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '') {
    throw new ArchiveError('parameter_invalid',
      'the base URL must be http or https, without a name or password in it')
  }
  const path = url.pathname.replace(/\/+$/, '')
  const tap = /\/[^/]*tap[^/]*$/i.exec(path)?.[0] ?? ''
  const base = `${url.origin}${path.slice(0, path.length - tap.length)}`
  return {
    name: tap === '/tap_obs' ? base : `${base}${tap}`,
    tapUrl: `${base}${tap === '' ? '/tap_obs' : tap}`,
    tokenUrl: `${base}/sso/oidc/token`,
    tokenMethod: 'POST',
    datalinkUrl: `${base}/datalink/links`,
    calselectorUrl: `${base}/calselector/v1/associations`,
    filesUrl: `${base}/dataPortal/file/`,
    tokenOrigins: [url.origin],
  }
}

/** The same address over https when a listed origin has that host over https; else unchanged. */
export function upgraded(url: URL, profile: ArchiveProfile): URL {
  if (url.protocol !== 'http:' || url.port !== '') return url
  const secure = new URL(url)
  secure.protocol = 'https:'
  return profile.tokenOrigins.includes(secure.origin) ? secure : url
}

/** Whether a token of this archive may go to that address. */
export function mayCarryToken(url: URL, profile: ArchiveProfile): boolean {
  return profile.tokenOrigins.includes(url.origin) && (url.protocol === 'https:' || isLoopback(url.hostname))
}

/** Whether a password or token may be sent at all: never over plain http to another machine. */
export function maySignIn(profile: ArchiveProfile): boolean {
  const url = new URL(profile.tokenUrl)
  return url.protocol === 'https:' || isLoopback(url.hostname)
}
