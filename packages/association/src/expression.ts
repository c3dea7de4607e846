/**
 * The conditions of rule files: comparisons of keywords, in the words of OCA rules (VLT-MAN-ESO-19000-4932
 * §3). Bare keywords are the candidate's, `inputFile.KEY` the reference's. A keyword that is absent makes
 * every comparison false, `!=` too; `is undefined` asks for it. Only `%` is a wildcard of `like`.
 */
import { ArchiveError } from '@quipu/vo'
import type { KeyValue } from './frame.ts'

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

/** A checked expression; plain data. */
export type Expression =
  | { readonly op: 'literal'; readonly value: KeyValue }
  | { readonly op: 'key'; readonly key: string; readonly of: 'candidate' | 'reference' }
  | { readonly op: 'compare'; readonly by: Comparison; readonly left: Expression; readonly right: Expression }
  | { readonly op: 'like'; readonly left: Expression; readonly pattern: string }
  | { readonly op: 'undefined'; readonly of: Expression }
  | { readonly op: '+' | '-'; readonly left: Expression; readonly right: Expression }
  | { readonly op: 'not'; readonly of: Expression }
  | { readonly op: 'and' | 'or'; readonly of: readonly Expression[] }

export type Keys = Readonly<Record<string, KeyValue>>

const LIMITS = { characters: 4000, depth: 40 }

interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'mark' | 'end'
  readonly text: string
  readonly at: number
}

// `MJD-OBS` is one keyword, `MJD-OBS-5` is a difference: a part after `-` begins with a letter.
const TOKEN = new RegExp([
  /(?<name>[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+|-[A-Za-z][A-Za-z0-9_]*)*)/,
  /(?<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)/,
  /"(?<double>[^"]*)"/, /'(?<single>[^']*)'/,
  /(?<mark>==|!=|<=|>=|[<>()+-])/,
].map((part) => part.source).join('|'), 'y')

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at++
    if (at >= text.length) break
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (found === null) throw wrong(`'${text[at]}' is not part of a condition`, at)
    const { name, number, double, single, mark } = found.groups ?? {}
    if (name !== undefined) tokens.push({ kind: 'name', text: name, at })
    else if (number !== undefined) tokens.push({ kind: 'number', text: number, at })
    else if (mark !== undefined) tokens.push({ kind: 'mark', text: mark, at })
    else tokens.push({ kind: 'string', text: double ?? single ?? '', at })
    at = TOKEN.lastIndex
  }
  tokens.push({ kind: 'end', text: 'the end', at: text.length })
  return tokens
}

function wrong(what: string, at: number): ArchiveError {
  return new ArchiveError('rules_invalid', `${what} (character ${at + 1} of the expression)`)
}

interface Cursor { readonly tokens: readonly Token[]; next: number; depth: number }

/**
 * Reads one condition or value, such as `DPR.TYPE like "FLAT%" and INS.MODE != inputFile.INS.MODE`.
 * Throws `rules_invalid` naming the character.
 */
export function parseExpression(text: string): Expression {
  if (text.length > LIMITS.characters) {
    throw new ArchiveError('rules_invalid', `an expression has at most ${LIMITS.characters} characters`)
  }
  const cursor: Cursor = { tokens: tokensOf(text), next: 0, depth: 0 }
  const expression = parseOr(cursor)
  const rest = peek(cursor)
  if (rest.kind !== 'end') throw wrong(`'${rest.text}' is not expected here`, rest.at)
  return expression
}

function peek(cursor: Cursor): Token {
  return cursor.tokens[cursor.next] ?? { kind: 'end', text: 'the end', at: 0 }
}

function accept(cursor: Cursor, ...texts: string[]): string | undefined {
  const token = peek(cursor)
  if (token.kind === 'string' || token.kind === 'end' || !texts.includes(token.text)) return undefined
  cursor.next++
  return token.text
}

function parseOr(cursor: Cursor): Expression {
  if (++cursor.depth > LIMITS.depth) throw wrong(`nested deeper than ${LIMITS.depth}`, peek(cursor).at)
  const of = [parseAnd(cursor)]
  while (accept(cursor, 'or') !== undefined) of.push(parseAnd(cursor))
  cursor.depth--
  return of.length === 1 && of[0] !== undefined ? of[0] : { op: 'or', of }
}

function parseAnd(cursor: Cursor): Expression {
  const of = [parseNot(cursor)]
  while (accept(cursor, 'and') !== undefined) of.push(parseNot(cursor))
  return of.length === 1 && of[0] !== undefined ? of[0] : { op: 'and', of }
}

function parseNot(cursor: Cursor): Expression {
  let isNot = false
  while (accept(cursor, 'not') !== undefined) isNot = !isNot
  const of = parseRelation(cursor)
  return isNot ? { op: 'not', of } : of
}

function parseRelation(cursor: Cursor): Expression {
  const left = parseSum(cursor)
  const by = accept(cursor, '==', '!=', '<', '<=', '>', '>=')
  if (by !== undefined) return { op: 'compare', by: by as Comparison, left, right: parseSum(cursor) }
  if (accept(cursor, 'like') !== undefined) {
    const pattern = peek(cursor)
    if (pattern.kind !== 'string') {
      throw wrong(`'like' takes a quoted pattern, not '${pattern.text}'`, pattern.at)
    }
    cursor.next++
    return { op: 'like', left, pattern: pattern.text }
  }
  if (accept(cursor, 'is') !== undefined) {
    const isNot = accept(cursor, 'not') !== undefined
    if (accept(cursor, 'undefined') === undefined) {
      const { text, at } = peek(cursor)
      throw wrong(`'is' is followed by 'undefined' or 'not undefined', not '${text}'`, at)
    }
    const test: Expression = { op: 'undefined', of: left }
    return isNot ? { op: 'not', of: test } : test
  }
  return left
}

function parseSum(cursor: Cursor): Expression {
  let left = parseUnary(cursor)
  for (let op = accept(cursor, '+', '-'); op !== undefined; op = accept(cursor, '+', '-')) {
    left = { op: op as '+' | '-', left, right: parseUnary(cursor) }
  }
  return left
}

const RESERVED = new Set(['and', 'or', 'not', 'like', 'is', 'undefined', 'then', 'if'])
const BOOLEANS: Record<string, boolean> = { T: true, F: false, true: true, false: false }
const REFERENCE = 'inputFile.'

function parseUnary(cursor: Cursor): Expression {
  if (accept(cursor, '-') !== undefined) {
    return { op: '-', left: { op: 'literal', value: 0 }, right: parsePrimary(cursor) }
  }
  return parsePrimary(cursor)
}

function parsePrimary(cursor: Cursor): Expression {
  if (accept(cursor, '(') !== undefined) {
    const inner = parseOr(cursor)
    if (accept(cursor, ')') === undefined) throw wrong(`')' is missing`, peek(cursor).at)
    return inner
  }
  const token = peek(cursor)
  cursor.next++
  if (token.kind === 'string') return { op: 'literal', value: token.text }
  if (token.kind === 'number') return { op: 'literal', value: Number(token.text) }
  if (token.kind !== 'name' || RESERVED.has(token.text)) {
    throw wrong(`a keyword, number or quoted text is expected, not '${token.text}'`, token.at)
  }
  const truth = Object.hasOwn(BOOLEANS, token.text) ? BOOLEANS[token.text] : undefined
  if (truth !== undefined) return { op: 'literal', value: truth }
  return token.text.startsWith(REFERENCE)
    ? { op: 'key', key: token.text.slice(REFERENCE.length), of: 'reference' }
    : { op: 'key', key: token.text, of: 'candidate' }
}

/** The value of a keyword, FITS trailing blanks taken off; undefined when absent. */
export function valueOf(keys: Keys, key: string): KeyValue | undefined {
  const value = Object.hasOwn(keys, key) ? keys[key] : undefined
  return typeof value === 'string' ? value.trimEnd() : value
}

/** The value of an expression; undefined where a keyword is absent or the types do not go together. */
export function evaluate(expression: Expression, candidate: Keys, reference: Keys): KeyValue | undefined {
  switch (expression.op) {
    case 'literal': return expression.value
    case 'key': return valueOf(expression.of === 'candidate' ? candidate : reference, expression.key)
    case '+': case '-': {
      return sum(expression.op, evaluate(expression.left, candidate, reference),
        evaluate(expression.right, candidate, reference))
    }
    case 'compare': {
      return compares(expression.by, evaluate(expression.left, candidate, reference),
        evaluate(expression.right, candidate, reference))
    }
    case 'like': {
      const left = evaluate(expression.left, candidate, reference)
      return left !== undefined && isLike(String(left), expression.pattern)
    }
    case 'undefined': return evaluate(expression.of, candidate, reference) === undefined
    case 'not': return !holds(expression.of, candidate, reference)
    case 'and': return expression.of.every((part) => holds(part, candidate, reference))
    case 'or': return expression.of.some((part) => holds(part, candidate, reference))
  }
}

/** Whether a condition is true; anything but `true` is not. */
export function holds(expression: Expression, candidate: Keys, reference: Keys): boolean {
  return evaluate(expression, candidate, reference) === true
}

function sum(op: '+' | '-', left: KeyValue | undefined, right: KeyValue | undefined): KeyValue | undefined {
  if (left === undefined || right === undefined) return undefined
  if (typeof left === 'number' && typeof right === 'number') return op === '+' ? left + right : left - right
  return op === '+' ? String(left) + String(right) : undefined
}

function compares(by: Comparison, left: KeyValue | undefined, right: KeyValue | undefined): boolean {
  if (left === undefined || right === undefined) return false
  if (by === '==') return left === right
  if (by === '!=') return left !== right
  if (typeof left !== typeof right || typeof left === 'boolean') return false
  if (by === '<') return left < right
  if (by === '<=') return left <= right
  return by === '>' ? left > right : left >= right
}

/** Whether the text fits the pattern, in which `%` stands for any text and nothing else is special. */
export function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('%')
  const first = parts[0] ?? ''
  if (parts.length === 1) return text === pattern
  const last = parts[parts.length - 1] ?? ''
  const fits = text.length >= first.length + last.length
  if (!fits || !text.startsWith(first) || !text.endsWith(last)) return false
  let from = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, from)
    if (found < 0) return false
    from = found + part.length
  }
  return from <= text.length - last.length
}
