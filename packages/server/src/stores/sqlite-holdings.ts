/**
 * Products with their headers, published rows and provenance, and the batches that wrote them, in the
 * embedded truth. An attached product (preview, night log) takes its rights from its parent here, so that
 * whoever reads a product reads the rights that hold.
 */
import { ArchiveError, assert } from '@quipu/vo'
import type { DatabaseSync } from 'node:sqlite'
import type { CalibrationStore } from './sqlite-calibrations.ts'
import { openClosing } from './sqlite-jobs.ts'
import { openRows } from './sqlite-rows.ts'
import { inTransaction } from './sqlite-transaction.ts'
import type {
  Holding, Product, ProductKind, Run, StoredFile, Truth, TruthBatch, TruthFile, TruthRow,
} from './truth.ts'

type HoldingStore = Pick<Truth,
  'lastBatch' | 'addBatch' | 'countKnown' | 'rowsAfter' | 'findProduct' | 'findHeader' | 'childrenOf' |
  'sourcesOf' | 'derivedFrom' | 'fileKeys' | 'putRun' | 'findRun'>

interface ProductRow {
  dp_id: string; kind: string; category: string; instrument: string; mjd: number | null
  release_ms: number | null; modified_ms: number; parent: string | null; title: string
  file_key: string | null; file_name: string; media_type: string; size_bytes: number; md5: string
  run_id: number | null; prog_id: string; metadata_public: number
}

/** Longest chain of attached products: a preview of an ancillary file of a product is two. */
const MAX_ATTACHED = 8

/**
 * One statement for every product, attached or not, hidden or not: the number of look-ups tells nothing.
 * Without an unattached product at the end of the chain there is no row, so nobody's rights are guessed.
 */
const PRODUCT = `with recursive up (dp_id, parent, run_id, release_ms, depth) as (
    select dp_id, parent, run_id, release_ms, 0 from product where dp_id = ?
    union all
    select p.dp_id, p.parent, p.run_id, p.release_ms, depth + 1
    from up join product p on p.dp_id = up.parent where depth < ${MAX_ATTACHED})
  select p.dp_id, p.kind, p.category, p.instrument, p.mjd, up.release_ms, p.modified_ms, p.parent, p.title,
    p.file_key, p.file_name, p.media_type, p.size_bytes, p.md5, r.run_id, r.prog_id, r.metadata_public
  from up join product p on p.dp_id = ? left join run r on r.run_id = up.run_id where up.parent is null`

export function openHoldings(db: DatabaseSync, calibrations: CalibrationStore): HoldingStore {
  const one = db.prepare(PRODUCT)
  const header = db.prepare('select cards from header where dp_id = ?')
  const children = db.prepare('select dp_id from product where parent = ? order by dp_id')
  const sources = db.prepare('select source as dp_id from provenance where dp_id = ? order by source')
  const derived = db.prepare('select dp_id from provenance where source = ? order by dp_id')
  const counted = db.prepare(
    'select count(*) as n from product where dp_id in (select value from json_each(?))')
  const last = db.prepare('select coalesce(max(number), 0) as number from batch')

  const findProduct = (dpId: string): Product | undefined => {
    const row = one.get(dpId, dpId) as unknown as ProductRow | undefined
    return row && toProduct(row)
  }
  const productsOf = (rows: readonly Record<string, unknown>[]): Product[] =>
    rows.map((row) => findProduct(String(row['dp_id']))).filter((product) => product !== undefined)

  return {
    lastBatch: () => Number(last.get()?.['number']),
    addBatch: openWriting(db, calibrations),
    countKnown: (dpIds) => Number(counted.get(JSON.stringify(dpIds))?.['n']),
    rowsAfter: openReading(db, findProduct),
    findProduct,
    findHeader(dpId) {
      const row = header.get(dpId)
      return row && String(row['cards'])
    },
    childrenOf: (dpId) => productsOf(children.all(dpId)),
    sourcesOf: (dpId) => productsOf(sources.all(dpId)),
    derivedFrom: (dpId) => productsOf(derived.all(dpId)),
    * fileKeys() {
      for (const row of db.prepare('select file_key from product where file_key is not null').iterate()) {
        yield String(row['file_key'])
      }
    },
    ...openRuns(db, calibrations),
  }
}

/** Reads batches back, for the column copy. */
function openReading(
  db: DatabaseSync, findProduct: HoldingStore['findProduct'],
): HoldingStore['rowsAfter'] {
  const after = db.prepare('select number from batch where number > ? order by number limit 1')
  const batchProducts = db.prepare(`select p.*, r.prog_id, r.metadata_public, f.table_name as fills
    from product p left join run r on r.run_id = p.run_id left join fills f on f.dp_id = p.dp_id
    where p.batch = ? order by p.dp_id`)
  const batchRows = db.prepare(`select r.dp_id, r.shape_id, r.body
    from product p join published_row r on r.dp_id = p.dp_id where p.batch = ? order by p.dp_id, r.n`)
  // Arrays are made faster than objects with names.
  batchRows.setReturnArrays(true)
  const { read } = openRows(db)

  function batchOf(number: number): TruthBatch {
    const dpIds: string[] = []
    const runs = new Map<string, Run | null>()
    const files: TruthFile[] = []
    for (const row of batchProducts.iterate(number)) {
      const own = row as unknown as ProductRow & { fills: string | null }
      const dpId = own.dp_id
      dpIds.push(dpId)
      const product = own.parent === null ? toProduct(own) : findProduct(dpId)
      // An attached product whose parent is not there yet shows no row; the parent's batch brings them.
      if (product === undefined) continue
      runs.set(dpId, product.run)
      if (own.fills !== null && product.file) {
        files.push({ table: own.fills, dpId, run: product.run, file: product.file })
      }
    }
    const rows: TruthRow[] = []
    const found = batchRows.iterate(number) as Iterable<unknown> as Iterable<[string, number, string]>
    for (const [dpId, shapeId, body] of found) {
      const run = runs.get(dpId)
      if (run === undefined) continue
      const { table, row } = read(shapeId, body)
      rows.push({ table, dpId, run, row })
    }
    return { number, dpIds, rows, files }
  }

  return function* (batch) {
    let next = after.get(batch)
    while (next !== undefined) {
      const number = Number(next['number'])
      yield batchOf(number)
      next = after.get(number)
    }
  }
}

const PUT_PRODUCT = `insert into product
    (dp_id, batch, kind, run_id, category, instrument, mjd, release_ms, modified_ms, parent, title,
      file_key, file_name, media_type, size_bytes, md5)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

/** Puts what is attached to the products of a batch into it. */
const TOUCH_BATCH = `with recursive down (dp_id, depth) as (
    select c.dp_id, 1 from product p join product c on c.parent = p.dp_id where p.batch = ?1
    union select p.dp_id, depth + 1 from down join product p on p.parent = down.dp_id
    where depth < ${MAX_ATTACHED})
  update product set batch = ?1 where dp_id in (select dp_id from down) and batch <> ?1`

function openWriting(db: DatabaseSync, calibrations: CalibrationStore): HoldingStore['addBatch'] {
  const openBatch = db.prepare('insert into batch default values returning number')
  const putProduct = db.prepare(PUT_PRODUCT)
  const remove = db.prepare('delete from product where dp_id = ?')
  const putHeader = db.prepare('insert into header values (?, ?)')
  const published = openRows(db)
  const putFills = db.prepare('insert into fills values (?, ?)')
  const putSource = db.prepare('insert or ignore into provenance values (?, ?)')
  const touchAttached = db.prepare(TOUCH_BATCH)
  const { findRun } = openRuns(db, calibrations)
  const newRun = db.prepare(
    'insert into run (prog_id, metadata_public) values (?, ?) on conflict (prog_id) do nothing')
  const known = db.prepare('select 1 from product where dp_id = ?')
  const effective = db.prepare(PRODUCT)
  const markClosed = openClosing(db)
  const stateOf = (dpId: string): Product | undefined => {
    const row = effective.get(dpId, dpId) as unknown as ProductRow | undefined
    return row && toProduct(row)
  }

  /** Writes, and gives the run that the product was shut into: everybody might know of it before. */
  function replace(holding: Holding, writing: Writing): number | undefined {
    const { dpId } = holding.product
    const isKnown = known.get(dpId) !== undefined
    const before = isKnown ? stateOf(dpId) : undefined
    if (isKnown) {
      calibrations.remove(dpId)
      // Whatever hangs on the product goes with it (on delete cascade).
      remove.run(dpId)
    }
    write(holding, writing)
    if (before === undefined || isClosed(before)) return undefined
    const now = stateOf(dpId)
    return now !== undefined && isClosed(now) ? now.run?.runId : undefined
  }

  function write(holding: Holding, { number, runOf, putRows }: Writing): void {
    const { product: p, header, rows, sources, calibration, fills } = holding
    const run = p.progId === null ? undefined : runOf(p.progId)
    if (p.progId !== null && run === undefined) {
      throw new ArchiveError('holding_invalid',
        `'${p.dpId}' is of the run '${p.progId}', which is not known here`)
    }
    putProduct.run(p.dpId, number, p.kind, run?.runId ?? null, p.category, p.instrument, p.mjd, p.releaseMs,
      p.modifiedMs, p.parent, p.title, p.file?.key ?? null, p.file?.name ?? null, p.file?.mediaType ?? null,
      p.file?.sizeBytes ?? null, p.file?.md5 ?? null)
    if (header !== null) putHeader.run(p.dpId, header)
    putRows(p.dpId, rows)
    if (fills !== undefined) putFills.run(p.dpId, fills)
    for (const source of sources) putSource.run(p.dpId, source)
    if (calibration !== null) {
      assert(calibration.frame.id === p.dpId, 'a frame and its product have one id')
      calibrations.add(calibration, run)
    }
  }

  return (holdings, runs = []) => inTransaction(db, () => {
    for (const { progId, metadataPublic } of runs) newRun.run(progId, Number(metadataPublic))
    const number = Number(openBatch.get()?.['number'])
    const writing = { number, runOf: remembered(findRun), putRows: published.openPutting() }
    const closed = new Set(holdings.map((holding) => replace(holding, writing)))
    // The rights of what is attached may be others too: it is of the batch.
    touchAttached.run(number)
    for (const runId of closed) if (runId !== undefined) markClosed(runId)
    calibrations.settle()
    return number
  })
}

/** What one batch is written with. */
interface Writing {
  readonly number: number
  readonly runOf: (progId: string) => Run | undefined
  readonly putRows: (dpId: string, rows: Holding['rows']) => void
}

function remembered<T>(find: (key: string) => T): (key: string) => T {
  const found = new Map<string, T>()
  return (key) => {
    if (!found.has(key)) found.set(key, find(key))
    return found.get(key) as T
  }
}

function isClosed({ run }: Product): boolean {
  return run !== null && !run.metadataPublic
}

/** Puts what is attached to a product into its batch: the rights of the rows may be others now. */
function openTouching(db: DatabaseSync): (dpId: string, number: number) => void {
  const touch = db.prepare(`with recursive down (dp_id, depth) as (
      select dp_id, 1 from product where parent = ?
      union select p.dp_id, depth + 1 from down join product p on p.parent = down.dp_id
      where depth < ${MAX_ATTACHED})
    update product set batch = ? where dp_id in (select dp_id from down)`)
  return (dpId, number) => { touch.run(dpId, number) }
}

function openRuns(db: DatabaseSync, calibrations: CalibrationStore): Pick<Truth, 'putRun' | 'findRun'> {
  const find = db.prepare('select run_id, prog_id, metadata_public from run where prog_id = ?')
  const put = db.prepare(`insert into run (prog_id, metadata_public) values (?, ?)
    on conflict (prog_id) do update set metadata_public = excluded.metadata_public`)
  const openBatch = db.prepare('insert into batch default values returning number')
  const productsOf = db.prepare('select dp_id from product where run_id = ?')
  const touch = db.prepare('update product set batch = ? where dp_id = ?')
  const touchAttached = openTouching(db)
  const markClosed = openClosing(db)

  const findRun = (progId: string): Run | undefined => {
    const row = find.get(progId)
    return row && {
      runId: Number(row['run_id']), progId: String(row['prog_id']),
      metadataPublic: row['metadata_public'] === 1,
    }
  }
  /** Rows change their relation and frames their group when a run opens or closes. */
  function move(run: Run): void {
    const number = Number(openBatch.get()?.['number'])
    for (const row of productsOf.all(run.runId)) {
      const dpId = String(row['dp_id'])
      touch.run(number, dpId)
      touchAttached(dpId, number)
      const calibration = calibrations.findCalibration(dpId)
      if (calibration === undefined) continue
      calibrations.remove(dpId)
      calibrations.add(calibration, run)
    }
    calibrations.settle()
    if (!run.metadataPublic) markClosed(run.runId)
  }
  return {
    findRun,
    putRun: ({ progId, metadataPublic }) => inTransaction(db, () => {
      const before = findRun(progId)
      put.run(progId, Number(metadataPublic))
      const run = findRun(progId)
      assert(run, 'the run was just written')
      if (before !== undefined && before.metadataPublic !== metadataPublic) move(run)
      return run
    }),
  }
}

function toProduct(row: ProductRow): Product {
  return {
    dpId: row.dp_id, kind: row.kind as ProductKind, category: row.category, instrument: row.instrument,
    run: row.run_id === null ? null
      : { runId: row.run_id, progId: row.prog_id, metadataPublic: row.metadata_public === 1 },
    mjd: row.mjd, releaseMs: row.release_ms, modifiedMs: row.modified_ms, parent: row.parent,
    title: row.title, file: toFile(row),
  }
}

function toFile(row: ProductRow): StoredFile | null {
  return row.file_key === null ? null : {
    key: row.file_key, name: row.file_name, mediaType: row.media_type, sizeBytes: row.size_bytes,
    md5: row.md5,
  }
}
