import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Table } from '@quipu/vo/vosi'
import { ANONYMOUS } from '../../src/access/principal.ts'
import { openCatalog } from '../../src/schema/catalog.ts'
import { principal } from '../support/holdings.ts'
import { packagedCatalog } from '../support/schema.ts'

const FIXTURE = '../shared/fixtures/schema/dbo.raw.columns.json'

const whole = packagedCatalog()
const catalog = whole.services.get('tap_obs')!
const tables = catalog.tableSet.schemas.flatMap((schema) => schema.tables)
const tableNamed = (name: string): Table => {
  const found = tables.find((table) => `${table.schema}.${table.name}` === name)
  if (!found) throw new Error(`no table ${name}`)
  return found
}
const names = (table: string) => tableNamed(table).columns.map((column) => column.name)
const columnsRow = (table: string, column: string) =>
  catalog.tapSchemaRows().get('TAP_SCHEMA.columns')?.find((row) => row['table_name'] === table && row['column_name'] === column)

describe('the schema that comes with Quipu', () => {
  test('dbo.raw has ESO’s 62 columns and ObsCore ESO’s 55, in alphabetical order', () => {
    for (const [table, count] of [['dbo.raw', 62], ['ivoa.ObsCore', 55]] as const) {
      expect(names(table)).toHaveLength(count)
      expect(names(table)).toEqual(names(table).toSorted())
    }
  })

  test.skipIf(!existsSync(FIXTURE))('dbo.raw has ESO’s types and units', () => {
    const recorded = JSON.parse(readFileSync(FIXTURE, 'utf8')) as Record<string, string>[]
    expect(tableNamed('dbo.raw').columns.map(({ name, datatype, xtype, unit }) => (
      { column_name: name, datatype, xtype: xtype ?? '', unit: unit ?? '' }))).toEqual(recorded)
  })

  test('the thirty mandatory columns of ObsCore are principal and of the standard', () => {
    const { columns } = tableNamed('ivoa.ObsCore')
    expect(columns.filter((column) => column.std && column.principal)).toHaveLength(30)
    expect(columns.filter((column) => column.std).every((column) => column.utype?.startsWith('obscore:'))).toBe(true)
    expect(columns.find((column) => column.name === 's_ra')).toMatchObject({
      datatype: 'double', unit: 'deg', ucd: 'pos.eq.ra',
      utype: 'obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1',
    })
  })

  test('every column has a description and a UCD', () => {
    const bare = tables.flatMap((table) => table.columns.filter((column) => !column.description || !column.ucd)
      .map((column) => `${table.name}.${column.name}`))
    expect(bare).toEqual([])
  })

  test('an instrument’s table is a view with columns of dbo.raw, in their order', () => {
    const view = tableNamed('ist.sphere')
    expect(view.kind).toBe('view')
    const raw = tableNamed('dbo.raw').columns
    expect(view.columns).toEqual(raw.filter((column) => names('ist.sphere').includes(column.name)))
  })
})

describe('TAP_SCHEMA', () => {
  const rows = catalog.tapSchemaRows()
  const all = (table: string) => rows.get(`TAP_SCHEMA.${table}`) ?? []

  test('describes itself, and its references hold', () => {
    const schemas = new Set(all('schemas').map((row) => row['schema_name']))
    const tableNames = new Set(all('tables').map((row) => row['table_name']))
    expect(tableNames).toContain('TAP_SCHEMA.key_columns')
    expect(all('tables').every((row) => schemas.has(row['schema_name'] ?? ''))).toBe(true)
    expect(all('columns').every((row) => tableNames.has(row['table_name'] ?? ''))).toBe(true)
    const keys = new Set(all('keys').map((row) => row['key_id']))
    expect(keys.size).toBe(5)
    expect(all('key_columns').every((row) => keys.has(row['key_id'] ?? ''))).toBe(true)
    expect(new Set(all('columns').map((row) => `${row['table_name']} ${row['column_name']}`)).size)
      .toBe(all('columns').length)
  })

  // Conformance S-1 to S-3.
  test('names, sizes and flags are as TAP 1.1 §4.3 has them', () => {
    expect(columnsRow('TAP_SCHEMA.columns', '"size"')).toMatchObject({ datatype: 'int', arraysize: null, size: null, std: 1 })
    expect(columnsRow('dbo.raw', 'date_obs')).toMatchObject({ datatype: 'char', arraysize: '32*', size: 32, std: 0 })
    expect(columnsRow('dbo.raw', 'exp_start')).toMatchObject({ arraysize: '*', size: null, xtype: 'timestamp' })
    expect(columnsRow('dbo.raw', 's_region')).toMatchObject({ xtype: 'adql:REGION' })
    expect(columnsRow('dbo.raw', 'dp_id')).toMatchObject({ indexed: 1, principal: 1 })
    expect(columnsRow('dbo.raw', 'access_estsize')).toMatchObject({ datatype: 'long', unit: 'kbyte', column_index: 1 })
  })

  test('its rows fit the tables that hold them', () => {
    for (const [table, made] of rows) {
      const stored = whole.stored.find((one) => one.name === table)
      expect(Object.keys(made[0] ?? {})).toEqual(stored?.columns.map((column) => column.name))
    }
  })
})

describe('sourcesFor', () => {
  const parts = (table: string, who = ANONYMOUS) => catalog.sourcesFor(who).get(table)?.parts

  test('every published table can be read, and every column of it', () => {
    const sources = catalog.sourcesFor(ANONYMOUS)
    for (const table of tables) {
      const source = sources.get(`${table.schema}.${table.name}`.toLowerCase())
      expect([...source?.columns.keys() ?? []]).toEqual(table.columns.map((column) => column.name))
    }
  })

  test('anonymous reads the public part, a person the runs of its rights too, an operator all', () => {
    const open = { relation: ['archive', 'dbo_raw_public'] }
    expect(parts('dbo.raw')).toEqual([open])
    expect(parts('dbo.raw', principal('pi', [3]))).toEqual([
      open, { relation: ['archive', 'dbo_raw_protected'], filter: { kind: 'among', column: 'run_id', values: 'grantedRuns' } },
    ])
    expect(parts('dbo.raw', principal('staff', [], true))).toEqual([open, { relation: ['archive', 'dbo_raw_protected'] }])
  })

  test('a view has its own condition in every part, beside the rule', () => {
    const own = { kind: 'equals', column: 'instrument', value: 'SPHERE' }
    expect(parts('ist.sphere', principal('pi', [3]))).toEqual([
      { relation: ['archive', 'dbo_raw_public'], filter: own },
      {
        relation: ['archive', 'dbo_raw_protected'],
        filter: { kind: 'all', of: [{ kind: 'among', column: 'run_id', values: 'grantedRuns' }, own] },
      },
    ])
  })

  test('addresses are computed from the bound base', () => {
    const raw = catalog.sourcesFor(ANONYMOUS).get('dbo.raw')?.columns
    expect(raw?.get('access_url')).toEqual({
      kind: 'text', pieces: [{ bound: 'baseUrl' }, { text: '/dataPortal/file/' }, { stored: 'dp_id' }],
    })
    const obscore = catalog.sourcesFor(ANONYMOUS).get('ivoa.obscore')?.columns
    expect(obscore?.get('obs_publisher_did')).toEqual({
      kind: 'text', pieces: [{ text: 'ivo://eso.org/ID?' }, { stored: 'dp_id' }],
    })
  })
})

describe('a schema that has a mistake', () => {
  const open = (text: string) => () => openCatalog([{ name: 'x.yaml', text }], { authority: 'ivo://x' })
  const table = (more: string, column = '{ type: text, description: D. }') =>
    `schema: s\ndescription: D.\ntables: { t: { ${more}, description: D., columns: { a: ${column} } } }`

  test.each([
    ['a table without a rule', table('title: T'), /tables\.t\.rule: state the rule/],
    ['a rule of another kind', table('rule: everybody'), /tables\.t\.rule/],
    ['a rule that names no column', table('rule: { run: b }'), /the column b, which it does not have/],
    ['a column without a type', table('rule: public', '{ description: D. }'), /columns\.a\.type/],
    ['a column without a description', table('rule: public', '{ type: text }'), /columns\.a\.description/],
    ['a misspelt entry', table('rule: public', '{ type: text, description: D., untis: s }'), /untis/],
    ['a computed column of nothing', table('rule: public', "{ type: text, description: D., computed: '{b}' }"), /computed from b/],
    ['a key to nowhere', table('rule: public, foreignKeys: [{ target: s.u, columns: { a: a } }]'), /lacks one of them/],
    ['views of nothing', 'schema: s\ndescription: D.\nviewsOf: [{ of: s.t, where: a, views: { v: [X] }, description: D., columns: [a] }]', /s\.t, which is no table/],
    ['a name twice', 'schema: s\nschema: t', /not YAML/],
    ['a name that needs quotes', 'schema: my schema\ndescription: D.', /schema: is not a regular ADQL identifier/],
  ])('%s is refused', (_, text, message) => {
    expect(open(text)).toThrow(message)
    expect(open(text)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
    expect(open(text)).toThrow(/x\.yaml/)
  })
})
