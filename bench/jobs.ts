/** Trivial jobs, from their creation to their end: one, and sixteen at once. */
import { ask, keptAlive, startArchive } from './server.ts'
import type { Asking } from './server.ts'
import { median, ms } from './table.ts'
import type { Bench } from './bench.ts'

/** Creates, runs, waits, fetches, deletes. Says whether the result was there. */
async function trivialJob(url: string, agent: Asking['agent'], n: number): Promise<boolean> {
  const own = agent ? { agent } : {}
  const created = await ask(`${url}/tap_obs/async`, {
    ...own, form: { LANG: 'ADQL', QUERY: `SELECT TOP 1 ${n} AS n FROM TAP_SCHEMA.tables`,
      RESPONSEFORMAT: 'csv', PHASE: 'RUN' },
  })
  const job = String(created.headers.location)
  let phase = ''
  for (let turn = 0; turn < 100 && !/COMPLETED|ERROR|ABORTED/.test(phase); turn++) {
    const { text } = await ask(`${job}?WAIT=10`, { ...own, keep: true })
    phase = /<(?:\w+:)?phase>(\w+)</.exec(text)?.[1] ?? ''
  }
  const result = await ask(`${job}/results/result`, { ...own, keep: true })
  await ask(job, { ...own, method: 'DELETE' })
  return phase === 'COMPLETED' && result.text.trim() === `n\r\n${n}`
}

export const jobs: Bench = {
  name: 'job',
  async run({ dataDir, rounds, say }) {
    const server = await startArchive(dataDir)
    const agent = keptAlive(16)
    try {
      const singles: number[] = []
      const many: number[] = []
      let lost = 0
      await trivialJob(server.url, agent, 0)
      for (let round = 0; round < 3 * rounds; round++) {
        const startMs = performance.now()
        if (!await trivialJob(server.url, agent, round)) lost++
        singles.push(performance.now() - startMs)
        const manyMs = performance.now()
        const done = await Promise.all(Array.from({ length: 16 }, (_, n) => trivialJob(server.url, agent, n)))
        lost += done.filter((found) => !found).length
        many.push(performance.now() - manyMs)
      }
      say(`jobs: ${lost} of ${51 * rounds} lost`)
      return [{
        what: 'trivial job, create to delete', target: '< 60 ms', measured: ms(median(singles)),
        reached: median(singles) < 60 && lost === 0,
      }, {
        what: 'sixteen of them at once', target: '< 300 ms, none lost',
        measured: `${ms(median(many))}, ${lost} lost`, reached: median(many) < 300 && lost === 0,
      }]
    } finally {
      agent.destroy()
      await server.stop()
    }
  },
}
