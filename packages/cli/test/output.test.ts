import { expect, test } from 'vitest'
import type { Field } from '@quipu/vo/votable'
import { alignedTable, formatResult, formatTree } from '../src/output.ts'

const FIELDS: readonly Field[] = [
  { name: 'dp_id', datatype: 'char', arraysize: '*' }, { name: 'n', datatype: 'long' }, { name: 'x', datatype: 'double' },
]
const ROWS = [['A.B', 9007199254740993n, 1.5], ['C, "D"', 7n, null], [null, null, NaN]]

test('a table for people', () => {
  expect(formatResult(FIELDS, ROWS, 'table')).toBe([
    'dp_id   n                 x', '------  ----------------  ---', 'A.B     9007199254740993  1.5',
    'C, "D"  7', '                          NaN', ''].join('\n'))
  expect(formatResult(FIELDS, [], 'table')).toBe('dp_id  n  x\n-----  -  -\n')
})

test('CSV and JSON for programs', () => {
  expect(formatResult(FIELDS, ROWS.slice(0, 2), 'csv').replaceAll('\r', '')).toBe('dp_id,n,x\nA.B,9007199254740993,1.5\n"C, ""D""",7,\n')
  expect(JSON.parse(formatResult(FIELDS, ROWS, 'json'))).toEqual([
    { dp_id: 'A.B', n: '9007199254740993', x: 1.5 }, { dp_id: 'C, "D"', n: 7, x: null }, { dp_id: null, n: null, x: null },
  ])
  expect(formatResult([{ name: 'a', datatype: 'long', arraysize: '2' }], [[[1n, null]]], 'json')).toContain('1')
})

test('a table of more rows than a call takes arguments', () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => [String(i)])
  expect(alignedTable(['n'], rows).length).toBeGreaterThan(1_000_000)
})

test.each([
  ['a\x1b[2Jb', 'a\\x1b[2Jb'], ['a\nb', 'a\\x0ab'], ['\x9b31m', '\\x9b31m'], ['x\u202efdp', 'x\\x202efdp'], ['Zoë ✓', 'Zoë ✓'],
])('%j cannot play with the terminal', (text, shown) => {
  expect(formatResult(FIELDS, [[text, null, null]], 'table')).toContain(shown)
})

test('a tree: a branch that came before is named, not repeated; what is wrong is said', () => {
  const node = (category: string, more: object = {}) => ({
    category, certified: true, complete: true, type: 'main', mainFiles: [{ category: 'X', name: `${category}.1` }], messages: [], associatedFiles: [], ...more,
  })
  const bias = node('BIAS', { match: 'calib_plan' })
  const flat = node('FLAT', { match: 'extended', associatedFiles: [bias], certified: false })
  const root = node('SCI', { mode: 'Raw2Raw', associatedFiles: [flat, flat, bias], complete: false, messages: ['no\x1b sky'] })
  expect(formatTree(root)).toBe(`SCI (INCOMPLETE, no\\x1b sky)
  SCI.1  X
  FLAT (extended, not certified)
    FLAT.1  X
    BIAS (calib_plan)
      BIAS.1  X
  FLAT (extended, not certified, as above)
  BIAS (calib_plan)
    BIAS.1  X
3 distinct files
`)
})
