import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openTerminal, sizeText, table, timeText } from '../terminal.ts'

let written: string
beforeEach(() => {
  written = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    written += String(chunk)
    return true
  })
})
afterEach(() => { vi.restoreAllMocks() })

test('without a terminal: no colours, no redrawing, and the answer is yes', async () => {
  const terminal = openTerminal({ yes: false })
  expect(terminal.isInteractive).toBe(false)
  expect(await terminal.confirm('Download?')).toBe(true)
  const line = terminal.progress('a\x1bb')
  line.update(1, 2)
  line.note('half')
  line.end('done\x07')
  expect(written).toBe('Download? [y/n] y\na\\x1bb done\\x07\n')
})

test('records: one column a line, a rule between them, nothing for none', () => {
  const terminal = openTerminal({ yes: true })
  terminal.records([])
  expect(written).toBe('')
  terminal.records([{ dp_id: 'A.B', n: 5n, x: null }, { dp_id: 'C\nD', n: 6n, x: 1.5 }])
  const rule = '-'.repeat(Math.min(process.stdout.columns ?? 100, 100))
  expect(written.trimEnd().split('\n')).toEqual([
    rule, 'dp_id: A.B', '    n: 5', '    x: --', rule, 'dp_id: C\\x0aD', '    n: 6', '    x: 1.5', rule,
  ])
})

test.each([[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [1_550_000, '1.6 MB'], [2e15, '2000.0 TB']])('%i bytes: %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text)
})

test('moments, tables, and text that would play with the terminal', () => {
  expect(timeText(0)).toBe('1970-01-01 00:00:00 UTC')
  expect(timeText(Infinity)).toBe('unknown')
  expect(table([['a', 'bb', ''], ['cccc', '', 'd']])).toEqual(['  a      bb', '  cccc        d'])
})
