import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

test('nothing that a browser loads needs Node', () => {
  const source = join(import.meta.dirname, '../src')
  const loaded = new Set<string>()
  const load = (file: string): void => {
    if (loaded.has(file)) return
    loaded.add(file)
    const text = readFileSync(file, 'utf8')
    expect(text, file).not.toMatch(/from 'node:|\bBuffer\b|\bprocess\.|\brequire\(/)
    for (const [, path] of text.matchAll(/from '(\.[^']+)'/g)) load(join(dirname(file), path ?? ''))
  }
  load(join(source, 'index.ts'))
  expect(loaded.size).toBeGreaterThan(10)
  expect([...loaded].map((file) => file.replace(source, ''))).not.toContain('/node.ts')
})
