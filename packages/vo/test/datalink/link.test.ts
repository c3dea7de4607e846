import { expect, test } from 'vitest'
import { ESO_TERMS, ESO_VOCABULARY, isSemantics, SEMANTICS, semanticsTerm } from '../../src/datalink/index.ts'

test.each([
  ['#this', SEMANTICS.this, true],
  ['http://archive.eso.org/rdf/datalink/eso#calSelector_raw2raw', SEMANTICS.raw2raw, true],
  ['http://archive.eso.org/rdf/datalink/eso#calSelector_raw2raw', 'calSelector_raw2raw', true],
  ['http://archive.eso.org/rdf/datalink/eso#calSelector_raw2raw', '#calSelector_raw2raw', true],
  ['#calSelector_raw2raw', SEMANTICS.raw2raw, true],
  ['https://archive.eso.org/rdf/datalink/eso#night_log', SEMANTICS.nightLog, true],
  ['http://www.ivoa.net/rdf/datalink/core#preview', SEMANTICS.preview, true],
  [' #this ', '#this', true],
  ['#calibration', SEMANTICS.raw2raw, false],
  ['http://archive.eso.org/rdf/datalink/eso#calSelector_raw2master', SEMANTICS.raw2raw, false],
  ['', '#this', false],
])('%s is %s: %s', (semantics, term, answer) => { expect(isSemantics({ semantics }, term)).toBe(answer) })

test('every term of ESO is on the vocabulary page, and no other', () => {
  const own = Object.values(SEMANTICS).filter((term) => term.startsWith(ESO_VOCABULARY)).map(semanticsTerm)
  expect(ESO_TERMS.map(({ term }) => term).sort()).toEqual(own.sort())
})
