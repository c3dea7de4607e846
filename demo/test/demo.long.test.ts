/** The demo as a person runs it: what it prints, what it leaves, how it stops. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { processesNaming, runDemo, startDemoCommand } from './support/run.ts'

let folder: string
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'quipu-demo-test-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

/** A query that nobody waits for the end of. */
const SLOW = 'SELECT COUNT(*) AS n FROM dbo.raw a, dbo.raw b, dbo.raw c WHERE SIN(a.mjd_obs * b.mjd_obs * c.mjd_obs) > 0.999999'

describe('the workflow', () => {
  test('makes the archive, goes through all steps, leaves no process', async () => {
    const { code, out, err } = await runDemo([], folder)
    expect([code, err]).toEqual([0, ''])
    const steps = [...out.matchAll(/^([\d.]+) {2}\S/gm)].map(([, step]) => step)
    expect(steps).toEqual(['0', '1', '2', '3', '4.1', '4.2', '4.2.1', '4.3', '4.4', '5'])
    expect(out).toMatch(/^signed in as pi, until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/m)
    expect(out).toMatch(/^Job: http:\/\/127\.0\.0\.1:\d+\/tap_obs\/async\/\S+ COMPLETED$/m)
    expect(out).toMatch(/^ +dp_id: SPHER\.2016-09-26T04:15:07\.252\n/m)
    expect(out).toContain('2 records; all public')
    expect(out.match(/^RAW: .*\.fits\.Z downloaded \(\d+\.\d kB\)$/gm)).toHaveLength(2)
    expect(out).toMatch(/^Download these 8 files\? \[y\/n\] y$/m)
    expect(out.match(/^CALIB: \d\/8 dp_id: M\.SPHERE\.\S+ \(\w+\) \S+ downloaded/gm)).toHaveLength(8)
    expect(out).toMatch(/^├─ IFS_CAL_BACKGROUND {2}M\.SPHERE/m)
    expect(out).toMatch(/^ {2}anonymous {3}nothing +nothing +2 rows, no files: sign in$/m)
    expect(out).toMatch(/^ {2}visitor +nothing +3 rows, files +2 rows, no files: not yours$/m)
    expect(out).toMatch(/^ {2}pi +3 rows, files +nothing +2 rows, files$/m)
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^11 files, \d+\.\d MB, in .*\/downloads$/)
    expect(out).not.toMatch(/[\x1b\r]|eyJ/)
    expect(processesNaming(folder)).toEqual([])
  })

  test('what it saved is what was named', async () => {
    const names = await readdir(join(folder, 'downloads'))
    expect(names).toHaveLength(11)
    expect(names.filter((name) => /^M\.SPHERE.*\.fits$/.test(name))).toHaveLength(8)
    const raw = await readFile(join(folder, 'downloads', 'SPHER.2016-09-26T04:15:07.252.fits.Z'))
    expect(raw.subarray(0, 2).toString('hex')).toBe('1f9d')
  })

  test('a second time it uses the archive and the files that are there', async () => {
    const before = await stat(join(folder, 'demo-data', 'demo.json'))
    const { code, out } = await runDemo(['--yes'], folder)
    expect(code).toBe(0)
    expect(out).not.toMatch(/^made /m)
    expect(out.match(/was there already/g)).toHaveLength(10)
    expect((await stat(join(folder, 'demo-data', 'demo.json'))).mtimeMs).toBe(before.mtimeMs)
  })
})

describe('--serve', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('until %s; meanwhile others may come', async (signal) => {
    const child = startDemoCommand(['--serve', '--port', '0'], folder)
    const code = new Promise<number | null>((resolve) => child.on('close', resolve))
    let out = ''
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        if (out.includes('Ctrl-C stops it.')) resolve()
      })
      child.on('close', () => reject(new Error(out)))
    })
    const url = /^The archive is at (\S+)$/m.exec(out)?.[1] ?? ''
    try {
      for (const name of ['pi', 'delegate', 'visitor', 'operator']) expect(out).toMatch(new RegExp(`^ {2}${name} +${name}-demo `, 'm'))
      for (const path of ['/tap_obs', '/datalink/links', '/calselector/v1/associations', '/sso/oidc/token']) expect(out).toContain(url + path)
      if (signal === 'SIGINT') await visit(url)
    } finally {
      child.kill(signal)
    }
    expect(await code).toBe(0)
    expect(processesNaming(folder)).toEqual([])
  })

  async function visit(url: string): Promise<void> {
    const signIn = new URLSearchParams({ grant_type: 'password', client_id: 'clientid', response_type: 'id_token token', username: 'pi', password: 'pi-demo' })
    const { id_token: token } = await (await fetch(`${url}/sso/oidc/token`, { method: 'POST', body: signIn })).json() as { id_token: string }
    const at = ['--archive', url, '--downloads', 'visit']

    const whole = await runDemo(at, folder, `${token}\n`)
    expect([whole.code, whole.err]).toEqual([0, ''])
    expect(whole.out).toMatch(/^signed in as pi, until/m)
    expect(whole.out).toMatch(/^ {2}you +2 rows\n {2}anonymous +2 rows$/m)
    expect(whole.out).toMatch(/\n11 files, \d+\.\d MB, in .*\/visit\n$/)
    expect(whole.out).not.toContain(token)

    const none = await runDemo([...at, '--query', "SELECT * FROM dbo.raw WHERE prog_id = '097.C-9901(A)'"], folder)
    expect(none).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/anonymous\n[^]*No rows\. Perhaps because you are not signed in[^]*\n0 files, 0 B, in/) })
    expect(none.out).not.toMatch(/097.*exists|hidden|protected/)

    const proprietary = await runDemo([...at, '--query', "SELECT * FROM dbo.raw WHERE prog_id = '114.9903.001' AND dp_cat = 'SCIENCE'"], folder)
    expect(proprietary.code).toBe(0)
    expect(proprietary.out).toContain('2 records; 2 not public yet')
    expect(proprietary.out.match(/^RAW: not downloaded: /gm)).toHaveLength(2)
    expect(proprietary.out).toMatch(/^ALERT: the calibration cascade is incomplete/m)

    const product = await runDemo([...at, '--anonymous', '--query', "SELECT TOP 1 * FROM ivoa.ObsCore WHERE dataproduct_type = 'image' ORDER BY dp_id"], folder)
    expect(product.out).toMatch(/^RAW: \S+\/visit\/ADP\.\S+\.fits downloaded/m)

    const slow = await runDemo([...at, '--timeout', '1', '--query', SLOW], folder, token)
    expect(slow).toMatchObject({ code: 1, err: expect.stringMatching(/time to wait is over/) })
    const job = /with --job (\S+)$/m.exec(slow.out)?.[1] ?? ''
    const authorization = { headers: { Authorization: `Bearer ${token}` } }
    expect((await fetch(job, authorization)).status).toBe(200)
    await fetch(`${job}/phase`, { ...authorization, method: 'POST', body: new URLSearchParams({ PHASE: 'ABORT' }) })
    const gone = await runDemo([...at, '--job', job], folder, token)
    expect(gone).toMatchObject({ code: 1, err: expect.stringMatching(/the job was aborted/) })

    const wrong = await runDemo(at, folder, 'no token at all')
    expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/characters that no token has/) })
    expect(wrong.out + wrong.err).not.toContain('no token at all')
  }
})

test.each([
  [['--help'], 0, /^npm run demo /], [['--port', 'x'], 1, /--port is a whole number/], [['--port', '70000'], 1, /from 0 to 65535/],
  [['--wrong'], 1, /Unknown option '--wrong'.*--help/], [['extra'], 1, /Unexpected argument 'extra'/],
  [['--archive', 'nowhere'], 1, /'nowhere' is no archive/], [['--archive', 'http://127.0.0.1:9', '--anonymous'], 1, /did not answer/],
])('%j', async (args, code, text) => {
  const ended = await runDemo(args, folder)
  expect(ended).toMatchObject({ code, [code === 0 ? 'out' : 'err']: expect.stringMatching(text) })
  expect(ended.err).not.toContain('    at ')
})

test('a folder that is something else is left alone', async () => {
  const other = join(folder, 'other')
  await mkdir(other)
  await writeFile(join(other, 'thesis.tex'), 'x')
  expect(await runDemo(['--data', other], folder)).toMatchObject({ code: 1, err: expect.stringMatching(/is not empty and holds no archive/) })
  await writeFile(join(other, 'archive.yaml'), 'site: { title: Another }\n')
  expect(await runDemo(['--data', other], folder)).toMatchObject({ code: 1, err: expect.stringMatching(/holds another archive/) })
  expect((await readdir(other)).sort()).toEqual(['archive.yaml', 'thesis.tex'])
})
