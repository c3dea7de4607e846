/** Every function with values at the edges: an answer or a refusal that helps, never an internal error. */
import { ADQL_FUNCTIONS } from '@quipu/adql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeTapArchive, readResult } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive() })
afterAll(() => archive.close())

const NUMBERS = ['0', '-1', '5', '1e308', '-1e308', '1e308 * 10', '9223372036854775807', '-9223372036854775808', '0.5', 'NULL', 'n', '-n']
const TEXTS = ["''", "'x'", "'%'", "'1e999'", "'9999-12-31T23:59:59'", 'NULL']
const TIMES = ['GETDATE()', "CAST('9999-12-31T23:59:59' AS TIMESTAMP)", "CAST('0001-01-01' AS TIMESTAMP)"]

function argumentsOf(kind: string): string[] {
  return kind === 'text' ? TEXTS : kind === 'timestamp' ? TIMES : kind === 'digits' ? ['0', '300', '-300', '2147483647'] : NUMBERS
}

const calls = [...ADQL_FUNCTIONS.values()].filter((row) => row.sql !== undefined).map(({ name, args }) => {
  const lists = args.map(argumentsOf)
  const count = lists.length === 0 ? 1 : Math.max(...lists.map((list) => list.length)) * (lists.length > 1 ? 4 : 1)
  return [name, Array.from({ length: count }, (_, i) => `${name}(${lists.map((list, k) => list[(i * (k + 1) + k) % list.length]).join(', ')})`)] as const
})
const signs = ['+', '-', '*', '/'].map((sign) => [sign, NUMBERS.flatMap((a) => NUMBERS.map((b) => `${a} ${sign} ${b}`))] as const)
const casts = ['SMALLINT', 'INTEGER', 'BIGINT', 'REAL', 'DOUBLE PRECISION', 'VARCHAR(3)', 'TIMESTAMP'].map((type) =>
  [`CAST ${type}`, [...NUMBERS, ...TEXTS, ...TIMES].map((value) => `CAST(${value} AS ${type})`)] as const)
const shapes = ['AREA', 'COORD1'].map((name) => [name, NUMBERS.flatMap((v) => name === 'AREA'
  ? [`AREA(CIRCLE('', ${v}, 5, ${v}))`, `AREA(BOX('', ${v}, 0, ${v}, ${v}))`, `AREA(POLYGON('', ${v}, 0, 1, ${v}, 2, 2))`]
  : [`COORD1(CENTROID(CIRCLE('', ${v}, 5, ${v})))`, `DISTANCE(POINT('', ${v}, ${v}), POINT('', 1, n))`, `CONTAINS(POINT('', n, 1), CIRCLE('', ${v}, 5, ${v}))`])] as const)

test.each([...calls, ...signs, ...casts, ...shapes])('%s', async (_name, expressions) => {
  for (const expression of expressions) {
    const answer = await archive.query(`SELECT TOP 3 ${expression} AS x FROM dbo.numbers`)
    expect([expression, answer.status < 500]).toEqual([expression, true])
    const { status, message } = await readResult(answer)
    if (status === 'ERROR') expect(message).not.toMatch(/archive|numbers|SELECT |Error:|c1|0x/)
  }
}, 60_000)

test.each(['ASIN(2)', 'ACOS(n + 1)', 'SQRT(-n)', 'LOG(0 * n)'])('%s says what is wrong', async (expression) => {
  const answer = await archive.query(`SELECT ${expression} AS x FROM dbo.numbers`)
  expect([answer.status, (await readResult(answer)).message]).toEqual([400, expect.stringContaining('outside of what it is defined for')])
})
