import { expect, test } from 'vitest'
import { textFormat } from '../../src/votable/index.ts'
import type { Field, Row } from '../../src/votable/index.ts'

function whole(fields: readonly Field[], batches: readonly (readonly Row[])[], overflow = false): string {
  const measure = textFormat.measure(fields)
  for (const batch of batches) measure.add(batch)
  const writer = textFormat.writer(fields, measure.result(overflow))
  return [writer.head(), ...batches.map((batch) => writer.rows(batch)), writer.foot({ overflow })].join('')
}

const fields: Field[] = [{ name: 'object', datatype: 'char', arraysize: '*' }, { name: 'n', datatype: 'long' }, { name: 'ok', datatype: 'boolean' }]

test('columns are as wide as their widest cell, in whatever batch it comes; numbers stand right', () => {
  expect(whole(fields, [[['NGC 1', 5n, true]], [['🌟 α Centauri', 12345n, false], [null, null, null]]])).toBe(`\
object       |     n |    ok
-------------+-------+------
NGC 1        |     5 |  true
🌟 α Centauri | 12345 | false
             |       |
`)
})

test('no row, and a cut one', () => {
  expect(whole(fields, [])).toBe('object | n | ok\n-------+---+---\n')
  expect(whole(fields, [[['x', 1n, true]]], true)).toMatch(/\n\nOVERFLOW: .*\n$/)
})

test('control characters neither break lines nor steer a terminal', () => {
  expect(whole([fields[0]!], [[['a\nb\r\tc\u001b[2J\u009bd']]]).split('\n')[2]).toBe('a b  c [2J d')
})
