import { describe, expect, test } from 'vitest'
import { checkQuery, compile, duckdb, parseQuery, restrict } from '../src/index.ts'
import { TABLE_SET, bindings, openObservatory, sourcesFor, statementOf } from './support/observatory.ts'
import { restrictionContract } from './support/restriction.ts'

// Many more are asked in restrict.long.test.ts.
restrictionContract(openObservatory, 50)

describe('restriction', () => {
  test('a table without a source is as unknown as any', () => {
    const checked = checkQuery(parseQuery('SELECT 1 FROM raw WHERE EXISTS (SELECT 1 FROM TAP_SCHEMA.keys)'), TABLE_SET)
    const sources = new Map(sourcesFor(null))
    sources.delete('tap_schema.keys')
    expect(() => restrict(checked, sources)).toThrow(expect.objectContaining({ code: 'adql_unknown_table' }))
  })

  test('compile refuses a tree that was not restricted', () => {
    const { query, columns } = checkQuery(parseQuery('SELECT dp_id FROM raw'), TABLE_SET)
    const compiling = () => compile({ kind: 'restricted', query, columns }, { dialect: duckdb, textMode: 'standard', bindings: bindings() })
    expect(compiling).toThrow(/was not restricted/)
  })

  test('an anonymous query never names a protected relation, and only columns that are read are selected', () => {
    const { sql } = statementOf('SELECT dp_id FROM raw WHERE ra > 5 AND EXISTS (SELECT 1 FROM raw)')
    expect(sql).not.toContain('protected')
    expect(sql).not.toContain('exposure')
  })

  test('only a query that can fail is held back until the rule has been applied', () => {
    expect(statementOf('SELECT dp_id FROM raw WHERE 1/ob_id = 1', { runs: [1] }).sql).toContain('MATERIALIZED')
    expect(statementOf("SELECT dp_id FROM raw WHERE ob_id > -1 AND 1=CONTAINS(POINT('',ra,dec),CIRCLE('',1,-2,3))", { runs: [1] }).sql).not.toContain('MATERIALIZED')
  })
})

describe('limits', () => {
  const limitOf = (query: string, maxRows?: number) => {
    const { query: tree, columns } = restrict(checkQuery(parseQuery(query), TABLE_SET), sourcesFor(null))
    const { sql, cutAfter } = compile({ kind: 'restricted', query: tree, columns },
      { dialect: duckdb, textMode: 'standard', bindings: bindings(), maxRows })
    return [/ LIMIT (\d+)/.exec(sql)?.[1], cutAfter]
  }

  test.each([
    ['SELECT dp_id FROM raw', 101, ['101', undefined]],
    ['SELECT dp_id FROM raw', 20_001, [undefined, 20_001]],
    ['SELECT dp_id FROM raw', undefined, [undefined, undefined]],
    ['SELECT TOP 15000 dp_id FROM raw', 20_001, [undefined, 15_000]],
    ['SELECT TOP 5 dp_id FROM raw', 20_001, ['5', undefined]],
    ['SELECT TOP 15000 dp_id FROM raw ORDER BY dp_id', 20_001, ['15000', undefined]],
    ['SELECT DISTINCT TOP 15000 dp_id FROM raw', 20_001, ['15000', undefined]],
    ['SELECT TOP 15000 COUNT(*) FROM raw GROUP BY dp_id', 20_001, ['15000', undefined]],
  ] as const)('%s within %s rows', (query, maxRows, expected) => {
    expect(limitOf(query, maxRows)).toEqual(expected)
  })
})
