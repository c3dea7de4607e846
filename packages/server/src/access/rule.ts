/**
 * Who may do what with a product: one value of type `Rule` per right, and its two readers. Design §5.
 *
 * `discover` is to know that a product exists; `retrieve` is to have its bytes. The reader for products
 * answers look-ups by id; the reader for rows says which relations of the column copy a query may read.
 * A property test holds the two together.
 */
import { assert } from '@quipu/vo'
import type { Filter, SourcePart } from '@quipu/adql'
import type { Principal } from './principal.ts'
import type { StoredTable } from '../schema/catalog.ts'
import type { CalibrationScope, Product } from '../stores/truth.ts'

/** A condition on a product and on who asks. A product without a run has public metadata. */
export type Rule =
  | { readonly is: 'operator' }
  | { readonly is: 'metadataPublic' }
  /** `releaseMs` ≤ now; null is never. */
  | { readonly is: 'released' }
  /** The product's run is among the principal's. */
  | { readonly is: 'granted'; readonly runs: 'discoverRuns' | 'retrieveRuns' }
  | { readonly is: 'any' | 'all'; readonly of: readonly Rule[] }

export const discoverRule: Rule = {
  is: 'any', of: [{ is: 'metadataPublic' }, { is: 'operator' }, { is: 'granted', runs: 'discoverRuns' }],
}

export const retrieveRule: Rule = {
  is: 'all', of: [discoverRule, {
    is: 'any', of: [{ is: 'released' }, { is: 'operator' }, { is: 'granted', runs: 'retrieveRuns' }],
  }],
}

/** What the rule looks at. The rights of an attached file (a preview, a night log) are its parent's. */
export type Governed = Pick<Product, 'run' | 'releaseMs'>

/** The reader for products. `nowMs` is the time of the request, read once. */
export function allows(rule: Rule, product: Governed, principal: Principal, nowMs: number): boolean {
  switch (rule.is) {
    case 'operator': return principal.isOperator
    case 'metadataPublic': return product.run === null || product.run.metadataPublic
    case 'released': return product.releaseMs !== null && product.releaseMs <= nowMs
    case 'granted': return product.run !== null && principal[rule.runs].has(product.run.runId)
    case 'any': return rule.of.some((r) => allows(r, product, principal, nowMs))
    case 'all': return rule.of.every((r) => allows(r, product, principal, nowMs))
  }
}

export function mayDiscover(product: Governed, principal: Principal): boolean {
  return allows(discoverRule, product, principal, Number.NEGATIVE_INFINITY)
}

/** The clause by which a caller may know of a product: `metadataPublic` first; undefined when none does. */
export function discoverClause(product: Governed, principal: Principal): string | undefined {
  assert(discoverRule.is === 'any', 'any clause of discover is enough')
  return discoverRule.of.find((clause) => allows(clause, product, principal, Number.NEGATIVE_INFINITY))?.is
}

/**
 * Whether the bytes may be had, and the clause that decided: `released`, `granted` or `operator` when
 * they may; `hidden` or `proprietary` when not. The clause is for the audit log, never for the caller.
 */
export function mayRetrieve(
  product: Governed, principal: Principal, nowMs: number,
): { readonly allowed: boolean; readonly clause: string } {
  if (!allows(retrieveRule, product, principal, nowMs)) {
    return { allowed: false, clause: mayDiscover(product, principal) ? 'proprietary' : 'hidden' }
  }
  const clauses = [
    { is: 'released' }, { is: 'granted', runs: 'retrieveRuns' }, { is: 'operator' },
  ] as const satisfies readonly Rule[]
  const clause = clauses.find((r) => allows(r, product, principal, nowMs))
  assert(clause, 'the rule allowed it, so a clause did')
  return { allowed: true, clause: clause.is }
}

/** Engine schema of the column copy. */
export const RELATION_SCHEMA = 'archive'

/** Which relations hold a table: one of rows that everybody may discover, one of those of protected runs. */
export function relationsOf(
  table: Pick<StoredTable, 'name' | 'rule'>,
): { readonly open: string; readonly protected: string | undefined } {
  const base = table.name.toLowerCase().replace('.', '_')
  return table.rule === 'public'
    ? { open: base, protected: undefined }
    : { open: `${base}_public`, protected: `${base}_protected` }
}

/**
 * The reader for rows: the parts of a stored table that a caller may discover. The public part never has a
 * filter: one would cost its index (design §5). The runs are bound as `grantedRuns`, see `grantedRunsOf`.
 */
export function discoverSource(
  table: Pick<StoredTable, 'name' | 'rule'>, principal: Principal,
): readonly SourcePart[] {
  const relations = relationsOf(table)
  const open: SourcePart = { relation: [RELATION_SCHEMA, relations.open] }
  if (relations.protected === undefined) return [open]
  const parts: SourcePart[] = []
  if (filterFor(discoverRule, principal, true) === true) parts.push(open)
  const filter = filterFor(discoverRule, principal, false)
  const relation: SourcePart['relation'] = [RELATION_SCHEMA, relations.protected]
  if (filter === true) parts.push({ relation })
  else if (filter !== false) parts.push({ relation, filter })
  assert(parts.length > 0, 'every caller has a part to read, if an empty one')
  return parts
}

/** The runs to bind as `grantedRuns`, sorted, so that equal rights make equal statements. */
export function grantedRunsOf(principal: Principal): readonly number[] {
  return [...principal.discoverRuns].sort((a, b) => a - b)
}

/** What the rule asks of the rows of one relation: all of them, none, or those that a filter keeps. */
function filterFor(rule: Rule, principal: Principal, isOpen: boolean): Filter | boolean {
  switch (rule.is) {
    case 'operator': return principal.isOperator
    case 'metadataPublic': return isOpen
    case 'granted': {
      assert(rule.runs === 'discoverRuns', 'only the runs of discover are bound for rows')
      return principal.discoverRuns.size > 0 && { kind: 'among', column: 'run_id', values: 'grantedRuns' }
    }
    case 'released': throw new TypeError('rows know no release date: discover does not depend on it')
    case 'any':
    case 'all': {
      const decides = rule.is === 'any'
      const parts = rule.of.map((r) => filterFor(r, principal, isOpen))
      if (parts.includes(decides)) return decides
      const filters = parts.filter((part) => typeof part !== 'boolean')
      const [first, second] = filters
      return first === undefined ? !decides : second === undefined ? first : { kind: rule.is, of: filters }
    }
  }
}

/** Which calibration groups the principal may see: what it may not discover never reaches the engine. */
export function scopeOf(principal: Principal): CalibrationScope {
  return { all: principal.isOperator, runs: principal.discoverRuns }
}
