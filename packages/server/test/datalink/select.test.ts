import { SEMANTICS } from '@quipu/vo/datalink'
import type { Link } from '@quipu/vo/datalink'
import { expect, test } from 'vitest'
import { chosenLinks, downloadTarget } from '../../src/datalink/select.ts'

const link = (semantics: string, accessUrl = `/${semantics}`, errorMessage = ''): Link => ({
  id: 'x', accessUrl, serviceDef: '', errorMessage, semantics, description: '', contentType: '', contentLength: null,
  esoOrigfile: '', esoCategory: '', esoDatalink: '',
})
const LINKS = [link('#this'), link(SEMANTICS.raw2raw), link(SEMANTICS.nightLog), link('#preview'), link('#progenitor', '/more')]
const RELATED = [link('#progenitor', '/a'), link('#progenitor', '/b'), link('#derivation', '/c')]

test.each([
  [[], [], ['#this', SEMANTICS.raw2raw, SEMANTICS.nightLog, '#preview', '/more']],
  [[], ['ALL'], []],
  [['this'], ['ALL'], ['#this']],
  [['#this', 'night_log'], ['all'], ['#this', SEMANTICS.nightLog]],
  [[SEMANTICS.raw2raw], ['ALL'], [SEMANTICS.raw2raw]],
  [[], ['preview', '#progenitor'], ['#this', SEMANTICS.raw2raw, SEMANTICS.nightLog]],
  [['progenitor'], ['ALL'], ['/a', '/b']],
  [['derivation'], ['ALL'], ['/c']],
  [['progenitor'], ['preview'], ['#this', SEMANTICS.raw2raw, SEMANTICS.nightLog, '/a', '/b']],
  [['nothing'], ['ALL'], []],
])('INCLUDE=%j EXCLUDE=%j', (include, exclude, expected) => {
  expect(chosenLinks(LINKS, () => RELATED, include, exclude).map(({ accessUrl }) => accessUrl))
    .toEqual(expected.map((name) => (name.startsWith('/') ? name : `/${name}`)))
})

test('eso_download leads to a link, in any case', () => {
  expect(downloadTarget(LINKS, 'file')).toBe('/#this')
  expect(downloadTarget(LINKS, 'CALSELECTOR_RAW2RAW')).toBe(`/${SEMANTICS.raw2raw}`)
})

test.each([
  ['nothing', LINKS, 'parameter_invalid'],
  ['', LINKS, 'parameter_invalid'],
  ['calSelector_raw2master', LINKS, 'product_not_found'],
  ['data_documentation', LINKS, 'product_not_found'],
  ['file', [link('#this', '', 'NotFoundFault: no file')], 'product_not_found'],
])('eso_download=%s without such a link', (asked, links, code) => {
  expect(() => downloadTarget(links, asked)).toThrow(expect.objectContaining({ code }))
})
