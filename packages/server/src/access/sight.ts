/**
 * What one request finds and names of what is not public, with a line in the audit log for each. A hidden
 * product and an unknown one leave a line alike: neither the number of look-ups nor the time tells them
 * apart. Design §5.
 */
import type { Context } from '../http/route.ts'
import type { Product } from '../stores/truth.ts'
import { notFound } from './find.ts'
import { discoverClause } from './rule.ts'

export type Asking = Pick<Context, 'archive' | 'principal' | 'nowMs' | 'requestId'>

export interface Sight {
  /**
   * Finds the product that was asked for.
   * @throws ArchiveError `product_not_found` when there is none, or none that the caller may discover.
   */
  find(dpId: string): Product
  /** Whether the answer may name the product. */
  shows(product: Product): boolean
  /** Writes a line for each product that was found or shown and that not everybody may know of. */
  tell(): void
}

/** @param action What the caller does, as the log calls it: `header`, `links`, `associations`. */
export function openSight({ archive, principal, nowMs, requestId }: Asking, action: string): Sight {
  const seen = new Map<string, string>()
  const line = { atMs: nowMs, action, subject: principal.subject, requestId }
  const shows = (product: Product): boolean => {
    const clause = discoverClause(product, principal)
    if (clause !== undefined && clause !== 'metadataPublic') seen.set(product.dpId, clause)
    return clause !== undefined
  }
  return {
    find(dpId) {
      const product = archive.truth.findProduct(dpId)
      if (product !== undefined && shows(product)) return product
      const clause = product === undefined ? 'unknown' : 'hidden'
      archive.truth.audit({ ...line, outcome: 'product_not_found', dpId, clause })
      throw notFound(dpId)
    },
    shows,
    tell() {
      for (const [dpId, clause] of seen) archive.truth.audit({ ...line, outcome: 'shown', dpId, clause })
      seen.clear()
    },
  }
}

/** True when the caller may know of everything that everybody may, and of nothing more. */
export function seesOnlyPublic({ principal }: Asking): boolean {
  return !principal.isOperator && principal.discoverRuns.size === 0
}

