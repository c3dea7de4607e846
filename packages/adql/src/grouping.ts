/** Grouped queries: which expressions are the same, and what may stand alone. ADQL 2.1 §2.2.4. */
import type { Expression } from './checked.ts'
import { fault, shown } from './fault.ts'
import { walkExpression } from './walk.ts'

// Remembered by node, since a key is asked for at every level above it.
const keys = new WeakMap<Expression, string>()

/** A text that two expressions share when they are the same expression. */
export function keyOf(expression: Expression): string {
  const known = keys.get(expression)
  if (known !== undefined) return known
  const parts = [...expression.args.map(keyOf)]
  const key = `${ownKey(expression)}(${parts.join(',')}):${expression.type}`
  keys.set(expression, key)
  return key
}

function ownKey(expression: Expression): string {
  switch (expression.kind) {
    case 'column': return `column ${expression.relation} ${expression.index}`
    case 'value': return `value ${typeof expression.value} ${JSON.stringify(String(expression.value))}`
    case 'bound': return `bound ${expression.name}`
    case 'operation': return `operation ${expression.operator} ${expression.length ?? ''}`
    case 'call': return `call ${expression.row.name}`
    case 'aggregate': return `aggregate ${expression.name} ${expression.distinct}`
    case 'shape': return `shape ${expression.shape}`
    case 'exists': case 'inQuery': case 'scalar': return `${expression.kind} ${expression.id}`
  }
}

/** Whether an aggregate stands in an expression; those of sub-queries are their own. */
export function hasAggregate(expression: Expression): boolean {
  return expression.kind === 'aggregate' || expression.args.some(hasAggregate)
}

/**
 * Throws `adql_grouping` when a column of the grouped relations is read outside an aggregate and is
 * no key of GROUP BY, nor part of one.
 */
export function checkGrouping(
  expression: Expression, groupBy: readonly Expression[], relations: ReadonlySet<number>,
): void {
  const grouped = new Set(groupBy.map(keyOf))
  const isGuessed = (part: Expression): boolean => part.kind === 'column' && part.guess !== undefined
    && (part.guess === 'unsure' || groupBy.some((key) =>
      key.kind === 'column' && key.guess === 'unsure' && key.index === part.index))
  const check = (part: Expression): void => {
    if (part.kind === 'aggregate' || grouped.has(keyOf(part)) || isGuessed(part)) return
    if (part.kind === 'column' && relations.has(part.relation)) throw notGrouped(part, groupBy)
    for (const inner of part.args) check(inner)
    if ('query' in part) {
      walkExpression(part, (inner) => {
        if (inner.kind !== 'column' || !relations.has(inner.relation)) return
        if (!grouped.has(keyOf(inner)) && !isGuessed(inner)) throw notGrouped(inner, groupBy)
      })
    }
  }
  check(expression)
}

const notGrouped = (part: Extract<Expression, { kind: 'column' }>, groupBy: readonly Expression[]) =>
  fault('adql_grouping', part.at, groupBy.length === 0
    ? `'${shown(part.field.name)}' stands beside an aggregate; name it in GROUP BY`
    : `'${shown(part.field.name)}' is neither in GROUP BY nor in an aggregate`)
