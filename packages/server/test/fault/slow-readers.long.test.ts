import { randomBytes } from 'node:crypto'
import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from '../support/data-folder.ts'
import { fitsBytes, folderOf, FRAME, rawCards } from '../support/ingest.ts'
import { archiveWith, ask, nightOf, processorSeconds, serve, until } from '../support/processes.ts'
import type { Server } from '../support/processes.ts'

const STALL_SECONDS = 2
const BIG = 'ADP.2020-01-01T00:00:00.000'
const QUICK = 'SELECT COUNT(*) AS c FROM dbo.raw'
/** Rows for hours, the first at once. */
const MANY = 'SELECT a.dp_id, b.dp_id AS other FROM dbo.raw a, dbo.raw b, dbo.raw c'
/** No row for hours. */
const ENDLESS = 'SELECT COUNT(*) AS c FROM dbo.raw a, dbo.raw b, dbo.raw c, dbo.raw d, dbo.raw e'
  + ' WHERE SIN(a.mjd_obs + b.mjd_obs) + COS(c.mjd_obs + d.mjd_obs) > e.mjd_obs'
/** Sorts what does not fit into little memory. */
const SPILLING = `${MANY} ORDER BY a.dp_id, b.dp_id`

let dir = ''
let server: Server
beforeAll(async () => {
  dir = await archiveWith(`http: { stallSeconds: ${STALL_SECONDS} }\ntap: { runningQueries: 1, syncSeconds: 600 }\n`
    + 'engine: { memoryBytes: 150000000, spillBytes: 3000000000 }\n')
  const big = await folderOf({ 'a.fits': fitsBytes(rawCards(FRAME)), 'big.tar': randomBytes(24 * 1024 * 1024) }, [
    { dpId: BIG, kind: 'ancillary', category: 'ANCILLARY.TAR', parent: FRAME, file: 'big.tar', modified: '2010-06-01' },
  ])
  for (const folder of [big, (await nightOf(0, { files: 0, rows: 400 })).folder]) {
    expect(await run('ingest', dir, folder)).toMatchObject({ code: 0, err: '' })
  }
  server = await serve(dir)
}, 120_000)
afterAll(() => server.kill())

/** A caller who sends a request and reads nothing by itself. */
async function caller(path: string): Promise<Socket> {
  const socket = createConnection(Number(new URL(server.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.pause()
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\n\r\n`)
  return socket
}

const sync = (adql: string): string =>
  `/tap_obs/sync?${new URLSearchParams({ LANG: 'ADQL', FORMAT: 'csv', MAXREC: '15000000', QUERY: adql })}`

/** The only query that may run at a time: 503 while another one does. */
const isBusy = async (): Promise<boolean> => (await ask(server.url, QUICK)).status === 503

/** A caller whose query runs: whoever comes while another one runs is refused, and comes again. */
async function busyCaller(adql: string): Promise<Socket> {
  for (let tries = 0; tries < 20; tries++) {
    const socket = await caller(sync(adql))
    await sleep(200)
    if (await isBusy()) return socket
    socket.destroy()
  }
  throw new Error('the query does not run')
}

/** Reads what is there, up to `bytes`; the end of the connection ends it too. */
async function read(socket: Socket, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  while (length < bytes && !socket.destroyed && !socket.readableEnded) {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) await sleep(2)
    else {
      chunks.push(chunk)
      length += chunk.length
    }
  }
  return Buffer.concat(chunks)
}

/** Nothing of a query is left: another one may run, and the engine does not go on in silence. */
async function checkOver(mostMs: number): Promise<void> {
  const startMs = performance.now()
  await until(async () => !(await isBusy()), 'there is room for another query')
  expect(performance.now() - startMs).toBeLessThan(mostMs)
  await sleep(300)
  const before = processorSeconds(server.pid)
  await sleep(1000)
  expect(processorSeconds(server.pid) - before).toBeLessThan(0.4)
}

/** Of three times the shortest: the machine may be at something else. */
async function availabilityMs(): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 3; i++) {
    const startMs = performance.now()
    expect((await fetch(`${server.url}/tap_obs/availability`)).status).toBe(200)
    times.push(performance.now() - startMs)
  }
  return Math.min(...times)
}

describe('a caller', { timeout: 240_000 }, () => {
  test.each([['no row yet', ENDLESS], ['a sort under way', SPILLING]])(
    'who hangs up with %s ends the statement', async (_name, adql) => {
      const gone = await busyCaller(adql)
      await sleep(500)
      expect(await availabilityMs()).toBeLessThan(1000)
      expect(await isBusy()).toBe(true)
      gone.destroy()
      await checkOver(5_000)
    })

  test('who hangs up in the middle of a result ends the statement', async () => {
    const gone = await busyCaller(MANY)
    expect((await read(gone, 1e6)).toString()).toMatch(/^HTTP\/1\.1 200 /)
    expect(await isBusy()).toBe(true)
    expect(await availabilityMs()).toBeLessThan(1000)
    gone.destroy()
    await checkOver(5_000)
  })

  test('who reads nothing is cut off, and sees that it was', async () => {
    const stalled = await busyCaller(MANY)
    expect(await availabilityMs()).toBeLessThan(1000)
    await until(async () => !(await isBusy()), 'the reader is cut off')
    await checkOver(1_000)
    const came = await read(stalled, Infinity)
    expect(came.length).toBeGreaterThan(100_000)
    // Neither the last chunk nor a whole last line.
    expect(came.subarray(-20).toString()).not.toMatch(/0\r\n\r\n$/)
  })

  test('who reads nothing of a file is cut off', async () => {
    const stalled = await caller(`/dataPortal/file/${BIG}`)
    await sleep(STALL_SECONDS * 1000 + 3000)
    const came = await read(stalled, Infinity)
    expect(came.toString('latin1', 0, 12)).toBe('HTTP/1.1 200')
    expect(came.length).toBeLessThan(24 * 1024 * 1024)
  })

  test('who reads slowly is let be', async () => {
    const slow = await busyCaller(MANY)
    const endMs = performance.now() + 3 * STALL_SECONDS * 1000
    while (performance.now() < endMs) {
      expect((await read(slow, 300_000)).length).toBeGreaterThan(200_000)
      await sleep(200)
    }
    expect(slow.destroyed).toBe(false)
    expect(await isBusy()).toBe(true)
    slow.destroy()
    await checkOver(5_000)
  })

  test('many who hang up at once leave nothing', async () => {
    for (let i = 0; i < 40; i++) {
      const gone = await caller(sync(i % 2 === 0 ? MANY : ENDLESS))
      await sleep(i * 3)
      gone.destroy()
    }
    await checkOver(5_000)
    expect((await ask(server.url, QUICK)).status).toBe(200)
  })
})
