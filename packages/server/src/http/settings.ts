/** What the HTTP layer and the sign-in need of the configuration, with the TLS files read once. */
import { readFileSync } from 'node:fs'
import { ArchiveError } from '@quipu/vo'
import type { Config } from '../config.ts'
import type { HostRules } from './urls.ts'

export interface HttpSettings extends HostRules {
  /** Name of the archive: the realm of challenges. */
  readonly title: string
  /** Addresses or networks whose X-Forwarded headers are believed; empty for none. */
  readonly trustedProxies: readonly string[]
  readonly formBytes: number
  readonly stallSeconds: number
  /** PEM texts; undefined when the archive speaks plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined
}

const known = new WeakMap<Config, HttpSettings>()

/** The settings of one configuration. Throws `config_invalid` when a TLS file cannot be read. */
export function httpSettings(config: Config): HttpSettings {
  const found = known.get(config)
  if (found) return found
  const { http, site } = config
  const settings: HttpSettings = {
    title: site.title, trustedProxies: http.trustedProxies, formBytes: http.formBytes,
    stallSeconds: http.stallSeconds, publicUrl: http.publicUrl, allowedHosts: http.allowedHosts,
    tls: http.tlsCertificateFile !== undefined && http.tlsKeyFile !== undefined
      ? { cert: readPem(http.tlsCertificateFile), key: readPem(http.tlsKeyFile) } : undefined,
  }
  known.set(config, settings)
  return settings
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new ArchiveError('config_invalid', `the TLS file ${path} cannot be read`, { cause })
  }
}
