/** Cones: what the archive's own statement costs its engine, and how that grows with the table. */
import { checkQuery, compile, parseQuery, restrict } from '@quipu/adql'
import type { Statement } from '@quipu/adql'
import { openArchive } from '@quipu/server'
import type { OpenArchive } from '@quipu/server'
import { copyOf } from './floor.ts'
import { median, ms } from './table.ts'
import type { Finding } from './table.ts'
import type { Bench } from './bench.ts'

/** Asked at so many places, chosen where the table has rows. */
const PLACES = 25
const ANYBODY = {
  subject: null, name: 'anonymous', isOperator: false, discoverRuns: new Set<number>(),
  retrieveRuns: new Set<number>(),
}

const FORMS = [
  { name: 'CONTAINS', where: (ra: string, dec: string, r: number) =>
    `CONTAINS(POINT(ra, dec), CIRCLE(${ra}, ${dec}, ${r})) = 1` },
  { name: 'DISTANCE', where: (ra: string, dec: string, r: number) =>
    `DISTANCE(POINT(ra, dec), POINT(${ra}, ${dec})) < ${r}` },
  { name: 's_region', where: (ra: string, dec: string, r: number) =>
    `INTERSECTS(s_region, CIRCLE(${ra}, ${dec}, ${r})) = 1` },
] as const

export const cones: Bench = {
  name: 'cone',
  async run({ dataDir, rows }) {
    const archive = await openArchive(copyOf(dataDir), { isIdle: true })
    try {
      const places = await placesIn(archive, rows)
      const findings: Finding[] = []
      for (const { name, where } of FORMS) {
        for (const [radius, mostMs] of [[0.1, 10], [1, 30]] as const) {
          const times: number[] = []
          let found = 0
          for (const [ra, dec] of places) {
            const query = `SELECT dp_id, ra, dec, instrument FROM dbo.raw WHERE ${where(ra, dec, radius)}`
            const { count, tookMs } = await run(archive, statementOf(archive, query))
            times.push(tookMs)
            found += count
          }
          findings.push({
            what: `cone of ${radius}\u00b0 in ${rows} rows, ${name}`, target: `engine < ${mostMs} ms`,
            measured: `${ms(median(times))} for ${Math.round(found / places.length)} rows`,
            reached: median(times) < mostMs,
          })
        }
      }
      return findings
    } finally {
      await archive.close()
    }
  },
}

function statementOf({ catalog, columns, config }: OpenArchive, query: string): Statement {
  const service = catalog.services.get('tap_obs')
  if (service === undefined) throw new Error('the archive that is measured has no tap_obs')
  const checked = checkQuery(parseQuery(query), service.tableSet)
  return compile(restrict(checked, service.sourcesFor(ANYBODY)), {
    dialect: columns.dialect, textMode: config.site.textMode,
    bindings: { baseUrl: 'http://127.0.0.1', now: 0n, grantedRuns: [] },
  })
}

/** From asking the engine to its last row. */
async function run(
  { columns }: OpenArchive, statement: Statement,
): Promise<{ readonly count: number; readonly tookMs: number }> {
  const startMs = performance.now()
  const stream = await columns.stream(statement, new AbortController().signal)
  let count = 0
  for await (const batch of stream) count += batch.length
  return { count, tookMs: performance.now() - startMs }
}

async function placesIn(archive: OpenArchive, rows: number): Promise<(readonly [string, string])[]> {
  const places: (readonly [string, string])[] = []
  const step = Math.max(1, Math.floor(rows / PLACES / 500)) * 500
  const query = `SELECT TOP ${PLACES} ra, dec FROM dbo.raw WHERE MOD(ob_id, ${step / 500 + 6}) = 3`
  const stream = await archive.columns.stream(statementOf(archive, query), new AbortController().signal)
  for await (const batch of stream) {
    for (const [ra, dec] of batch) places.push([String(ra), String(dec)])
  }
  return places
}
