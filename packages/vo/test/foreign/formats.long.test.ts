/** What we write, read by astropy and STILTS: readers that share no code with ours. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { binaryVotableWriter, csvWriter, fitsFormat, votableWriter } from '../../src/votable/index.ts'
import type { Field, Measured, Row, RowWriter } from '../../src/votable/index.ts'

const run = promisify(execFile)
const python = '/usr/bin/python3'
const script = fileURLToPath(new URL('read_tables.py', import.meta.url))

/** Says loudly what is not tested here. */
function have(what: string, command: string, args: readonly string[]): boolean {
  const found = spawnSync(command, args, { stdio: 'ignore' }).status === 0
  if (!found) process.stderr.write(`\nSKIPPED: ${what} is not installed; its tests do not run\n`)
  return found
}
const haveAstropy = have('python3-astropy', python, ['-c', 'import astropy'])
const haveStilts = have('stilts', 'stilts', ['-version'])

const FIELDS: readonly Field[] = [
  { name: 'text', datatype: 'char', arraysize: '*', ucd: 'meta.id', description: 'a < b' },
  { name: 'bounded', datatype: 'char', arraysize: '8*' },
  { name: 'wide', datatype: 'unicodeChar', arraysize: '*' },
  { name: 'short', datatype: 'short' }, { name: 'int', datatype: 'int', unit: 's' }, { name: 'long', datatype: 'long' },
  { name: 'float', datatype: 'float' }, { name: 'double', datatype: 'double', unit: 'deg' }, { name: 'yes', datatype: 'boolean' },
]
const ROWS: readonly Row[] = [
  ['A', 'abc', 'z', 1, 2, 9007199254740993n, 1.5, 0.1, true],
  [null, null, null, null, null, null, null, null, null],
  ["q'\"<&>,", 'x y', 'w', -32767, -2147483647, -(2n ** 63n) + 1n, 3.4028234663852886e38, 5e-324, false],
  ['long '.repeat(40).trim(), '12345678', 'u'.repeat(99), 32767, 2147483647, 2n ** 63n - 1n, -0, -0, true],
]
/** The rows as the script prints them. */
const SEEN = ROWS.map((row) => row.map((cell, i) => {
  if (typeof cell === 'bigint') return String(cell)
  if (typeof cell !== 'number') return cell
  return ['float', 'double'].includes(FIELDS[i]!.name) ? cell : String(cell)
}))
const numbers = (rows: unknown[][]): unknown[][] => rows.map((row) => row.map((cell, i) =>
  typeof cell === 'string' && ['float', 'double'].includes(FIELDS[i]!.name) ? Number(cell) : cell === '' ? null : cell))

const measured = (rows: readonly Row[], overflow: boolean): Measured => {
  const measure = fitsFormat.measure(FIELDS)
  measure.add(rows)
  return measure.result(overflow)
}
const WRITERS: Record<string, (rows: readonly Row[], overflow: boolean) => RowWriter> = {
  'td.vot': () => votableWriter(FIELDS),
  'b.vot': () => binaryVotableWriter(FIELDS, 'BINARY'),
  'b2.vot': () => binaryVotableWriter(FIELDS, 'BINARY2'),
  't.fits': (rows, overflow) => fitsFormat.writer(FIELDS, measured(rows, overflow)),
  't.csv': () => csvWriter(FIELDS),
}

let folder: string
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'quipu-formats-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

async function write(name: string, rows: readonly Row[], overflow: boolean): Promise<string> {
  const writer = WRITERS[name]!(rows, overflow)
  const path = join(folder, `${rows.length}-${name}`)
  const pieces = [writer.head(), ...rows.map((row) => writer.rows([row])), writer.foot({ overflow })]
  await writeFile(path, Buffer.concat(pieces.map((piece) => typeof piece === 'string' ? Buffer.from(piece) : piece)))
  return path
}

describe.skipIf(!haveAstropy)('astropy', () => {
  const names = ['td.vot', 'b.vot', 'b2.vot', 't.fits']
  test('reads every cell and every null of every serialisation', async () => {
    const paths = await Promise.all(names.map((name) => write(name, ROWS, true)))
    const { stdout } = await run(python, [script, ...paths], { timeout: 60_000 })
    const tables = stdout.trim().split('\n').map((line) => JSON.parse(line) as { names: string[]; status: string; rows: unknown[][] })
    for (const [i, table] of tables.entries()) {
      expect([names[i], table.names, table.status]).toEqual([names[i], FIELDS.map(({ name }) => name), 'OVERFLOW'])
      const seen = numbers(table.rows)
      // Its logical columns have no null.
      if (names[i] === 't.fits') seen[1]![8] = null
      expect([names[i], seen]).toEqual([names[i], SEEN])
    }
  })

  test('reads a table without rows', async () => {
    const paths = await Promise.all(names.map((name) => write(name, [], false)))
    const { stdout } = await run(python, [script, ...paths], { timeout: 60_000 })
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ status: 'OK', rows: [] })
  })
})

describe.skipIf(!haveStilts)('STILTS', () => {
  test.each(['td.vot', 'b.vot', 'b2.vot'])('votlint has nothing to say of %s', async (name) => {
    for (const rows of [ROWS, []]) {
      const { stdout, stderr } = await run('stilts', ['votlint', 'version=1.4', 'ucd=true', 'unit=true', `votable=${await write(name, rows, rows.length > 0)}`], { timeout: 60_000 })
      expect(stdout + stderr).toBe('')
    }
  })

  test('every format is the same table', async () => {
    const seen = await Promise.all([['td.vot', 'votable'], ['b.vot', 'votable'], ['b2.vot', 'votable'], ['t.fits', 'fits'], ['t.csv', 'csv']].map(async ([name = '', format]) => {
      const { stdout } = await run('stilts', ['tpipe', `ifmt=${format}`, `in=${await write(name, ROWS, false)}`, 'ofmt=csv'], { timeout: 60_000 })
      return stdout
    }))
    expect(new Set(seen.slice(0, 4)).size).toBe(1)
    expect(seen[4]?.trim().split('\n').map((line) => line.split(',').slice(0, 2))).toEqual(seen[0]?.trim().split('\n').map((line) => line.split(',').slice(0, 2)))
  })

  test('letters beyond ASCII, where they were seen before the head was written', async () => {
    const field: Field = { name: 't', datatype: 'char', arraysize: '*' }
    for (const serialization of ['BINARY', 'BINARY2'] as const) {
      const writer = binaryVotableWriter([field], serialization, { sample: [['é α'], ['x']] })
      const path = join(folder, `${serialization}-wide.vot`)
      await writeFile(path, Buffer.concat([writer.head(), writer.rows([['é α'], ['x']]), writer.foot({})].map((piece) => Buffer.from(piece as string))))
      const { stdout } = await run('stilts', ['tpipe', `in=${path}`, 'ofmt=csv'], { timeout: 60_000 })
      expect(stdout).toBe('t\né α\nx\n')
    }
  })
})
