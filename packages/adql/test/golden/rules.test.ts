/** ADQL 2.1 rule by rule, each with queries that keep it and queries that break it; no table is known. */
import { ArchiveError } from '@quipu/vo'
import { describe, expect, test } from 'vitest'
import { checkQuery, parseDeclaration, parseQuery } from '../../src/index.ts'
import type { FunctionRow, Language } from '../../src/index.ts'

const STRICT: Language = { version: '2.1', extensions: false }

function complaint(text: string, language = STRICT, functions: readonly FunctionRow[] = []): string | undefined {
  try {
    checkQuery(parseQuery(text, { language }), 'any', { functions, runnable: false, version: language.version })
    return undefined
  } catch (error) {
    if (error instanceof ArchiveError) return error.message
    throw error
  }
}

const from = (...values: string[]) => values.map((value) => `SELECT ${value} FROM t`)
const where = (...conditions: string[]) => conditions.map((condition) => `SELECT a FROM t WHERE ${condition}`)

const RULES: Record<string, { keep: readonly string[]; breaking: readonly string[] }> = {
  '§2.1.5 to §2.1.7 identifiers': {
    keep: from('a1_', 'A', '"a"', '"a ""b"" c"', '"select"', '"1"', '"é"', 's.t.a', 'c.s.t.a', '"S"."T"."A"', 'a AS "FROM"', 't.*', 's.t.*'),
    breaking: from('_a', '1a.b', 'é', 'a.b.c.d.e', '""', '"a', 'distance', 'date', 'size', 't.date', 'a AS year', 'a$b', '[a]', '`a`').concat('SELECT a FROM a.b.c.d', 'SELECT a FROM select', 'SELECT a FROM t AS where', 'SELECT a FROM "t'),
  },
  '§2.1.8 literals': {
    keep: from("'x'", "''", "'it''s'", "'a\\'", "'-- no comment'", "'a' 'b'", "'a'\n'b'", '12', '12.', '12.3', '.5', '1e5', '1E-5', '1.5e+3', '-1', '+1', '-(-1)', 'NULL', "'é😀'"),
    breaking: from("'x", "E'a'", "N'a'", '$$a$$', '1.2.3', '"x" "y" "z"', '.', '--1', '1 2'),
  },
  '§2.1.9, §2.1.10 white space and comments': {
    keep: ['SELECT a FROM t -- end', 'SELECT a --x\n FROM t', 'SELECT--x\ra\r\nFROM\tt', "SELECT 'ab'as cat FROM t", 'SELECT 89x FROM z', 'SELECT 1e, 0x1F FROM t', "select flag || 'ab'as cat from crazy", 'select*from t', 'SELECT a FROM t WHERE(a=1)AND(b=2)', 'SELECT a FROM t;', '\n\n SELECT a FROM t -- a -- b', 'SELECT a FROM t --'],
    breaking: ['SELECT a /* x */ FROM t', 'selectafromt', 'selectxfromywhere a=1', 'SELECT a FROM t;;', 'SELECT a FROM t; SELECT b FROM t', 'SELECT a FROM t \\', 'SELECT a -- FROM t', '-- only a comment', '', 'SELECT a, FROM t', 'SELECT a FROM t,'],
  },
  '§2.2.1 SELECT': {
    keep: ['SELECT a, b c, d AS e, * FROM t', 'SELECT *, a FROM t', 'SELECT DISTINCT a FROM t', 'SELECT ALL a FROM t', 'select distinct top 10 x, y from foo', 'SELECT TOP 0 a FROM t', 'SELECT TOP 5 * FROM t', 'SELECT t1.*, s1.t2.* FROM t1, s1.t2', 'SELECT a FROM t, u', 'SELECT 1 FROM t', 'SELECT a a, b a FROM t'],
    breaking: ['SELECT 1', 'SELECT *', 'SELECT FROM t', 'SELECT TOP 5 DISTINCT a FROM t', 'SELECT TOP -1 a FROM t', 'SELECT TOP 1.5 a FROM t', 'SELECT TOP a FROM t', 'SELECT TOP (5) a FROM t', 'SELECT DISTINCT ALL a FROM t', 'SELECT a b c FROM t', 'SELECT a AS FROM t', 'SELECT a FROM', 'SELECT a, * AS b FROM t', 'SELECT t.* AS b FROM t', 'select a as q" from t', 'DELETE FROM t', 'UPDATE t SET a = 1', 'SELECT a INTO b FROM t'],
  },
  '§2.2.2 FROM': {
    keep: ['SELECT a FROM t AS x', 'SELECT a FROM t x', 'SELECT a FROM s.t "x"', 'SELECT a FROM t JOIN u ON t.a = u.a', 'SELECT a FROM t INNER JOIN u USING (a)', 'SELECT a FROM t LEFT JOIN u USING (a, b)', 'SELECT a FROM t RIGHT OUTER JOIN u ON 1 = 1', 'SELECT a FROM t FULL OUTER JOIN u ON (a = b)', 'SELECT a FROM t NATURAL JOIN u', 'SELECT a FROM t NATURAL LEFT OUTER JOIN u', 'SELECT a FROM t JOIN u', 'SELECT a FROM (t JOIN u USING (a)) JOIN v USING (a)', 'SELECT a FROM t JOIN (u JOIN v USING (a)) USING (a)', 'SELECT a FROM (SELECT b FROM t) AS x', 'SELECT a FROM (SELECT b FROM t ORDER BY b OFFSET 2) x', 'SELECT x.b FROM (SELECT TOP 3 b FROM t) x JOIN u ON x.b = u.a, v', 'SELECT a FROM ((t JOIN u USING (a)))'],
    breaking: ['SELECT a FROM t INNER JOIN u', 'SELECT a FROM (SELECT * FROM x)', 'SELECT a FROM t JOIN', 'SELECT a FROM JOIN t', 'SELECT a FROM t OUTER JOIN u ON 1 = 1', 'SELECT a FROM t NATURAL JOIN u ON a = b', 'SELECT a FROM t CROSS JOIN u', 'SELECT a FROM t JOIN u USING a', 'SELECT a FROM t JOIN u USING ()', 'SELECT a FROM t JOIN u USING (t.a)', 'SELECT a FROM t JOIN u ON a', 'SELECT a FROM f(1)', 'SELECT a FROM (t)x y', 'SELECT a FROM t INNER LEFT JOIN u USING (a)', "SELECT a FROM 't'"],
  },
  '§2.2.3, §2.2.4 aggregates and groups': {
    keep: ['SELECT COUNT(*), COUNT(a), COUNT(DISTINCT a), COUNT(ALL a), AVG(a), MAX(a), MIN(a), SUM(a + 1) FROM t', 'SELECT a, COUNT(*) FROM t GROUP BY a', 'SELECT MOD(a, 2) FROM t GROUP BY MOD(a, 2)', 'SELECT a FROM t GROUP BY a, b HAVING COUNT(*) > 1 AND MAX(b) IS NOT NULL', 'SELECT COUNT(*) FROM t HAVING COUNT(*) > 1', 'SELECT COUNT(*) + 1, ABS(MAX(a)) FROM t', 'SELECT COUNT(*) n FROM t GROUP BY a ORDER BY n DESC'],
    breaking: ['SELECT AVG(*) FROM t', 'SELECT COUNT() FROM t', 'SELECT COUNT(a, b) FROM t', 'SELECT a FROM t GROUP a', 'SELECT a FROM t GROUP BY', 'SELECT a FROM t GROUP BY *', 'SELECT a FROM t GROUP BY a HAVING y', 'SELECT a FROM t HAVING', 'SELECT MAX(COUNT(*)) FROM t', 'SELECT a FROM t GROUP BY COUNT(*)', 'SELECT a FROM t WHERE COUNT(*) > 1', 'SELECT a, COUNT(*) FROM t', 'SELECT ABS(DISTINCT a) FROM t', 'SELECT a FROM t HAVING a > 1 GROUP BY a'],
  },
  '§2.2.5, §4.10 ORDER BY and OFFSET': {
    keep: ['SELECT a FROM t ORDER BY a', 'SELECT a FROM t ORDER BY 1 DESC, b ASC', 'SELECT a x FROM t ORDER BY x', 'SELECT a FROM t ORDER BY a + b, ABS(a)', 'SELECT a FROM t ORDER BY t.a', 'SELECT a FROM t ORDER BY a OFFSET 10', 'SELECT a FROM t OFFSET 0', 'SELECT TOP 5 a FROM t WHERE a > 1 ORDER BY 1 OFFSET 5'],
    breaking: ['SELECT a FROM t ORDER a', 'SELECT a FROM t ORDER BY', 'SELECT a FROM t ORDER BY 2', 'SELECT a FROM t ORDER BY a UP', 'SELECT a FROM t OFFSET -1', 'SELECT a FROM t OFFSET 10.5', 'SELECT a FROM t OFFSET a', 'SELECT a FROM t OFFSET 10 ORDER BY a', 'SELECT a FROM t ORDER BY a WHERE a = 1', 'SELECT a FROM t ORDER BY a NULLS LAST', 'SELECT a FROM t LIMIT 5', 'SELECT a FROM t OFFSET 5 ROWS', 'SELECT a FROM t FETCH FIRST 5 ROWS ONLY', 'SELECT a FROM t WHERE a > 1 OFFSET'],
  },
  '§2.2 predicates': {
    keep: where('a = 1', 'a <> 1', 'a != 1', 'a < b', 'a >= b + 1', 'a BETWEEN 1 AND 2', 'a NOT BETWEEN b AND c + 1', "a IN (1, 2, 'x')", 'a IN (1)', 'a NOT IN (SELECT b FROM u)', "a LIKE 'x%'", "a NOT LIKE 'x' || '_'", "'a' LIKE a", "a ILIKE 'X%'", 'a IS NULL', 'a IS NOT NULL', 'a + 1 IS NULL', 'EXISTS (SELECT * FROM u)', 'NOT EXISTS (SELECT 1 FROM u WHERE u.a = t.a)', 'NOT a = 1', '(a = 1)', 'NOT (a = 1 OR b = 2) AND c = 3', '((a + 1) * 2) > 3', 'a = NULL', "a > '2001-01-01T00:00:00'"),
    breaking: where('a', '1', "'a'", '(a)', 'a == 1', 'a =', '= 1', 'a IN ()', 'a IN 5', 'a IN (1,)', 'a BETWEEN 1', 'a BETWEEN 1 OR 2', 'a LIKE', "a LIKE 'x' ESCAPE '!'", 'a IS 1', 'a NOT 5', 'NOT', 'a = 1 AND', 'OR a = 1', 'NOT NOT a = 1', 'a = ANY (SELECT b FROM u)', 'a = (SELECT b FROM u)', 'EXISTS u', 'a < b < c', 'a = TRUE', 'a IS TRUE', '(a, b) IN (SELECT c, d FROM u)', 'a IN (SELECT b, c FROM u)', 'a && b', 'a & 1 = 1', 'a % 2 = 0', 'a || b', 'CONTAINS(POINT(1, 2), CIRCLE(1, 2, 3))', 'ABS(a)'),
  },
  '§2.3 expressions': {
    keep: from('a + b - c * d / 2', '-a', '+a', '-(-a)', '(a)', "a || 'b'", "a || b || 'c'", '(a + b) * c', "'30' * 1323", 'a || 9'),
    breaking: from('a +', '* a', 'a b c', '(a', 'a)', '()', 'a ** 2', 'a ^ 2', 'a % 2', 'a = b', 'a > 1', 'a AND b', 'NOT a', "POINT('icrs', 3, 4) || 'a'", "'a' || POINT(3, 4)", 'CASE WHEN a = 1 THEN 2 END', '(SELECT b FROM u)', 'TRUE', "TIMESTAMP '2001-01-01'", "DATE '2001-01-01'", "INTERVAL '1' DAY"),
  },
  '§2.3.5 functions': {
    keep: from('ABS(a), CEILING(a), DEGREES(a), EXP(a), FLOOR(a), LOG(a), LOG10(a), MOD(a, 2), PI(), POWER(a, 2), RADIANS(a), SQRT(a)', 'RAND(), RAND(5), ROUND(a), ROUND(a, 2), ROUND(a, -2), TRUNCATE(a), TRUNCATE(a, 1)', 'ACOS(a), ASIN(a), ATAN(a), ATAN2(a, b), COS(a), COT(a), SIN(a), TAN(a)', 'abs (a)', 'Sqrt(POWER(a, 2) + 1)', 'log10(a)', 'pi ( )'),
    breaking: from('ABS()', 'ABS(a, b)', 'PI', 'PI(1)', 'PI==3', 'ABS a', 'ROUND(a, b)', 'ROUND(a, 1.5)', 'ATAN2(a)', 'MOD(a)', 'RAND(1.5)', 'RAND(a)', 'LOG 10(a)', 'LOG10 a', 'SQRT(*)', 'FOO(a)', 'SUBSTRING(a, 1, 2)', 'CHAR_LENGTH(a)', 'NULLIF(a, b)', 'ABS(a b)', 'ABS(a,)', '"ABS"(a)', 's.ABS(a)'),
  },
  '§4.2 geometry': {
    keep: [
      ...from("POINT(1, 2), POINT('ICRS', 1, 2), POINT('', ra, dec), POINT(NULL, 2, 3), POINT(ra + 1, dec)", "CIRCLE(1, 2, 3), CIRCLE('', 1, 2, 3), CIRCLE(POINT(1, 2), 3), CIRCLE('ICRS', POINT(1, 2), 3), CIRCLE(p, 3), circle('', 191.288, -0.459, 0.2)", "BOX(1, 2, 3, 4), BOX('', 1, 2, 3, 4), BOX(POINT(1, 2), 3, 4)", "POLYGON(1, 2, 3, 4, 5, 2), POLYGON('GALACTIC', 1, 2, 3, 4, 5, 2), POLYGON(POINT(1, 2), POINT(3, 4), POINT(5, 2)), POLYGON(p, q, r)", "REGION('CIRCLE ICRS 1 2 3')", 'AREA(s), AREA(CIRCLE(1, 2, 3)), CENTROID(s), COORD1(POINT(1, 2)), COORD2(p), COORDSYS(s)', 'DISTANCE(POINT(1, 2), POINT(3, 4)), DISTANCE(1, 2, 3, 4), DISTANCE(CENTROID(s), p), DISTANCE(s_region, POINT(1, 2))', "POINT('FK4', 1, 2), POINT('anything', 1, 2)", 'CONTAINS(p, s)'),
      ...where('1 = CONTAINS(POINT(1, 2), CIRCLE(1, 2, 3))', 'CONTAINS(p, s) = 1', '0 = INTERSECTS(s, q)', 'CONTAINS(p, s) <> 0', 'DISTANCE(p, q) < 0.1', '0.1 > DISTANCE(1, 2, ra, dec)'),
    ],
    breaking: [
      ...from('POINT(1)', 'POINT()', 'POINT(1, 2, 3)', "POINT('', 1)", 'CIRCLE(1, 2)', "CIRCLE('fk5', 2, 3)", 'CIRCLE(1, 2, 3, 4)', 'BOX(1, 2, 3)', 'POLYGON(1, 2, 3, 4)', 'POLYGON(1, 2, 3, 4, 5)', 'POLYGON(POINT(1, 2), 3, 4, 5, 6)', 'REGION()', "REGION('a', 'b')", 'REGION(s)', 'AREA()', 'AREA(1, 2)', 'CENTROID(a, b)', 'COORD1(1, 2)', 'COORD3(p)', 'DISTANCE(p)', 'DISTANCE(1, 2, 3)', 'CONTAINS(p)', 'CONTAINS(p, s, 1)', 'COORD1(CIRCLE(1, 2, 3))'),
      ...where('CONTAINS(p, s)', 'INTERSECTS(p, s)', 'POINT(1, 2) < POINT(2, 3)', 'CIRCLE(1, 2, 3) > s'),
    ],
  },
  '§4.3 user defined functions': {
    keep: from('ESO_DATEADD_SEC(60, a)', 'GETDATE()', 'getdate()', "eso_substring(a, 1, 2)", 'ivo_healpix_index(6, ra, dec)', 'IVO_HEALPIX_INDEX(6, POINT(ra, dec))', "ivo_hasword(a, 'b')", "ivo_string_agg(a, ',')"),
    breaking: from('my_undefined_function(a, b)', 'ivo_none(a)', 'GETDATE(1)', 'ivo_healpix_index(6)', 'ivo_healpix_index(6, ra, dec, 1)', 'ESO_SUBSTRING(a)'),
  },
  '§4.4 strings': {
    keep: [...from("LOWER(a), UPPER('x'), lower(a || b)"), ...where("LOWER(a) = 'x'", "a ILIKE 'x'", "a NOT ILIKE '%x_'")],
    breaking: from('LOWER()', 'LOWER(a, b)', 'UPPER', 'INITCAP(a)'),
  },
  '§4.5 WITH': {
    keep: ['WITH x AS (SELECT a FROM t) SELECT a FROM x', 'WITH x AS (SELECT a FROM t), y AS (SELECT a FROM x WHERE a > 1) SELECT x.a FROM x, y', 'WITH x AS (SELECT a FROM t ORDER BY a OFFSET 1) SELECT a FROM x UNION SELECT a FROM x', 'WITH "X" AS (SELECT * FROM t) SELECT a FROM "X"'],
    breaking: ['WITH x AS SELECT a FROM t SELECT a FROM x', 'WITH x (a) AS (SELECT b FROM t) SELECT a FROM x', 'WITH RECURSIVE x AS (SELECT a FROM t) SELECT a FROM x', 'WITH x AS (WITH y AS (SELECT a FROM t) SELECT a FROM y) SELECT a FROM x', 'SELECT a FROM (WITH x AS (SELECT a FROM t) SELECT a FROM x) y', 'SELECT a FROM t UNION (WITH x AS (SELECT a FROM t) SELECT a FROM x)', 'WITH x AS (SELECT a FROM t)', 'WITH x AS (SELECT a FROM t), SELECT a FROM x', 'WITH x AS (SELECT a FROM t) x AS (SELECT a FROM t) SELECT a FROM x', 'WITH x AS (SELECT a FROM t), x AS (SELECT a FROM t) SELECT a FROM x'],
  },
  '§4.6 set operators': {
    keep: ['SELECT a FROM t UNION SELECT b FROM u', 'SELECT a FROM t UNION ALL SELECT b FROM u EXCEPT SELECT c FROM v INTERSECT ALL SELECT d FROM w', '(SELECT a FROM t) UNION (SELECT b FROM u) ORDER BY 1 OFFSET 3', 'SELECT a FROM t union (select top 40 a from y except select * from z)', '(SELECT TOP 3 a FROM t ORDER BY a) UNION SELECT TOP 3 b FROM u', 'SELECT a FROM (SELECT a FROM t UNION SELECT b FROM u) x', 'SELECT a FROM t WHERE a IN (SELECT b FROM u EXCEPT SELECT c FROM v)', 'SELECT a, b FROM t EXCEPT SELECT c, d FROM u'],
    breaking: ['SELECT a FROM t UNION', 'UNION SELECT a FROM t', 'SELECT a FROM t ORDER BY a UNION SELECT b FROM u', 'SELECT a FROM t OFFSET 2 UNION SELECT b FROM u', 'SELECT a FROM t UNION u', 'SELECT a, b FROM t UNION SELECT c FROM u', 'SELECT a FROM t MINUS SELECT b FROM u', 'SELECT a FROM t UNION DISTINCT SELECT b FROM u', 'SELECT a FROM t UNION SELECT b FROM u ORDER BY 2', '(SELECT a FROM t UNION SELECT b FROM u'],
  },
  '§4.7 CAST': {
    keep: from("CAST(a AS INTEGER), CAST(a AS smallint), CAST(a AS BigInt), CAST(a AS REAL), CAST(a AS Double Precision), CAST(a AS CHAR), CAST(a AS CHAR(3)), CAST(a AS VARCHAR), CAST(a AS VARCHAR(30)), CAST('2001-01-01' AS TIMESTAMP)", 'CAST(NULL AS VARCHAR)', "CAST('12.3 45.6' AS POINT), CAST('12.3 45.6 1.0' AS CIRCLE), CAST('1.0 0.1 2.0 0.2 3.0 0.3' AS POLYGON), CAST(a AS POINT)", 'CAST(a + 1 AS REAL)'),
    breaking: from('CAST(a AS FLOAT)', 'CAST(a AS NULL)', 'CAST(a AS DOUBLE)', 'CAST(a, INTEGER)', 'CAST(a INTEGER)', 'CAST(AS INTEGER)', 'CAST(a AS VARCHAR())', 'CAST(a AS VARCHAR(-1))', 'CAST(a AS BOX)', 'CAST(a AS INTEGER(5))', 'CAST(a AS BOOLEAN)', "CAST('x' AS POINT)", "CAST('1 2 3' AS POINT)", 'CAST(a AS "INTEGER")', 'CAST a AS INTEGER', 'a::INTEGER'),
  },
  '§4.8 COALESCE': {
    keep: from('COALESCE(a)', "COALESCE(a, b, 'c')", 'coalesce(NULL, 1)'),
    breaking: from('COALESCE()', 'COALESCE', 'COALESCE(a,)', 'COALESCE(*)'),
  },
  '§4.9 IN_UNIT': {
    keep: from("IN_UNIT(ra, 'rad')", "IN_UNIT(SQRT(POWER(pm_ra, 2) + POWER(pm_dec, 2)), 'rad/yr')", "IN_UNIT(a * 2, 'km.s**-1')", "IN_UNIT(DISTANCE(p, q), 'arcsec')", "IN_UNIT(AREA(s), 'sr')"),
    breaking: from('IN_UNIT(ra)', "IN_UNIT(ra, 'furlong')", 'IN_UNIT(ra, unit)', "IN_UNIT(5, 'm')", "IN_UNIT(ra, '')", "IN_UNIT(DISTANCE(p, q), 'kg')", "IN_UNIT(ra, 'm', 'km')", "IN_UNIT('x', 'm')", "IN_UNIT(ra, 'm//s')", "IN_UNIT(ra, 'm' || 's')"),
  },
}

for (const [rule, { keep, breaking }] of Object.entries(RULES)) {
  describe(rule, () => {
    test.each(keep)('valid: %s', (text) => { expect(complaint(text)).toBeUndefined() })
    test.each(breaking)('invalid: %s', (text) => { expect(complaint(text)).toMatch(/\(line \d+, column \d+\)$/) })
  })
}

describe('ADQL 2.0', () => {
  const OLD: Language = { version: '2.0', extensions: false }
  test.each([
    ...from("POINT('ICRS', 1, 2), CIRCLE('', ra, dec, 1), BOX('', 1, 2, 3, 4), POLYGON('', 1, 2, 3, 4, 5, 2)", 'offset, ilike, bigint', "AREA(REGION('CIRCLE ICRS 1 2 3'))", "DISTANCE(POINT('', 1, 2), POINT('', 3, 4))"),
    'SELECT TOP 5 a, COUNT(*) FROM t WHERE b LIKE \'x%\' GROUP BY a HAVING COUNT(*) > 1 ORDER BY a DESC, 2', 'SELECT a FROM t WHERE a IN (SELECT b FROM u UNION SELECT c FROM v)',
  ])('valid: %s', (text) => { expect(complaint(text, OLD)).toBeUndefined() })
  test.each([
    ...from('POINT(1, 2)', 'CIRCLE(POINT(1, 2), 3)', 'DISTANCE(1, 2, 3, 4)', 'LOWER(a)', 'COALESCE(a)', 'CAST(a AS INTEGER)', "IN_UNIT(a, 'm')"),
    ...where("a ILIKE 'x'"), 'WITH x AS (SELECT a FROM t) SELECT a FROM x', 'SELECT a FROM t OFFSET 5', 'SELECT a FROM t UNION SELECT b FROM u', 'SELECT ABS(a) FROM t GROUP BY ABS(a)', 'SELECT a FROM t ORDER BY ABS(a)',
  ])('invalid: %s', (text) => { expect(complaint(text, OLD)).toMatch(/\(line \d+, column \d+\)$/) })
})

describe('extensions', () => {
  const WIDE: Language = { version: '2.1', extensions: true }
  test.each([
    ...from("CASE a WHEN 1 THEN 'x' ELSE 'y' END", '(SELECT MAX(b) FROM u)', 'TRUE', "TIMESTAMP '2001-01-01'"), ...where('a = (SELECT b FROM u)', 'NOT NOT a = 1', 'a = TRUE'),
    'SELECT a FROM t CROSS JOIN u', 'SELECT a FROM (SELECT b FROM t)', 'SELECT a FROM (WITH x AS (SELECT a FROM t) SELECT a FROM x) y', 'SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 3 ROWS ONLY', 'SELECT a FROM t FETCH FIRST 1 ROW ONLY',
  ])('%s', (text) => {
    expect(complaint(text, WIDE)).toBeUndefined()
    expect(complaint(text)).toMatch(/is no ADQL; it is an extension of this service/)
  })
  test('LIMIT stays a mistake with a hint', () => { expect(complaint('SELECT a FROM t LIMIT 5', WIDE)).toContain('write SELECT TOP n') })
})

describe('declared functions', () => {
  const declared = (form: string, call: string) => complaint(`SELECT ${call} FROM t`, STRICT, form.split(';').map(parseDeclaration))
  test.each([
    ['f(a INTEGER) -> REAL', 'f(a)', 'f()'], ['f() -> VARCHAR', 'f()', 'f(1)'], ['f(INTEGER, VARCHAR(5)) -> BIGINT', "F(1, 'x')", 'f(1)'], ['f(x DOUBLE PRECISION)', 'f(1.5)', 'f(1, 2)'],
    ['f(a INTEGER) -> REAL;f(a INTEGER, b INTEGER) -> REAL', 'f(1) + f(1, 2)', 'f(1, 2, 3)'], ['f(a INTEGER, ...) -> REAL', 'f(1, 2, 3)', 'g(1)'], ['f(...)', "f(1, 'a', POINT(1, 2))", 'g()'],
    ['f(p POINT, r REGION) -> POLYGON', 'AREA(f(POINT(1, 2), CIRCLE(1, 2, 3)))', 'f(1)'], ['ivo_healpix_index(hpxOrder INTEGER, long REAL, lat REAL) -> BIGINT', 'ivo_healpix_index(6, ra, dec)', 'ivo_healpix_index(6)'],
    ['  f ( any words at all INTEGER ,\n b VARCHAR ) -> INTEGER[] ', 'f(1, a)', 'f(1)'], ['f(a adql:TIMESTAMP) -> adql:REGION', 'CENTROID(f(a))', 'f(1, 2)'], ['SQRT(a INTEGER, b INTEGER) -> REAL', 'SQRT(1, 2) + SQRT(3)', 'SQRT(1, 2, 3)'],
  ])('%s', (form, good, bad) => {
    expect(declared(form, good)).toBeUndefined()
    expect(declared(form, bad)).toMatch(/does not take|There is no function/)
  })
  test.each(['f', 'f(', '1f(a)', 'f(a) INTEGER', 'f(a) ->', '', 'f g(a)'])('%j is no declaration', (form) => {
    expect(() => parseDeclaration(form)).toThrow(expect.objectContaining({ code: 'parameter_invalid' }))
  })
  test('a name that is near is told', () => { expect(declared('my_fold(a VARCHAR) -> VARCHAR', 'my_fald(a)')).toContain("did you mean 'MY_FOLD'?") })
})
