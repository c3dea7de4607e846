import fc from 'fast-check'
import { ArchiveError } from '@quipu/vo'
import { describe, expect, test } from 'vitest'
import { evaluate, isLike, parseExpression } from '../src/expression.ts'

const candidate = { 'DPR.TYPE': 'FLAT,SKY  ', 'INS.MODE': 'IMG', 'MJD-OBS': 59001.5, BIN: 2, A_B: 'x_y', OK: true }
const reference = { 'INS.MODE': 'IMG', 'MJD-OBS': 59000, BIN: 1 }

describe('conditions', () => {
  test.each([
    ['DPR.TYPE == "FLAT,SKY"', true, 'trailing blanks of a FITS string do not count'],
    ["DPR.TYPE like 'FLAT%' and INS.MODE == inputFile.INS.MODE", true, 'both sides'],
    ['BIN != inputFile.BIN', true, ''],
    ['GONE != 1', false, 'an absent keyword makes != false too'],
    ['not GONE == 1', true, 'but its negation true'],
    ['GONE is undefined and BIN is not undefined', true, ''],
    ['MJD-OBS > inputFile.MJD-OBS - 3 and MJD-OBS < inputFile.MJD-OBS + 3', true, 'a dash in a keyword and a difference'],
    ['(MJD-OBS - inputFile.MJD-OBS) > 2 or BIN >= 2', true, ''],
    ['MJD-OBS-1 == 59000.5', true, 'a digit after the dash makes it a difference'],
    ['BIN == "2"', false, 'a number is not text'],
    ['BIN < "3"', false, 'nor compared with it'],
    ['A_B like "x_y"', true, ''],
    ['A_B like "xzy"', false, ''],
    ['DPR.TYPE like "F_AT%"', false, 'the underscore is itself'],
    ['BIN == -(-2)', undefined, 'a sign before a bracket'],
    ['OK == T and not F', true, 'bare truth values'],
    ['BIN', false, 'a number is no condition'],
  ])('%s', (text, expected, _why) => {
    if (expected === undefined) expect(evaluate(parseExpression(text), candidate, reference)).toBe(true)
    else expect(evaluate(parseExpression(text), candidate, reference) === true).toBe(expected)
  })

  test('values: text and numbers join, numbers add', () => {
    expect(evaluate(parseExpression('"SCI_" + BIN + "x" + BIN'), candidate, reference)).toBe('SCI_2x2')
    expect(evaluate(parseExpression('BIN + 1 - 4'), candidate, reference)).toBe(-1)
    expect(evaluate(parseExpression('"a" - 1'), candidate, reference)).toBeUndefined()
    expect(evaluate(parseExpression('"a" + GONE'), candidate, reference)).toBeUndefined()
  })
})

test.each([
  ['BIN = 2', /'=' is not part of a condition \(character 5/],
  ['BIN == ', /keyword, number or quoted text is expected, not 'the end' \(character 8/],
  ['BIN == 2 )', /'\)' is not expected here/],
  ['(BIN == 2', /'\)' is missing/],
  ['BIN like 2', /'like' takes a quoted pattern/],
  ['BIN is empty', /'undefined' or 'not undefined', not 'empty'/],
  ['BIN == "x', /'"' is not part/],
  [`${'('.repeat(60)}1${')'.repeat(60)}`, /nested deeper than 40/],
  ['x '.repeat(3000), /at most 4000 characters/],
])('refused: %.30s', (text, message) => {
  expect(() => parseExpression(text)).toThrow(message)
  expect(() => parseExpression(text)).toThrow(ArchiveError)
})

test('any text ends in an expression or an ArchiveError', () => {
  const word = fc.constantFrom('A', '(', ')', 'and', 'or', 'not', '==', 'like', '"%"', '1', '-', '+', 'is', 'undefined', '<', 'inputFile.B', '.', '\u0000')
  fc.assert(fc.property(fc.array(word, { maxLength: 30 }), (words) => {
    try {
      evaluate(parseExpression(words.join(' ')), {}, {})
    } catch (error) {
      expect(error).toBeInstanceOf(ArchiveError)
    }
  }))
})

test('like agrees with the regular expression it stands for', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '_', '.'), maxLength: 8 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_', '.'), maxLength: 6 })
  fc.assert(fc.property(text, pattern, (value, like) => {
    const regex = new RegExp(`^${like.split('%').map((part) => part.replace(/\./g, '\\.')).join('.*')}$`)
    expect(isLike(value, like)).toBe(regex.test(value))
  }))
})
