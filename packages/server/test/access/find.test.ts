import { expect, test } from 'vitest'
import { checkRetrieve, findVisible } from '../../src/access/find.ts'
import { ANONYMOUS } from '../../src/access/principal.ts'
import type { Product } from '../../src/stores/truth.ts'
import { holding, principal } from '../support/holdings.ts'

const CLOSED = { runId: 2, progId: 'P.2', metadataPublic: false }
const product = (more: Partial<Product>): Product => ({ ...holding({ dpId: 'A.1' }).product, run: null, ...more })

test('hidden and unknown are one answer after one look-up', () => {
  const asked: string[] = []
  const truth = {
    findProduct(dpId: string) {
      asked.push(dpId)
      return dpId === 'A.1' ? product({ run: CLOSED }) : undefined
    },
  }
  const answers = ['A.1', 'A.2'].map((dpId) => {
    try {
      return findVisible(truth, dpId, principal('visitor', [1]))
    } catch (error) {
      return { ...Object(error), message: String(error).replaceAll(dpId, '?') }
    }
  })
  expect(answers[0]).toEqual(answers[1])
  expect(answers[0]).toMatchObject({ code: 'product_not_found' })
  expect(asked).toEqual(['A.1', 'A.2'])
  expect(findVisible(truth, 'A.1', principal('pi', [2])).dpId).toBe('A.1')
})

test.each([
  ['a caller without a token is asked for one', ANONYMOUS, product({ releaseMs: null }), 'token_missing'],
  ['a person without the right is told so', principal('visitor'), product({ releaseMs: 2_000 }), 'product_proprietary'],
  ['what may not be discovered is not there', principal('visitor'), product({ run: CLOSED, releaseMs: null }), 'product_not_found'],
  ['nor for a caller without a token', ANONYMOUS, product({ run: CLOSED, releaseMs: 0 }), 'product_not_found'],
])('%s', (_, who, what, code) => {
  expect(() => checkRetrieve(what, who, 1_000)).toThrow(expect.objectContaining({ code }))
})

test('who may have it gets the clause for the log', () => {
  expect(checkRetrieve(product({ releaseMs: 1_000 }), ANONYMOUS, 1_000)).toBe('released')
  expect(checkRetrieve(product({ run: CLOSED, releaseMs: null }), principal('pi', [2]), 1_000)).toBe('granted')
})
