/**
 * The query suites of the IVOA's Lyonetia project (GPL 3, so none of it is here). QUIPU_LYONETIA names a checkout
 * of https://github.com/ivoa/lyonetia. Each query must be judged as its file says, with the functions that the file
 * declares; DaCHS's own suites call two without declaring them.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { childOf, childrenOf, readXml } from '../../../vo/src/xml.ts'
import { adqlCheck } from '../support/adql-check.ts'

const checkout = process.env['QUIPU_LYONETIA']
const isThere = checkout !== undefined && checkout !== ''
if (!isThere) process.stderr.write('QUIPU_LYONETIA names no checkout: the query suites of Lyonetia are not run\n')

const OF_DACHS = ['ivo_foo(x DOUBLE) -> VARCHAR', 'ivo_foo(x VARCHAR) -> VARCHAR', 'ivo_getstring() -> VARCHAR']

interface Suite { readonly name: string; readonly forms: readonly string[]; readonly queries: readonly { text: string; isValid: boolean; version: '2.0' | '2.1' }[] }

function suitesOf(folder: string): Suite[] {
  const root = join(folder, 'src', 'adql')
  return ['ivoa', 'gavo', 'roe'].flatMap((suite) => readdirSync(join(root, suite)).filter((name) => name.endsWith('.xml')).sort().map((name) => {
    const document = readXml(readFileSync(join(root, suite, name), 'utf8'), name)
    const forms = childrenOf(childOf(document, 'functions') ?? document, 'function').map((one) => childOf(one, 'form')?.text ?? '')
    const queries = childrenOf(document, 'query').flatMap((query) => childrenOf(query, 'adql').map((adql) => ({
      text: adql.text, isValid: adql.attributes.get('valid') === 'true',
      version: /2\.0/.test(adql.attributes.get('version') ?? '') ? '2.0' as const : '2.1' as const,
    })))
    return { name: `${suite}/${name}`, forms: suite === 'gavo' ? [...forms, ...OF_DACHS] : forms, queries }
  }))
}

describe.runIf(isThere)('Lyonetia', () => {
  const suites = isThere ? suitesOf(checkout) : []

  test('all of them are there', () => {
    const count = (suite: string) => suites.filter(({ name }) => name.startsWith(suite)).reduce((sum, { queries }) => sum + queries.length, 0)
    expect([count('ivoa/'), count('gavo/'), count('roe/')]).toEqual([196, 288, 11])
  })

  test.each(suites)('$name', async ({ forms, queries }) => {
    const misjudged: unknown[] = []
    for (const [i, { text, isValid, version }] of queries.entries()) {
      const { code, err } = await adqlCheck(text, ['--adql', version, ...forms.flatMap((form) => ['--declare', form])])
      if ((code === 0) !== isValid || code > 63) misjudged.push({ number: i + 1, isValid, code, err, text })
    }
    expect(misjudged).toEqual([])
  })
})
