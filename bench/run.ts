/**
 * `npm run bench [-- NAME… --rows N --long]`: measures a real archive over HTTP and prints what it reached.
 * See README.md.
 */
import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { cones } from './cones.ts'
import { ensureData } from './data.ts'
import { jobs } from './jobs.ts'
import { load, lookups } from './lookups.ts'
import { memory, streams } from './streams.ts'
import { tableOf } from './table.ts'
import type { Finding } from './table.ts'

const BENCHES: readonly Bench[] = [streams, memory, lookups, load, cones, jobs]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rows: { type: 'string', default: '1000000' },
    long: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const names = BENCHES.map(({ name }) => name)
const unknown = positionals.filter((name) => !names.includes(name))
const rows = Number(values.rows)
if (values.help || unknown.length > 0 || !Number.isSafeInteger(rows) || rows < 1) {
  console.log(`npm run bench -- [${names.join('|')}]… [--rows 1000000] [--long]`)
  process.exit(values.help ? 0 : 2)
}

const say = (text: string): void => { process.stderr.write(`${text}\n`) }
const dataDir = await ensureData(rows, say)
const setting = {
  dataDir, rows, say, rounds: values.long ? 5 : 1, seconds: values.long ? 20 : 5,
  streamRows: values.long ? rows : Math.min(rows, 100_000),
}
const findings: Finding[] = []
for (const bench of BENCHES) {
  if (positionals.length > 0 && !positionals.includes(bench.name)) continue
  say(`measuring: ${bench.name}`)
  findings.push(...await bench.run(setting))
}
console.log(tableOf(findings))
