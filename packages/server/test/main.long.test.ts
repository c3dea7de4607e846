import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { dataFolder, emptyFolder, run, runWith, serving, start } from './support/data-folder.ts'
import { fitsBytes, folderOf, FRAME, rawCards } from './support/ingest.ts'

const OTHER = 'SPHER.2016-09-26T04:12:45.603'

async function frames(url: string): Promise<string[]> {
  const query = new URLSearchParams({ LANG: 'ADQL', FORMAT: 'csv', QUERY: 'SELECT dp_id FROM dbo.raw ORDER BY dp_id' })
  const answer = await fetch(`${url}/tap_obs/sync?${query}`)
  expect(answer.status).toBe(200)
  return (await answer.text()).trim().split(/\r?\n/).slice(1)
}

describe('quipu-archive', { timeout: 300_000 }, () => {
  test('says its version, and what is wrong with what was typed', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' })
    const lost = await run('ingest', join(await emptyFolder(), 'none'), '/nowhere')
    expect(lost).toMatchObject({ code: 1, out: '' })
    expect(lost.err).toMatch(/^quipu-archive: .*quipu-archive init/)
    expect((await run('serve', '--port', '99999')).err).toMatch(/port/)
  })

  test('init, ingest, serve: a folder of FITS files becomes an archive', async () => {
    const dir = join(await emptyFolder(), 'data')
    expect(await run('init', dir)).toMatchObject({ code: 0 })
    const folder = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) })
    expect(await run('ingest', folder, '--data', dir)).toMatchObject({ code: 0, out: expect.stringMatching(/^batch 1: 1 added/) })
    const bad = await run('ingest', dir, await folderOf({ 'b.fits': 'x' }))
    expect(bad).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^b\.fits: .*\n1 of the holdings/) })
    expect(await run('rebuild', '--data', dir)).toMatchObject({ code: 0 })
    const server = await serving(dir)
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(await frames(server.url)).toEqual([FRAME])
    expect(await server.stop('SIGTERM')).toBe(0)
    expect(readdirSync(dir).filter((name) => /lock|sock/.test(name))).toEqual([])
  })

  test('a running archive takes holdings in itself', async () => {
    const dir = await dataFolder()
    const server = await serving(dir)
    try {
      const folders = await Promise.all([FRAME, OTHER].map((dpId) => folderOf({ 'a.fits': fitsBytes(rawCards(dpId)) })))
      const ended = await Promise.all(folders.map((folder) => run('ingest', dir, folder)))
      expect(ended.map(({ code, err }) => [code, err])).toEqual([[0, ''], [0, '']])
      expect(await frames(server.url)).toEqual([OTHER, FRAME])
      expect(await run('ingest', dir, await folderOf({ 'b.fits': 'x' }))).toMatchObject({ code: 1, err: expect.stringMatching(/b\.fits/) })
      expect(await run('ingest', dir, '/nowhere')).toMatchObject({ code: 1, err: expect.stringMatching(/cannot be read/) })
      expect(await run('rebuild', dir)).toMatchObject({ code: 1, err: expect.stringMatching(/owns this data folder/) })
    } finally {
      expect(await server.stop('SIGINT')).toBe(0)
    }
  })

  test('people, runs and rights change beside a running archive and without one', async () => {
    const dir = await dataFolder(`people:
  - { subject: pi, password: pi-demo }
  - { subject: other, password: other-demo }
runs:
  - { progId: 098.C-0739(C), metadata: protected, pi: pi }
`)
    expect(await run('ingest', dir, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))).toMatchObject({ code: 0 })
    expect(await runWith('secret word\n', 'people', 'add', dir, 'new', '--name', 'Ada')).toEqual({ code: 0, out: 'added new\n', err: '' })
    const server = await serving(dir)
    const signIn = (username: string, password: string) => fetch(`${server.url}/sso/oidc/token`, { method: 'POST', body: new URLSearchParams({ username, password }) })
    const seenBy = async (username: string, password: string): Promise<number> => {
      const token = (await signIn(username, password)).headers.get('X-VO-Bearer')
      return (await fetch(`${server.url}/hdr?DpId=${FRAME}`, { headers: { Authorization: `Bearer ${token}` } })).status
    }
    try {
      expect(await seenBy('new', 'secret word')).toBe(404)
      expect(await run('grants', 'add', dir, 'new', '098.C-0739(C)', '--ends', '2999-01-01')).toMatchObject({ code: 0 })
      expect(await seenBy('new', 'secret word')).toBe(200)
      expect((await run('grants', 'list', '--data', dir)).out.split('\n')).toEqual([
        'progId\tsubject\trole\tends', '098.C-0739(C)\tnew\tdelegate\t2999-01-01T00:00:00.000Z', '098.C-0739(C)\tpi\tpi\tnever', ''])
      expect(await run('grants', 'end', dir, 'new', '098.C-0739(C)')).toMatchObject({ code: 0 })
      expect(await seenBy('new', 'secret word')).toBe(404)
      expect(await runWith('another word', 'people', 'password', dir, 'new')).toMatchObject({ code: 0 })
      expect([(await signIn('new', 'secret word')).status, (await signIn('new', 'another word')).status]).toEqual([401, 200])
      expect(await frames(server.url)).toEqual([])
      expect(await run('runs', 'set', dir, '098.C-0739(C)', '--metadata', 'public')).toMatchObject({ code: 0 })
      expect(await frames(server.url)).toEqual([FRAME])
      expect(await run('grants', 'add', dir, 'othr', '098.C-0739(C)')).toEqual({
        code: 1, out: '', err: "quipu-archive: there is nobody called 'othr'; did you mean 'other'?\n" })
      for (const words of [['add', dir, 'pi'], ['end', dir], ['list', dir, 'a', 'b', 'c'], ['add', dir, 'pi', 'x', 'boss']]) {
        expect(await run('grants', ...words)).toMatchObject({ code: 1, out: '' })
      }
    } finally {
      await server.stop('SIGTERM')
    }
  })

  test('the audit log, the rules and the keys of a running archive', async () => {
    const dir = await dataFolder(`people: [{ subject: pi, password: pi-demo }, { subject: other, password: other-demo }]
runs: [{ progId: 098.C-0739(C), metadata: protected, pi: pi }]
`)
    expect(await run('ingest', dir, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))).toMatchObject({ code: 0 })
    const server = await serving(dir)
    const tokenOf = async (username: string): Promise<string> => (await fetch(`${server.url}/sso/oidc/token`, {
      method: 'POST', body: new URLSearchParams({ username, password: `${username}-demo` }),
    })).headers.get('X-VO-Bearer') ?? ''
    const ask = async (token: string): Promise<number> => (
      await fetch(`${server.url}/hdr?DpId=${FRAME}`, { headers: { Authorization: `Bearer ${token}` } })).status
    try {
      const [pi, other] = [await tokenOf('pi'), await tokenOf('other')]
      expect([await ask(pi), await ask(other)]).toEqual([200, 404])
      expect(await run('keys', 'rotate', dir)).toEqual({ code: 0, out: 'the key sso-2 signs from now on\n', err: '' })
      const { keys } = await (await fetch(`${server.url}/sso/oidc/jwks`)).json() as { keys: { kid: string }[] }
      expect(keys.map(({ kid }) => kid)).toEqual(['sso-2', 'sso'])
      expect([await ask(pi), await ask(await tokenOf('pi'))]).toEqual([200, 200])
      const told = (await run('audit', dir, '--dp-id', FRAME)).out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
      expect(told.map(({ action, subject, outcome, clause }) => [action, subject, outcome, clause])).toEqual([
        ['header', 'pi', 'shown', 'granted'], ['header', 'other', 'product_not_found', 'hidden'],
        ['header', 'pi', 'shown', 'granted'], ['header', 'pi', 'shown', 'granted'],
      ])
      const table = (await run('audit', '--data', dir, '--since', '2020-01-01', '--subject', 'other', '--format', 'tsv')).out.split('\n')
      expect(table.map((line) => line.split('\t')[2])).toEqual(['action', 'sign_in', 'header', undefined])
      expect((await run('audit', dir, '--since', '2999-01-01')).out).toBe('')
      expect((await run('rules', 'explain', dir, FRAME, '--as', 'other')).out).toMatch(/discover: no, the metadata of its run 098\.C-0739\(C\) are protected/)
      expect(await run('rules', 'explain', FRAME, '--data', dir, '--as', 'oter')).toMatchObject({ code: 1, err: expect.stringMatching(/did you mean 'other'/) })
    } finally {
      await server.stop('SIGTERM')
    }
  })

  test('serve makes a folder that is absent, and refuses to send passwords in the clear', async () => {
    const dir = join(await emptyFolder(), 'data')
    const open = await run('serve', dir, '--host', '0.0.0.0', '--port', '0')
    expect(open).toMatchObject({ code: 1, err: expect.stringMatching(/passwords and tokens would travel unprotected/) })
    const server = await serving(dir)
    expect(await frames(server.url)).toEqual([])
    await server.stop('SIGTERM')
  })

  test('an ingest that is killed leaves an archive that can be opened, whole or without the batch', async () => {
    const dir = await dataFolder()
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, i) =>
      [`${i}.fits`, fitsBytes(rawCards(`SPHER.2016-09-26T04:15:${String(i).padStart(2, '0')}.000`))]))
    const folder = await folderOf(files)
    const stored = (): number => readdirSync(join(dir, 'files'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.startsWith('.')).length
    for (const count of [1, 20, 40]) {
      const child = start(['ingest', dir, folder])
      const ended = new Promise((resolve) => child.on('close', resolve))
      while (child.exitCode === null && stored() < count) await new Promise((resolve) => setTimeout(resolve, 2))
      child.kill('SIGKILL')
      await ended
    }
    const server = await serving(dir)
    expect([0, 40]).toContain((await frames(server.url)).length)
    await server.stop('SIGTERM')
    expect(await run('ingest', dir, folder)).toMatchObject({ code: 0, err: '' })
    const again = await serving(dir)
    expect(await frames(again.url)).toHaveLength(40)
    await again.stop('SIGTERM')
  })
})
