/** Headers of results, sync and async. TAP 1.1 §3.2 (formats that cannot tell that they were cut). */

/**
 * `true` on a result that was cut by MAXREC or the service's limit. Of our own making; it stands before
 * the body where the cut is known there, and as a trailer behind CSV and TSV, which cannot tell it.
 */
export const OVERFLOW_HEADER = 'X-VO-Overflow'

/** A page made from data runs nothing and loads nothing, whatever the data hold. */
export function pageHeaders(contentType: string): Record<string, string> {
  if (!contentType.toLowerCase().startsWith('text/html')) return {}
  return { 'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'" }
}
