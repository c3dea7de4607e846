import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fileNameOf, nameInUrl, safeFileName } from '../src/names.ts'

test.each([
  ['attachment; filename=SPHER.2016-09-26T04:15:07.252.fits.Z', 'SPHER.2016-09-26T04:15:07.252.fits.Z', 'ESO'],
  ['attachment; filename="a b.fits"', 'a b.fits', 'quotes'],
  ['attachment; filename="a\\"b\\\\c.fits"', 'c.fits', 'escapes in quotes'],
  ['attachment;filename=x.fits; size=3', 'x.fits', 'another parameter after it'],
  ['attachment; filename=x.fits;', 'x.fits', 'a semicolon at the end'],
  ['inline; FILENAME = "X.FITS"', 'X.FITS', 'case and blanks'],
  ["attachment; filename=plain.fits; filename*=UTF-8''gr%C3%BC%C3%9Fe.fits", 'grüße.fits', 'RFC 8187 wins'],
  ["attachment; filename*=utf-8'en'%2e%2e%2f%2e%2e%2fx", 'x', 'folders in RFC 8187'],
  ["attachment; filename*=UTF-8''%ff%fe; filename=y.fits", '%ff%fe', 'no UTF-8'],
  ['attachment; filename=../../etc/passwd', 'passwd', 'folders up'],
  ['attachment; filename="/etc/passwd"', 'passwd', 'an absolute path'],
  ['attachment; filename="C:\\\\Windows\\\\x.dll"', 'x.dll', 'a Windows path'],
  ['attachment; filename=.bashrc', 'bashrc', 'a hidden file'],
  ['attachment; filename="..."', undefined, 'dots only'],
  ['attachment; filename=""', undefined, 'nothing'],
  ['attachment', undefined, 'no name'],
  ['attachment; xfilename=evil', undefined, 'another parameter'],
  ['attachment; filename="x.fits\u202ezxe"', undefined, 'not sendable in a header'],
])('%s', (header, name, why) => {
  if (/[^\x00-\xff]/.test(header)) return expect(safeFileName('x.fits\u202ezxe')).toBe('x.fitszxe')
  expect(fileNameOf(new Headers({ 'Content-Disposition': header })), why).toBe(name)
})

test.each([
  ['con', '_con'], ['NUL.fits', '_NUL.fits'], ['com1.txt', '_com1.txt'], ['console.txt', 'console.txt'],
  ['x.fits. ', 'x.fits'], ['a\0b\x1bc\x9bd', 'abcd'], ['<a>|"b"?*', 'ab'], ['ä'.repeat(500), 'ä'.repeat(100)],
])('%j is safe as %j', (text, name) => {
  expect(safeFileName(text)).toBe(name)
})

test('whatever comes, the name is one part of a path', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
    const name = safeFileName(text)
    if (name === undefined) return
    expect(name).not.toMatch(/[/\\\x00-\x1f]/)
    expect(name).not.toMatch(/^\.|\.$/)
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(203)
  }))
})

test.each([
  ['https://dataportal.eso.org/dataPortal/file/ADP.2016-01-01T00:00:00.001', 'ADP.2016-01-01T00:00:00.001'],
  ['https://x.org/a%2F..%2Fb', 'b'], ['https://x.org/100%', '100%'], ['https://x.org/', undefined],
  ['https://x.org/links?ID=a/b', 'links'],
])('%s ends in %s', (url, name) => {
  expect(nameInUrl(url)).toBe(name)
})
