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
  { asked: 'votable/b2', type: 'application/x-votable+xml;serialization=BINARY2' },
  { asked: 'application/x-votable+xml;SERIALIZATION=binary2', type: 'application/x-votable+xml;serialization=BINARY2' },
  { asked: 'votable/b', type: 'application/x-votable+xml;serialization=BINARY' },
  { asked: 'votable/base64', type: 'application/x-votable+xml;serialization=BINARY' },
  { asked: 'tsv', type: 'text/tab-separated-values' },
  { asked: 'text/tab-separated-values', type: 'text/tab-separated-values' },
  { asked: 'json', type: 'application/json' },
  { asked: 'FITS', type: 'application/fits' },
  { asked: 'application/fits', type: 'application/fits' },
  { asked: 'application/x-votable+xml; charset=utf-8', type: 'application/x-votable+xml;charset=UTF-8' },
  { asked: 'text/csv;charset=UTF-8', type: 'text/csv;header=present;charset=UTF-8' },
  { asked: 'application/x-votable+xml;charset="utf8";serialization=binary2', type: 'application/x-votable+xml;serialization=BINARY2;charset=UTF-8' },
  { asked: 'parquet', type: 'application/vnd.apache.parquet' },
  { asked: 'text', type: 'text/plain;charset=UTF-8' },
  { asked: 'text/plain', type: 'text/plain;charset=UTF-8' },
  { asked: 'html', type: 'text/html;charset=UTF-8' },
  { asked: 'text/html', type: 'text/html;charset=UTF-8' },
])('RESPONSEFORMAT=$asked is answered as $type', ({ asked, type }) => {
  expect(chooseFormat(asked).contentType).toBe(type)
})

test.each(['votable/fits', 'text/csv;header=absent', 'parquet/zip', 'application/x-votable+xml;serialization=FITS', '<script>', 'text/csv;charset=latin1', 'application/fits;charset=utf-8', 'csv;charset=utf-8'])(
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
