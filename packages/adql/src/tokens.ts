/** Text → tokens. ADQL 2.1 §2.1 (characters, identifiers, literals, comments, white space). */
import type { Place } from '@quipu/vo'
import { ArchiveError } from '@quipu/vo'
import { fault, shown } from './fault.ts'

export type TokenKind = 'word' | 'delimited' | 'string' | 'integer' | 'decimal' | 'symbol' | 'end'

export interface Token {
  readonly kind: TokenKind
  /** Words as typed; delimited identifiers and strings without quotes, doubled quotes made single. */
  readonly text: string
  /** A word in upper case, to compare with key words; else the same as `text`. */
  readonly upper: string
  readonly at: Place
}

/** How much of a query is read at all. */
export interface ParseLimits {
  /** UTF-16 units. */
  readonly maxLength: number
  readonly maxTokens: number
  /** Parentheses and sub-queries in one another. */
  readonly maxDepth: number
  /** Operators above one another: `a + b + c` has two. AND, OR, NOT and IN lists count once. */
  readonly maxHeight: number
  /** Tables and sub-queries in all of FROM. */
  readonly maxRelations: number
  /** Columns of one SELECT list, as written and with each * written out. */
  readonly maxColumns: number
  /** Keys of one GROUP BY or ORDER BY. */
  readonly maxKeys: number
}

/** Which language a query is held to. */
export interface Language {
  readonly version: '2.0' | '2.1'
  /**
   * Whether what Quipu adds to the standard may be used: CASE, sub-queries as values, CROSS JOIN, TRUE and
   * FALSE, TIMESTAMP '…', WITH in sub-queries, derived tables without alias, FETCH FIRST.
   */
  readonly extensions: boolean
}

/** What a service reads. */
export const SERVICE_LANGUAGE: Language = { version: '2.1', extensions: true }

/** Engines stop at about 1000 nested expressions; each of ours is up to three of theirs. */
export const DEFAULT_LIMITS: ParseLimits = {
  maxLength: 1_000_000, maxTokens: 100_000, maxDepth: 100, maxHeight: 250, maxRelations: 500,
  maxColumns: 10_000, maxKeys: 1_000,
}

// One capture a kind, in this order; the first character that fits none ends the reading.
const TOKEN = new RegExp([
  /(\s+|--[^\n\r]*)/,
  /([A-Za-z][A-Za-z0-9_]*)/,
  /(<>|!=|<=|>=|\|\||[-+*/=<>(),;]|\.(?!\d))/,
  /((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/,
  /('[^']*(?:''[^']*)*')/,
  /("[^"]*(?:""[^"]*)*")/,
].map((part) => part.source).join('|'), 'y')

/** Where the text is, counted while it is read: a line ends with LF, CR or CR LF. */
class Position {
  #line = 1
  #start = 0
  #seen = 0
  readonly #text: string

  constructor(text: string) { this.#text = text }

  at(index: number): Place {
    for (; this.#seen < index; this.#seen++) {
      const code = this.#text.charCodeAt(this.#seen)
      const ends = code === 10 || (code === 13 && this.#text.charCodeAt(this.#seen + 1) !== 10)
      if (ends) [this.#line, this.#start] = [this.#line + 1, this.#seen + 1]
    }
    return { line: this.#line, column: index - this.#start + 1 }
  }
}

/**
 * The tokens of a query, the last of kind `end`. Throws `adql_syntax` at a character that begins no
 * token, and `adql_too_complex` over the limits.
 */
export function readTokens(text: string, limits: ParseLimits): readonly Token[] {
  if (text.length > limits.maxLength) {
    throw new ArchiveError('adql_too_complex',
      `The query has ${text.length} characters; this service reads ${limits.maxLength}.`)
  }
  const tokens: Token[] = []
  const position = new Position(text)
  let depth = 0
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex
    const found = TOKEN.exec(text)
    if (found === null) throw badCharacter(text, start, position.at(start))
    if (found[1] !== undefined) continue
    const token = tokenOf(found, position.at(start))
    const before = tokens.at(-1)
    // Texts with nothing but white space between them are one (character_string_literal of appendix A).
    if (token.kind === 'string' && before?.kind === 'string') {
      const joined = before.text + token.text
      tokens[tokens.length - 1] = { ...before, text: joined, upper: joined }
      continue
    }
    // Here too, so that nobody reads on to the end of it.
    if (token.kind === 'symbol') depth += token.text === '(' ? 1 : token.text === ')' ? -1 : 0
    if (depth > limits.maxDepth) throw tooDeep(limits, token.at)
    tokens.push(token)
    if (tokens.length > limits.maxTokens) {
      throw fault('adql_too_complex', token.at,
        `The query has more than ${limits.maxTokens} words, numbers and symbols`)
    }
  }
  tokens.push({ kind: 'end', text: '', upper: '', at: position.at(text.length) })
  return tokens
}

/** What is said of parentheses or sub-queries beyond the limit. */
export const tooDeep = ({ maxDepth }: ParseLimits, at: Place): ArchiveError =>
  fault('adql_too_complex', at, `More than ${maxDepth} parentheses or sub-queries in one another`)

function tokenOf(found: RegExpExecArray, at: Place): Token {
  const [, , word, symbol, number, string, delimited] = found
  if (word !== undefined) return { kind: 'word', text: word, upper: word.toUpperCase(), at }
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, upper: symbol, at }
  if (number !== undefined) {
    return { kind: /^\d+$/.test(number) ? 'integer' : 'decimal', text: number, upper: number, at }
  }
  if (string !== undefined) {
    const value = string.slice(1, -1).replaceAll("''", "'")
    if (value.includes('\0')) throw fault('adql_syntax', at, 'Text cannot hold the character U+0000')
    return { kind: 'string', text: value, upper: value, at }
  }
  const name = (delimited ?? '').slice(1, -1).replaceAll('""', '"')
  if (name === '') throw fault('adql_syntax', at, 'A quoted name is empty')
  return { kind: 'delimited', text: name, upper: name, at }
}

function badCharacter(text: string, index: number, at: Place): ArchiveError {
  const character = String.fromCodePoint(text.codePointAt(index) ?? 0)
  if (character === "'") return fault('adql_syntax', at, 'Text in single quotes does not end')
  if (character === '"') return fault('adql_syntax', at, 'A name in double quotes does not end')
  const code = `U+${(text.codePointAt(index) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
  const hint = HINTS[character] ?? ''
  return fault('adql_syntax', at, `ADQL has no character '${shown(character)}' (${code})${hint}`)
}

const HINTS: Record<string, string> = {
  '%': '; the remainder of a division is MOD(x, y)',
  '`': '; write a name in double quotes',
  '[': '; write a name in double quotes',
  '‘': "; text stands in straight single quotes '",
  '’': "; text stands in straight single quotes '",
  '“': '; names stand in straight double quotes "',
  '”': '; names stand in straight double quotes "',
  '_': '; a name begins with a letter',
  '$': '; a name is made of letters, digits and _',
}
