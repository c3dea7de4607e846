import { ArchiveError } from '@quipu/vo'
import { expect, test } from 'vitest'
import { chooseFormat, FORMATS } from '../../src/tap/formats.ts'

// DALI 1.1 §3.4.3 and conformance T-14: a media type is answered as it was asked for.
test.each([
  { asked: undefined, type: 'application/x-votable+xml' },
  { asked: '', type: 'application/x-votable+xml' },
  { asked: 'votable', type: 'application/x-votable+xml' },
  { asked: 'VOTable/TD', type: 'application/x-votable+xml' },
  { asked: 'application/x-votable+xml', type: 'application/x-votable+xml' },
  { asked: 'text/xml', type: 'text/xml' },
  { asked: 'Application/XML', type: 'application/xml' },
  { asked: 'application/x-votable+xml; serialization="tabledata"', type: 'application/x-votable+xml;serialization=TABLEDATA' },
  { asked: 'csv', type: 'text/csv;header=present' },
  { asked: 'text/csv', type: 'text/csv;header=present' },
  { asked: 'text/csv; header=present', type: 'text/csv;header=present' },
])('RESPONSEFORMAT=$asked is answered as $type', ({ asked, type }) => {
  expect(chooseFormat(asked).contentType).toBe(type)
})

test.each(['votable/b2', 'text/csv;header=absent', 'fits', 'application/x-votable+xml;serialization=BINARY2'])(
  '%s is refused, and the message says what there is', (asked) => {
    expect(() => chooseFormat(asked)).toThrow(ArchiveError)
    expect(() => chooseFormat(asked)).toThrow(/votable.*csv.*application\/x-votable\+xml/s)
  })

test('every name and media type of every format is found again', () => {
  for (const format of FORMATS) {
    for (const name of [...format.aliases, format.mediaType, ...format.mediaTypes]) {
      expect(chooseFormat(name).format).toBe(format)
    }
  }
})
