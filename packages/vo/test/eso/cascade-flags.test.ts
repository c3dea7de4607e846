import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseMode, readThisDescription, writeThisDescription } from '../../src/eso/cascade-flags.ts'

const RECORDED = 'category="IFS_SCI_SKY" certified="true" complete="true" mode="Raw2Master" type="main" messages=""'
const FLAGS = { category: 'IFS_SCI_SKY', certified: true, complete: true, mode: 'Raw2Master', type: 'main', messages: '' } as const

test('the recorded text, both ways', () => {
  expect(writeThisDescription(FLAGS)).toBe(RECORDED)
  expect(readThisDescription(RECORDED)).toEqual(FLAGS)
})

const file = '../shared/fixtures/notebook/calselector_votable_rows_SPHER.2016-09-26T04_15_07.252_raw2master_2021.json'
if (!existsSync(file)) process.stderr.write('SKIPPED: no recorded calSelector rows\n')
test.skipIf(!existsSync(file))('the recorded row', () => {
  expect(readThisDescription(JSON.parse(readFileSync(file, 'utf8'))[0].description)).toEqual(FLAGS)
})

test.each([
  ['', { category: '', certified: false, complete: false, mode: '', type: '', messages: '' }],
  ['Requested file', { complete: false, mode: '' }],
  ['certified="TRUE" complete="yes" mode="raw2raw"', { certified: true, complete: false, mode: 'Raw2Raw' }],
  ['incomplete="true" notype="x"', { complete: false, type: '' }],
  ['complete = "true"  messages="two words"', { complete: true, messages: 'two words' }],
  ['mode="Raw2Something"', { mode: '' }],
])('%s', (text, flags) => expect(readThisDescription(text)).toMatchObject(flags))

test('a quote in a value cannot make another attribute', () => {
  const text = writeThisDescription({ ...FLAGS, complete: false, messages: 'x" complete="true' })
  expect(readThisDescription(text)).toMatchObject({ complete: false, messages: "x' complete='true" })
})

test('modes in any case', () => {
  expect(parseMode('raw2master')).toBe('Raw2Master')
  expect(parseMode(' RAW2RAW ')).toBe('Raw2Raw')
  expect(() => parseMode('Raw2')).toThrow("mode is 'Raw2'; it is Raw2Raw or Raw2Master")
})
