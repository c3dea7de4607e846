/** Clients that we did not write send tables: pyvo, STILTS, curl. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDemo } from './support/demo.ts'
import type { DemoArchive } from './support/demo.ts'
import { haveCurl, havePyvo, haveStilts, python } from './support/foreign.ts'

const run = promisify(execFile)

let demo: DemoArchive
let folder: string
beforeAll(async () => {
  demo = await startDemo()
  folder = await mkdtemp(join(tmpdir(), 'quipu-uploads-'))
  await writeFile(join(folder, 'places.csv'), 'id,ra,dec\n1,10.5,-20.25\n2,11.5,-21.25\n')
  await writeFile(join(folder, 'places.vot'), '<VOTABLE><RESOURCE><TABLE><FIELD name="id" datatype="int"/><DATA><TABLEDATA>'
    + '<TR><TD>1</TD></TR><TR><TD>2</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>')
}, 120_000)
afterAll(async () => {
  await demo?.remove()
  await rm(folder, { recursive: true, force: true })
})

test.skipIf(!havePyvo)('pyvo', async () => {
  const script = fileURLToPath(new URL('foreign/uploads_pyvo.py', import.meta.url))
  const { stdout } = await run(python, [script, demo.url, join(folder, 'table.vot')], { timeout: 100_000 })
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
    values: [[1, 10.5, 'a'], [2, 11.5, 'b'], [3, 12.5, 'Größe']], path: 3, file: 3, two: 3, async: 3, result: 5,
    job: ['COMPLETED', 3], again: 3, error: expect.stringContaining('t1'),
  })
}, 120_000)

test.skipIf(!haveStilts).each([
  ['true', 'votable-tabledata'], ['true', 'votable-binary'], ['false', 'votable-binary2'], ['false', 'votable-binary'],
])('stilts tapquery, sync=%s, %s', async (sync, form) => {
  const adql = 'SELECT m.id, COUNT(r.dp_id) AS c FROM TAP_UPLOAD.mine AS m LEFT JOIN dbo.raw AS r'
    + ' ON 1=CONTAINS(POINT(r.ra, r.dec), CIRCLE(m.ra, m.dec, 90)) GROUP BY m.id ORDER BY m.id'
  const path = join(folder, `${form}.vot`)
  await run('stilts', ['tpipe', `in=${join(folder, 'places.csv')}`, 'ifmt=csv', `out=${path}`, `ofmt=${form}`])
  const { stdout } = await run('stilts', ['tapquery', `tapurl=${demo.url}/tap_obs`, 'nupload=1', `upload1=${path}`, 'upname1=mine',
    `adql=${adql}`, `sync=${sync}`, 'ofmt=csv'], { timeout: 60_000 })
  const [, ...rows] = stdout.split('\n').filter((line) => /^(id|\d)/.test(line)).map((line) => line.split(','))
  expect(rows.map(([id, count]) => [id, Number(count) > 0])).toEqual([['1', true], ['2', true]])
}, 120_000)

test.skipIf(!haveCurl).each([['a file', '@'], ['a value', '<']])('curl -F, as %s', async (_, sign) => {
  const { stdout } = await run('curl', ['-s', '-F', 'LANG=ADQL', '-F', 'QUERY=SELECT id FROM TAP_UPLOAD.m ORDER BY id DESC', '-F', 'FORMAT=csv',
    '-F', 'UPLOAD=m,param:x', '-F', `x=${sign}${join(folder, 'places.vot')}`, `${demo.url}/tap_obs/sync`])
  expect(stdout.trim().split(/\r?\n/)).toEqual(['id', '2', '1'])
}, 30_000)
