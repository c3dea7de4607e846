import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ArchiveError } from '../../src/errors.ts'
import { dpIdOfDid, nightOf, parseDpId, publisherDid } from '../../src/eso/dp-id.ts'

const RAW = 'SPHER.2016-09-26T04:15:07.252'

test.each([
  RAW, 'MUSE.2019-01-01T00:00:00.000', 'WFI.1999-05-06T07:08:09.123', 'APEXHET.2015-07-15T10:11:12.000',
  'M.SPHERE.2016-09-27T08:14:42.823', 'ADP.2016-09-21T07:35:18.123', `${RAW}.NL`, 'E-095.F-9802A.2015JUL15.TAR',
])('%s is a dp_id', (text) => {
  expect(parseDpId(text)).toBe(text)
  expect(dpIdOfDid(text)).toBe(text)
  expect(dpIdOfDid(publisherDid(text))).toBe(text)
})

test.each([
  ['', 'empty'],
  ['hello', 'one looks like SPHER.2016-09-26T04:15:07.252'],
  ['../../etc/passwd', "'/'"],
  ['A..B', 'single dots'],
  ['..', 'single dots'],
  ['.hidden', 'begins with a letter or digit'],
  ['A.', 'single dots'],
  ['-rf.x', 'begins with a letter or digit'],
  ['A.B/C', "'/'"],
  ['A.B\\C', "'\\'"],
  ['A.B C', 'a blank'],
  [' A.B', 'a blank'],
  ['A.B\u0000', 'U+0000'],
  ['A.B\r\nSet-Cookie: x', 'U+000D'],
  ["A.B'", "'''"],
  ['A.B"', "'\"'"],
  ['A.B<', "'<'"],
  ['A.B?C', "'?'"],
  ['A.B#', "'#'"],
  ['A.Bé', 'U+00E9'],
  ['A.𝔅', 'U+1D505'],
  ['SPHER.2016-09-26T04%3A15%3A07.252', 'percent-encoded'],
  [`ivo://eso.org/ID?${RAW}`, "the part after '?'"],
  [`${RAW}.fits`, `its dp_id is '${RAW}'`],
  [`${RAW}.fits.Z`, `its dp_id is '${RAW}'`],
  [`${RAW}.NL.txt`, `its dp_id is '${RAW}.NL'`],
  ['SPHER.2016-09-26T04_15_07.252', `did you mean '${RAW}'`],
  [`A.${'B'.repeat(127)}`, 'at most 128'],
])('%j is refused, saying why', (text, message) => {
  expect(() => parseDpId(text)).toThrow(expect.objectContaining({ code: 'parameter_invalid', message: expect.stringContaining(message) }))
})

test.each(['ivo://other.org/ID?A.B', 'ivo://eso.org/origfile?A.B', 'ivo://eso.org/ID?', 'ivo://eso.org/ID?a/b.c'])(
  '%s is no identifier of this archive', (text) => expect(() => dpIdOfDid(text)).toThrow(ArchiveError))

test('whatever is taken is safe as a file name and in a URL; messages are one printable line', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 30 }), fc.stringMatching(/^[A-Z.:/\\_ -]{0,20}$/)), (text) => {
    try {
      return /^[A-Za-z0-9][A-Za-z0-9.:_-]{2,127}$/.test(parseDpId(text)) && !/\.\.|\.$/.test(text)
    } catch (error) {
      return error instanceof ArchiveError && /^[\x20-\x7e]+$/.test(error.message)
    }
  }), { numRuns: 300 })
})

test.each<[string | number, string]>([
  [RAW, '2016-09-25'],
  [`${RAW}.NL`, '2016-09-25'],
  ['FORS2.2020-12-26T15:59:59.999', '2020-12-25'],
  ['FORS2.2020-12-26T16:00:00.000', '2020-12-26'],
  ['FORS2.2021-01-01T03:00:00.000', '2020-12-31'],
  ['M.FORS2.2015-08-05T11:20:17.466', '2015-08-04'],
  ['E-095.F-9802A.2015JUL15.TAR', '2015-07-15'],
  [Date.UTC(2016, 8, 26, 4), '2016-09-25'],
])('the night of %s is %s', (id, night) => expect(nightOf(id)).toBe(night))
test('an id without a time has no night', () => expect(() => nightOf('A.B')).toThrow('no night'))
