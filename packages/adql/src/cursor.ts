/** A place in a list of tokens, and what the productions of the grammar ask of it. */
import type { ArchiveError, Place } from '@quipu/vo'
import type { Identifier } from './ast.ts'
import { fault, shown } from './fault.ts'
import { tooDeep } from './tokens.ts'
import type { Language, ParseLimits, Token } from './tokens.ts'
import { RESERVED, RESERVED_SINCE_21 } from './words.ts'

/** Reads tokens one after the other. The one thing of the parser that changes. */
export class Cursor {
  readonly limits: ParseLimits
  readonly language: Language
  readonly #tokens: readonly Token[]
  readonly #closing: ReadonlyMap<number, number>
  #index = 0
  #relations = 0
  #depth = 0

  constructor(tokens: readonly Token[], limits: ParseLimits, language: Language) {
    this.#tokens = tokens
    this.limits = limits
    this.language = language
    this.#closing = closingOf(tokens)
  }

  /** The token `ahead` of the next one; beyond the end it is the end. */
  peek(ahead = 0): Token { return this.#at(this.#index + ahead) }

  #at(index: number): Token {
    const token = this.#tokens[Math.min(index, this.#tokens.length - 1)]
    if (token === undefined) throw new Error('no tokens')
    return token
  }

  get at(): Place { return this.peek().at }

  next(): Token {
    const token = this.peek()
    if (token.kind !== 'end') this.#index++
    return token
  }

  /** Whether these key words come next. */
  isWord(...words: readonly string[]): boolean {
    return words.every((word, i) => this.peek(i).kind === 'word' && this.peek(i).upper === word)
  }

  isAnyWord(words: ReadonlySet<string>): boolean {
    return this.peek().kind === 'word' && words.has(this.peek().upper)
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    return this.peek(ahead).kind === 'symbol' && this.peek(ahead).text === symbol
  }

  /** Takes these key words if they come next. */
  acceptWord(...words: readonly string[]): boolean {
    const found = this.isWord(...words)
    if (found) this.#index += words.length
    return found
  }

  acceptSymbol(symbol: string): boolean {
    const found = this.isSymbol(symbol)
    if (found) this.#index++
    return found
  }

  expectWord(word: string, where: string): void {
    if (!this.acceptWord(word)) throw this.unexpected(`${word} ${where}`)
  }

  expectSymbol(symbol: string, where: string): void {
    if (!this.acceptSymbol(symbol)) throw this.unexpected(`'${symbol}' ${where}`)
  }

  /** Whether an identifier comes next: delimited, or a word that is not reserved. */
  isIdentifier(ahead = 0): boolean {
    const token = this.peek(ahead)
    return token.kind === 'delimited' || (token.kind === 'word' && !this.#isReserved(token.upper))
  }

  #isReserved(word: string): boolean {
    return RESERVED.has(word) && !(this.language.version === '2.0' && RESERVED_SINCE_21.has(word))
  }

  /** Refuses what only the extensions have, unless they may be used. */
  extension(what: string, at: Place): void {
    if (this.language.extensions) return
    throw fault('adql_syntax', at, `${what} is no ADQL; it is an extension of this service`)
  }

  /** Refuses what ADQL 2.0 does not have, unless the query is 2.1. */
  since21(what: string, at: Place): void {
    if (this.language.version === '2.1') return
    throw fault('adql_syntax', at, `ADQL 2.0 has no ${what}; ADQL 2.1 has`)
  }

  identifier(what: string): Identifier {
    const token = this.peek()
    if (!this.isIdentifier()) {
      if (token.kind === 'word') {
        throw fault('adql_syntax', token.at,
          `'${token.text}' is a reserved word; to use it as ${what} write "${token.text}" in double quotes`)
      }
      throw this.unexpected(what)
    }
    this.#index++
    return { text: token.text, delimited: token.kind === 'delimited', at: token.at }
  }

  /** Digits without sign, for TOP, OFFSET and lengths. */
  count(what: string): number {
    const token = this.peek()
    const value = Number(token.text)
    if (token.kind !== 'integer' || !Number.isSafeInteger(value)) {
      throw this.unexpected(`a whole number without sign ${what}`)
    }
    this.#index++
    return value
  }

  /** `Expected X but found Y`, at the next token. */
  unexpected(wanted: string): ArchiveError {
    const token = this.peek()
    const found = token.kind === 'end' ? 'the query ends' : `found '${shown(token.text)}'`
    return fault('adql_syntax', token.at, `Expected ${wanted}, but ${found}`)
  }

  /** Runs one production a level deeper; refuses to go below the limit. */
  deeper<T>(production: () => T): T {
    if (++this.#depth > this.limits.maxDepth) {
      throw tooDeep(this.limits, this.at)
    }
    const result = production()
    this.#depth--
    return result
  }

  /** Counts one more table or sub-query of FROM. */
  countRelation(at: Place): void {
    const { maxRelations } = this.limits
    if (++this.#relations <= maxRelations) return
    throw fault('adql_too_complex', at, `More than ${maxRelations} tables and sub-queries in FROM`)
  }

  /** Refuses a list that has grown too long. */
  checkLength(list: readonly unknown[], most: number, what: string): void {
    if (list.length > most) throw fault('adql_too_complex', this.at, `More than ${most} ${what}`)
  }

  /** The height of a node above these; refuses what engines cannot take. */
  above(at: Place, ...nodes: readonly { readonly height: number }[]): number {
    let height = 0
    for (const node of nodes) height = Math.max(height, node.height)
    if (height >= this.limits.maxHeight) {
      throw fault('adql_too_complex', at, `More than ${this.limits.maxHeight} operators in one another`)
    }
    return height + 1
  }

  /** Whether a parenthesis here opens a query, not an expression or joined tables. */
  opensQuery(): boolean {
    let index = this.#index
    const most = index + this.limits.maxDepth + 1
    while (index < most && this.#isOpen(index)) index++
    const first = this.#at(index)
    const isQuery = index > this.#index && first.kind === 'word'
      && (first.upper === 'SELECT' || first.upper === 'WITH')
    if (!isQuery) return false
    // ((SELECT …) …: a query when each inner parenthesis is all of it, or an operand of a set operator.
    for (let open = index - 1; open > this.#index; open--) {
      const close = this.#closing.get(open)
      if (close === undefined) return true
      const after = this.#at(close + 1)
      if (!(after.text === ')' || AFTER_OPERAND.has(after.upper)) || after.kind === 'delimited') return false
    }
    return true
  }

  #isOpen(index: number): boolean {
    const token = this.#at(index)
    return token.kind === 'symbol' && token.text === '('
  }
}

const AFTER_OPERAND = new Set(['UNION', 'EXCEPT', 'INTERSECT', 'ORDER', 'OFFSET'])

function closingOf(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const closing = new Map<number, number>()
  const open: number[] = []
  for (const [i, token] of tokens.entries()) {
    if (token.kind !== 'symbol') continue
    if (token.text === '(') open.push(i)
    if (token.text === ')') {
      const start = open.pop()
      if (start !== undefined) closing.set(start, i)
    }
  }
  return closing
}
