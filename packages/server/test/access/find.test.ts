import { expect, test } from 'vitest'
import { checkRetrieve } from '../../src/access/find.ts'
import { ANONYMOUS } from '../../src/access/principal.ts'
import type { Product } from '../../src/stores/truth.ts'
import { holding, principal } from '../support/holdings.ts'

const CLOSED = { runId: 2, progId: 'P.2', metadataPublic: false }
const product = (more: Partial<Product>): Product => ({ ...holding({ dpId: 'A.1' }).product, run: null, ...more })

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
