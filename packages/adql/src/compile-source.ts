/** What stands for a published table: its parts, their filters, only the columns read. Design §5. */
import { assert } from '@quipu/vo'
import type { SourceRelation } from './checked.ts'
import type { Compiling } from './compile-expression.ts'
import { commas, double, generated, identifier, integer, join, sql } from './sql.ts'
import type { Sql } from './sql.ts'
import type { Filter, SourceColumn, SourcePart } from './source.ts'

/** The query of a source; its columns are `c1`, `c2`, … by their number in the table set. */
export function compileSource(relation: SourceRelation, c: Compiling): Sql {
  const { parts } = relation.source
  assert(parts.length > 0, 'a source without parts')
  const selects = parts.map((part) => compilePart(part, relation, c))
  return selects.length === 1 ? selects[0] ?? sql`` : join(selects, sql` UNION ALL `)
}

function compilePart(part: SourcePart, relation: SourceRelation, c: Compiling): Sql {
  // DuckDB finds an index on an expression only when its column is the first that is read.
  const isLeading = (index: number): number => index === relation.leading ? 0 : 1
  const used = [...relation.used].sort((a, b) => isLeading(a) - isLeading(b) || a - b)
  const columns = used.map((index) => {
    const column = relation.source.columns.get(relation.columns[index] ?? '')
    assert(column !== undefined, `a source lacks the column ${relation.columns[index] ?? index}`)
    return sql`${compileColumn(column, c)} AS ${generated('c', index + 1)}`
  })
  const selected = columns.length === 0 ? sql`1 AS c0` : commas(columns)
  const [schema, name] = part.relation
  const select = sql`SELECT ${selected} FROM ${identifier(schema)}.${identifier(name)}`
  const near = (relation.near ?? []).map(({ column, keys }) => c.dialect.ofKeys(identifier(column), keys))
  const filters = part.filter === undefined ? near : [compileFilter(part.filter, c), ...near]
  if (filters.length === 0) return select
  const filtered = sql`${select} WHERE ${join(filters, sql` AND `)}`
  const isGuarded = (relation.guarded && part.filter !== undefined)
    || (relation.near ?? []).some(({ isDear }) => isDear)
  return isGuarded ? sql`(${c.dialect.barrier(filtered, generated('n', c.fresh()))})` : filtered
}

function compileColumn(column: SourceColumn, c: Compiling): Sql {
  if (column.kind === 'stored') return identifier(column.column)
  const pieces = column.pieces.map((piece) => {
    if ('text' in piece) return c.dialect.text(piece.text)
    if ('stored' in piece) return c.dialect.cast(identifier(piece.stored), 'text', 'text', undefined)
    assert(piece.bound === 'baseUrl', 'a bound value that is not text')
    return c.dialect.text(c.bindings.baseUrl)
  })
  return sql`(${join(pieces, sql` || `)})`
}

// Binary, whatever the text mode: a rule never takes one name for another.
function compileFilter(filter: Filter, c: Compiling): Sql {
  switch (filter.kind) {
    case 'all': case 'any': {
      if (filter.of.length === 0) return filter.kind === 'all' ? sql`TRUE` : sql`FALSE`
      const word = filter.kind === 'all' ? sql` AND ` : sql` OR `
      return sql`(${join(filter.of.map((part) => compileFilter(part, c)), word)})`
    }
    case 'equals':
      return sql`(${identifier(filter.column)} = ${literal(filter.value, c)})`
    case 'among':
      assert(filter.values === 'grantedRuns', 'a bound value that is not a list')
      return sql`(${c.dialect.among(identifier(filter.column), c.bindings.grantedRuns)})`
  }
}

function literal(value: string | number, c: Compiling): Sql {
  if (typeof value === 'string') return c.dialect.text(value)
  return Number.isSafeInteger(value) ? integer(value) : double(value)
}
