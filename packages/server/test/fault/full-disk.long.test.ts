import { execFileSync } from 'node:child_process'
import { closeSync, cpSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeHeader } from '@quipu/vo/fits'
import { afterEach, describe, expect, test } from 'vitest'
import { run } from '../support/data-folder.ts'
import { fitsBytes, folderOf, FRAME, rawCards } from '../support/ingest.ts'
import type { Cards } from '../support/ingest.ts'
import { archiveWith, ask, column, filesIn, nightOf, serve, truthOf, until } from '../support/processes.ts'
import type { Server } from '../support/processes.ts'

const MB = 1024 * 1024
/** Whole blocks of a FITS file. */
const HEAVY = 180 * 2880
const MANY = 'SELECT a.dp_id, b.dp_id AS other FROM dbo.raw a, dbo.raw b, dbo.raw c'
const mounts: string[] = []
let server: Server | undefined

afterEach(async () => {
  await server?.kill()
  server = undefined
  for (const path of mounts.splice(0)) execFileSync('umount', ['--lazy', path])
})

/** A disk of its own in a folder; what was in it stays in it. */
function mountAt(path: string, bytes: number): void {
  const kept = `${path}.kept`
  cpSync(path, kept, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path])
  mounts.push(path)
  cpSync(kept, path, { recursive: true })
  rmSync(kept, { recursive: true })
}

function grow(path: string, bytes: number): void {
  execFileSync('mount', ['-o', `remount,size=${bytes}`, path])
}

/** True for root on a system with tmpfs; said aloud when not. */
function mayMount(): boolean {
  const path = join('/tmp', `quipu-mount-${process.pid}`)
  mkdirSync(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', path], { stdio: 'ignore' })
    execFileSync('umount', [path])
    return true
  } catch {
    process.stderr.write('SKIPPED: full-disk tests need root, for a small tmpfs\n')
    return false
  } finally {
    rmSync(path, { recursive: true })
  }
}

/** Writes until there is no room. */
function fill(path: string): void {
  const page = new Uint8Array(4096)
  const file = openSync(path, 'w')
  try {
    for (;;) writeSync(file, page)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    closeSync(file)
  }
}

async function submit(url: string, query: string, maxRows: number): Promise<Response> {
  const body = new URLSearchParams({ LANG: 'ADQL', FORMAT: 'csv', QUERY: query, MAXREC: String(maxRows), PHASE: 'RUN' })
  return fetch(`${url}/tap_obs/async`, { method: 'POST', body, redirect: 'manual' })
}

/** Runs a job to its end. */
async function jobOf(url: string, query: string, maxRows: number): Promise<{ phase: string; document: string }> {
  const answer = await submit(url, query, maxRows)
  expect(answer.status).toBe(303)
  const path = new URL(answer.headers.get('Location') ?? '').pathname
  let phase = ''
  await until(async () => {
    phase = await (await fetch(`${url}${path}/phase`)).text()
    return phase !== 'QUEUED' && phase !== 'EXECUTING'
  }, 'the job ends')
  return { phase, document: await (await fetch(`${url}${path}`)).text() }
}

/** The header of an image with this many pixels of a byte. */
function fitsHeader(cards: Cards): Uint8Array {
  const { NAXIS1, ...rest } = cards
  return writeHeader([
    { keyword: 'SIMPLE', value: true }, { keyword: 'BITPIX', value: 8 }, { keyword: 'NAXIS', value: 1 },
    { keyword: 'NAXIS1', value: NAXIS1 ?? 0 },
    ...Object.entries(rest).map(([keyword, value]) => ({ keyword, value })),
  ])
}

/** Frames of half a megabyte each. */
async function heavyNight(count: number): Promise<string> {
  return folderOf(Object.fromEntries(Array.from({ length: count }, (_, i) => {
    const header = fitsHeader({ ...rawCards(`SPHER.2011-01-01T00:00:${String(i).padStart(2, '0')}.000`), NAXIS1: HEAVY })
    const bytes = new Uint8Array(header.length + HEAVY)
    bytes.set(header)
    return [`${i}.fits`, bytes]
  })))
}

describe.skipIf(!mayMount())('a full disk', { timeout: 240_000 }, () => {
  test('for results: the job is ERROR and says why, nothing is left, and others go on', async () => {
    const dir = await archiveWith()
    await run('ingest', dir, (await nightOf(0, { files: 1, rows: 300 })).folder)
    mountAt(join(dir, 'results'), 2 * MB)
    server = await serve(dir)
    const { url } = server
    const failed = await jobOf(url, MANY, 1_000_000)
    expect(failed.phase).toBe('ERROR')
    expect(failed.document).toMatch(/<errorSummary type="transient"[^]*disk[^]*full[^]*<\/errorSummary>/)
    expect(failed.document).not.toMatch(/ENOSPC|internal/)
    expect(filesIn(dir, 'results')).toEqual([])
    expect(await jobOf(url, MANY, 100)).toMatchObject({ phase: 'COMPLETED' })
    expect((await fetch(`${url}/tap_obs/availability`)).status).toBe(200)
  })

  test.each(['by itself', 'through a server'])('for files: ingest %s fails clean, and can be repeated', async (how) => {
    const dir = await archiveWith()
    mountAt(join(dir, 'files'), 2 * MB)
    if (how !== 'by itself') server = await serve(dir)
    const night = await heavyNight(8)
    const failed = await run('ingest', dir, night)
    expect(failed).toMatchObject({ code: 1, out: '' })
    expect(failed.err).toMatch(/^quipu-archive: [^\n]*disk[^\n]*full[^\n]*\n$/)
    expect(truthOf(dir)).toMatchObject({ products: [] })
    // What could be written of it does not keep others out.
    expect(filesIn(dir, 'files')).toEqual([])
    expect(await run('ingest', dir, (await nightOf(0, { files: 3, rows: 3 })).folder)).toMatchObject({ code: 0 })
    grow(join(dir, 'files'), 16 * MB)
    expect(await run('ingest', dir, night)).toMatchObject({ code: 0, err: '' })
    server ??= await serve(dir)
    expect(await column(server.url, 'SELECT dp_id FROM dbo.raw')).toHaveLength(14)
  })

  test('for everything: what is there is still served, nothing is acknowledged that is not kept', async () => {
    const dir = await archiveWith('tap: { jobSeconds: 600 }\n')
    const night = await nightOf(0, { files: 3, rows: 300 })
    await run('ingest', dir, night.folder)
    await run('ingest', dir, await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)) }))
    mountAt(dir, 24 * MB)
    server = await serve(dir)
    const { url } = server
    const done = await submit(url, MANY, 100)
    expect(done.status).toBe(303)
    const ballast = join(dir, 'ballast')
    fill(ballast)

    const acknowledged: string[] = []
    const refused: Response[] = []
    for (let i = 0; i < 30; i++) {
      const answer = await submit(url, MANY, 100)
      if (answer.status === 303) acknowledged.push(new URL(answer.headers.get('Location') ?? '').pathname)
      else refused.push(answer)
    }
    for (const answer of refused) {
      expect(answer.status).toBe(503)
      expect(await answer.text()).toMatch(/disk[^]*full/)
    }
    expect(refused.length).toBeGreaterThan(0)
    const ingest = await run('ingest', dir, (await nightOf(1, { files: 5, rows: 300 })).folder)
    expect(ingest).toMatchObject({ code: 1, out: '' })
    expect(ingest.err).toMatch(/^quipu-archive: [^\n]*disk[^\n]*full[^\n]*\n$/)
    expect(await column(url, 'SELECT dp_id FROM dbo.raw')).toHaveLength(304)
    expect((await fetch(`${url}/tap_obs/availability`)).status).toBe(200)
    for (const dpId of [...night.files.keys(), FRAME]) {
      const answer = await fetch(`${url}/dataPortal/file/${dpId}`)
      expect([answer.status, (await answer.arrayBuffer()).byteLength > 2880]).toEqual([200, true])
    }
    const join3 = await ask(url, 'SELECT TOP 3 * FROM dbo.raw')
    expect(join3.status).toBe(200)

    rmSync(ballast)
    await sleep(100)
    const phases = async (): Promise<string[]> => Promise.all(acknowledged.map(async (path) =>
      (await fetch(`${url}${path}/phase`)).text()))
    await until(async () => (await phases()).every((phase) => phase === 'COMPLETED' || phase === 'ERROR'), 'jobs settle')
    expect(await jobOf(url, MANY, 100)).toMatchObject({ phase: 'COMPLETED' })
    expect(await run('ingest', dir, (await nightOf(1, { files: 5, rows: 300 })).folder)).toMatchObject({ code: 0, err: '' })
    expect(await column(url, 'SELECT dp_id FROM dbo.raw')).toHaveLength(304 + 305)
    await server.kill()
    server = await serve(dir)
    expect((await column(server.url, 'SELECT dp_id FROM dbo.raw')).sort()).toEqual(truthOf(dir).products)
    expect(await server.stop()).toMatchObject({ code: 0 })
  })
})
