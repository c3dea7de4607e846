/**
 * The archive that is measured: `dbo.raw` with as many rows as asked, 62 columns wide, 2 % of them of runs
 * with protected metadata. Made in the engine, straight into a data folder, and kept between runs.
 *
 * Every value is computed from the row's number, so that two machines measure the same table.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DOUBLE, INTEGER, DuckDBInstance, DuckDBScalarFunction } from '@duckdb/node-api'
import type { DuckDBConnection } from '@duckdb/node-api'
import { textKey } from '@quipu/adql'
import { initArchive, openArchive } from '@quipu/server'
import { positionKey } from '@quipu/vo/sky'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Frames of a run: an hour or two of a night each, by programme. */
export const RUN_ROWS = 500
/** One run in so many is protected: 2 %. */
const PROTECTED_EVERY = 50

/** Who signs in: `pi` has a right to one protected run, `team` to all of them. The password is the name. */
export const PEOPLE = ['pi', 'team'] as const

const CONFIG = `
log: { level: error }
tap: { defaultRows: 15000000, syncSeconds: 1200, runningQueries: 16, runningJobs: 2 }
engine: { memoryBytes: 1073741824, threads: 2 }
`

/**
 * The data folder of so many rows, made unless an earlier run has left it in the temporary folder.
 * `say` tells what is done.
 */
export async function ensureData(rows: number, say: (text: string) => void): Promise<string> {
  const dir = join(tmpdir(), `quipu-bench-${rows}-${await fingerprint()}`)
  if (existsSync(join(dir, 'bench.done'))) return dir
  const startMs = performance.now()
  say(`making ${rows} rows in ${dir}`)
  const making = `${dir}.making`
  await rm(making, { recursive: true, force: true })
  await rm(dir, { recursive: true, force: true })
  await mkdir(making)
  const runs = protectedRuns(rows)
  await writeFile(join(making, 'archive.yaml'), CONFIG)
  await writeFile(join(making, 'access.yaml'), accessText(runs))
  await initArchive(dir, {
    config: join(making, 'archive.yaml'), access: join(making, 'access.yaml'),
    schema: join(root, 'schema'),
  })
  const archive = await openArchive(dir, { isIdle: true })
  const ids = new Map(runs.map((run) => [run, archive.truth.findRun(progIdOf(run))?.runId ?? 0]))
  await archive.close()
  await fill(join(dir, 'columns.duckdb'), rows, ids)
  await rm(making, { recursive: true, force: true })
  await writeFile(join(dir, 'bench.done'), '')
  say(`made in ${((performance.now() - startMs) / 1000).toFixed(1)} s`)
  return dir
}

/** Of everything that decides what is in the folder. */
async function fingerprint(): Promise<string> {
  const schema = (await readdir(join(root, 'schema'))).sort().map((name) => join(root, 'schema', name))
  const stores = join(root, 'packages/server/src/stores')
  const relations = (await readdir(stores)).filter((name) => /relations\.ts$/.test(name)).sort()
    .map((name) => join(stores, name))
  const hash = createHash('sha256')
  const makers = [
    'packages/vo/src/sky/keys.ts', 'packages/adql/src/text-key.ts',
    'packages/server/src/schema/catalog.ts',
  ]
    .map((name) => join(root, name))
  const files = [fileURLToPath(import.meta.url), ...makers, ...schema, ...relations]
  for (const file of files) hash.update(await readFile(file))
  return hash.digest('hex').slice(0, 12)
}

/** The run with this number; its rows are `RUN_ROWS` after one another. */
export const progIdOf = (run: number): string =>
  `${String(60 + run % 50).padStart(3, '0')}.${'ABCDE'[run % 5]}-${String(run).padStart(5, '0')}(A)`

/** The dp_id of the row with this number, counted from 0. */
export const dpIdOf = (row: number): string =>
  `FORS2.${new Date(Date.UTC(2005, 0, 1) + row * 300_123).toISOString().slice(0, -1)}`

const isProtected = (run: number): boolean => run % PROTECTED_EVERY === 7

function protectedRuns(rows: number): number[] {
  return Array.from({ length: Math.ceil(rows / RUN_ROWS) }, (_, run) => run).filter(isProtected)
}

function accessText(runs: readonly number[]): string {
  const people = PEOPLE.map((name) => `  - { subject: ${name}, password: ${name} }`)
  const granted = runs.map((run, i) => `  - { progId: '${progIdOf(run)}', metadata: protected, `
    + `${i === 0 ? 'pi: pi, ' : ''}delegates: [{ subject: team }] }`)
  return `people:\n${people.join('\n')}\nruns:\n${granted.join('\n')}\n`
}

async function fill(path: string, rows: number, runIds: ReadonlyMap<number, number>): Promise<void> {
  const instance = await DuckDBInstance.create(path)
  const db = await instance.connect()
  try {
    registerPosition(db)
    registerRun(db)
    for (const macro of MACROS) await db.run(`create temp macro ${macro}`)
    await db.run('create temp table run_ids (run integer, run_id integer)')
    for (const [run, id] of runIds) await db.run(`insert into run_ids values (${run}, ${id})`)
    const relations = [['dbo_raw_public', 'null'], ['dbo_raw_protected', 'not null']] as const
    for (const [relation, taken] of relations) {
      const names = (await (await db.run(`select column_name from duckdb_columns()
        where schema_name = 'archive' and table_name = '${relation}' order by column_index`)).getRowsJson())
        .map((row) => String(row[0]))
      const missing = names.filter((name) => !(name in VALUES))
      if (missing.length > 0) throw new Error(`bench/data.ts says nothing of ${missing.join(', ')}`)
      const hasKeys = names.includes('@position')
      await db.run(`insert into archive.${relation}
        select ${names.map((name) => `${VALUES[name]} as "${name}"`).join(', ')}
        from (${positions(rows)}) left join run_ids using (run) where run_id is ${taken}
        ${hasKeys ? 'order by "@position"' : 'order by i'}`)
    }
    await db.run('checkpoint')
  } finally {
    db.closeSync()
    instance.closeSync()
  }
}

/** `place_key(ra, dec)`: the key of a place as the column copy keeps it. */
function registerPosition(db: DuckDBConnection): void {
  db.registerScalarFunction(DuckDBScalarFunction.create({
    name: 'place_key', returnType: INTEGER, parameterTypes: [DOUBLE, DOUBLE],
    mainFunction(_info, chunk, output) {
      const [ra, dec] = [chunk.getColumnVector(0), chunk.getColumnVector(1)]
      for (let row = 0; row < chunk.rowCount; row++) {
        output.setItem(row, positionKey(Number(ra.getItem(row)), Number(dec.getItem(row))))
      }
      output.flush()
    },
  }))
}

/** `run_key(run)`: the key of the run's name. */
function registerRun(db: DuckDBConnection): void {
  db.registerScalarFunction(DuckDBScalarFunction.create({
    name: 'run_key', returnType: INTEGER, parameterTypes: [INTEGER],
    mainFunction(_info, chunk, output) {
      const runs = chunk.getColumnVector(0)
      for (let row = 0; row < chunk.rowCount; row++) {
        output.setItem(row, textKey(progIdOf(Number(runs.getItem(row)))))
      }
      output.flush()
    },
  }))
}

const MACROS = [
  // Uniform in [0, 1), of a number and of what it is for.
  'u(n, k) as ((hash(n * 97 + k) % 1000003) / 1000003.0)::double',
  'pick(list, n, k) as list[1 + (hash(n * 97 + k) % len(list))::int]',
  'taken_at(n) as (timestamp \'2005-01-01\' + to_microseconds(n * 300123000))',
]

/** A run looks at one field; its frames are scattered over 0.4 degrees of it. */
const positions = (rows: number): string => `select i, run,
    (360 * u(field, 1) + 0.4 * (u(i, 3) - 0.5) + 360) % 360 as raw_ra,
    greatest(-89.9, least(89.9, degrees(asin(2 * u(field, 2) - 1)) + 0.4 * (u(i, 4) - 0.5))) as raw_dec
  from (select range as i, (range // ${RUN_ROWS})::int as run, hash(range // ${RUN_ROWS}) % 5000 as field
    from range(${rows}))`

const WORDS = `['Deep', 'imaging', 'of', 'the', 'Galactic', 'centre', 'and', 'its', 'young', 'stars', 'in',
  'clusters',
  'spectroscopy', 'distant', 'quasars', 'planets', 'around', 'nearby', 'dwarfs']`
const NAMES = `['Ochoa', 'Müller', 'Rojas', 'Smith', 'Quispe', 'de Vries', 'Nuñez', 'Ito',
  'Larsen', 'Fournier']`
const words = (count: number, key: number): string =>
  Array.from({ length: count }, (_, i) => `pick(${WORDS}, run, ${key + i})`).join(` || ' ' || `)
const reals = (least: number, most: number, key: number): string =>
  `(${least} + ${most - least} * u(i, ${key}))`
const seldom = (value: string, key: number, share: number): string =>
  `(case when u(i, ${key}) < ${share} then ${value} end)`

/** One expression a column of the relation, over `i`, `run`, `raw_ra`, `raw_dec`, `run_id`. */
const VALUES: Readonly<Record<string, string>> = {
  access_estsize: '(8000 + hash(i) % 30000)::bigint',
  date_obs: `strftime(taken_at(i), '%Y-%m-%dT%H:%M:%S.%g')`,
  dec: 'raw_dec', dec_pnt: 'raw_dec + 0.001',
  det_chip1id: `'CCID20-14-5-3'`,
  det_chop_ncycles: seldom('(hash(i) % 20)::smallint', 41, 0.1),
  det_dit: seldom(`${reals(0.1, 60, 42)}::float`, 43, 0.5),
  det_expid: '(hash(i) % 5000)::smallint',
  det_ndit: '(1 + hash(i) % 20)::smallint',
  dp_cat: `case when u(i, 5) < 0.6 then 'SCIENCE' else pick(['CALIB', 'ACQUISITION', 'TECHNICAL'], i, 6) end`,
  dp_id: `'FORS2.' || strftime(taken_at(i), '%Y-%m-%dT%H:%M:%S.%g')`,
  dp_tech: `pick(['IMAGE', 'SPECTRUM', 'IFU,NODDING', 'ECHELLE,SLIT', 'POLARIMETRY'], i, 7)`,
  dp_type: `pick(['OBJECT', 'SKY', 'FLAT,LAMP', 'BIAS', 'DARK', 'STD,FLUX'], i, 8)`,
  ecl_lat: reals(-90, 90, 9), ecl_lon: reals(0, 360, 10),
  exp_start: 'taken_at(i)',
  exposure: `pick([0, 0.5, 1.7, 30, 60, 120.25, 600, 1800], i, 11)::float`,
  filter_path: `pick(['R_SPECIAL', 'B_HIGH', 'v_HIGH', 'I_BESS', 'OIII+50'], i, 12)`,
  gal_lat: reals(-90, 90, 13), gal_lon: reals(0, 360, 14),
  grat_path: seldom(`'CD#3'`, 15, 0.3), gris_path: seldom(`'GRIS_300V+10'`, 16, 0.4),
  ins_mode: `pick(['IMAGE', 'LSS', 'MOS', 'ECH'], i, 17)`,
  instrument: `pick(['FORS2', 'SPHERE', 'UVES', 'MUSE', 'HAWKI', 'XSHOOTER'], run, 18)`,
  lambda_max: reals(500, 1100, 19), lambda_min: reals(300, 500, 20),
  last_mod_date: `taken_at(i) + interval 1 day`,
  mjd_obs: '53371 + i * 0.00347364583',
  ob_id: '(200000000 + run * 7 + hash(i // 50) % 7)::int',
  ob_name: `'OB_' || run || '_' || (i // 50) % 10`,
  object: `pick(['NGC1533', 'HD 135344B', 'LAMP', 'SKY', 'Sgr A*', 'BIAS'], i // 50, 21)`,
  obs_mode: `pick(['s', 'v'], run, 22)`,
  origfile: `'FORS2_IMG_OBS' || lpad((i % 1000)::varchar, 3, '0') || '.' || i || '.fits'`,
  period: '(60 + run % 50)::smallint',
  pi_coi: `concat(pick(${NAMES}, run, 23), ' A. / ', pick(${NAMES}, run, 24), ' B. / ',
    pick(${NAMES}, run, 25))`,
  prog_id: `lpad((60 + run % 50)::varchar, 3, '0') || '.' || 'ABCDE'[run % 5 + 1] || '-'
    || lpad(run::varchar, 5, '0') || '(A)'`,
  prog_title: words(9, 50), prog_type: '(run % 4)::int',
  ra: 'raw_ra', ra_pnt: 'raw_ra + 0.001',
  release_date: `taken_at(i) + interval 1 year`,
  s_region: `'POSITION J2000 ' || raw_ra || ' ' || raw_dec`,
  slit_path: seldom(`'lSlit1_0'`, 26, 0.3),
  target: `pick(['NGC1533', 'HD-135344B', 'Sgr-A'], run, 27)`,
  tel_airm_end: `${reals(1, 2, 28)}::float`, tel_airm_start: `${reals(1, 2, 29)}::float`,
  tel_alt: `${reals(30, 90, 30)}::float`,
  tel_ambi_fwhm_end: `${reals(0.3, 2, 31)}::float`, tel_ambi_fwhm_start: `${reals(0.3, 2, 32)}::float`,
  tel_ambi_pres_end: `${reals(735, 750, 33)}::float`, tel_ambi_pres_start: `${reals(735, 750, 34)}::float`,
  tel_ambi_rhum: `round(${reals(2, 60, 35)}, 1)::float`, tel_az: `${reals(0, 360, 36)}::float`,
  telescope: `'ESO-VLT-U' || (1 + run % 4)`,
  tpl_expno: '(1 + i % 10)::int', tpl_id: `'FORS2_img_obs_crsplit'`,
  tpl_name: `'Imaging with offsets, ' || pick(${WORDS}, run, 37)`,
  tpl_nexp: '10', tpl_seqno: '(1 + (i // 10) % 5)::int',
  tpl_start: `strftime(taken_at(i - i % 10), '%Y-%m-%dT%H:%M:%S')`,
  dp_id_key: `'FORS2.' || strftime(taken_at(i), '%Y-%m-%dT%H:%M:%S.%g')`,
  batch: '0', run_id: 'run_id',
  '@position': 'place_key(raw_ra, raw_dec)',
  '@footprint': 'place_key(raw_ra, raw_dec)',
  '@prog_id': 'run_key(run)',
}
