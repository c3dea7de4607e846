/** The schema that comes with Quipu, and its catalog, for tests. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openCatalog } from '../../src/schema/catalog.ts'
import type { Catalog } from '../../src/schema/catalog.ts'
import type { SchemaText } from '../../src/schema/model.ts'

export const SCHEMA_DIR = fileURLToPath(new URL('../../../../schema', import.meta.url))

export function schemaTexts(): SchemaText[] {
  return readdirSync(SCHEMA_DIR).filter((name) => name.endsWith('.yaml')).sort()
    .map((name) => ({ name, text: readFileSync(join(SCHEMA_DIR, name), 'utf8') }))
}

export function packagedCatalog(): Catalog {
  return openCatalog(schemaTexts(), { authority: 'ivo://eso.org' })
}
