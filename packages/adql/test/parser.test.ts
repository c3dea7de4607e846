import { ArchiveError } from '@quipu/vo'
import { describe, expect, test } from 'vitest'
import { parseQuery } from '../src/index.ts'

function errorOf(text: string): { code: string; message: string } {
  try {
    parseQuery(text)
  } catch (error) {
    if (error instanceof ArchiveError) return { code: error.code, message: error.message }
    throw error
  }
  return { code: 'none', message: 'it parsed' }
}

describe('mistakes have a place and a message', () => {
  test.each([
    ['', 1, 1, 'Expected SELECT, but the query ends'],
    ['DELETE FROM raw', 1, 1, "Expected SELECT, but found 'DELETE'"],
    ['SELECT a', 1, 9, "Expected ',' or FROM after a selected column, but the query ends"],
    ['SELECT FROM raw', 1, 8, "'FROM' is a reserved word"],
    ['SELECT a FROM', 1, 14, 'Expected the name of a table, but the query ends'],
    ['SELECT a\nFROM raw WHERE', 2, 15, 'Expected a value, but the query ends'],
    ['SELECT a\r\nFROM raw\r\nWHERE a = , 1', 3, 11, "Expected a value, but found ','"],
    ['SELECT a FROM raw WHERE a == 1', 1, 28, "equal by one '='"],
    ['SELECT a FROM raw LIMIT 10', 1, 19, 'write SELECT TOP n'],
    ['SELECT a FROM raw r LIMIT 10', 1, 21, 'write SELECT TOP n'],
    ['SELECT TOP 5 DISTINCT a FROM raw', 1, 14, "'DISTINCT' is a reserved word"],
    ['SELECT TOP -1 a FROM raw', 1, 12, 'a whole number without sign after TOP'],
    ['SELECT a FROM raw OFFSET 1.5', 1, 26, 'a whole number without sign after OFFSET'],
    ['SELECT distance FROM raw', 1, 8, 'write "distance" in double quotes'],
    ["SELECT a FROM raw WHERE b = 'x", 1, 29, 'Text in single quotes does not end'],
    ['SELECT "a FROM raw', 1, 8, 'A name in double quotes does not end'],
    ['SELECT "" FROM raw', 1, 8, 'A quoted name is empty'],
    ['SELECT a FROM raw WHERE b = ’x’', 1, 29, 'straight single quotes'],
    ['SELECT a % 2 FROM raw', 1, 10, 'MOD(x, y)'],
    ['SELECT a FROM raw WHERE a IN ()', 1, 31, "Expected a value in the list of IN, but found ')'"],
    ['SELECT a FROM raw WHERE a IN 5', 1, 30, "Expected '(' after IN"],
    ['SELECT a FROM raw WHERE a NOT 5', 1, 31, 'BETWEEN, IN, LIKE or ILIKE after NOT'],
    ['SELECT a FROM raw WHERE a BETWEEN 1 OR 2', 1, 37, 'AND between the two limits'],
    ['SELECT a FROM raw INNER JOIN b', 1, 19, 'A join needs ON or USING'],
    ['SELECT a FROM raw GROUP a', 1, 25, 'BY after GROUP'],
    ['SELECT a FROM raw; SELECT b FROM raw', 1, 20, 'the end of the query'],
    ['SELECT a FROM (SELECT b FROM c', 1, 31, "Expected ')' after a sub-query"],
    ['SELECT a FROM a.b.c.d', 1, 15, 'at most three names'],
    ['SELECT a.b.c.d.e FROM a', 1, 8, 'at most four names'],
    ['SELECT CAST(a AS FLOAT) FROM b', 1, 18, "CAST has no type 'FLOAT'"],
    ['SELECT CASE END FROM b', 1, 13, "'END' is a reserved word"],
    ['SELECT a FROM b WHERE \u0000', 1, 23, 'U+0000'],
    ['SELECT a FROM b WHERE a = 1e999', 1, 27, 'too large'],
  ])('%j', (text, line, column, message) => {
    const error = errorOf(text)
    expect(error.message).toContain(message)
    expect(error.message).toMatch(new RegExp(`\\(line ${line}, column ${column}\\)$`))
    expect(error.code).toMatch(/^adql_(syntax|type)$/)
  })

  test('ESCAPE is refused as unsupported', () => {
    expect(errorOf("SELECT a FROM b WHERE a LIKE 'x' ESCAPE '!'").code).toBe('adql_unsupported')
  })

  test('a table function is no table', () => {
    expect(errorOf("SELECT a FROM read_csv('/etc/passwd')").code).toBe('adql_unknown_table')
  })
})

describe('what is ADQL parses', () => {
  test.each([
    "SELECT 'ab'as cat FROM x", 'SELECT 89x FROM z', 'SELECT 12., .5, 1e5, 1E-5 FROM z', 'SELECT -(-x) FROM t', 'select*from x',
    'SELECT a FROM b -- comment', 'SELECT a --x\n FROM b', 'SELECT ALL a FROM b', 'SELECT a FROM b;', 'SELECT a, * FROM b',
    'SELECT a FROM ((SELECT a FROM b) UNION (SELECT c FROM d)) e', 'SELECT a FROM ((SELECT a FROM b) x JOIN y ON 1=1)',
    'SELECT a FROM (SELECT b FROM c) d', 'SELECT a FROM (SELECT b FROM c)', 'SELECT a FROM ((b JOIN c USING (x)) JOIN d USING (x, y))',
    'SELECT a FROM b WHERE ((a + 1) * 2 > 3) AND (NOT (b = 1 OR c = 2))', 'SELECT a FROM b WHERE a IN (1)',
    'SELECT a FROM b WHERE (a) IS NULL', 'SELECT c."schema".tab.col FROM b',
    'SELECT COUNT(ALL a), COUNT(DISTINCT b) FROM c', 'WITH a AS (SELECT b FROM c) SELECT b FROM a',
    'SELECT a FROM b UNION ALL SELECT c FROM d EXCEPT SELECT e FROM f ORDER BY 1 DESC OFFSET 3',
    'SELECT t.* , "T x".* , s.t.* FROM t', 'SELECT CAST(NULL AS VARCHAR), CAST(a AS double precision) FROM b',
  ])('%s', (text) => {
    expect(() => parseQuery(text)).not.toThrow()
  })
})

test('INTERSECT binds tighter than UNION', () => {
  const { body } = parseQuery('SELECT a FROM x UNION SELECT a FROM y INTERSECT SELECT a FROM z')
  expect(body).toMatchObject({ operator: 'union', right: { body: { operator: 'intersect' } } })
})
