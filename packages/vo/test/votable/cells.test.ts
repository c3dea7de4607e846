import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cellReader, cellWriter, doubleText, floatText } from '../../src/votable/cells.ts'
import type { Cell, Datatype } from '../../src/votable/index.ts'

describe('numbers are as short as they can be', () => {
  test.each([
    [0.1, '0.1'], [0.2, '0.2'], [1 / 3, '0.33333334'], [16777216, '16777216.0'], [1.5, '1.5'], [0, '0.0'], [-0, '-0.0'],
    [NaN, 'NaN'], [Infinity, '+Inf'], [-Infinity, '-Inf'], [3.4028234663852886e38, '3.4028235e+38'], [1e-45, '1e-45'],
    [1.1754942e-38, '1.1754942e-38'], [123456.79, '123456.79'],
    // Half-way, twice as near, or nearer above: as the engine writes them.
    [378102.375, '378102.375'], [48007392, '48007392.0'], [145415408, '145415408.0'], [2 ** 90, '1.2379401e+27'], [5e-5, '5e-05'],
  ])('the float %d', (value, text) => { expect(floatText(value)).toBe(text) })

  test.each([
    [8.570499999999999e-7, '8.570499999999999e-07'], [10.146583557128906, '10.146583557128906'], [1e21, '1e+21'],
    [-0, '-0.0'], [5, '5.0'], [1e-7, '1e-07'], [0.0001, '0.0001'], [0.00001, '1e-05'], [1e15, '1000000000000000.0'], [1.5e16, '1.5e+16'],
    [NaN, 'NaN'], [Infinity, '+Inf'], [-Infinity, '-Inf'],
  ])('the double %d', (value, text) => { expect(doubleText(value)).toBe(text) })

  test('and give the same number again', () => {
    fc.assert(fc.property(fc.float(), (value) => { expect(Math.fround(readNumber(floatText(value)))).toBe(value) }))
    fc.assert(fc.property(fc.double(), (value) => { expect(readNumber(doubleText(value))).toBe(value) }))
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (bits) => {
      const [value] = new Float32Array(Uint32Array.of(bits).buffer)
      if (Number.isFinite(value)) expect(Math.fround(Number(floatText(value!)))).toBe(value)
    }), { numRuns: 2000 })
  })
})

const readNumber = (text: string): number => cellReader({ name: 'x', datatype: 'double' })(text) as number

/** VOTable 1.4 §6, and what services really write. */
test.each<[Datatype, string | undefined, string, Cell | undefined]>([
  ['boolean', undefined, 'T', true], ['boolean', undefined, 'true', true], ['boolean', undefined, '1', true],
  ['boolean', undefined, 'F', false], ['boolean', undefined, 'False', false], ['boolean', undefined, '0', false],
  ['boolean', undefined, '?', null], ['boolean', undefined, '  ', null], ['boolean', undefined, 'yes', undefined],
  ['bit', undefined, '1', 1], ['bit', undefined, '2', undefined], ['bit', '*', '1010', [1, 0, 1, 0]],
  ['bit', '8', '1010 0001', [1, 0, 1, 0, 0, 0, 0, 1]], ['bit', '4', '10x0', undefined],
  ['unsignedByte', undefined, '255', 255], ['unsignedByte', undefined, '0xfF', 255],
  ['unsignedByte', undefined, '256', undefined], ['unsignedByte', undefined, '-1', undefined],
  ['short', undefined, ' -32768 ', -32768], ['short', undefined, '0xffff', -1], ['short', undefined, '0x7fff', 32767],
  ['short', undefined, '32768', undefined], ['short', undefined, '0x10000', undefined], ['short', undefined, '1.0', undefined],
  ['int', undefined, '+5', 5], ['int', undefined, '0x80000000', -(2 ** 31)], ['int', undefined, '-0', 0],
  ['int', undefined, '', null], ['int', undefined, '5 6', undefined], ['int', undefined, '1e3', undefined],
  ['long', undefined, '9223372036854775807', 2n ** 63n - 1n], ['long', undefined, '9223372036854775808', undefined],
  ['long', undefined, '0xffffffffffffffff', -1n], ['long', undefined, '+12', 12n], ['long', undefined, '0x', undefined],
  ['long', undefined, '9'.repeat(1000), undefined], ['long', '2', '1 2', [1n, 2n]],
  ['float', undefined, '0.1', Math.fround(0.1)], ['float', undefined, 'nan', NaN], ['float', undefined, '', null],
  ['double', undefined, '8.5705E-7', 8.5705e-7], ['double', undefined, '.5', 0.5], ['double', undefined, '5.', 5],
  ['double', undefined, '+Inf', Infinity], ['double', undefined, '-Inf', -Infinity], ['double', undefined, 'Inf', Infinity],
  ['double', undefined, 'Infinity', Infinity], ['double', undefined, '1.2.3', undefined], ['double', undefined, 'x', undefined],
  ['double', undefined, '0x10', undefined], ['double', '2', ' 1.5\n 2 ', [1.5, 2]], ['double', '2', 'NaN 2', [NaN, 2]],
  ['double', '*', '', null], ['double', '2', '1,2', undefined],
  ['boolean', '*', 'TF?', [1, 0, null]], ['boolean', '*', 'true false ?', [1, 0, null]],
  ['doubleComplex', undefined, '1 -2', [1, -2]], ['floatComplex', '2', '1 2 3 4', [1, 2, 3, 4]],
  ['char', '*', ' a ', ' a '], ['char', undefined, '', null], ['unicodeChar', '5', 'αβ', 'αβ'],
])('%s[%s] %j', (datatype, arraysize, text, cell) => {
  expect(cellReader({ name: 'x', datatype, arraysize })(text)).toEqual(cell)
})

test.each<[Datatype, string | undefined, string, string, Cell]>([
  ['short', undefined, '-32768', '-32768', null], ['short', undefined, '-32768', '0x8000', null],
  ['short', undefined, '0x8000', '-32768', null], ['short', undefined, '-32768', '7', 7], ['short', undefined, 'junk', '7', 7],
  ['long', undefined, '-1', '-1', null], ['int', '*', '-9', '1 -9', [1, null]], ['char', '*', 'null', 'null', null],
  ['float', undefined, '-999.9', '-999.9', null],
])('%s[%s] with VALUES null=%j: %j', (datatype, arraysize, nullText, text, cell) => {
  expect(cellReader({ name: 'x', datatype, arraysize }, nullText)(text)).toEqual(cell)
})

test.each<[Datatype, string | undefined, NonNullable<Cell>, string]>([
  ['boolean', undefined, true, 'true'], ['boolean', undefined, false, 'false'],
  ['boolean', '*', [1, 0, null], 'T F ?'], ['bit', '*', [1, 0, 1], '101'],
  ['double', '2', [0.1, NaN], '0.1 NaN'], ['float', '2', [0.1, null], '0.1 NaN'], ['long', '*', [2n ** 62n, -1n], '4611686018427387904 -1'],
])('%s[%s] is written', (datatype, arraysize, cell, text) => {
  expect(cellWriter({ name: 'x', datatype, arraysize })(cell)).toBe(text)
})

test('a null element of an integer array is a bug, not a zero', () => {
  expect(() => cellWriter({ name: 'x', datatype: 'int', arraysize: '*' })([1, null])).toThrow(/null elements/)
})
