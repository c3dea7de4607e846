import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeTapArchive, SLOW } from '../../server/test/support/tap.ts'
import type { TapArchive } from '../../server/test/support/tap.ts'
import { IDS, makeSmallArchive } from '../../server/test/support/small.ts'
import type { TestArchive } from '../../server/test/support/archive.ts'
import { newFolder, quipu, quipuProcess, startQuipu } from './support/quipu.ts'

let tap: TapArchive
let files: TestArchive
beforeAll(async () => {
  [tap, files] = await Promise.all([makeTapArchive(), makeSmallArchive()])
  // The command's clock is the machine's.
  tap.clock.nowMs = Date.now()
  files.clock.nowMs = Date.now()
})
afterAll(() => Promise.all([tap.close(), files.close()]))

const QUERY = 'SELECT dp_id FROM dbo.raw ORDER BY dp_id'

test('--version, --help, and what is not there', async () => {
  expect(await quipuProcess(['--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' })
  const help = await quipu(['--help'])
  expect(help.code).toBe(0)
  for (const name of ['login', 'logout', 'query', 'get', 'links', 'calibrations', 'tree', 'rules']) expect(help.out).toContain(name)
  expect(await quipu(['qery'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Did you mean query?') })
  expect(await quipu(['query', '--format', 'xml', QUERY])).toMatchObject({ code: 1, err: expect.stringMatching(/table, csv, json/) })
  expect(await quipu(['query', '--maxrec', '1e3', QUERY])).toMatchObject({ code: 1, err: expect.stringMatching(/whole number/) })
  expect(await quipu(['--archive', 'nowhere', 'query', QUERY])).toMatchObject({ code: 1, err: expect.stringMatching(/^quipu: 'nowhere' is no archive/) })
})

describe('query', () => {
  test('as table, CSV and JSON; the query also from standard input', async () => {
    const given = { archive: tap.url }
    const table = await quipu(['query', QUERY], given)
    expect(table).toEqual({ code: 0, out: expect.stringMatching(/^dp_id\n-+\nT\.2021/), err: '' })
    const csv = await quipuProcess(['query', '--format', 'csv'], { ...given, input: QUERY })
    expect(csv.out.split(/\r?\n/)).toEqual(['dp_id', ...['01.000', '02.000', '03.000'].map((s) => `T.2021-01-01T00:00:${s}`), ''])
    expect(JSON.parse((await quipu(['query', '--format', 'json', QUERY], given)).out)).toHaveLength(3)
  })

  test('a cut result, an empty one and rows that are not public are told of', async () => {
    const given = { archive: tap.url }
    expect((await quipu(['query', '--maxrec', '1', QUERY], given)).err).toBe('the result was cut after 1 rows: there are more (--maxrec)\n')
    const none = "SELECT dp_id FROM dbo.raw WHERE object = 'nothing'"
    expect((await quipu(['query', none], given)).err).toMatch(/^No rows\. Perhaps because you are not signed in.* \(quipu login\)\n$/)
    const token = await tap.tokenOf('pi')
    expect((await quipu(['query', none], { ...given, token })).err).toMatch(/^No rows\. Perhaps your account lacks the permission/)
    const future = "SELECT dp_id, '2099-01-01T00:00:00Z' AS release_date FROM dbo.raw"
    expect((await quipu(['query', future], given)).err).toBe('3 of 3 rows have files that are not public yet\n')
  })

  test('with a token it shows more, and never the token; --anonymous leaves it out', async () => {
    const given = { archive: tap.url, token: await tap.tokenOf('pi') }
    const own = await quipu(['query', '--format', 'csv', QUERY], given)
    expect(own.out.trim().split('\n')).toHaveLength(6)
    expect(own.out + own.err).not.toContain(given.token)
    expect((await quipu(['--anonymous', 'query', '--format', 'csv', QUERY], given)).out.trim().split('\n')).toHaveLength(4)
  })

  test('a job: made, waited for, deleted', async () => {
    const { code, out, err } = await quipu(['query', '--job', '--format', 'csv', QUERY], { archive: tap.url })
    expect([code, out.trim().split('\n').length]).toEqual([0, 4])
    const url = /^job (\S+)$/m.exec(err)?.[1] ?? ''
    expect(err).toMatch(/job is COMPLETED/)
    expect((await fetch(url)).status).toBe(404)
  })

  test('a job that is slow is left, and gone on with', async () => {
    const token = await tap.tokenOf('pi')
    const left = await quipu(['query', '--job', '--timeout', '1', SLOW], { archive: tap.url, token })
    expect(left).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/quipu: the job is still \w+ after 1 s/) })
    const url = /quipu query --resume (\S+)/.exec(left.err)?.[1] ?? ''
    expect((await fetch(url, { headers: { Authorization: `Bearer ${token}` } })).status).toBe(200)
    await fetch(`${url}/phase`, { method: 'POST', headers: { Authorization: `Bearer ${token}` }, body: new URLSearchParams({ PHASE: 'ABORT' }), redirect: 'manual' })
    expect(await quipu(['query', '--resume', url], { archive: tap.url, token })).toMatchObject({ code: 1, err: expect.stringMatching(/quipu: the job was aborted/) })
  })

  test('a mistake is the archive\'s words; no archive is said to be none', async () => {
    expect(await quipu(['query', 'SELECT nothing FROM dbo.raw'], { archive: tap.url }))
      .toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^quipu: .*nothing.* \(127\.0\.0\.1:\d+, status 400\)\n$/) })
    expect(await quipu(['query', QUERY], { archive: 'http://127.0.0.1:9' }))
      .toMatchObject({ code: 1, err: expect.stringMatching(/^quipu: 127\.0\.0\.1:9 did not answer/) })
  })

  test('a reader that leaves early is no failure', async () => {
    const child = startQuipu(['query', '--format', 'csv', 'SELECT n FROM dbo.numbers'], { archive: tap.url })
    child.stdin.end()
    const code = new Promise((resolve) => child.on('close', resolve))
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => { err += chunk.toString() })
    child.stdout.once('data', () => child.stdout.destroy())
    expect([await code, err]).toEqual([0, ''])
  })

  test('Ctrl-C ends it with 130', async () => {
    const child = startQuipu(['query', '--job', SLOW], { archive: tap.url })
    child.stdin.end()
    const code = new Promise((resolve) => child.on('close', resolve))
    let err = ''
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString()
      if (/job is/.test(err) && !child.killed) child.kill('SIGINT')
    })
    expect(await code).toBe(130)
    expect(err).toMatch(/The job was not deleted and goes on.*--resume http/)
  })
})

describe('login', () => {
  test('with a token on standard input, until logout', async () => {
    const config = newFolder()
    const given = { archive: tap.url, config }
    const token = await tap.tokenOf('pi')
    const login = await quipuProcess(['login'], { ...given, input: `${token}\n` })
    expect(login).toEqual({ code: 0, out: '', err: `signed in at ${tap.url} as pi\n` })
    expect((await quipu(['query', '--format', 'csv', QUERY], given)).out.trim().split('\n')).toHaveLength(6)
    expect((await quipu(['logout'], given)).err).toBe(`signed out at ${tap.url}\n`)
    expect((await quipu(['query', '--format', 'csv', QUERY], given)).out.trim().split('\n')).toHaveLength(4)
    expect(await readdir(join(config, 'quipu', 'tokens'))).toEqual([])
  })

  test.each([['', /no token came on standard input/], ['not a token', /characters that no token has/]])('%j is no token', async (input, message) => {
    const { code, err } = await quipuProcess(['login'], { archive: tap.url, input })
    expect([code, err]).toEqual([1, expect.stringMatching(message)])
    if (input !== '') expect(err).not.toContain(input)
  })

  test('over plain http to another machine it is refused', async () => {
    const { code, err } = await quipuProcess(['login'], { archive: 'http://archive.example.org', input: 'a.b.c' })
    expect([code, err]).toEqual([1, expect.stringMatching(/in clear/)])
  })
})

describe('files', () => {
  test('get: the path on standard output, the rest beside it; a refusal fails the command at its end', async () => {
    const to = join(newFolder(), 'data')
    const got = await quipu(['get', IDS.proprietary, IDS.public, '--to', to], { archive: files.url })
    expect(got.code).toBe(1)
    expect(got.out).toBe(`${to}/${IDS.public}.fits.Z\n`)
    expect(got.err).toMatch(/^1\/2 SPHER\.2025.*\n2\/2 SPHER.2016.*: 502 bytes\nquipu: 1 of 2 files were not downloaded\n$/)
    const token = await files.tokenOf('pi')
    const again = await quipu(['get', IDS.proprietary, IDS.public, '--to', to], { archive: files.url, token })
    expect(again).toMatchObject({ code: 0, err: expect.stringMatching(/bytes\n2\/2 .* bytes, was there\n$/) })
    expect((await readdir(to)).sort()).toEqual([`${IDS.public}.fits.Z`, `${IDS.proprietary}.fits.Z`])
    expect(await readFile(join(to, `${IDS.proprietary}.fits.Z`), 'utf8')).toBe('proprietary')
  })

  test('links', async () => {
    const { code, out } = await quipu(['links', IDS.product], { archive: files.url })
    expect([code, out]).toEqual([0, expect.stringMatching(/^semantics +type +bytes +address\n-+.*\n#this +image\/fits +7 +http/)])
    expect(await quipu(['links', IDS.hidden], { archive: files.url })).toMatchObject({ code: 1, out: '' })
  })
})

test('rules lint: good ones, bad ones, none', async () => {
  const rules = join(import.meta.dirname, '../../../demo/rules')
  const good = ['fors2-imaging.yaml', 'sphere-ifs.yaml'].map((name) => join(rules, name))
  expect(await quipu(['rules', 'lint', ...good])).toEqual({ code: 0, out: '', err: 'no findings\n' })
  const cwd = newFolder()
  const path = join(cwd, 'bad.yaml')
  await writeFile(path, 'ruleset: x\nwhatever: 1\n')
  const bad = await quipu(['rules', 'lint', path, good[0] ?? ''])
  expect(bad).toMatchObject({ code: 1, out: expect.stringMatching(/bad\.yaml:2:1: 'whatever' is not a key/), err: 'quipu: 1 finding\n' })
  expect(await quipu(['rules', 'lint', join(cwd, 'absent.yaml')])).toMatchObject({ code: 1, err: expect.stringMatching(/absent\.yaml/) })
})
