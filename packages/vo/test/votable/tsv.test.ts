import { expect, test } from 'vitest'
import { tsvWriter } from '../../src/votable/index.ts'
import type { Field } from '../../src/votable/index.ts'

test('a header, one line a row, empty for null; tabs and line ends become blanks', () => {
  const fields: Field[] = [{ name: 'a\tb', datatype: 'char', arraysize: '*' }, { name: 'n', datatype: 'long' }, { name: 'f', datatype: 'float' }]
  const writer = tsvWriter(fields)
  const text = writer.head() + writer.rows([['x\ty\r\nz "q", α', 2n ** 60n, 0.1], [null, null, NaN], ['', -1n, -Infinity]]) + writer.foot({ overflow: true })
  expect(text).toBe('a b\tn\tf\nx y  z "q", α\t1152921504606846976\t0.1\n\t\tNaN\n\t-1\t-Inf\n')
})
