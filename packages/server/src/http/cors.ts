/**
 * Cross-origin reading by web pages. Fetch standard §3.2; conformance D-16. Any origin may ask, and none may
 * ask with a cookie: `*` never goes with credentials.
 */

const EXPOSED = [
  'Location', 'WWW-Authenticate', 'X-VO-Authenticated', 'X-VO-Bearer', 'X-Request-Id', 'Retry-After',
  'Content-Disposition', 'Content-Length', 'Content-Range', 'Accept-Ranges', 'ETag', 'Last-Modified',
  'Repr-Digest', 'Content-MD5', 'X-VO-Overflow',
].join(', ')

/** Headers of every answer. */
export const CORS_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED,
}

/** The answer to OPTIONS, preflight or not: what the path takes. */
export function optionsHeaders(allow: string): Record<string, string> {
  return {
    Allow: allow,
    'Access-Control-Allow-Methods': allow,
    'Access-Control-Allow-Headers':
      'Authorization, Content-Type, Range, If-Range, If-None-Match, If-Modified-Since',
    'Access-Control-Max-Age': '86400',
  }
}
