/** Full-width rows: rate against the engine's own COPY to CSV, first byte, memory. */
import { fullWidthFloor } from './floor.ts'
import { startArchive, sync } from './server.ts'
import { mebibytes, median, ms, perSecond } from './table.ts'
import type { Finding } from './table.ts'
import type { Bench } from './bench.ts'

const QUERY = 'SELECT * FROM dbo.raw'
/** Formats, what share of the floor's rate they are to reach, and DaCHS's best rate times five. */
const FORMATS = [
  { name: 'CSV', format: 'csv', least: 0.5 },
  { name: 'BINARY2', format: 'votable/b2', least: 0.5 },
  { name: 'TABLEDATA', format: 'votable/td', least: 0.4 },
] as const
const FIVE_DACHS = 5 * 27_000
const MEMORY_BYTES = 2 ** 30

export const streams: Bench = {
  name: 'stream',
  async run({ dataDir, streamRows, rounds, say }) {
    const findings: Finding[] = []
    const server = await startArchive(dataDir)
    try {
      const rates = new Map(FORMATS.map(({ format }) => [format as string, [] as number[]]))
      const floors: number[] = []
      const firstBytes: number[] = []
      // Side by side, so that what else the machine does falls on all alike.
      for (let round = 0; round < rounds; round++) {
        floors.push(await fullWidthFloor(dataDir))
        say(`COPY: ${perSecond(floors.at(-1) ?? 0)}`)
        for (const { format, name } of FORMATS) {
          const answer = await sync(server.url, QUERY, format, { maxRows: streamRows })
          const counted = Math.min(streamRows, await countOf(server.url))
          rates.get(format)?.push(counted / answer.totalMs * 1000)
          firstBytes.push(answer.firstByteMs)
          say(`${name}: ${perSecond(counted / answer.totalMs * 1000)}, first byte ${ms(answer.firstByteMs)}`)
        }
      }
      const floor = median(floors)
      for (const { format, name, least } of FORMATS) {
        const rate = median(rates.get(format) ?? [])
        findings.push({
          what: `full-width rows, ${name}`, target: `>= ${least} of COPY, >= ${perSecond(FIVE_DACHS)}`,
          measured: perSecond(rate), floor: perSecond(floor), ratio: rate / floor,
          reached: rate >= least * floor && rate >= FIVE_DACHS,
        })
      }
      findings.push({
        what: 'first byte of that', target: '< 100 ms', measured: ms(median(firstBytes)),
        reached: median(firstBytes) < 100,
      })
    } finally {
      await server.stop()
    }
    return findings
  },
}

let known: number | undefined
async function countOf(url: string): Promise<number> {
  if (known !== undefined) return known
  const { text } = await sync(url, 'SELECT COUNT(*) FROM dbo.raw', 'csv', { keep: true })
  known = Number(text.trim().split(/\s+/).at(-1))
  return known
}

export const memory: Bench = {
  name: 'memory',
  async run({ dataDir, streamRows }) {
    const peaks: (number | undefined)[] = []
    const fewRows = Math.ceil(streamRows / 10)
    for (const maxRows of [fewRows, streamRows]) {
      const server = await startArchive(dataDir)
      try {
        const formats = ['csv', 'votable/b2', 'votable/td', 'csv']
        await Promise.all(formats.map((format) => sync(server.url, QUERY, format, { maxRows })))
        peaks.push(server.peakBytes())
      } finally {
        await server.stop()
      }
    }
    const [few = 0, many = 0] = peaks
    const limit = MEMORY_BYTES + 300 * 10 ** 6
    return [{
      what: 'peak memory, four such streams', target: `<= ${mebibytes(limit)}, no growth`,
      measured: `${mebibytes(many)} at ${streamRows} rows, ${mebibytes(few)} at ${fewRows}`,
      reached: peaks.includes(undefined) ? undefined : many <= limit,
    }]
  },
}
