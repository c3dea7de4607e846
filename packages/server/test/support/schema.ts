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

/** @param more Texts of further files. */
export function packagedCatalog(...more: readonly string[]): Catalog {
  const texts = more.map((text, i) => ({ name: `more-${i + 1}.yaml`, text }))
  return openCatalog([...schemaTexts(), ...texts], { authority: 'ivo://eso.org' })
}
