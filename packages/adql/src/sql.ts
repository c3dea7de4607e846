/**
 * SQL text with its values apart. The `sql` tag is the only way to make SQL, and what is put into it is
 * either SQL made the same way or a bound value: text of a caller can only ever be a value. Design §5.
 */
import { ArchiveError, assert } from '@quipu/vo'
import type { BoundValue } from './statement.ts'

const made: unique symbol = Symbol('SQL that this module made')

interface Bind { readonly bind: BoundValue }

/** A tree of pieces, so that putting SQL together costs nothing; `toStatement` makes it flat. */
export interface Sql {
  readonly [made]: true
  readonly pieces: readonly (string | Sql | Bind)[]
  /** Characters, about: a query whose SQL would grow without bound is refused while it grows. */
  readonly size: number
}

const MAX_SIZE = 16_000_000

const sizeOf = (piece: string | Sql | Bind): number =>
  (typeof piece === 'string' ? piece.length : 'bind' in piece ? 4 : piece.size)

function make(pieces: readonly (string | Sql | Bind)[]): Sql {
  let size = 0
  for (const piece of pieces) size += sizeOf(piece)
  if (size > MAX_SIZE) {
    throw new ArchiveError('adql_too_complex',
      'The query is too complex: its expressions multiply when they run. '
      + 'Name partial results in a sub-query of FROM and use their columns.')
  }
  return { [made]: true, pieces, size }
}

/** SQL from a template: an `Sql` is put in as it is; anything else does not type. */
export function sql(strings: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  const pieces: (string | Sql)[] = [strings[0] ?? '']
  for (const [i, part] of parts.entries()) {
    assert(made in part, 'SQL from elsewhere')
    pieces.push(part, strings[i + 1] ?? '')
  }
  return make(pieces)
}

/** A value that is bound when the statement runs. */
export const bind = (value: BoundValue): Sql => make([{ bind: value }])

/** A quoted identifier. */
export function identifier(name: string): Sql {
  assert(name.length > 0 && !name.includes('\0'), 'an identifier without a name')
  return make([`"${name.replaceAll('"', '""')}"`])
}

/** `t3`, `c7`: the names that Quipu gives. No name of a caller comes into SQL, so these meet none. */
export const generated = (letter: 't' | 'c' | 'q' | 'g' | 'a' | 'k' | 'n', index: number): Sql => {
  assert(Number.isInteger(index) && index >= 0, 'a generated name without a number')
  return make([`${letter}${index}`])
}

/** An integer as a literal. */
export const integer = (value: bigint | number): Sql => make([BigInt(value).toString()])

/** A double as a literal: always with an exponent, since DuckDB reads `1.5` as a decimal. */
export function double(value: number): Sql {
  assert(Number.isFinite(value), 'a literal that is not a number')
  const text = Object.is(value, -0) ? '-0' : String(value)
  return make([text.includes('e') ? text : `${text}e0`])
}

/** Pieces with the same SQL between each two of them. */
export function join(parts: readonly Sql[], between: Sql): Sql {
  return make(parts.flatMap((part, i) => (i === 0 ? [part] : [between, part])))
}

export const commas = (parts: readonly Sql[]): Sql => join(parts, sql`, `)
/** Whether an integer expression has one of the values, those next to one another as a range. */
export function inRanges(value: Sql, values: readonly number[]): Sql {
  const ranges: [number, number][] = []
  for (const next of [...values].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && next <= last[1] + 1) last[1] = next
    else ranges.push([next, next])
  }
  const tests = ranges.map(([first, last]) => first === last
    ? sql`${value} = ${integer(first)}` : sql`${value} BETWEEN ${integer(first)} AND ${integer(last)}`)
  return sql`(${join(tests, sql` OR `)})`
}

export const EMPTY: Sql = sql``

/** The SQL with `$1`, `$2`, … and the values in that order. Equal values share a number. */
export function toText(root: Sql): { sql: string; values: readonly BoundValue[] } {
  const text: string[] = []
  const values: BoundValue[] = []
  const numbers = new Map<string, number>()
  const visit = (piece: string | Sql | Bind): void => {
    if (typeof piece === 'string') text.push(piece)
    else if ('bind' in piece) {
      const key = keyOfValue(piece.bind)
      const known = numbers.get(key) ?? values.push(piece.bind)
      numbers.set(key, known)
      text.push(`$${known}`)
    } else for (const inner of piece.pieces) visit(inner)
  }
  visit(root)
  return { sql: text.join(''), values }
}

// One number for equal values, so that an expression in GROUP BY and the same in SELECT are the same SQL.
function keyOfValue(value: BoundValue): string {
  if (typeof value === 'object' && value !== null) {
    return 'integers' in value ? `list ${value.integers.join()}` : `micros ${value.timestampMicros}`
  }
  return `${typeof value} ${String(value)}`
}
