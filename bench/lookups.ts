/** Look-ups by id of eight clients: alone, and beside streams and a runaway join. */
import { dpIdOf, progIdOf, RUN_ROWS } from './data.ts'
import { ask, keptAlive, startArchive, sync } from './server.ts'
import { ms, perSecond, quantile } from './table.ts'
import type { Finding } from './table.ts'
import type { Bench } from './bench.ts'

const CLIENTS = 8

/** Rows of runs that everybody may know of, and their runs, by turns. */
function queryOf(turn: number, rows: number): string {
  const row = (turn * 7919) % rows
  if (turn % 2 === 0) return `SELECT * FROM dbo.raw WHERE dp_id = '${dpIdOf(row)}'`
  return `SELECT TOP 2 * FROM dbo.raw WHERE prog_id = '${progIdOf(Math.floor(row / RUN_ROWS))}'`
}

interface Lookups { readonly perSecond: number; readonly p50: number; readonly p99: number }

/** What the clients found in so many seconds. */
export async function lookUp(url: string, rows: number, seconds: number): Promise<Lookups> {
  const agent = keptAlive(CLIENTS)
  const times: number[] = []
  let turn = 0
  const endMs = performance.now() + seconds * 1000
  const startMs = performance.now()
  await Promise.all(Array.from({ length: CLIENTS }, async () => {
    while (performance.now() < endMs) {
      const answer = await sync(url, queryOf(turn++, rows), 'csv', { agent })
      times.push(answer.totalMs)
    }
  }))
  const tookSeconds = (performance.now() - startMs) / 1000
  agent.destroy()
  return {
    perSecond: times.length / tookSeconds, p50: quantile(times, 0.5), p99: quantile(times, 0.99),
  }
}

const textOf = ({ perSecond: rate, p50, p99 }: Lookups): string =>
  `${perSecond(rate)}, p50 ${ms(p50)}, p99 ${ms(p99)}`

export const lookups: Bench = {
  name: 'lookup',
  async run({ dataDir, rows, seconds }) {
    const server = await startArchive(dataDir)
    try {
      await lookUp(server.url, rows, 1)
      const alone = await lookUp(server.url, rows, seconds)
      return [{
        what: 'look-ups, 8 clients', target: '>= 300/s, p99 < 50 ms', measured: textOf(alone),
        reached: alone.perSecond >= 300 && alone.p99 < 50,
      }]
    } finally {
      await server.stop()
    }
  },
}

export const load: Bench = {
  name: 'load',
  async run({ dataDir, rows, seconds, say }) {
    const server = await startArchive(dataDir)
    const over = new AbortController()
    const { signal } = over
    const until = async (work: () => Promise<unknown>): Promise<void> => {
      while (!signal.aborted) await work().catch((error: unknown) => { if (!signal.aborted) throw error })
    }
    try {
      await lookUp(server.url, rows, 1)
      const format = { signal, maxRows: rows }
      const busy = [
        until(() => sync(server.url, 'SELECT * FROM dbo.raw', 'csv', format)),
        until(() => sync(server.url, 'SELECT * FROM dbo.raw', 'votable/td', format)),
        until(() => sync(server.url,
          'SELECT COUNT(*) FROM dbo.raw a, dbo.raw b WHERE a.ra + b.ra < a.dec', 'csv', format)),
      ]
      await new Promise((resolve) => { setTimeout(resolve, 1000) })
      const agent = keptAlive(1)
      const probes: number[] = []
      busy.push(until(async () => {
        probes.push((await ask(`${server.url}/tap_obs/availability`, { agent, signal })).totalMs)
        await new Promise((resolve) => { setTimeout(resolve, 50) })
      }))
      const found = await lookUp(server.url, rows, seconds)
      over.abort()
      await Promise.all(busy)
      agent.destroy()
      say(`availability, ${probes.length} times: worst ${ms(Math.max(...probes))}`)
      return [{
        what: 'the same beside two streams and a cross join', target: 'p99 < 150 ms',
        measured: textOf(found), reached: found.p99 < 150,
      }, {
        what: 'availability beside them', target: '< 50 ms',
        measured: `p50 ${ms(quantile(probes, 0.5))}, p99 ${ms(quantile(probes, 0.99))}`,
        reached: quantile(probes, 0.99) < 50,
      }] satisfies Finding[]
    } finally {
      over.abort()
      await server.stop()
    }
  },
}
