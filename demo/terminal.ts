/** How the demo speaks: headings, records, progress, questions. On a terminal it redraws; elsewhere it prints lines. */
import { isCancel, password as askPassword, text as askText } from '@clack/prompts'
import pc from 'picocolors'
import { isoOf } from '@quipu/vo'
import type { Cell } from '@quipu/vo/votable'

export interface Terminal {
  readonly isInteractive: boolean
  heading(step: string, text: string): void
  say(text?: string): void
  warn(level: 'alert' | 'warning', text: string): void
  /** One column a line, a rule between records. */
  records(records: readonly Readonly<Record<string, Cell>>[]): void
  /** A progress line of one file; `end` leaves its last state. */
  progress(label: string): { update(done: number, total: number | null): void; end(text: string): void }
  ask(question: string, initial?: string): Promise<string>
  askHidden(question: string): Promise<string>
  /** Asks until the answer is y or n; yes without a terminal. */
  confirm(question: string): Promise<boolean>
}

/** The person ended a question with Ctrl-C. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

const REDRAW_MS = 80

export function openTerminal(options: { readonly yes: boolean }): Terminal {
  const out = process.stdout
  const isInteractive = out.isTTY === true && process.stdin.isTTY === true
  const say = (text = ''): void => { out.write(`${text}\n`) }
  return {
    isInteractive,
    say,
    heading: (step, text) => say(`\n${pc.bold(pc.cyan(step))}  ${pc.bold(text)}`),
    warn: (level, text) => say(level === 'alert' ? pc.red(`ALERT: ${text}`) : pc.yellow(`WARNING: ${text}`)),
    records(records) {
      const width = Math.max(0, ...records.flatMap((record) => Object.keys(record).map((name) => name.length)))
      const rule = '-'.repeat(Math.min(out.columns ?? 100, 100))
      for (const record of records) {
        say(rule)
        for (const [name, cell] of Object.entries(record)) say(`${name.padStart(width)}: ${cellText(cell)}`)
      }
      if (records.length > 0) say(rule)
    },
    progress(label) {
      let drawnMs = 0
      return {
        update(done, total) {
          const nowMs = performance.now()
          if (out.isTTY !== true || nowMs - drawnMs < REDRAW_MS) return
          drawnMs = nowMs
          out.write(`\r\x1b[2K${label} ${bar(done, total)}`)
        },
        end: (text) => { out.write(`${out.isTTY === true ? '\r\x1b[2K' : ''}${label} ${text}\n`) },
      }
    },
    ask: async (question, initial) => answered(await askText({ message: question, ...initial ? { initialValue: initial } : {} })),
    askHidden: async (question) => answered(await askPassword({ message: question, mask: '' })),
    async confirm(question) {
      if (options.yes || !isInteractive) {
        say(`${question} [y/n] y`)
        return true
      }
      for (;;) {
        const answer = answered(await askText({ message: `${question} [y/n]` })).trim().toLowerCase()
        if (answer === 'y' || answer === 'n') return answer === 'y'
      }
    },
  }
}

function answered(answer: string | symbol | undefined): string {
  if (isCancel(answer)) throw new Cancelled('cancelled')
  return typeof answer === 'string' ? answer : ''
}

/** Text of an archive is not trusted with a terminal: control characters are shown, not obeyed. */
export function printable(text: string): string {
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function cellText(cell: Cell): string {
  return cell === null ? '--' : printable(String(cell))
}

/** `12.3 MB`. Decimal, as archives count. */
export function sizeText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

function bar(done: number, total: number | null): string {
  if (total === null || total === 0) return sizeText(done)
  const width = 24
  const filled = Math.min(width, Math.round(done / total * width))
  return `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${sizeText(done)} of ${sizeText(total)}`
}

/** A moment for a person: UTC to the second. */
export function timeText(ms: number): string {
  return Number.isFinite(ms) ? `${isoOf(ms).slice(0, 19).replace('T', ' ')} UTC` : 'unknown'
}
