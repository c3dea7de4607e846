import { readCapabilities } from '@quipu/vo/vosi'
import { SaxesParser } from 'saxes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXAMPLES, examplesDocument } from '../../src/tap/examples.ts'
import { makeTapArchive } from '../support/tap.ts'
import type { TapArchive } from '../support/tap.ts'

let archive: TapArchive
beforeAll(async () => { archive = await makeTapArchive() })
afterAll(() => archive.close())

interface Element { readonly name: string; readonly attributes: ReadonlyMap<string, string>; text: string; readonly inside: Element | undefined }

/** Every element of a document that is well-formed, with the text directly in it. */
function elementsOf(xml: string): Element[] {
  const all: Element[] = []
  const open: Element[] = []
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) => {
    const element = { name, attributes: new Map(Object.entries(attributes)), text: '', inside: open.at(-1) }
    all.push(element)
    open.push(element)
  })
  parser.on('text', (text) => {
    const last = open.at(-1)
    if (last) last.text += text
  })
  parser.on('closetag', () => { open.pop() })
  parser.on('error', (error) => { throw error })
  parser.write(xml).close()
  return all
}

test('the document is well-formed, and each example is as DALI 1.1 §2.3 and TAP 1.1 §2.6 want it', () => {
  const all = elementsOf(examplesDocument(EXAMPLES, 'A & B'))
  expect(all.filter(({ attributes }) => attributes.has('vocab')).map(({ attributes }) => attributes.get('vocab'))).toEqual(['http://www.ivoa.net/rdf/examples#'])
  const examples = all.filter(({ attributes }) => attributes.get('typeof') === 'example')
  expect(examples).toHaveLength(EXAMPLES.length)
  expect(new Set(EXAMPLES.map(({ id }) => id)).size).toBe(EXAMPLES.length)
  for (const [i, example] of examples.entries()) {
    const id = example.attributes.get('id')
    expect([id, example.attributes.get('resource')]).toEqual([EXAMPLES[i]?.id, `#${id}`])
    const within = all.filter((element) => { for (let at = element.inside; at; at = at.inside) if (at === example) return true; return false })
    const texts = (property: string) => within.filter(({ attributes }) => attributes.get('property') === property).map(({ text }) => text)
    expect([texts('name'), texts('query'), texts('table')]).toEqual([[EXAMPLES[i]?.name], [EXAMPLES[i]?.query], EXAMPLES[i]?.tables])
    expect(within.some(({ attributes }) => attributes.has('property') && (attributes.has('href') || attributes.has('src')))).toBe(false)
  }
})

test('a service shows what its own tables can answer, and every example runs', async () => {
  const answer = await archive.ask('/tap_obs/examples')
  expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/xhtml+xml; charset=UTF-8'])
  const queries = elementsOf(answer.body).filter(({ attributes }) => attributes.get('property') === 'query').map(({ text }) => text)
  expect(queries.length).toBeGreaterThanOrEqual(2)
  expect(queries.length).toBeLessThan(EXAMPLES.length)
  for (const query of queries) expect([query, (await archive.query(query)).status]).toEqual([query, 200])
  const capabilities = readCapabilities((await archive.ask('/tap_obs/capabilities')).body)
  expect(capabilities.find(({ standardId }) => standardId === 'ivo://ivoa.net/std/DALI#examples')?.interfaces[0]?.accessUrl).toBe(`${archive.url}/tap_obs/examples`)
})
