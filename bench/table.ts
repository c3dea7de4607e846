/** What was measured beside what is to be reached, as one table on standard output. */

/** One line of the table. */
export interface Finding {
  /** As the table of targets names it. */
  readonly what: string
  readonly target: string
  readonly measured: string
  /** What the engine, or the machine, needs for the same by itself; blank where nothing is comparable. */
  readonly floor?: string
  /** Measured by floor, or the other way round for times; undefined where there is no floor. */
  readonly ratio?: number
  /** Undefined when nothing is to be reached, or nothing could be measured. */
  readonly reached: boolean | undefined
}

const HEAD = ['what', 'target', 'measured', 'floor', 'ratio', 'reached'] as const

export function tableOf(findings: readonly Finding[]): string {
  const lines = [HEAD as readonly string[], ...findings.map((f) => [
    f.what, f.target, f.measured, f.floor ?? '', f.ratio === undefined ? '' : f.ratio.toFixed(2),
    f.reached === undefined ? '-' : f.reached ? 'yes' : 'NO',
  ])]
  const widths = HEAD.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)))
  const text = lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`)
  text.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`)
  return text.join('\n')
}

/** The value below which so large a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

/** `12.3 ms`. */
export const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`
/** `245 000/s`. */
export const perSecond = (value: number): string =>
  `${String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ' ')}/s`
export const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`
