import { ADQL_FUNCTIONS, duckdb, postgres, runsOn } from '@quipu/adql'
import type { Dialect, FunctionRow } from '@quipu/adql'
import { afterEach, expect, test } from 'vitest'
import { tapCapabilities } from '../../src/vosi/capabilities.ts'
import { makeTapArchive } from '../support/tap.ts'

let added: string | undefined
afterEach(() => { if (added !== undefined) (ADQL_FUNCTIONS as Map<string, FunctionRow>).delete(added) })

test('declares the functions that run on the engine, and no others (conformance V-11)', async () => {
  const { archive, close } = await makeTapArchive()
  try {
    const service = archive.catalog.services.get('tap_obs')!
    const told = (dialect: Dialect): string[] => {
      const columns = { ...archive.columns, dialect }
      const text = tapCapabilities({ columns, config: archive.config }, service, 'http://localhost/tap_obs')
      return [...text.matchAll(/<form>([^<]+)</g)].map(([, form = '']) => form.replaceAll('&gt;', '>'))
    }
    const [row] = [...ADQL_FUNCTIONS.values()].filter(({ name }) => name === 'ESO_INTERSECTION')
    added = 'ONE_SIDED'
    ;(ADQL_FUNCTIONS as Map<string, FunctionRow>).set(added, { ...row!, name: added, declaration: 'one_sided(a REGION) -> DOUBLE', sql: { duckdb: row!.sql!.duckdb! } })
    expect(told(duckdb)).toContain('one_sided(a REGION) -> DOUBLE')
    expect(told(postgres)).not.toContain('one_sided(a REGION) -> DOUBLE')
    for (const dialect of [duckdb, postgres]) {
      const udfs = [...ADQL_FUNCTIONS.values()].flatMap((each) => [each, ...each.forms ?? []]).filter(({ kind }) => kind === 'udf')
      const forms = told(dialect)
      for (const udf of udfs) expect([udf.declaration, forms.includes(udf.declaration)]).toEqual([udf.declaration, runsOn(udf, dialect.name)])
      expect(forms).not.toContain('ivo_simbadpoint(identifier VARCHAR) -> POINT')
      expect(forms).toContain('CENTROID')
    }
  } finally {
    await close()
  }
})
