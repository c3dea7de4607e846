/** The VOSI resources beside a service's endpoint: VOSI 1.1 §3 to §5; DALI 1.1 §2.5; conformance A-1. */
import { writeAvailability, writeServiceCapabilities } from '@quipu/vo/vosi'
import type { Archive } from '../archive.ts'
import { challengesOf, SIGN_IN_METHODS } from '../auth/challenge.ts'
import type { Reply, Route } from './route.ts'

export interface Siblings {
  /** The path that `/capabilities` and `/availability` follow. */
  readonly base: string
  /** The path of the service itself. */
  readonly endpoint: string
  readonly standardId: string
  readonly version: string
}

/** Both answer the anonymous caller; capabilities say how to sign in. */
export function siblingRoutes(archive: Archive, { base, endpoint, standardId, version }: Siblings): Route[] {
  const upSinceMs = archive.now()
  return [
    {
      method: 'GET', path: `${base}/availability`,
      handler: () => xmlReply(
        writeAvailability({ available: true, note: 'requests are answered', upSinceMs })),
    },
    {
      method: 'GET', path: `${base}/capabilities`,
      handler: ({ baseUrl, principal }) => xmlReply(
        writeServiceCapabilities({
          baseUrl: `${baseUrl}${base}`, accessUrl: `${baseUrl}${endpoint}`, standardId, version,
          securityMethods: SIGN_IN_METHODS,
        }),
        {
          ...principal.subject === null ? { 'WWW-Authenticate': challengesOf(archive, baseUrl) } : {},
          // What a service is does not change while it is up (conformance V-7).
          'Last-Modified': new Date(upSinceMs).toUTCString(),
        }),
    },
  ]
}

function xmlReply(body: string, headers: Reply['headers'] = {}): Reply {
  return { status: 200, headers: { ...headers, 'Content-Type': 'text/xml; charset=UTF-8' }, body }
}
