/** How the demo speaks: headings, records, progress, questions. It redraws lines on a terminal only. */
import { isCancel, password as askPassword, text as askText } from '@clack/prompts'
import pc from 'picocolors'
import { isoOf, printable } from '@quipu/vo'
import type { Cell } from '@quipu/vo/votable'

export interface Terminal {
  readonly isInteractive: boolean
  heading(step: string, text: string): void
  say(text?: string): void
  warn(level: 'alert' | 'warning', text: string): void
  /** One column a line, a rule between records. */
  records(records: readonly Readonly<Record<string, Cell>>[]): void
  progress(label: string): ProgressLine
  ask(question: string, initial?: string): Promise<string>
  askHidden(question: string): Promise<string>
  /** Asks until the answer is y or n; yes without a terminal. */
  confirm(question: string): Promise<boolean>
}

/**
 * A line that is drawn over on a terminal, and elsewhere only printed at its end. Texts are made printable.
 */
export interface ProgressLine {
  update(done: number, total: number | null): void
  note(text: string): void
  /** Leaves the last state. */
  end(text: string): void
}

/** The person ended a question with Ctrl-C. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled'
}

const REDRAW_MS = 80

export function openTerminal(options: { readonly yes: boolean }): Terminal {
  const out = process.stdout
  const isInteractive = out.isTTY === true && process.stdin.isTTY === true
  // Not by picocolors' own guess: it colours pipes too where CI is set.
  const colors = pc.createColors(out.isTTY === true && !process.env['NO_COLOR'])
  const say = (text = ''): void => { out.write(`${text}\n`) }
  return {
    isInteractive,
    say,
    heading: (step, text) => say(`\n${colors.bold(colors.cyan(step))}  ${colors.bold(text)}`),
    warn: (level, text) => say(level === 'alert'
      ? colors.red(`ALERT: ${text}`) : colors.yellow(`WARNING: ${text}`)),
    records(records) {
      const names = records.flatMap((record) => Object.keys(record))
      const width = names.reduce((most, name) => Math.max(most, name.length), 0)
      const rule = '-'.repeat(Math.min(out.columns ?? 100, 100))
      for (const record of records) {
        say(rule)
        for (const [name, cell] of Object.entries(record)) say(`${name.padStart(width)}: ${cellText(cell)}`)
      }
      if (records.length > 0) say(rule)
    },
    progress: (label) => progressLine(out, printable(label)),
    ask: async (question, initial) =>
      answered(await askText({
        message: question, ...initial === undefined ? {} : { initialValue: initial },
      })),
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

function progressLine(out: NodeJS.WriteStream, label: string): ProgressLine {
  const clear = out.isTTY === true ? '\r\x1b[2K' : ''
  let drawnMs = 0
  // A line that wraps could not be drawn over; what moves is at its end.
  const draw = (text: string): void => {
    const columns = (out.columns || 80) - 1
    out.write(clear + `${label.slice(0, Math.max(columns - text.length - 1, 0))} ${text}`.slice(0, columns))
  }
  return {
    update(done, total) {
      const nowMs = performance.now()
      if (out.isTTY !== true || nowMs - drawnMs < REDRAW_MS) return
      drawnMs = nowMs
      draw(bar(done, total))
    },
    note(text) { if (out.isTTY === true) draw(printable(text)) },
    end: (text) => { out.write(`${clear}${label} ${printable(text)}\n`) },
  }
}

function answered(answer: string | symbol | undefined): string {
  if (isCancel(answer)) throw new Cancelled('cancelled')
  return typeof answer === 'string' ? answer : ''
}

function cellText(cell: Cell): string {
  return cell === null ? '--' : printable(String(cell))
}

/** Lines of cells side by side, each column as wide as its widest cell. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) =>
    row.map((cell, i) => Math.max(cell.length, most[i] ?? 0)), [])
  return rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('   ')}`.trimEnd())
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
