/** What every engine gives for the golden queries. `open` gives the observatory in it. */
import { parseRegion } from '@quipu/vo/sky'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Observatory } from '../support/observatory.ts'
import { F1, F2, FAILING, GOLDENS, ids, SHAPES } from './queries.ts'

export function goldenContract(open: () => Promise<Observatory>): void {
  let observatory: Observatory
  beforeAll(async () => { observatory = await open() })
  afterAll(async () => { await observatory.close() })

  describe.each(Object.entries(GOLDENS))('%s', (_, goldens) => {
    test.each(goldens.map((golden) => ({ golden, query: golden[0] })))('$query', async ({ golden: [query, rows, asking] }) => {
      expect(await observatory.rows(query, asking)).toEqual(rows)
    })
  })

  test.each(SHAPES)('%s is text that regions are read from', async (shape) => {
    const [[text]] = await observatory.rows(`SELECT ${shape} FROM raw WHERE ob_id = 0`) as [[string]]
    expect(() => parseRegion(text)).not.toThrow()
  })

  test('maxRows stands around the query, and a smaller TOP wins', async () => {
    expect(await observatory.rows('SELECT TOP 5 dp_id FROM raw ORDER BY dp_id', { maxRows: 2 })).toEqual(ids(F1, F2))
    expect(await observatory.rows('SELECT TOP 1 dp_id FROM raw ORDER BY dp_id', { maxRows: 2 })).toEqual(ids(F1))
    expect(await observatory.rows('SELECT dp_id FROM raw UNION SELECT dp_id FROM raw ORDER BY 1', { maxRows: 1 })).toEqual(ids(F1))
  })

  test.each(FAILING)('%s fails while it runs', async (query) => {
    await expect(observatory.rows(query)).rejects.toThrow()
  })
}
