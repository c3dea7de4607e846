import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readAssociationTree } from '../../src/eso/association-tree.ts'
import { multipartBody, readMultipart } from '../../src/eso/multipart.ts'

const PARTS = [{ filename: 'A.1_raw2raw.xml', xml: '<a>é</a>\n' }, { filename: 'A.2_raw2raw.xml', xml: '<b/>' }]
const TYPE = 'multipart/form-data; boundary=b0-_.x;charset=UTF-8'

test('the body, to the byte', () => {
  expect(multipartBody('b0', PARTS.slice(0, 1))).toBe('--b0\r\nContent-Disposition: attachment; filename="A.1_raw2raw.xml"\r\n'
    + 'Content-Type: application/xml;content=calselector\r\nContent-Length: 10\r\n\r\n<a>é</a>\n\r\n--b0--\r\n')
})

test.each([TYPE, 'multipart/form-data; boundary="b0-_.x"', 'Multipart/Form-Data;charset=UTF-8; boundary=b0-_.x'])('read again as %s', (type) => {
  expect(readMultipart(type, multipartBody('b0-_.x', PARTS))).toEqual(PARTS)
})

test('LF line ends, a preamble, and the boundary as text within a line', () => {
  const body = 'ignored\n--b\nContent-Disposition: attachment; filename=x.xml\n\n<x a="--b"/>\n--bc\n\n--b--\nignored'
  expect(readMultipart('multipart/form-data; boundary=b', body)).toEqual([{ filename: 'x.xml', xml: '<x a="--b"/>\n--bc\n' }])
})

const recorded = '../shared/fixtures/calselector/FORS2.2021-01-02T00_59_12.533_raw2raw_multipart.xml'
if (!existsSync(recorded)) process.stderr.write('SKIPPED: no recorded multipart answer\n')
test.skipIf(!existsSync(recorded))('the recorded answer for two frames', () => {
  const parts = readMultipart('multipart/form-data; boundary=uFQlfs9nBIDEAIoz0_ZM-O2SXKsZ2iSd4h7H;charset=UTF-8', readFileSync(recorded, 'utf8'))
  expect(parts.map(({ filename }) => filename).sort()).toEqual(['FORS2.2021-01-02T00:59:12.533_raw2raw.xml', 'FORS2.2021-01-02T00:59:12.534_raw2raw.xml'])
  for (const { xml } of parts) expect(readAssociationTree(xml).category).toBe('SCI_IMG_2x2_low')
})

test.each([
  ['application/xml', '<a/>', 'not multipart'],
  ['multipart/form-data', '--b--', 'with a boundary'],
  [TYPE, '<html>502</html>', 'not in its body'],
  [TYPE, multipartBody('b0-_.x', PARTS).slice(0, -20), 'cut short'],
  [TYPE, '--b0-_.x\r\nContent-Type: x\r\n\r\n<a/>\r\n--b0-_.x--', 'no file name'],
  [TYPE, '--b0-_.x\r\nContent-Type: x\r\n--b0-_.x--', 'no blank line'],
])('%s %s is refused', (type, body, message) => {
  expect(() => readMultipart(type, body)).toThrow(expect.objectContaining({ code: 'document_invalid', message: expect.stringContaining(message) }))
})
