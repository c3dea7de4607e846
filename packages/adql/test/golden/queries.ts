/** Queries that clients send and what they must give, by value, in both text modes where those differ. On every engine. */
import { expect } from 'vitest'
import type { Asking } from '../support/observatory.ts'

const ignoreCase: Asking = { textMode: 'ignoreCase' }
const [S1, S2, S3] = ['SPHER.2016-09-26T04:15:07.252', 'SPHER.2016-09-26T04:20:00.000', 'SPHER.2016-09-27T10:00:00.000']
export const [F1, F2, M1] = ['FORS2.2021-01-02T00:59:12.533', 'FORS2.2021-01-02T01:00:00.000', 'MUSE.2019-03-01T00:00:00.000']
export const ids = (...of: string[]) => of.map((id) => [id])

export type Golden = readonly [query: string, rows: unknown[][], asking?: Asking]

const select: Golden[] = [
  ['SELECT TOP 2 dp_id FROM dbo.raw ORDER BY dp_id', ids(F1, F2)],
  ['select top 0 dp_id from raw', []],
  ['SELECT dp_id FROM RAW ORDER BY 1 DESC OFFSET 4', ids(F2, F1)],
  ['SELECT TOP 1 dp_id FROM raw ORDER BY dp_id OFFSET 1;', ids(F2)],
  ['SELECT DISTINCT TOP 1 instrument FROM raw ORDER BY instrument -- the first', [['FORS2']]],
  ['SELECT period, r.ob_id AS "OB id", r."dec" d FROM dbo.raw AS r WHERE r.ob_id = 200', [[106, 200, 89.9]]],
  ['SELECT access_url FROM raw WHERE ob_id = 200', [[`http://quipu.test/file/${F1}`]]],
  ['SELECT ob_id FROM raw ORDER BY ob_id DESC', [[201], [200], [100], [100], [0], [null]]],
  ['SELECT ob_id FROM raw ORDER BY ob_id', [[0], [100], [100], [200], [201], [null]]],
  ['SELECT ob_id + 1 AS n FROM raw WHERE ob_id > 0 ORDER BY n DESC', [[202], [201], [101], [101]]],
  ['SELECT ob_id FROM raw WHERE ob_id > 0 ORDER BY -ob_id, dp_id', [[201], [200], [100], [100]]],
  ['SELECT size_bytes FROM raw WHERE size_bytes > 4999999999', [[5000000000n]]],
  ['SELECT instrument, ob_id, r.* FROM (SELECT period FROM raw WHERE ob_id = 0) r, raw WHERE ob_id = 0', [['MUSE', 0, 103]]],
  ["SELECT 'it''s -- no comment' AS t, NULL AS n FROM raw WHERE ob_id=0", [["it's -- no comment", null]]],
]

const text: Golden[] = [
  ["SELECT dp_id FROM raw WHERE instrument = 'SPHERE' ORDER BY dp_id", ids(S1, S2)],
  ["SELECT dp_id FROM raw WHERE instrument = 'sphere' ORDER BY dp_id", []],
  ["SELECT dp_id FROM raw WHERE instrument = 'sphere' ORDER BY dp_id", ids(S1, S2, S3), ignoreCase],
  ["SELECT dp_id FROM raw WHERE instrument != 'sphere' ORDER BY dp_id", ids(F1, F2, M1), ignoreCase],
  ["SELECT dp_id FROM raw WHERE object LIKE 'NGC%' ORDER BY dp_id", ids(F1)],
  ["SELECT dp_id FROM raw WHERE object LIKE 'NGC%' ORDER BY dp_id", ids(F1, F2), ignoreCase],
  ["SELECT dp_id FROM raw WHERE object ILIKE 'NGC%' ORDER BY dp_id", ids(F1, F2)],
  ["SELECT dp_id FROM raw WHERE object NOT LIKE 'NGC%' ORDER BY dp_id", ids(S1, S2, S3), ignoreCase],
  ["SELECT dp_id FROM raw WHERE object IN ('ngc1533', 'lamp') ORDER BY dp_id", ids(F2)],
  ["SELECT dp_id FROM raw WHERE object IN ('ngc1533', 'lamp') ORDER BY dp_id", ids(F1, F2, S3), ignoreCase],
  ["SELECT dp_id FROM raw WHERE object IN (SELECT target_name FROM ivoa.ObsCore) ORDER BY dp_id", ids(F1, S1)],
  ["SELECT dp_id FROM raw WHERE object IN (SELECT target_name FROM ivoa.ObsCore) ORDER BY dp_id", ids(F1, F2, S1, S2), ignoreCase],
  ["SELECT dp_id FROM raw WHERE object BETWEEN 'a' AND 'z' ORDER BY dp_id", ids(F2, S2)],
  ["SELECT dp_id FROM raw WHERE object BETWEEN 'a' AND 'l' ORDER BY dp_id", ids(S1, S2), ignoreCase],
  ['SELECT DISTINCT object FROM raw ORDER BY object', [['HD 135344B'], ['LAMP'], ['NGC1533'], ['hd 135344b'], ['ngc1533'], [null]]],
  ['SELECT DISTINCT object FROM raw ORDER BY object', [['HD 135344B'], ['LAMP'], ['NGC1533'], [null]], ignoreCase],
  ['SELECT instrument, COUNT(*) FROM raw GROUP BY instrument ORDER BY 2 DESC, 1', [['FORS2', 2n], ['SPHERE', 2n], ['MUSE', 1n], ['Sphere', 1n]]],
  ['SELECT instrument, COUNT(*) n FROM raw GROUP BY instrument ORDER BY n DESC, instrument', [['SPHERE', 3n], ['FORS2', 2n], ['MUSE', 1n]], ignoreCase],
  ['SELECT COUNT(DISTINCT object), MIN(object), MAX(instrument) FROM raw', [[5n, 'HD 135344B', 'Sphere']]],
  ['SELECT COUNT(DISTINCT object), MIN(object), MAX(object) FROM raw', [[3n, 'HD 135344B', 'ngc1533']], ignoreCase],
  ['SELECT object FROM raw UNION SELECT target_name FROM ivoa.obscore ORDER BY object', [['HD 135344B'], ['LAMP'], ['NGC1533'], [null]], ignoreCase],
  ['SELECT object FROM raw EXCEPT SELECT target_name FROM ivoa.obscore ORDER BY 1', [['LAMP'], ['hd 135344b'], ['ngc1533'], [null]]],
  ['SELECT object FROM raw EXCEPT SELECT target_name FROM ivoa.obscore ORDER BY 1', [['LAMP'], [null]], ignoreCase],
  ['SELECT object FROM raw INTERSECT SELECT target_name FROM ivoa.obscore ORDER BY 1', [['HD 135344B'], ['NGC1533']]],
  ['SELECT object FROM raw INTERSECT ALL SELECT target_name FROM ivoa.obscore ORDER BY 1', [['HD 135344B'], ['NGC1533']], ignoreCase],
  ['SELECT object FROM raw EXCEPT ALL SELECT target_name FROM ivoa.obscore ORDER BY 1', [['hd 135344b'], ['LAMP'], ['ngc1533'], [null]].map((row) => [expect.toBeOneOf([row[0], String(row[0]).toUpperCase()])]), ignoreCase],
  ["SELECT CASE instrument WHEN 'sphere' THEN 1 ELSE 0 END FROM raw WHERE dp_id = 'SPHER.2016-09-26t04:15:07.252'", [[1]], ignoreCase],
  ["SELECT 'a\\_b' || LOWER('X') || UPPER('y') FROM raw WHERE 'a\\_b' LIKE 'a\\_b' AND ob_id = 0", [['a\\_bxY']]],
  ["SELECT COUNT(*) FROM raw WHERE '50%' LIKE '50\\%'", [[0n]]],
]

const values: Golden[] = [
  ['SELECT 7/2, -7/2, 7/2.0, MOD(-7, 3), MOD(7.5, 2), ROUND(2.5), ROUND(-2.5), ROUND(2.345, 2), TRUNCATE(-2.57, 1), ROUND(1234, -2) FROM raw WHERE ob_id=0',
    [[3, -3, 3.5, -1, 1.5, 3, -3, 2.35, -2.5, 1200]]],
  ['SELECT ABS(-3), ABS(-2.5), CEILING(1.2), FLOOR(-1.2), SQRT(16), POWER(2, 10), EXP(0), LOG(1), LOG10(1000), DEGREES(PI()), RADIANS(180)-PI() FROM raw WHERE ob_id=0',
    [[3, 2.5, 2, -2, 4, 1024, 1, 0, 3, 180, 0]]],
  ['SELECT SIN(0), COS(0), TAN(0), ASIN(0), ACOS(1), ATAN(0), ATAN2(0, 1), ROUND(COT(PI()/4), 9) FROM raw WHERE ob_id=0', [[0, 1, 0, 0, 0, 0, 0, 1]]],
  ['SELECT SUM(ob_id), AVG(ob_id), SUM(exposure), COUNT(ob_id), COUNT(*) FROM raw', [[601n, 120.2, 124.5, 5n, 6n]]],
  ['SELECT SUM(ob_id), COUNT(*), MAX(ra) FROM raw WHERE ob_id > 1000', [[null, 0n, null]]],
  ['SELECT COALESCE(ob_id, -1), CAST(period AS VARCHAR), CAST(\'12\' AS BIGINT), CAST(exposure AS INTEGER), CAST(object AS VARCHAR(2)) FROM raw WHERE object = \'LAMP\'', [[-1, '98', 12n, expect.any(Number), 'LA']]],
  ["SELECT exp_start FROM raw WHERE exp_start > '2021-01-02T00:59:12Z' AND exp_start < TIMESTAMP '2021-01-02 00:59:13'", [['2021-01-02 00:59:12.533']]],
  ["SELECT COUNT(*) FROM raw WHERE exp_start BETWEEN '2016-09-26' AND '2016-09-27'", [[2n]]],
  ["SELECT COUNT(*) FROM raw WHERE exp_start LIKE '2016-09-26T04:15:07.252Z'", [[1n]]],
  ['SELECT COUNT(*) FROM raw WHERE release_date < getdate()', [[4n]]],
  ["SELECT ESO_DATEADD_SEC(86400, exp_start), ESO_SUBSTRING(dp_id, 1, 5), CAST(exp_start AS VARCHAR) FROM raw WHERE ob_id=0", [['2019-03-02 00:00:00', 'MUSE.', '2019-03-01T00:00:00.000Z']]],
  ["SELECT COUNT(*) FROM raw WHERE period = '98' AND ob_id = '100'", [[2n]]],
  ['SELECT COUNT(*) FROM raw WHERE NOT (ob_id = 100 OR ob_id IS NULL) AND object IS NOT NULL', [[2n]]],
  ['SELECT CASE WHEN ob_id > 150 THEN \'late\' WHEN ob_id > 50 THEN \'early\' END AS c, COUNT(*) FROM raw GROUP BY 1 ORDER BY 1', [['early', 2n], ['late', 2n], [null, 2n]]],
]

const joins: Golden[] = [
  ['SELECT r.dp_id, o.dp_id FROM dbo.raw r JOIN ivoa.ObsCore o ON r.object = o.target_name ORDER BY 1', [[F1, 'ADP.2'], [S1, 'ADP.1']]],
  ['SELECT r.dp_id, o.dp_id FROM dbo.raw r, ivoa.ObsCore o WHERE r.object = o.target_name ORDER BY 1', [[F1, 'ADP.2'], [S1, 'ADP.1']]],
  ['SELECT COUNT(*) FROM raw LEFT OUTER JOIN ivoa.obscore o ON object = target_name WHERE o.dp_id IS NULL', [[4n]]],
  ['SELECT COUNT(*) FROM raw r RIGHT JOIN ivoa.obscore o ON object = target_name', [[2n]]],
  ['SELECT COUNT(*) FROM raw FULL JOIN ivoa.obscore o ON object = target_name', [[6n]]],
  ['SELECT dp_id, COUNT(*) FROM raw JOIN ivoa.obscore USING (dp_id) GROUP BY dp_id', []],
  ['SELECT COUNT(*) FROM raw NATURAL LEFT JOIN ivoa.obscore', [[6n]]],
  ['SELECT COUNT(dp_id) FROM raw FULL JOIN ivoa.obscore USING (dp_id)', [[8n]]],
  ['SELECT COUNT(*) FROM (raw JOIN ivoa.obscore o ON 1 = 1) JOIN TAP_SCHEMA.tables t ON t.table_index = 1', [[12n]]],
  ['SELECT x.n FROM (SELECT instrument, COUNT(*) AS n FROM raw GROUP BY instrument) x WHERE x.n > 1 ORDER BY x.n', [[2n], [2n]]],
  ['SELECT n FROM (SELECT instrument, COUNT(*) AS n FROM raw GROUP BY instrument) WHERE instrument = \'MUSE\'', [[1n]]],
  ['SELECT dp_id FROM raw r WHERE EXISTS (SELECT * FROM ivoa.obscore o WHERE o.target_name = r.object) ORDER BY dp_id', ids(F1, S1)],
  ['SELECT dp_id FROM raw r WHERE NOT EXISTS (SELECT 1 FROM ivoa.obscore WHERE target_name = object) AND ob_id > 0 ORDER BY dp_id', ids(F2, S2)],
  ['SELECT dp_id FROM raw WHERE exposure = (SELECT MAX(exposure) FROM raw)', ids(F2)],
  ['SELECT instrument FROM raw r GROUP BY instrument HAVING EXISTS (SELECT 1 FROM ivoa.obscore o WHERE o.obs_collection = r.instrument)', [['SPHERE']], ignoreCase],
  ['WITH s AS (SELECT * FROM raw WHERE instrument = \'SPHERE\'), n AS (SELECT COUNT(*) AS c FROM s) SELECT a.dp_id, n.c FROM s a, s b, n WHERE a.dp_id < b.dp_id', [[S1, 2n]]],
  ['(SELECT TOP 1 dp_id FROM raw ORDER BY dp_id) UNION ALL (SELECT TOP 1 dp_id FROM raw ORDER BY dp_id DESC) ORDER BY dp_id DESC', ids(S3, F1)],
  ['SELECT ob_id FROM raw WHERE ob_id = 0 UNION SELECT exposure FROM raw WHERE exposure = 2.5 ORDER BY 1', [[0], [2.5]]],
  ['SELECT ob_id FROM raw WHERE ob_id=0 UNION SELECT ob_id FROM raw WHERE ob_id=200 INTERSECT SELECT ob_id FROM raw WHERE ob_id=201', [[0]]],
]

const sky: Golden[] = [
  ["SELECT dp_id FROM raw WHERE CONTAINS(POINT('ICRS', ra, dec), CIRCLE('ICRS', 10, -20, 0.1)) = 1", ids(S1)],
  ["SELECT dp_id FROM raw WHERE 1=CONTAINS(POINT(ra, dec), CIRCLE(10, -20, 1)) ORDER BY dp_id", ids(S1, S2)],
  ["SELECT dp_id FROM raw WHERE 0=CONTAINS(POINT('', ra, dec), CIRCLE('', 10, -20, 1)) ORDER BY dp_id", ids(F1, F2, M1)],
  ["SELECT CONTAINS(POINT('J2000', ra, dec), CIRCLE(POINT(10, -20), 1)) AS c FROM raw WHERE ob_id = 100 OR ob_id IS NULL ORDER BY dp_id", [[1], [1], [null]]],
  ['SELECT dp_id FROM raw WHERE DISTANCE(POINT(ra, dec), POINT(180, 90)) < 0.2 ORDER BY dp_id', ids(F1, F2)],
  ['SELECT dp_id FROM raw WHERE 0.2 > DISTANCE(0, 89.9, ra, dec) ORDER BY dp_id', ids(F1, F2)],
  ['SELECT ROUND(DISTANCE(ra, dec, 0, 0), 9) FROM raw WHERE ob_id = 0', [[180]]],
  ['SELECT DISTANCE(POINT(ra, dec), POINT(0, 0)) FROM raw WHERE ra IS NULL', [[null]]],
  ['SELECT COORD1(POINT(ra, dec)), COORD2(CENTROID(CIRCLE(ra, dec, 1))) FROM raw WHERE ob_id = 0', [[180, 0]]],
  ["SELECT dp_id FROM raw WHERE INTERSECTS(s_region, CIRCLE('', 180, 0, 0.1)) = 1", ids(M1)],
  ["SELECT POINT(ra, dec), CIRCLE(10, -20, 0.5), s_region FROM raw WHERE ob_id = 0", [['POSITION ICRS 180.0 0.0', 'CIRCLE ICRS 10 -20 0.5', 'POSITION J2000 180 0']]],
  ["SELECT COUNT(*) FROM raw WHERE s_region IS NOT NULL AND s_region LIKE 'POSITION%'", [[5n]]],
  ["SELECT COUNT(*) FROM raw a JOIN raw b ON DISTANCE(a.ra, a.dec, b.ra, b.dec) < 0.5 WHERE a.dp_id < b.dp_id", [[2n]]],
  ["SELECT COUNT(*) FROM raw WHERE INTERSECTS(POINT(ra, dec), CIRCLE('', ra, dec, 0)) = 1", [[5n]]],
  ["SELECT dp_id FROM raw WHERE CONTAINS(POINT(ra, dec), REGION('CIRCLE J2000 10 -20 0.1')) = 1", ids(S1)],
  ["SELECT AREA(CIRCLE(0, 0, 1)) FROM raw WHERE ob_id = 0", [[expect.closeTo(3.1415129, 6)]]],
]

const schema: Golden[] = [
  ['SELECT * FROM TAP_SCHEMA.tables', [['dbo', 'dbo.raw', 1], ['ivoa', 'ivoa.ObsCore', 2]]],
  ['select table_name from tap_schema.tables order by table_name', [['dbo.raw'], ['ivoa.ObsCore']]],
  ['SELECT column_name, "size", TAP_SCHEMA.columns."size", columns.std FROM TAP_SCHEMA.columns ORDER BY column_name', [['dp_id', 32, 32, 0], ['ra', null, null, 0]]],
  ["SELECT k.key_id, from_column FROM TAP_SCHEMA.keys k JOIN TAP_SCHEMA.key_columns c ON k.key_id = c.key_id WHERE k.target_table = 'dbo.raw'", [['k1', 'dp_id']]],
  ['SELECT COUNT(*) FROM TAP_SCHEMA.keys NATURAL JOIN TAP_SCHEMA.key_columns', [[1n]]],
]

const runs: Golden[] = [
  ['SELECT COUNT(*) FROM raw', [[6n]], { runs: null }],
  ['SELECT COUNT(*) FROM raw', [[6n]], { runs: [] }],
  ['SELECT COUNT(*) FROM raw', [[8n]], { runs: [1] }],
  ['SELECT COUNT(*) FROM raw', [[9n]], { runs: [1, 2] }],
  ["SELECT object FROM raw WHERE ob_id = 5", [['Secret Two']], { runs: [2] }],
]

/** By what they are about. */
export const GOLDENS: Readonly<Record<string, readonly Golden[]>> = { select, text, values, joins, sky, schema, runs }

/** Texts of shapes, as the engine writes them. */
export const SHAPES = [
  'POINT(370, -5)', 'CIRCLE(-10, 5, 0.00001)', 'BOX(10, 20, 1, 2)', 'POLYGON(1, 2, 3, 4, 5, 2)', 'CIRCLE(ra, dec, 0.00001)', 'BOX(POINT(ra, dec), 1, 1)',
]

/** Queries that fail on a value. */
export const FAILING = [
  'SELECT 1 / ob_id FROM raw', 'SELECT 1.5 / exposure FROM raw', 'SELECT MOD(5, ob_id) FROM raw',
  'SELECT SUM(9000000000000000000) FROM raw', 'SELECT ob_id * 100000000 FROM raw', 'SELECT CAST(object AS INTEGER) FROM raw',
]
