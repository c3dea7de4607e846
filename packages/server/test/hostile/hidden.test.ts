/** What is hidden cannot be told from what does not exist: not by status, headers, length or look-ups. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Truth } from '../../src/stores/truth.ts'
import type { TestArchive } from '../support/archive.ts'
import { IDS, makeSmallArchive } from '../support/small.ts'

let server: TestArchive
let calls: string[] = []

function counting(truth: Truth): Truth {
  return Object.fromEntries(Object.entries(truth).map(([name, verb]) => [name, (...args: unknown[]) => {
    calls.push(name)
    return (verb as (...args: unknown[]) => unknown)(...args)
  }])) as unknown as Truth
}

beforeAll(async () => { server = await makeSmallArchive({ more: ({ truth }) => ({ truth: counting(truth) }) }) })
afterAll(() => server.close())

const DOORS = [
  '/dataPortal/file/ID', '/dataPortal/file/ID.NL', '/datalink/links?ID=ivo://eso.org/ID?ID', '/datalink/links?ID=ID&eso_download=file',
  '/datalink/links?ID=ID&EXCLUDE=ALL&INCLUDE=progenitor', '/hdr?DpId=ID',
  '/calselector/v1/associations?dp_id=ID&mode=Raw2Raw', '/calselector/v1/associations?dp_id=ID&mode=Raw2Master&responseformat=votable',
  '/calselector/v1/associations?dp_id=ID&mode=Raw2Raw&responseformat=text',
]

test.each(DOORS)('%s', async (door) => {
  for (const as of [undefined, 'visitor', 'delegate']) {
    const seen = []
    for (const id of [IDS.hidden, IDS.unknown]) {
      calls = []
      const { status, headers, body } = await server.ask(door.replace(/ID(?=$|[.&])/, id), { as, headers: { Range: 'bytes=0-' } })
      const { date: _date, 'x-request-id': _id, ...others } = headers
      seen.push({ status, headers: others, body: body.replaceAll(id, 'ID'), calls })
    }
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]?.calls.filter((name) => name === 'findProduct')).toHaveLength(1)
  }
})

test('none of its words is anywhere', async () => {
  for (const id of [IDS.public, IDS.product]) {
    for (const door of [`/datalink/links?ID=${id}`, `/datalink/links?ID=${id}&INCLUDE=progenitor&INCLUDE=derivation`]) {
      const { body } = await server.ask(door, { as: 'delegate' })
      for (const secret of [IDS.hidden, IDS.hiddenProduct, '116.B-0002']) expect(body).not.toContain(secret)
    }
  }
})
