import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvWriter } from '../../src/votable/index.ts'
import type { Cell, Field } from '../../src/votable/index.ts'

const char = (name: string): Field => ({ name, datatype: 'char', arraysize: '*' })
const whole = (fields: Field[], rows: Cell[][]): string => {
  const writer = csvWriter(fields)
  return writer.head() + writer.rows(rows) + writer.foot({ overflow: true, error: 'cannot be told' })
}

test('RFC 4180: header, CRLF, quotes where needed, empty for null', () => {
  const fields: Field[] = [char('a'), char('b,"c"'), { name: 'n', datatype: 'long' }, { name: 'f', datatype: 'float' }, { name: 't', datatype: 'boolean' }]
  expect(whole(fields, [
    ['plain', 'x,y', 2n ** 60n, 0.1, true],
    ['say "hi"', 'two\nlines', null, NaN, false],
    [null, ' \r', -1n, -Infinity, null],
  ])).toBe('a,"b,""c""",n,f,t\r\nplain,"x,y",1152921504606846976,0.1,true\r\n'
    + '"say ""hi""","two\nlines",,NaN,false\r\n," \r",-1,-Inf,\r\n')
})

test('a null alone in its row is no empty line', () => {
  expect(whole([char('a')], [[null], ['x'], ['']])).toBe('a\r\n""\r\nx\r\n""\r\n')
})

test('another reader gets the texts back', () => {
  const cell = fc.string({ unit: fc.constantFrom(...'ab,"\r\n α') })
  fc.assert(fc.property(fc.array(fc.tuple(cell, cell)), (rows) => {
    expect(parse(whole([char('a'), char('b')], rows))).toEqual([['a', 'b'], ...rows])
  }))
})

/** RFC 4180 §2, character by character. */
function parse(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  let cell = ''
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (quoted) {
      if (c !== '"') cell += c
      else if (text[i + 1] === '"') cell += text[i++]
      else quoted = false
    } else if (c === '"') quoted = true
    else if (c === ',') [row, cell] = [[...row, cell], '']
    else if (c === '\r' && text[i + 1] === '\n') {
      rows.push([...row, cell])
      ;[row, cell] = [[], '']
      i++
    } else cell += c
  }
  return rows
}
