/** What a bench is. */
import type { Finding } from './table.ts'

export interface Setting {
  /** The archive that `ensureData` has made; nobody has it open. */
  readonly dataDir: string
  readonly rows: number
  /** Of them, how many a stream gives. */
  readonly streamRows: number
  /** How often each thing is measured; medians are told. */
  readonly rounds: number
  /** Seconds that clients ask for look-ups. */
  readonly seconds: number
  readonly say: (text: string) => void
}

export interface Bench {
  /** By which it is chosen on the command line. */
  readonly name: string
  readonly run: (setting: Setting) => Promise<readonly Finding[]>
}
