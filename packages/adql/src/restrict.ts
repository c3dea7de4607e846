/**
 * Checked tree → restricted tree: each published table, wherever it stands (FROM, JOIN, sub-query, EXISTS,
 * WITH, set operators), becomes what this caller may see of it. Design §5. A condition added to the caller's
 * WHERE would show through outer joins; a derived table does not.
 */
import { ArchiveError } from '@quipu/vo'
import type { CheckedQuery, Expression, QueryNode, Relation, RestrictedQuery } from './checked.ts'
import { withHints } from './prefilter.ts'
import type { Sources } from './source.ts'
import { isInteger, isNumber } from './types.ts'
import { mapRelations, walkQuery } from './walk.ts'

/** Puts sources in the place of tables. Throws `adql_unknown_table` for a table that has none. */
export function restrict(checked: CheckedQuery, sources: Sources): RestrictedQuery {
  const guarded = mayFail(checked.query)
  const change = (relation: Relation): Relation => {
    if (relation.kind !== 'table') return relation
    const { id, key, columns, used } = relation
    const source = sources.get(key)
    if (source === undefined) throw new ArchiveError('adql_unknown_table', `There is no table '${key}'`)
    return { kind: 'source', id, source, columns, used, guarded }
  }
  const query = withHints(mapRelations(checked.query, change))
  return { kind: 'restricted', query, columns: checked.columns }
}

const SAFE_CALLS = new Set([
  'LOWER', 'UPPER', 'PI', 'RAND', 'ATAN', 'ATAN2', 'FLOOR', 'CEILING', 'DISTANCE', 'COORD1', 'COORD2',
  'CENTROID', 'COORDSYS', 'ESO_INTERSECTION',
])
const SAFE_OPERATORS = new Set([
  'and', 'or', 'not', '=', '<>', '<', '>', '<=', '>=', 'between', 'in', 'like', 'ilike', 'isNull', '||',
  'coalesce',
  'case', 'asInteger', 'contains', 'intersects', 'distance', 'area',
])

// Engines may run the caller's condition before the rule's. One that can fail (1 / (x - 5)) would then
// tell of a hidden row by failing; only queries that cannot fail go without a barrier.
function mayFail(query: QueryNode): boolean {
  let found = false
  walkQuery(query, (expression) => { found ||= canFail(expression) })
  return found
}

function canFail(expression: Expression): boolean {
  if (expression.kind === 'call') return !SAFE_CALLS.has(expression.row.name)
  if (expression.kind !== 'operation' || SAFE_OPERATORS.has(expression.operator)) return false
  const [first] = expression.args
  switch (expression.operator) {
    // Doubles too: PostgreSQL fails where they leave their range, at either end.
    case '+': case '-': case '*': case '/': case 'inUnit': return true
    case 'negate': return expression.type !== 'double'
    default: {
      const widens = first !== undefined && isNumber(first.type)
        && (expression.type === 'double' || expression.type === 'text'
          || (expression.type === 'long' && isInteger(first.type)))
      return !(widens || expression.type === 'text' || first?.kind === 'value')
    }
  }
}
