/** Every column that Quipu and its demo publish says what it is. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openCatalog } from '../../src/schema/catalog.ts'

const root = new URL('../../../../', import.meta.url)
const texts = ['schema/', 'demo/schema/'].flatMap((folder) => readdirSync(new URL(folder, root)).map((file) => ({
  name: folder + file, text: readFileSync(new URL(folder + file, root), 'utf8'),
})))

test('every table has a description, every column a description and a UCD', () => {
  const { services } = openCatalog(texts, { authority: 'eso.org' })
  const tables = [...services.values()].flatMap(({ tableSet }) => tableSet.schemas.flatMap((schema) => schema.tables))
  expect(tables.length).toBeGreaterThan(15)
  const silent = tables.flatMap((table) => [
    ...table.description ? [] : [table.name],
    ...table.columns.filter(({ description, ucd }) => !description || !ucd).map(({ name }) => `${table.name}.${name}`),
  ])
  expect(silent).toEqual([])
})
