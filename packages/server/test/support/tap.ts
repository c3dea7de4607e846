/** A small published archive for tests of TAP: five frames, two of them protected, and a table to be slow on. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { queryStatus, readVotable, recordsOf, resultTable } from '@quipu/vo/votable'
import type { Archive } from '../../src/archive.ts'
import { openCatalog } from '../../src/schema/catalog.ts'
import type { StoredTable } from '../../src/schema/catalog.ts'
import { catchUp } from '../../src/stores/catch-up.ts'
import type { Columns } from '../../src/stores/columns.ts'
import { openDuckdbColumns } from '../../src/stores/duckdb-columns.ts'
import { openJobRunner } from '../../src/uws/runner.ts'
import type { JobRunner } from '../../src/uws/runner.ts'
import { makeTestArchive } from './archive.ts'
import type { Answer, TestArchive, TestArchiveParts } from './archive.ts'
import { holding } from './holdings.ts'

const SCHEMA = `
schema: dbo
description: Frames.
tables:
  raw:
    rule: { run: prog_id }
    holds: raw
    description: Raw frames.
    columns:
      access_url: { type: text, computed: '{base}/dataPortal/file/{dp_id}', description: Address of the file. }
      dp_id: { type: text, description: Id of the frame., ucd: meta.id }
      exp_start: { type: timestamp, description: Start of the exposure. }
      exposure: { type: float, unit: s, description: Exposure time. }
      object: { type: text, description: Target. }
      prog_id: { type: text, description: Run. }
      size_bytes: { type: long, unit: byte, description: Size of the file. }
  numbers:
    rule: public
    description: Numbers from 1 up.
    columns:
      n: { type: int, description: A number. }
`

/** Takes minutes: every pair of pairs of the numbers is looked at. */
export const SLOW = 'SELECT COUNT(*) AS c FROM dbo.numbers a, dbo.numbers b, dbo.numbers c '
  + 'WHERE SIN(a.n * 1.1 + b.n * 1.3 + c.n * 1.7) > 0.99999'

const frames = [
  { dpId: 'T.2021-01-01T00:00:01.000', progId: '100.A-0001(A)', object: 'NGC 1 & "co"', size: 9007199254740993n },
  { dpId: 'T.2021-01-01T00:00:02.000', progId: '100.A-0001(A)', object: 'NGC 2', size: 2n },
  { dpId: 'T.2021-01-01T00:00:03.000', progId: null, object: null, size: null },
  { dpId: 'T.2021-01-02T00:00:04.000', progId: '100.B-0002(A)', object: 'HIDDEN 4', size: 4n },
  { dpId: 'T.2021-01-02T00:00:05.000', progId: '100.B-0002(A)', object: 'HIDDEN 5', size: 5n },
]

/** What of a test archive the TAP parts are made of. */
export type Base = Omit<Archive, 'catalog' | 'columns' | 'jobs'>

/** Opens the published tables and the runner over it, in its folder; safe to repeat on the same folder. */
export async function openTapParts(
  made: Base, dir: string, wrap: (columns: Columns) => Columns = (c) => c,
  open: (stored: readonly StoredTable[], dir: string) => Promise<Columns> = openEmbedded,
) {
  const tapSchema = join(import.meta.dirname, '../../../../schema/tap_schema.yaml')
  const catalog = openCatalog([
    { name: 'dbo.yaml', text: SCHEMA }, { name: 'tap_schema.yaml', text: readFileSync(tapSchema, 'utf8') },
  ], { authority: 'ivo://eso.org' })
  const columns = wrap(await open(catalog.stored, dir))
  await catchUp(made.truth, columns)
  for (const [table, rows] of catalog.tapSchemaRows()) await columns.replace(table, rows)
  await columns.replace('dbo.numbers', Array.from({ length: 3000 }, (_, i) => ({ n: i + 1 })))
  const jobs = openJobRunner({ ...made, catalog, columns })
  return { catalog, columns, jobs }
}

const openEmbedded = (stored: readonly StoredTable[], dir: string): Promise<Columns> =>
  openDuckdbColumns(join(dir, 'columns.duckdb'), { stored, memoryBytes: 512 * 1024 * 1024, spillBytes: 1e9, threads: 2 })

export const PEOPLE: Pick<TestArchiveParts, 'runs' | 'people' | 'grants' | 'holdings'> = {
  runs: [{ progId: '100.A-0001(A)', metadataPublic: true }, { progId: '100.B-0002(A)', metadataPublic: false }],
  people: [{ subject: 'pi' }, { subject: 'visitor' }, { subject: 'operator', isOperator: true }],
  grants: [{ subject: 'pi', progId: '100.B-0002(A)', role: 'pi', endsMs: null }],
  holdings: frames.map(({ dpId, progId, object, size }, i) => holding({
    dpId, progId,
    rows: [{
      table: 'dbo.raw',
      row: {
        dp_id: dpId, prog_id: progId, object, exposure: i + 0.5, size_bytes: size,
        exp_start: dpId.slice(2),
      },
    }],
  })),
}

export interface TapArchive extends TestArchive {
  readonly jobs: JobRunner
  /** A query by POST to sync. */
  query(adql: string, more?: Record<string, string>, as?: string): Promise<Answer>
}

/** Makes it, with its runner started. */
export async function makeTapArchive(
  options: {
    config?: string; wrap?: (columns: Columns) => Columns
    /** On another engine than the embedded one. */
    open?: (stored: readonly StoredTable[]) => Promise<Columns>
  } = {},
): Promise<TapArchive> {
  let parts: Awaited<ReturnType<typeof openTapParts>> | undefined
  const made = await makeTestArchive({
    ...PEOPLE, ...options.config === undefined ? {} : { config: options.config },
    more: async (base, dir) => { parts = await openTapParts(base, dir, options.wrap, options.open); return parts },
  })
  const { columns, jobs } = made.archive
  await jobs.start()
  return {
    ...made, jobs,
    query: (adql, more = {}, as) => made.ask('/tap_obs/sync', {
      as, body: form({ LANG: 'ADQL', QUERY: adql, ...more }),
    }),
    async close() {
      await jobs.stop()
      await columns.close()
      await made.close()
    },
  }
}

export function form(parameters: Record<string, string>): string {
  return new URLSearchParams(parameters).toString()
}

/** The status, its message and the rows of a VOTable. */
export async function readResult({ body }: Answer) {
  const votable = await readVotable(body)
  const { status, message } = queryStatus(votable)
  return { status, message, rows: status === 'ERROR' ? [] : recordsOf(resultTable(votable)) }
}
