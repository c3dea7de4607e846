/**
 * A prefilter changes no answer: queries with and without it, on places of every kind. `open` gives a fresh copy
 * with the table `dbo.sky`.
 */
import { checkQuery, compile, parseQuery, restrict } from '@quipu/adql'
import type { Sources, TableSource } from '@quipu/adql'
import type { TableSet } from '@quipu/vo/vosi'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StoredTable } from '../../src/schema/catalog.ts'
import type { Columns } from '../../src/stores/columns.ts'
import { rowsOf, truthRow } from '../support/columns.ts'

export const SKY_TABLE: StoredTable = {
  name: 'dbo.sky', rule: 'public', lookUps: ['id'],
  columns: [{ name: 'id', type: 'text' }, { name: 'ra', type: 'double' }, { name: 'dec', type: 'double' }, { name: 's_region', type: 'text' }, { name: 'run', type: 'text' }],
  keys: [{ key: '@position', ra: 'ra', dec: 'dec' }, { key: '@footprint', region: 's_region' }, { key: '@run', text: 'run' }],
}
const column = (name: string, datatype: 'char' | 'double', xtype?: string) => ({
  name, datatype, ...xtype ? { xtype } : {}, ...datatype === 'char' ? { arraysize: '*' } : {},
  description: name, principal: true, indexed: true, std: false,
})
const TABLES: TableSet = {
  schemas: [{ name: 'dbo', description: 'sky', tables: [{
    schema: 'dbo', name: 'sky', kind: 'table', title: 'sky', description: 'sky', foreignKeys: [],
    columns: [column('id', 'char'), column('ra', 'double'), column('dec', 'double'), column('s_region', 'char', 'adql:REGION'), column('run', 'char')],
  }] }],
}
const source = (keys: TableSource['keys']): Sources => new Map([['dbo.sky', {
  parts: [{ relation: ['archive', 'dbo_sky'] }], keys,
  columns: new Map(SKY_TABLE.columns.map(({ name }) => [name, { kind: 'stored', column: name }])),
}]])

const spots = [[10, 20], [0, 0], [359.99, 0.01], [45, 89.9], [200, -89.95], [123.4, -45]] as const
// Tinier angles are not a place of their own, and to PostgreSQL an underflow.
const rounded = (value: number): number => Math.round(value * 1e12) / 1e12
const place = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constantFrom(...spots), fc.double({ min: -3, max: 3, noNaN: true }), fc.double({ min: -3, max: 3, noNaN: true }))
    .map(([[ra, dec], dra, ddec]) => [rounded(ra + dra), rounded(Math.max(-90, Math.min(90, dec + ddec)))] as const) },
  { weight: 1, arbitrary: fc.tuple(fc.double({ min: 0, max: 360, noNaN: true }), fc.double({ min: -90, max: 90, noNaN: true })).map(([ra, dec]) => [rounded(ra), rounded(dec)] as const) },
)
const shapeAt = ([ra, dec]: readonly [number, number], kind: string, size: number): string => {
  const y = Math.max(-80, Math.min(80, dec))
  if (kind === 'POLYGON') return `POLYGON ICRS ${ra - size} ${y} ${ra + size} ${y} ${ra} ${y + size}`
  return kind === 'CIRCLE' ? `CIRCLE ICRS ${(ra + 360) % 360} ${dec} ${size}` : `POSITION ICRS ${(ra + 360) % 360} ${dec}`
}
const RUNS = ['60.A-9000(A)', '60.a-9000(a)', 'Kelvin \u212a', 'kelvin k', 'KELVIN K', '\u00c9', '\u00e9', '', null]
const radius = fc.oneof(fc.constantFrom(0, 1e-9, 0.1, 1, 5, 40, 90, 180), fc.double({ min: 0, max: 6, noNaN: true }))
const number = (value: number): string => value.toFixed(9)

/** Conditions on the columns of an alias. */
const condition = fc.tuple(place, radius, fc.integer({ min: 0, max: 13 }), fc.constantFrom('60.A-9000(A)', 'kelvin k', 'KELVIN \u212a', '\u00e9', '', 'none')).map(([[ra0, dec0], r, form, run]) => (t: string) => {
  const [ra, dec, size] = [number((ra0 + 360) % 360), number(dec0), number(r)]
  const point = `POINT(${t}.ra, ${t}.dec)`
  const circle = `CIRCLE(${ra}, ${dec}, ${size})`
  return [
    `CONTAINS(${point}, ${circle}) = 1`, `1 = CONTAINS(${point}, ${circle})`, `INTERSECTS(${circle}, ${point}) = 1`,
    `DISTANCE(${point}, POINT(${ra}, ${dec})) < ${size}`, `${size} >= DISTANCE(POINT(${ra}, ${dec}), ${point})`,
    `INTERSECTS(${t}.s_region, ${circle}) = 1`, `CONTAINS(${t}.s_region, ${circle}) = 1`,
    `CONTAINS(POINT(${ra}, ${dec}), ${t}.s_region) = 1`,
    `CONTAINS(${point}, BOX(${ra}, ${dec}, ${number(Math.min(r, 20))}, ${number(Math.min(r, 20))})) = 1`,
    `NOT (CONTAINS(${point}, ${circle}) = 1)`, `${t}.run = '${run}'`, `'${run}' = ${t}.run`, `${t}.run IN ('${run}', '60.a-9000(A)')`, `${t}.run <> '${run}'`,
  ][form] ?? ''
})
const query = fc.tuple(condition, condition, fc.integer({ min: 0, max: 8 })).map(([one, two, form]) => [
  `SELECT id FROM dbo.sky WHERE ${one('sky')}`,
  `SELECT a.id FROM dbo.sky AS a WHERE ${one('a')} AND a.id > 'b' AND ${two('a')}`,
  `SELECT id FROM (SELECT dec, ra, id, run, s_region FROM dbo.sky WHERE id < 'x') AS b WHERE ${one('b')}`,
  `SELECT id FROM dbo.sky WHERE ${one('sky')} OR ${two('sky')}`,
  `SELECT a.id AS i, b.id AS j FROM dbo.sky AS a LEFT JOIN dbo.sky AS b ON a.id = b.id AND ${two('b')} WHERE ${one('a')}`,
  `SELECT a.id AS i, b.id AS j FROM dbo.sky AS a FULL JOIN dbo.sky AS b ON a.s_region = b.s_region WHERE ${one('b')}`,
  `SELECT a.id AS i, b.id AS j FROM dbo.sky AS a JOIN dbo.sky AS b ON a.s_region = b.s_region AND ${one('b')}`,
  `SELECT id FROM dbo.sky AS a WHERE NOT EXISTS (SELECT 1 FROM dbo.sky AS b WHERE a.id = b.id AND ${one('a')} AND ${two('b')})`,
  `SELECT id FROM (SELECT TOP 30 id, ra, dec, run, s_region FROM dbo.sky ORDER BY id) AS b WHERE ${one('b')}`,
][form] ?? '')

export function prefilterContract(open: () => Promise<Columns>, runs: number): void {
  let columns: Columns
  beforeAll(async () => {
    columns = await open()
    const places = fc.sample(fc.tuple(place, fc.constantFrom('POSITION', 'CIRCLE', 'POLYGON'), fc.double({ min: 0.01, max: 4, noNaN: true })), { numRuns: 400, seed: 7 })
    const odd = [[NaN, 5], [5, NaN], [10, null], [null, 20], [10 + 360, 20], [10 - 360, 20], [1e9, 20], [5, 95], [5, -91], [Infinity - Infinity, 0]] as const
    const rows = [
      ...places.map(([at, kind, size], i) => truthRow(`${'abcxyz'[i % 6]}${i}`, { ra: at[0], dec: at[1], s_region: i % 9 === 0 ? null : shapeAt(at, kind, size), run: RUNS[i % RUNS.length] ?? null }, null, 'dbo.sky')),
      ...odd.map(([ra, dec], i) => truthRow(`odd${i}`, { ra, dec, s_region: ['nonsense', '', 'CIRCLE ICRS 10 20 80', 'UNION ICRS (CIRCLE 10 20 1 CIRCLE 200 -89 2)'][i % 4] ?? null }, null, 'dbo.sky')),
      ...spots.map(([ra, dec], i) => truthRow(`spot${i}`, { ra, dec, s_region: `POSITION ICRS ${ra} ${dec}` }, null, 'dbo.sky')),
    ]
    await columns.append(1, rows)
  })
  afterAll(async () => { await columns.close() })

  const answer = async (text: string, keys: TableSource['keys']): Promise<{ sql: string; rows: string[] }> => {
    const statement = compile(restrict(checkQuery(parseQuery(text), TABLES), source(keys)), {
      dialect: columns.dialect, textMode: 'ignoreCase', bindings: { baseUrl: '', now: 0n, grantedRuns: [] },
    })
    return { sql: statement.sql, rows: (await rowsOf(columns, statement)).map((row) => row.join(' ')).sort() }
  }

  test('answers are the same with and without it', async () => {
    let [filtered, found] = [0, 0]
    await fc.assert(fc.asyncProperty(query, async (text) => {
      const [plain, fast] = [await answer(text, undefined), await answer(text, SKY_TABLE.keys)]
      if (fast.sql.includes('"@')) {
        filtered++
        found += plain.rows.length
      }
      expect(plain.sql).not.toContain('"@')
      expect(fast.rows).toEqual(plain.rows)
    }), { numRuns: runs })
    expect([filtered > runs / 10, found > runs / 10]).toEqual([true, true])
  })

  test.each([
    ['SELECT id FROM dbo.sky WHERE CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5)) = 1', true],
    ['SELECT id FROM (SELECT s.id, s.dec AS y, s.ra AS x FROM dbo.sky AS s) AS t WHERE DISTANCE(POINT(x, y), POINT(10, 20)) < 0.5', true],
    ['SELECT a.id FROM dbo.sky AS a JOIN dbo.sky AS b ON a.id = b.id WHERE INTERSECTS(CIRCLE(10, 20, 1), b.s_region) = 1', true],
    ["SELECT id FROM dbo.sky WHERE run = '60.A-9000(A)'", true], ["SELECT id FROM dbo.sky WHERE run = '\u00e9'", false],
    ['SELECT id FROM dbo.sky WHERE CONTAINS(POINT(dec, ra), CIRCLE(10, 20, 0.5)) = 1', false],
    ['SELECT id FROM dbo.sky WHERE CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5)) = 0', false],
    ['SELECT id FROM dbo.sky WHERE DISTANCE(POINT(ra, dec), POINT(10, 20)) > 0.5', false],
    ['SELECT id FROM dbo.sky WHERE CONTAINS(POINT(ra + 1, dec), CIRCLE(10, 20, 0.5)) = 1', false],
    ['SELECT id FROM dbo.sky WHERE CONTAINS(POINT(10, 20), CIRCLE(ra, dec, 0.5)) = 1', false],
    ['SELECT id FROM dbo.sky WHERE CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 90)) = 1', false],
    ['SELECT a.id FROM dbo.sky AS a LEFT JOIN dbo.sky AS b ON CONTAINS(POINT(a.ra, a.dec), CIRCLE(10, 20, 1)) = 1', false],
  ])('%s: %s', async (text, expected) => {
    expect((await answer(text, SKY_TABLE.keys)).sql.includes('"@')).toBe(expected)
  })
}
