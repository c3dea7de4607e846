import { readVotable, queryStatus, resultTable } from '@quipu/vo/votable'
import type { Cell, Field, Info, Row } from '@quipu/vo/votable'
import fc from 'fast-check'
import { parquetMetadata, parquetReadObjects, parquetSchema } from 'hyparquet'
import { expect, test } from 'vitest'
import { parquetFormat } from '../../src/tap/parquet.ts'
import { anyTable } from '../../../vo/test/support/tables.ts'
import { form, makeTapArchive } from '../support/tap.ts'

interface Written { readonly file: ArrayBuffer; readonly pieces: number }

function write(fields: readonly Field[], batches: readonly (readonly Row[])[], overflow = false, infos: Info[] = []): Written {
  const measure = parquetFormat.measure(fields)
  for (const batch of batches) measure.add(batch)
  const writer = parquetFormat.writer(fields, measure.result(overflow), infos)
  const parts = [writer.head(), ...batches.map((batch) => writer.rows(batch)), writer.foot({ overflow })] as Uint8Array[]
  const file = new Uint8Array(Buffer.concat(parts)).buffer
  return { file, pieces: parts.filter((part) => part.length > 0).length }
}

/** Text as text, not parsed any further. */
async function read(file: ArrayBuffer): Promise<Record<string, unknown>[]> {
  return parquetReadObjects({ file, utf8: true })
}

const field = (datatype: Field['datatype'], more: Partial<Field> = {}): Field => ({ name: 'x', datatype, ...more })
const text = { arraysize: '*' }
const time = { arraysize: '*', xtype: 'timestamp' }

test.each<[string, Field, Cell[], unknown[], string]>([
  ['boolean', field('boolean'), [true, false, null, 1], [true, false, null, true], 'BOOLEAN'],
  ['bit', field('bit'), [1, 0, null], [true, false, null], 'BOOLEAN'],
  ['unsignedByte', field('unsignedByte'), [0, 255, null], [0, 255, null], 'INT32 UINT_8'],
  ['short', field('short'), [-32768, 32767, null], [-32768, 32767, null], 'INT32 INT_16'],
  ['int', field('int'), [-(2 ** 31), 2 ** 31 - 1, null], [-(2 ** 31), 2 ** 31 - 1, null], 'INT32'],
  ['long, beyond 2^53', field('long'), [2n ** 53n + 1n, -(2n ** 63n), null], [2n ** 53n + 1n, -(2n ** 63n), null], 'INT64'],
  ['float', field('float'), [1.5, NaN, -0, -Infinity, null], [1.5, NaN, -0, -Infinity, null], 'FLOAT'],
  ['double', field('double'), [0.1, NaN, -0, 0, -0, 0, Infinity, null], [0.1, NaN, -0, 0, -0, 0, Infinity, null], 'DOUBLE'],
  ['text: null and empty are two things', field('char', text), ['α Cen 🌟', '', null], ['α Cen 🌟', '', null], 'BYTE_ARRAY UTF8'],
  ['wide text', field('unicodeChar', text), ['é', null], ['é', null], 'BYTE_ARRAY UTF8'],
  ['timestamp', field('char', time), ['2021-01-01T00:00:01.123456Z', '1969-12-31 23:59:59.999', null],
    [new Date('2021-01-01T00:00:01.123Z'), new Date('1969-12-31T23:59:59.999Z'), null], 'INT64 TIMESTAMP_MICROS'],
  ['a timestamp column with some other text is text', field('char', time), ['2021-01-01T00:00:01Z', 'infinity', null],
    ['2021-01-01T00:00:01Z', 'infinity', null], 'BYTE_ARRAY UTF8'],
  ['array', field('int', { arraysize: '*' }), [[1, 2], [], null], [[1, 2], [], null], 'list INT32'],
  ['array with nulls in it', field('boolean', { arraysize: '3' }), [[1, null, 0]], [[true, null, false]], 'list BOOLEAN'],
  ['array of long', field('long', { arraysize: '2' }), [[1n, 2n ** 60n]], [[1n, 2n ** 60n]], 'list INT64'],
  ['complex', field('doubleComplex'), [[1, -0], null], [[1, -0], null], 'list DOUBLE'],
])('%s', async (_, column, cells, expected, type) => {
  const { file } = write([column], [cells.map((cell) => [cell])])
  expect((await read(file)).map(({ x }) => x ?? null)).toEqual(expected)
  const [tree] = parquetSchema(parquetMetadata(file)).children
  const leaf = tree!.children[0]?.children[0] ?? tree!
  const { type: stored, converted_type } = leaf.element
  const shown = `${tree === leaf ? '' : 'list '}${[stored, converted_type].filter(Boolean).join(' ')}`
  expect(shown).toBe(type)
})

const isUnique = (fields: readonly Field[]): boolean => new Set(fields.map(({ name }) => name)).size === fields.length

test('any table comes back by value, with its VOTable', async () => {
  const unique = anyTable.map(({ fields, rows }) => ({ rows, fields: fields.map((each, i) => ({ ...each, name: `${i}${each.name}` })) }))
  await fc.assert(fc.asyncProperty(unique, fc.boolean(), async ({ fields, rows }, overflow) => {
    expect(isUnique(fields)).toBe(true)
    const { file } = write(fields, [rows.slice(0, 2), rows.slice(2)], overflow, [{ name: 'QUERY', value: 'SELECT <' }])
    const got = await read(file)
    expect(got.length).toBe(rows.length)
    for (const [i, row] of rows.entries()) {
      for (const [j, cell] of row.entries()) {
        const { name, datatype } = fields[j]!
        expect(got[i]![name] ?? null, `${name} ${datatype}`).toEqual(comparable(cell, datatype))
      }
    }
    const metadata = parquetMetadata(file)
    expect(Number(metadata.num_rows)).toBe(rows.length)
    const kept = new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value]))
    expect(kept.get('IVOA.VOTable-Parquet.version')).toBe('1.0')
    const votable = await readVotable(new TextEncoder().encode(kept.get('IVOA.VOTable-Parquet.content')))
    expect(resultTable(votable).fields.map(({ name, datatype, arraysize }) => ({ name, datatype, arraysize })))
      .toEqual(fields.map(({ name, datatype, arraysize }) => ({ name: name.trim() === name ? name : expect.any(String), datatype, arraysize })))
    expect(resultTable(votable).rows).toEqual([])
    expect(queryStatus(votable).status).toBe(overflow ? 'OVERFLOW' : 'OK')
  }), { numRuns: 100 })
})

function comparable(cell: Cell, datatype: Field['datatype']): unknown {
  if (Array.isArray(cell)) return cell.map((each) => comparable(each as Cell, datatype))
  return cell !== null && (datatype === 'boolean' || datatype === 'bit') ? Number(cell) === 1 : cell
}

test('no rows are a whole file', async () => {
  const { file } = write([field('int'), field('char', { ...text, name: 'y' })], [])
  expect(await read(file)).toEqual([])
  expect(parquetMetadata(file).row_groups).toEqual([])
})

test('many rows are several groups, each written as soon as it is full', async () => {
  const fields = [field('long'), field('char', { ...text, name: 'y' })]
  const batch = (start: number): Row[] =>
    Array.from({ length: 2048 }, (_, i) => [BigInt(start + i), `row ${start + i}`])
  const batches = Array.from({ length: 70 }, (_, i) => batch(i * 2048))
  const { file, pieces } = write(fields, batches)
  const groups = parquetMetadata(file).row_groups.map(({ num_rows }) => Number(num_rows))
  expect(groups).toEqual([65536, 65536, 12288])
  expect(pieces).toBe(4)
  const rows = await read(file)
  expect(rows.length).toBe(143_360)
  expect(rows.every(({ x, y }, i) => x === BigInt(i) && y === `row ${i}`)).toBe(true)
})

test('sync answers with a file, says when it was cut, and never codes it', async () => {
  const archive = await makeTapArchive()
  try {
    const query = form({ LANG: 'ADQL', FORMAT: 'parquet', MAXREC: '2', QUERY: 'SELECT dp_id, exp_start, size_bytes FROM dbo.raw ORDER BY 1' })
    const answer = await fetch(`${archive.url}/tap_obs/sync?${query}`, { headers: { 'Accept-Encoding': 'gzip' } })
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/vnd.apache.parquet', 'x-vo-overflow': 'true',
      'content-disposition': 'inline; filename="result.parquet"',
    })
    expect(answer.headers.get('content-encoding')).toBeNull()
    const file = await answer.arrayBuffer()
    expect(await read(file)).toEqual([
      { dp_id: 'T.2021-01-01T00:00:01.000', exp_start: new Date('2021-01-01T00:00:01Z'), size_bytes: 9007199254740993n },
      { dp_id: 'T.2021-01-01T00:00:02.000', exp_start: expect.any(Date), size_bytes: 2n },
    ])
    const content = parquetMetadata(file).key_value_metadata?.find(({ key }) => key.endsWith('.content'))?.value
    expect(content).toMatch(/QUERY_STATUS" value="OVERFLOW".*utype="adhoc:service"/s)
    const capabilities = await archive.ask('/tap_obs/capabilities')
    expect(capabilities.body).toMatch(/<mime>application\/vnd.apache.parquet<\/mime>\s*<alias>parquet<\/alias>/)
  } finally {
    await archive.close()
  }
})
