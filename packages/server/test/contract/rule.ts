/**
 * A rule has two readers and they must never disagree: a row that TAP shows and DataLink does not know is
 * confusing, the reverse is a leak. The rows go the way of a caller's query: parse, check, restrict, compile,
 * the engine. Small pools of values make collisions, nulls and edges common. Design §5.
 */
import { checkQuery, compile, parseQuery, restrict } from '@quipu/adql'
import type { Sources } from '@quipu/adql'
import type { TableSet } from '@quipu/vo/vosi'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ANONYMOUS } from '../../src/access/principal.ts'
import type { Principal } from '../../src/access/principal.ts'
import { discoverSource, grantedRunsOf, mayDiscover } from '../../src/access/rule.ts'
import type { Columns } from '../../src/stores/columns.ts'
import type { Run } from '../../src/stores/truth.ts'
import { EVERY_TYPE, rowsOf, truthRow } from '../support/columns.ts'

const column = { principal: true, indexed: false, std: false, description: '' }
const TABLES: TableSet = { schemas: [{ name: 'dbo', description: '', tables: [{
  schema: 'dbo', name: 'every', kind: 'table', title: '', description: '', foreignKeys: [],
  columns: [{ name: 'id', datatype: 'char', arraysize: '*', ...column }, { name: 'int', datatype: 'int', ...column }],
}] }] }
const RUNS: readonly Run[] = [true, false, false, false, true].map((metadataPublic, i) => ({
  runId: i + 1, metadataPublic, progId: ['098.C-0739(C)', `0';--`, '', '60.A-9700(E)', 'P'][i] ?? '',
}))

const run = fc.constantFrom(null, ...RUNS)
const runIds = fc.uniqueArray(fc.constantFrom(...RUNS.map((r) => r.runId), 99)).map((ids) => new Set(ids))
const principals: fc.Arbitrary<Principal> = fc.oneof(fc.constant(ANONYMOUS), fc.record({
  subject: fc.constantFrom('pi', `'`), name: fc.constant(''), isOperator: fc.boolean(),
  discoverRuns: runIds, retrieveRuns: runIds,
}))

/** Every place where a table may stand; each gives the ids of the rows that the caller sees. */
const QUERIES = [
  'select id from dbo.every',
  'select a.id from dbo.every a left join dbo.every b on a.id = b.id where b.id is not null',
  'select id from (select * from dbo.every) t',
  'select id from dbo.every where id in (select id from dbo.every)',
  'select id from dbo.every o where exists (select 1 from dbo.every i where i.id = o.id)',
]

async function idsSeenBy(columns: Columns, who: Principal, query: string): Promise<string[]> {
  const sources: Sources = new Map([['dbo.every', {
    parts: discoverSource(EVERY_TYPE, who),
    columns: new Map(['id', 'int'].map((name) => [name, { kind: 'stored', column: name }])),
  }]])
  const statement = compile(restrict(checkQuery(parseQuery(query), TABLES), sources), {
    dialect: columns.dialect, textMode: 'ignoreCase',
    bindings: { baseUrl: '', now: 0n, grantedRuns: grantedRunsOf(who) },
  })
  return (await rowsOf(columns, statement)).map(([id]) => String(id)).sort()
}

/** `open` gives a fresh copy with the tables of test/support/columns.ts. */
export function ruleContract(open: () => Promise<Columns>): void {
  let columns: Columns
  beforeAll(async () => { columns = await open() })
  afterAll(async () => { await columns.close() })

  test('what a query shows is what a look-up finds, wherever the table stands', async () => {
    await fc.assert(fc.asyncProperty(
      fc.array(run, { maxLength: 12 }), principals, fc.constantFrom(...QUERIES), async (runs, who, query) => {
        const all = Array.from({ length: 12 }, (_, i) => `P.${i}`)
        const rows = runs.map((of, i) => truthRow(`P.${i}`, { int: i }, of))
        await columns.append(await columns.lastBatch() + 1, rows, all)
        const found = runs.flatMap((of, i) => mayDiscover({ run: of, releaseMs: null }, who) ? [`P.${i}`] : [])
        expect(await idsSeenBy(columns, who, query)).toEqual(found.sort())
      }), { numRuns: 80 })
  }, 60_000)
}
