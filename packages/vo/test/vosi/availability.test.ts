import { expect, test } from 'vitest'
import { writeAvailability } from '../../src/vosi/index.ts'
import { readXml } from '../../src/xml.ts'

test('availability, its elements qualified and in order', () => {
  const root = readXml(writeAvailability({ available: true, note: 'a < b', upSinceMs: 0 }), 'it')
  expect([root, ...root.children].map(({ name, uri }) => [name, uri])).toEqual(
    ['availability', 'available', 'upSince', 'note'].map((name) => [name, 'http://www.ivoa.net/xml/VOSIAvailability/v1.0']))
  expect(root.children.map(({ text }) => text)).toEqual(['true', '1970-01-01T00:00:00.000Z', 'a < b'])
})

test('only what is known', () => {
  expect(readXml(writeAvailability({ available: false, note: null, upSinceMs: null }), 'it').children.map(({ text }) => text)).toEqual(['false'])
})
