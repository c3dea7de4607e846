/**
 * ADQL text → tree: recursive descent by hand, a function a production. ADQL 2.1 §2 to §4 and appendix A
 * (query_expression and below; conditions and values are in parse-expression.ts).
 *
 * Wider than the grammar, as users and ESO's examples are: one trailing `;`, `*` beside columns, IN with one
 * value, IS NULL of any expression. What the extensions add is listed at `Language`.
 */
import type { Place } from '@quipu/vo'
import type {
  Identifier, JoinKind, Query, SelectItem, SetOperator, SyntaxBody, SyntaxExpression, SyntaxQuery,
  SyntaxRelation,
} from './ast.ts'
import { Cursor } from './cursor.ts'
import { fault } from './fault.ts'
import { parseExpression, parseSubQuery } from './parse-expression.ts'
import { DEFAULT_LIMITS, SERVICE_LANGUAGE, readTokens } from './tokens.ts'
import type { Language, ParseLimits } from './tokens.ts'

export interface ParseOptions { readonly limits?: ParseLimits; readonly language?: Language }

/** Parses a query. Throws `adql_syntax` or `adql_too_complex`, with the place. */
export function parseQuery(text: string, options: ParseOptions = {}): Query {
  const { limits = DEFAULT_LIMITS, language = SERVICE_LANGUAGE } = options
  const c = new Cursor(readTokens(text, limits), limits, language)
  if (!c.isWord('SELECT') && !c.isWord('WITH') && !c.isSymbol('(')) throw c.unexpected('SELECT')
  const query = parseQueryExpression(c, true)
  if (query.body.kind === 'set') c.since21('set operators outside sub-queries', query.body.at)
  c.acceptSymbol(';')
  if (c.peek().kind !== 'end') throw afterQuery(c)
  return query
}

function afterQuery(c: Cursor) {
  if (c.isWord('LIMIT') || c.peek().upper === 'LIMIT') {
    return fault('adql_syntax', c.at, 'ADQL has no LIMIT; write SELECT TOP n …')
  }
  return c.unexpected('the end of the query')
}

/** query_expression: WITH, set operators, ORDER BY, OFFSET. §2.2, §4.5, §4.6, §4.10. */
export function parseQueryExpression(c: Cursor, isOutermost = false): SyntaxQuery {
  return c.deeper(() => {
    const at = c.at
    if (c.isWord('WITH') && !isOutermost) c.extension('WITH inside a sub-query', at)
    const tables = parseWith(c)
    const closed = c.isSymbol('(')
    const set = parseSet(c)
    const orderBy = parseOrderBy(c)
    const offset = parseOffset(c)
    const first = parseFetch(c, set)
    if (c.isWord('TOP')) throw fault('adql_syntax', c.at, 'TOP stands after SELECT or SELECT DISTINCT')
    const bare = tables.length === 0 && orderBy.length === 0 && offset === undefined
    if (bare) return first
    const parts = [first, ...tables.map((table) => table.query), ...orderBy.map((order) => order.value)]
    const height = c.above(at, ...parts)
    // ORDER BY after a parenthesis: a TOP, ORDER BY or WITH inside it stays in a query of its own.
    const open = first.orderBy.length === 0 && first.offset === undefined && first.with.length === 0
      && !(closed && first.body.kind === 'select')
    const body = open ? first.body : selectAll(first)
    return { with: tables, body, orderBy, offset, at, height }
  })
}

function parseOffset(c: Cursor): number | undefined {
  if (!c.isWord('OFFSET')) return undefined
  c.since21('OFFSET', c.next().at)
  const offset = c.count('after OFFSET')
  if (c.isWord('ROW') || c.isWord('ROWS')) c.extension(`OFFSET … ${c.peek().upper}`, c.next().at)
  return offset
}

// FETCH FIRST n ROWS ONLY, as SQL:2008 has it: the same as TOP.
function parseFetch(c: Cursor, query: SyntaxQuery): SyntaxQuery {
  if (!c.isWord('FETCH')) return query
  c.extension('FETCH', c.next().at)
  if (!c.acceptWord('NEXT') && !c.acceptWord('FIRST')) throw c.unexpected('FIRST or NEXT after FETCH')
  const top = c.count('after FETCH')
  if (!c.acceptWord('ROWS') && !c.acceptWord('ROW')) throw c.unexpected('ROWS after the number of FETCH')
  c.expectWord('ONLY', 'after ROWS')
  const { body } = query
  const isPlain = body.kind === 'select' && query.with.length === 0 && query.orderBy.length === 0
  if (isPlain && query.offset === undefined) {
    return { ...query, body: { ...body, top: Math.min(top, body.top ?? top) } }
  }
  const all = selectAll(query)
  return { with: [], body: { ...all, top }, orderBy: [], at: query.at, height: query.height }
}

const selectAll = (query: SyntaxQuery): Extract<SyntaxBody, { kind: 'select' }> => ({
  kind: 'select', distinct: false, items: [{ kind: 'star', qualifier: [], at: query.at }],
  from: [{ kind: 'derived', query, at: query.at, height: query.height }],
  groupBy: [], at: query.at, height: query.height,
})

function parseWith(c: Cursor): SyntaxQuery['with'] {
  if (!c.isWord('WITH')) return []
  c.since21('WITH', c.next().at)
  const tables: { name: Identifier; query: SyntaxQuery }[] = []
  do {
    const name = c.identifier('the name of a table after WITH')
    c.expectWord('AS', 'after a name of WITH')
    tables.push({ name, query: parseSubQuery(c) })
  } while (c.acceptSymbol(','))
  return tables
}

// UNION and EXCEPT from left to right; INTERSECT binds tighter (§4.6, against the printed grammar).
function parseSet(c: Cursor): SyntaxQuery {
  let left = parseIntersect(c)
  while (c.isWord('UNION') || c.isWord('EXCEPT')) left = parseSetOperator(c, left, parseIntersect)
  return left
}

function parseIntersect(c: Cursor): SyntaxQuery {
  let left = parseOperand(c)
  while (c.isWord('INTERSECT')) left = parseSetOperator(c, left, parseOperand)
  return left
}

function parseSetOperator(c: Cursor, left: SyntaxQuery, operand: (c: Cursor) => SyntaxQuery): SyntaxQuery {
  const token = c.next()
  const operator = token.upper.toLowerCase() as SetOperator
  const all = c.acceptWord('ALL')
  const right = operand(c)
  const height = c.above(token.at, left, right)
  return { ...bareQuery({ kind: 'set', operator, all, left, right, at: token.at, height }), at: left.at }
}

const bareQuery = (body: SyntaxBody): SyntaxQuery =>
  ({ with: [], body, orderBy: [], at: body.at, height: body.height })

function parseOperand(c: Cursor): SyntaxQuery {
  if (c.isSymbol('(')) return parseSubQuery(c)
  return bareQuery(parseSelect(c))
}

/** select_query: §2.2.1. */
function parseSelect(c: Cursor): SyntaxBody {
  const at = c.at
  c.expectWord('SELECT', 'to begin a query')
  const distinct = c.acceptWord('DISTINCT')
  if (!distinct) c.acceptWord('ALL')
  const top = c.acceptWord('TOP') ? c.count('after TOP') : undefined
  const items = [parseSelectItem(c)]
  while (c.acceptSymbol(',')) {
    items.push(parseSelectItem(c))
    c.checkLength(items, c.limits.maxColumns, 'selected columns')
  }
  if (!c.isWord('FROM')) throw c.unexpected("',' or FROM after a selected column")
  c.next()
  const from = [parseJoined(c)]
  while (c.acceptSymbol(',')) from.push(parseJoined(c))
  const where = c.acceptWord('WHERE') ? parseExpression(c) : undefined
  const groupBy = parseGroupBy(c)
  const having = c.acceptWord('HAVING') ? parseExpression(c) : undefined
  const parts = [
    ...items.flatMap((item) => (item.kind === 'expression' ? [item.value] : [])), ...from, ...groupBy,
    ...(where === undefined ? [] : [where]), ...(having === undefined ? [] : [having]),
  ]
  let height = 1
  for (const part of parts) height = Math.max(height, c.above(at, part))
  return { kind: 'select', distinct, top, items, from, where, groupBy, having, at, height }
}

function parseSelectItem(c: Cursor): SelectItem {
  const at = c.at
  if (c.acceptSymbol('*')) return { kind: 'star', qualifier: [], at }
  const qualifier = parseQualifiedStar(c)
  if (qualifier !== undefined) return { kind: 'star', qualifier, at }
  const value = parseExpression(c)
  const alias = c.acceptWord('AS') || c.isIdentifier() ? c.identifier('the name of a column') : undefined
  return { kind: 'expression', value, alias }
}

function parseQualifiedStar(c: Cursor): Identifier[] | undefined {
  let length = 0
  while (c.isIdentifier(length) && c.isSymbol('.', length + 1)) length += 2
  if (length === 0 || !c.isSymbol('*', length)) return undefined
  const qualifier: Identifier[] = []
  while (!c.acceptSymbol('*')) {
    qualifier.push(c.identifier('the name of a table'))
    c.expectSymbol('.', 'after the name of a table')
  }
  return qualifier
}

function parseGroupBy(c: Cursor): SyntaxExpression[] {
  if (!c.acceptWord('GROUP')) return []
  c.expectWord('BY', 'after GROUP')
  const keys = [parseExpression(c)]
  while (c.acceptSymbol(',')) {
    keys.push(parseExpression(c))
    c.checkLength(keys, c.limits.maxKeys, 'keys of GROUP BY')
  }
  for (const key of keys) if (key.kind !== 'column') c.since21('expressions in GROUP BY', key.at)
  return keys
}

function parseOrderBy(c: Cursor): SyntaxQuery['orderBy'] {
  if (!c.acceptWord('ORDER')) return []
  c.expectWord('BY', 'after ORDER')
  const order: { value: SyntaxExpression; descending: boolean }[] = []
  do {
    const value = parseExpression(c)
    const isPlain = value.kind === 'column' || value.kind === 'integer'
    if (!isPlain) c.since21('expressions in ORDER BY', value.at)
    const descending = c.acceptWord('DESC')
    if (!descending) c.acceptWord('ASC')
    order.push({ value, descending })
    c.checkLength(order, c.limits.maxKeys, 'keys of ORDER BY')
  } while (c.acceptSymbol(','))
  return order
}

export const JOIN_WITHOUT_CONDITION = 'A join needs ON or USING, or NATURAL in front'

const JOIN_WORDS = new Set(['NATURAL', 'INNER', 'LEFT', 'RIGHT', 'FULL', 'JOIN', 'CROSS'])

/** joined_table: §2.2.2. */
function parseJoined(c: Cursor): SyntaxRelation {
  let left = parseRelation(c)
  while (c.isAnyWord(JOIN_WORDS)) left = parseJoin(c, left)
  return left
}

function parseJoin(c: Cursor, left: SyntaxRelation): SyntaxRelation {
  const at = c.at
  const natural = c.acceptWord('NATURAL')
  const { join, named } = parseJoinKind(c, natural)
  c.expectWord('JOIN', 'in a join')
  const right = parseRelation(c)
  const condition = natural ? { kind: 'natural' } as const : parseJoinCondition(c, join, named, right, at)
  const inOn = condition.kind === 'on' ? [condition.value] : []
  return { kind: 'join', join, left, right, condition, at, height: c.above(at, left, right, ...inOn) }
}

function parseJoinKind(c: Cursor, natural: boolean): { join: JoinKind; named: boolean } {
  if (!natural && c.isWord('CROSS')) {
    c.extension('CROSS JOIN', c.next().at)
    return { join: 'cross', named: true }
  }
  if (c.acceptWord('INNER')) return { join: 'inner', named: true }
  for (const join of ['left', 'right', 'full'] as const) {
    if (!c.acceptWord(join.toUpperCase())) continue
    c.acceptWord('OUTER')
    return { join, named: true }
  }
  return { join: 'inner', named: false }
}

function parseJoinCondition(
  c: Cursor, join: JoinKind, named: boolean, right: SyntaxRelation, at: Place,
) {
  if (join === 'cross') return { kind: 'none' } as const
  if (c.acceptWord('ON')) return { kind: 'on', value: parseExpression(c) } as const
  if (c.acceptWord('USING')) {
    c.expectSymbol('(', 'after USING')
    const names = [c.identifier('a column')]
    while (c.acceptSymbol(',')) names.push(c.identifier('a column'))
    c.expectSymbol(')', 'after the columns of USING')
    return { kind: 'using', names } as const
  }
  // The grammar has the condition optional; that INNER needs one is what the IVOA's examples say.
  const isInner = named && join === 'inner' && right.kind !== 'join'
  if (isInner) throw fault('adql_syntax', at, JOIN_WITHOUT_CONDITION)
  return { kind: 'none' } as const
}

function parseRelation(c: Cursor): SyntaxRelation {
  const at = c.at
  c.countRelation(at)
  if (c.isSymbol('(')) {
    if (!c.opensQuery()) {
      return c.deeper(() => {
        c.expectSymbol('(', 'before joined tables')
        const joined = parseJoined(c)
        c.expectSymbol(')', 'after joined tables')
        return joined
      })
    }
    const query = parseSubQuery(c)
    const alias = parseAlias(c)
    if (alias === undefined) c.extension('A sub-query in FROM without an alias', at)
    return { kind: 'derived', query, alias, at, height: c.above(at, query) }
  }
  const path = [c.identifier('the name of a table')]
  while (c.acceptSymbol('.')) path.push(c.identifier('the name of a table'))
  if (path.length > 3) throw fault('adql_syntax', at, 'A table has at most three names: catalog.schema.table')
  if (c.isSymbol('(')) {
    throw fault('adql_unknown_table', at,
      `FROM takes tables and sub-queries, not the function '${path.at(-1)?.text ?? ''}'`)
  }
  return { kind: 'table', path, alias: parseAlias(c), at, height: 1 }
}

function parseAlias(c: Cursor): Identifier | undefined {
  if (c.acceptWord('AS')) return c.identifier('a table\'s alias')
  // LIMIT is no reserved word, but nobody means it as a name here.
  const isLimit = c.isWord('LIMIT') && c.peek(1).kind === 'integer'
  return c.isIdentifier() && !isLimit ? c.identifier('an alias') : undefined
}
