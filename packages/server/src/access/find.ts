/** How a product is refused. What is hidden and what does not exist have one answer (design §5). */
import { ArchiveError } from '@quipu/vo'
import { mayRetrieve } from './rule.ts'
import type { Governed } from './rule.ts'
import type { Principal } from './principal.ts'
import type { Product } from '../stores/truth.ts'

/** The one answer for what is hidden and what does not exist. */
export function notFound(dpId: string): ArchiveError {
  return new ArchiveError('product_not_found', `there is no file '${dpId}', or none that you may know of`)
}

/**
 * Gives the clause that allows it, for the audit log.
 * @throws ArchiveError `token_missing` for the anonymous caller, `product_proprietary` for a person, and
 * `product_not_found` when it may not even be discovered.
 */
export function checkRetrieve(
  product: Governed & Pick<Product, 'dpId'>, principal: Principal, nowMs: number,
): string {
  const { allowed, clause } = mayRetrieve(product, principal, nowMs)
  if (allowed) return clause
  if (clause === 'hidden') throw notFound(product.dpId)
  if (principal.subject === null) {
    throw new ArchiveError('token_missing', `'${product.dpId}' is not public yet: sign in and send the token`)
  }
  throw new ArchiveError('product_proprietary',
    `'${product.dpId}' is not public yet, and you have no right to the run it belongs to`)
}
