/** The productions of conditions and values: ADQL 2.1 §2.2, §2.3, §4, appendix A (search_condition). */
import type { Place } from '@quipu/vo'
import type { CastTarget, Comparison, Identifier, SyntaxExpression } from './ast.ts'
import type { Cursor } from './cursor.ts'
import { fault, shown } from './fault.ts'
import { parseQueryExpression } from './parser.ts'

/** or_condition: the widest expression. Conditions and values are told apart by the check. */
export function parseExpression(c: Cursor): SyntaxExpression {
  return c.deeper(() => parseChain(c, 'OR', 'or', () => parseChain(c, 'AND', 'and', () => parseNot(c))))
}

// A chain of AND or OR is one node, so that a thousand of them nest no deeper than one.
function parseChain(
  c: Cursor, word: string, kind: 'and' | 'or', part: () => SyntaxExpression,
): SyntaxExpression {
  const at = c.at
  const first = part()
  if (!c.isWord(word)) return first
  const of = [first]
  while (c.acceptWord(word)) of.push(part())
  return { kind, of, at, height: c.above(at, ...tallest(of)) }
}

const tallest = (nodes: readonly SyntaxExpression[]): readonly SyntaxExpression[] => {
  let best = nodes[0]
  for (const node of nodes) if (best !== undefined && node.height > best.height) best = node
  return best === undefined ? [] : [best]
}

function parseNot(c: Cursor): SyntaxExpression {
  const at = c.at
  let count = 0
  while (c.acceptWord('NOT')) count++
  if (count > 1) c.extension('NOT NOT', at)
  const operand = parsePredicate(c)
  if (count === 0) return operand
  const inner = not(c, at, operand)
  return count % 2 === 1 ? inner : not(c, at, inner)
}

const not = (c: Cursor, at: Place, operand: SyntaxExpression): SyntaxExpression =>
  ({ kind: 'not', operand, at, height: c.above(at, operand) })

const COMPARISONS: Record<string, Comparison> = {
  '=': '=', '<>': '<>', '!=': '<>', '<': '<', '>': '>', '<=': '<=', '>=': '>=',
}

function parsePredicate(c: Cursor): SyntaxExpression {
  const at = c.at
  if (c.acceptWord('EXISTS')) {
    if (!c.isSymbol('(')) throw c.unexpected("'(' and a sub-query after EXISTS")
    const query = parseSubQuery(c)
    return { kind: 'exists', query, at, height: c.above(at, query) }
  }
  const left = parseSum(c)
  const symbol = c.peek()
  const operator = symbol.kind === 'symbol' ? COMPARISONS[symbol.text] : undefined
  if (operator !== undefined) {
    c.next()
    if (c.isSymbol('=')) throw fault('adql_syntax', c.at, "Two values are equal by one '='")
    const right = parseSum(c)
    return { kind: 'compare', operator, left, right, at: symbol.at, height: c.above(at, left, right) }
  }
  if (c.acceptWord('IS')) {
    const negated = c.acceptWord('NOT')
    if (!c.acceptWord('NULL')) throw c.unexpected('NULL after IS')
    return negate(c, negated, { kind: 'isNull', operand: left, at: symbol.at, height: c.above(at, left) })
  }
  const negated = c.isWord('NOT') && c.acceptWord('NOT')
  if (c.acceptWord('BETWEEN')) return negate(c, negated, parseBetween(c, left, symbol.at))
  if (c.acceptWord('IN')) return negate(c, negated, parseIn(c, left, symbol.at))
  if (c.isWord('LIKE') || c.isWord('ILIKE')) return negate(c, negated, parseLike(c, left, symbol.at))
  if (negated) throw c.unexpected('BETWEEN, IN, LIKE or ILIKE after NOT')
  return left
}

const negate = (c: Cursor, negated: boolean, operand: SyntaxExpression): SyntaxExpression =>
  (negated ? not(c, operand.at, operand) : operand)

function parseBetween(c: Cursor, operand: SyntaxExpression, at: Place): SyntaxExpression {
  const low = parseSum(c)
  c.expectWord('AND', 'between the two limits of BETWEEN')
  const high = parseSum(c)
  return { kind: 'between', operand, low, high, at, height: c.above(at, operand, low, high) }
}

function parseIn(c: Cursor, operand: SyntaxExpression, at: Place): SyntaxExpression {
  if (!c.isSymbol('(')) throw c.unexpected("'(' after IN")
  if (c.opensQuery()) {
    const query = parseSubQuery(c)
    return { kind: 'inQuery', operand, query, at, height: c.above(at, operand, query) }
  }
  const list = parseList(c, 'a value in the list of IN')
  return { kind: 'in', operand, list, at, height: c.above(at, operand, ...tallest(list)) }
}

function parseLike(c: Cursor, operand: SyntaxExpression, at: Place): SyntaxExpression {
  const ignoreCase = c.peek().upper === 'ILIKE'
  if (ignoreCase) c.since21('ILIKE', at)
  c.next()
  const pattern = parseSum(c)
  if (c.isWord('ESCAPE')) {
    throw fault('adql_unsupported', c.at,
      'LIKE has no ESCAPE in ADQL; _ is any character, and no pattern means only _ itself')
  }
  return { kind: 'like', operand, pattern, ignoreCase, at, height: c.above(at, operand, pattern) }
}

/** `( … , … )` with at least one expression. */
function parseList(c: Cursor, what: string): SyntaxExpression[] {
  c.expectSymbol('(', 'before a list')
  if (c.isSymbol(')')) throw c.unexpected(what)
  const list = [parseExpression(c)]
  while (c.acceptSymbol(',')) list.push(parseExpression(c))
  c.expectSymbol(')', 'after a list')
  return list
}

function parseSum(c: Cursor): SyntaxExpression {
  let left = parseProduct(c)
  for (;;) {
    const token = c.peek()
    const operator = token.kind === 'symbol' ? token.text : ''
    if (operator !== '+' && operator !== '-' && operator !== '||') return left
    c.next()
    const right = parseProduct(c)
    left = { kind: 'binary', operator, left, right, at: token.at, height: c.above(token.at, left, right) }
  }
}

function parseProduct(c: Cursor): SyntaxExpression {
  let left = parseSigned(c)
  for (;;) {
    const token = c.peek()
    const operator = token.kind === 'symbol' ? token.text : ''
    if (operator !== '*' && operator !== '/') return left
    c.next()
    const right = parseSigned(c)
    left = { kind: 'binary', operator, left, right, at: token.at, height: c.above(token.at, left, right) }
  }
}

function parseSigned(c: Cursor): SyntaxExpression {
  const at = c.at
  if (c.acceptSymbol('-')) {
    const operand = parsePrimary(c)
    return { kind: 'negate', operand, at, height: c.above(at, operand) }
  }
  c.acceptSymbol('+')
  return parsePrimary(c)
}

function parsePrimary(c: Cursor): SyntaxExpression {
  const token = c.peek()
  const leaf = { at: token.at, height: 1 }
  switch (token.kind) {
    case 'string':
      c.next()
      return { kind: 'text', value: token.text, ...leaf }
    case 'integer':
      c.next()
      return { kind: 'integer', digits: token.text, ...leaf }
    case 'decimal':
      c.next()
      return { kind: 'decimal', value: finite(token.text, token.at), ...leaf }
    case 'symbol':
      if (token.text !== '(') throw c.unexpected('a value')
      return c.opensQuery() ? parseScalar(c, token.at) : parseParenthesis(c)
    case 'end':
      throw c.unexpected('a value')
    case 'word':
    case 'delimited':
      return parseWord(c)
  }
}

function finite(text: string, at: Place): number {
  const value = Number(text)
  if (!Number.isFinite(value)) throw fault('adql_type', at, `The number ${shown(text)} is too large`)
  return value
}

function parseScalar(c: Cursor, at: Place): SyntaxExpression {
  c.extension('A sub-query as a value', at)
  const query = parseSubQuery(c)
  return { kind: 'scalar', query, at, height: c.above(at, query) }
}

function parseParenthesis(c: Cursor): SyntaxExpression {
  c.expectSymbol('(', 'before an expression')
  const inner = parseExpression(c)
  c.expectSymbol(')', 'after an expression')
  return inner
}

/** `( query )`. */
export function parseSubQuery(c: Cursor): ReturnType<typeof parseQueryExpression> {
  c.expectSymbol('(', 'before a sub-query')
  const query = parseQueryExpression(c)
  c.expectSymbol(')', 'after a sub-query')
  return query
}

function parseWord(c: Cursor): SyntaxExpression {
  const token = c.peek()
  const leaf = { at: token.at, height: 1 }
  if (token.kind === 'word') {
    if (c.acceptWord('NULL')) return { kind: 'null', ...leaf }
    if (c.isWord('TRUE') || c.isWord('FALSE')) {
      c.extension(token.upper, token.at)
      return { kind: 'boolean', value: c.next().upper === 'TRUE', ...leaf }
    }
    if (c.isWord('CASE')) {
      c.extension('CASE', c.next().at)
      return parseCase(c, token.at)
    }
    if (c.isWord('CAST') && c.isSymbol('(', 1)) return parseCast(c)
    if (c.isWord('TIMESTAMP') && c.peek(1).kind === 'string') {
      c.extension("TIMESTAMP '…'", c.next().at)
      return { kind: 'timestamp', text: c.next().text, ...leaf }
    }
    if (c.isSymbol('(', 1)) return parseCall(c)
  }
  const path: Identifier[] = [c.identifier('a column')]
  while (c.acceptSymbol('.')) path.push(c.identifier('a column'))
  if (path.length > 4) {
    throw fault('adql_syntax', token.at, 'A column has at most four names: catalog.schema.table.column')
  }
  return { kind: 'column', path, ...leaf }
}

function parseCall(c: Cursor): SyntaxExpression {
  const token = c.next()
  const name: Identifier = { text: token.text, delimited: false, at: token.at }
  c.expectSymbol('(', `after ${token.text}`)
  if (c.isSymbol('*') && c.isSymbol(')', 1)) {
    c.next()
    c.next()
    return { kind: 'call', name, args: [], distinct: false, star: true, at: token.at, height: 1 }
  }
  const distinct = c.acceptWord('DISTINCT')
  if (!distinct) c.acceptWord('ALL')
  const args: SyntaxExpression[] = []
  if (!c.isSymbol(')')) {
    args.push(parseExpression(c))
    while (c.acceptSymbol(',')) args.push(parseExpression(c))
  }
  c.expectSymbol(')', `after the arguments of ${token.text}`)
  const height = c.above(token.at, ...tallest(args))
  return { kind: 'call', name, args, distinct, star: false, at: token.at, height }
}

function parseCase(c: Cursor, at: Place): SyntaxExpression {
  const operand = c.isWord('WHEN') ? undefined : parseExpression(c)
  const branches: { when: SyntaxExpression; then: SyntaxExpression }[] = []
  while (c.acceptWord('WHEN')) {
    const when = parseExpression(c)
    c.expectWord('THEN', 'after the condition of WHEN')
    branches.push({ when, then: parseExpression(c) })
  }
  if (branches.length === 0) throw c.unexpected('WHEN in CASE')
  const otherwise = c.acceptWord('ELSE') ? parseExpression(c) : undefined
  c.expectWord('END', 'after CASE')
  const parts = branches.flatMap((branch) => [branch.when, branch.then])
  if (operand !== undefined) parts.push(operand)
  if (otherwise !== undefined) parts.push(otherwise)
  return { kind: 'case', operand, branches, otherwise, at, height: c.above(at, ...tallest(parts)) }
}

/** CAST(value AS type): ADQL 2.1 §4.7. */
function parseCast(c: Cursor): SyntaxExpression {
  const at = c.next().at
  c.since21('CAST', at)
  c.expectSymbol('(', 'after CAST')
  const operand = parseExpression(c)
  c.expectWord('AS', 'before the type of CAST')
  const { to, length } = parseCastTarget(c)
  c.expectSymbol(')', 'after the type of CAST')
  return { kind: 'cast', operand, to, length, at, height: c.above(at, operand) }
}

const CAST_TARGETS: Record<string, CastTarget> = {
  SMALLINT: 'smallint', INTEGER: 'integer', BIGINT: 'bigint', REAL: 'real', CHAR: 'text', VARCHAR: 'text',
  TIMESTAMP: 'timestamp', POINT: 'point', CIRCLE: 'circle', POLYGON: 'polygon',
}

function parseCastTarget(c: Cursor): { to: CastTarget; length?: number } {
  const token = c.next()
  if (token.upper === 'DOUBLE' && c.acceptWord('PRECISION')) return { to: 'double' }
  const to = token.kind === 'word' ? CAST_TARGETS[token.upper] : undefined
  if (to === undefined) {
    throw fault('adql_syntax', token.at,
      `CAST has no type '${shown(token.text)}'; it has SMALLINT, INTEGER, BIGINT, REAL, DOUBLE PRECISION, `
      + 'CHAR(n), VARCHAR(n), TIMESTAMP, POINT, CIRCLE and POLYGON')
  }
  if (to !== 'text' || !c.acceptSymbol('(')) return token.upper === 'CHAR' ? { to, length: 1 } : { to }
  const length = c.count('as the length of text')
  c.expectSymbol(')', 'after the length of text')
  return { to, length }
}
