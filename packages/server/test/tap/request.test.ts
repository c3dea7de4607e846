import { describe, expect, test } from 'vitest'
import { parseConfig } from '../../src/config.ts'
import { makeParameters } from '../../src/http/parameters.ts'
import { lookupOf, readRunId, readTapRequest } from '../../src/tap/request.ts'

const settings = parseConfig('tap: { defaultRows: 200, maxRows: 1000, queryBytes: 50 }').tap
const good = { lang: 'ADQL', query: 'SELECT 1 FROM t' }

function read(parameters: Record<string, string>) {
  return readTapRequest(lookupOf(makeParameters(Object.entries(parameters))), settings)
}

// TAP 1.1 §2.7.4, DALI 1.1 §3.4.4.
test.each([
  { maxrec: undefined, rows: 200 }, { maxrec: '', rows: 200 }, { maxrec: '0', rows: 0 },
  { maxrec: ' 7 ', rows: 7 }, { maxrec: '1000', rows: 1000 }, { maxrec: '1001', rows: 1000 },
  { maxrec: '9'.repeat(400), rows: 1000 },
])('MAXREC=$maxrec is $rows rows', ({ maxrec, rows }) => {
  expect(read({ ...good, ...maxrec === undefined ? {} : { maxrec } }).maxRows).toBe(rows)
})

test.each(['-1', '1.5', '1e3', 'all', '0x10', '١'])('MAXREC=%s is refused', (MAXREC) => {
  expect(() => read({ ...good, MAXREC })).toThrow(/MAXREC is a whole number/)
})

// TAP 1.1 §2.7.1, conformance T-11.
test.each(['ADQL', 'ADQL-2.0', 'ADQL-2.1', 'adql'])('LANG=%s is taken', (lang) => {
  expect(read({ ...good, lang }).query).toBe(good.query)
})

describe('what is wrong is named, with what would work', () => {
  test.each([
    { parameters: { query: 'SELECT 1' }, code: 'parameter_missing', message: /LANG is missing; send LANG=ADQL/ },
    { parameters: { ...good, lang: 'OOBLECK' }, code: 'parameter_invalid', message: /unknown query language 'OOBLECK'; use ADQL/ },
    { parameters: { ...good, lang: 'ADQL-3.0' }, code: 'parameter_invalid', message: /unknown query language/ },
    { parameters: { lang: 'ADQL' }, code: 'parameter_missing', message: /QUERY is missing/ },
    { parameters: { lang: 'ADQL', query: ' \n ' }, code: 'parameter_missing', message: /QUERY is missing/ },
    { parameters: { ...good, query: 'x'.repeat(51) }, code: 'adql_too_complex', message: /51 bytes; at most 50/ },
    { parameters: { ...good, format: 'ascii' }, code: 'parameter_invalid', message: /'ascii' is not one of ours; use votable/ },
  ])('$message', ({ parameters, code, message }) => {
    let thrown: unknown
    try {
      read(parameters as unknown as Record<string, string>)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})

test('RESPONSEFORMAT wins over FORMAT, and REQUEST, VERSION and unknown names do no harm', () => {
  const { choice } = read({ ...good, FORMAT: 'nonsense', RESPONSEFORMAT: 'csv', REQUEST: 'x', VERSION: '9', DUMMY: '1' })
  expect(choice.format.extension).toBe('csv')
})

test('a single-valued parameter that comes twice is refused', () => {
  const twice = makeParameters([['LANG', 'ADQL'], ['QUERY', 'a'], ['query', 'b']])
  expect(() => readTapRequest(lookupOf(twice), settings)).toThrow(/QUERY takes one value/)
})

test('RUNID is kept up to 64 characters', () => {
  const runIdOf = (RUNID: string) => readRunId(lookupOf(makeParameters([['RUNID', RUNID]])))
  expect(runIdOf('night 7')).toBe('night 7')
  expect(runIdOf('  ')).toBeNull()
  expect(() => runIdOf('x'.repeat(65))).toThrow(/at most 64/)
})
