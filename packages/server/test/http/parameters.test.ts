import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formPairs, makeParameters, queryOf } from '../../src/http/parameters.ts'

// DALI 1.1 §3.1: names in any case, values as they are.
test('names are found in any case', () => {
  const parameters = makeParameters(formPairs('Query=a&LANG=b'), [['lang', 'C']])
  expect(parameters.one('QUERY')).toBe('a')
  expect(parameters.all('Lang')).toEqual(['b', 'C'])
  expect(parameters.names).toEqual(['Query', 'LANG'])
  expect(() => parameters.one('lang')).toThrow(expect.objectContaining({ code: 'parameter_repeated' }))
  expect(parameters.one('other')).toBeUndefined()
})

test.each([
  ['/a', ''], ['/a?', ''], ['/a?b=c', 'b=c'], ['/a?ID=ivo://x/ID?y', 'ID=ivo://x/ID?y'], ['?', ''],
])('the query of %s', (target, expected) => {
  expect(queryOf(target)).toBe(expected)
})

test('names of objects are names like others', () => {
  const parameters = makeParameters(formPairs('__proto__=1&constructor=2'))
  expect([parameters.one('__proto__'), parameters.one('constructor'), parameters.one('toString')]).toEqual(['1', '2', undefined])
})

test('too many are refused', () => {
  expect(() => makeParameters(Array.from({ length: 10_001 }, () => ['a', 'b'] as const)))
    .toThrow(expect.objectContaining({ code: 'document_too_large' }))
})

test('whatever was sent is found again', () => {
  fc.assert(fc.property(fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string())), (pairs) => {
    const parameters = makeParameters(formPairs(new URLSearchParams(pairs).toString()))
    for (const [name, value] of new URLSearchParams(pairs)) expect(parameters.all(name)).toContain(value)
  }))
})
