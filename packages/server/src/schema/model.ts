/**
 * The published tables as schema/*.yaml states them: one entry a column, from which come the engine's
 * column, the row of TAP_SCHEMA, the line of VOSI tables, the reference page and the value at ingest
 * (design §13). Every table states its rule; one without is refused (design §5).
 */
import { ArchiveError, parseIso } from '@quipu/vo'
import { SYSTEMS } from '@quipu/vo/votable'
import type { SystemName } from '@quipu/vo/votable'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { issuesText } from '../config.ts'

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'is not a regular ADQL identifier')
const tableName = z.string().regex(/^[A-Za-z]\w{0,63}\.[A-Za-z]\w{0,63}$/, 'is not schema.table')
const sentence = z.string().min(1)

/** Values that are not a keyword's: of the holding itself, or computed from its position. */
export const DERIVATIONS = [
  'dpId', 'category', 'instrument', 'progId', 'period', 'title', 'start', 'mjd', 'exposureSeconds',
  'modified', 'release', 'sizeKbyte', 'position', 'galacticLatitude', 'galacticLongitude',
  'eclipticLatitude', 'eclipticLongitude',
] as const
export type Derivation = (typeof DERIVATIONS)[number]

const column = z.strictObject({
  /** `timestamp` and `region` are text on the wire, with an xtype. */
  type: z.enum(['text', 'short', 'int', 'long', 'float', 'double', 'timestamp', 'region']),
  /** Usual greatest length of a text. */
  size: z.number().int().min(1).optional(),
  unit: z.string().optional(),
  /** What a position or a time is measured in: the COOSYS or TIMESYS of VOTables. */
  system: z.enum(Object.keys(SYSTEMS) as [SystemName, ...SystemName[]]).optional(),
  ucd: z.string().optional(),
  utype: z.string().optional(),
  description: sentence,
  /** The name is a reserved word of ADQL, so a query writes it in double quotes. */
  reserved: z.boolean().default(false),
  /** Of TAP_SCHEMA.tables: only in services that publish catalogues. */
  onlyWith: z.literal('catalogues').optional(),
  std: z.boolean().default(false),
  principal: z.boolean().default(false),
  indexed: z.boolean().default(false),
  /** Never null. */
  required: z.boolean().default(false),
  /** Not stored: text with `{base}`, `{authority}` and `{column}` of the same table in it. */
  computed: z.string().optional(),
  /** FITS keywords in their short form; the first that the header has gives the value. */
  fits: z.array(z.string().min(1)).default([]),
  /** What a number of the header is multiplied by. */
  scale: z.number().optional(),
  /** Words of the header and what they are here; another word gives null. */
  values: z.record(z.string(), z.string()).optional(),
  /** Put before the header's text; may hold `{authority}`. */
  prefix: z.string().optional(),
  /** Where the value comes from when no keyword gives it. */
  from: z.enum(DERIVATIONS).optional(),
  /** The value when nothing else gives one. */
  default: z.union([z.string(), z.number()]).optional(),
}).refine((c) => c.computed === undefined || (c.fits.length === 0 && c.from === undefined),
  'is computed, so fits and from say nothing',
).refine((c) => c.system === undefined || isOfSystem(c.type, c.system),
  'has a system that its type cannot be measured in: utc is for timestamps, utc_mjd for double, '
  + 'the others for numbers and regions')

function isOfSystem(type: string, system: SystemName): boolean {
  if (system === 'utc') return type === 'timestamp'
  if (system === 'utc_mjd') return type === 'double'
  return type === 'double' || type === 'float' || type === 'region'
}

const columnNames = z.array(name).min(1)

/**
 * What ESO's TAP_SCHEMA.tables says of a catalogue beyond its name, title and description (eso-protocol
 * §2.11). Versions of one catalogue have one title.
 */
const catalogue = z.strictObject({
  catId: z.number().int().min(1),
  version: z.number().int().min(1),
  collection: z.string().min(1),
  filter: z.string().optional(),
  instrument: z.string().optional(),
  telescope: z.string().optional(),
  publicationDate: z.string().refine((text) => parseIso(text) !== undefined, 'is not a time'),
  numberRows: z.number().int().min(0),
  /** Of its release description. */
  relDescrUrl: z.string().optional(),
  acknowledgment: z.string().optional(),
  mjdObs: z.number().optional(),
  mjdEnd: z.number().optional(),
  skySquareDeg: z.number().min(0).optional(),
  bibliography: z.string().optional(),
  documentId: z.number().int().optional(),
})

const table = z.strictObject({
  /** Everybody's, or by run: the column that names the run of a row. */
  rule: z.union([z.literal('public'), z.strictObject({ run: name })],
    'state the rule: public, or { run: <the column that names the run> }'),
  /** Holdings of this kind get a row at ingest; `catalogue`: the rows are those of products' files. */
  holds: z.enum(['raw', 'master', 'product', 'ancillary', 'preview', 'nightLog', 'catalogue']).optional(),
  catalogue: catalogue.optional(),
  title: z.string().default(''),
  utype: z.string().optional(),
  description: sentence,
  foreignKeys: z.array(z.strictObject({
    target: tableName, columns: z.record(name, name), description: z.string().optional(),
  })).default([]),
  columns: z.record(name, column),
}).refine((t) => (t.holds === 'catalogue') === (t.catalogue !== undefined),
  'holds: catalogue and an entry catalogue go together',
).refine((t) => t.catalogue === undefined || (t.rule === 'public' && t.title !== ''),
  'is a catalogue, so it has a title and the rule public')

/** Views that differ in one value only: rows of a table in which a column has one of the values given. */
const viewsOf = z.strictObject({
  of: tableName,
  where: name,
  views: z.record(name, z.array(z.string().min(1)).min(1)),
  /** `{view}` is replaced by the first of its values. */
  description: sentence,
  columns: columnNames,
})

const schemaFile = z.strictObject({
  schema: name,
  /** The TAP service that publishes it; TAP_SCHEMA is in every one. */
  service: z.string().regex(/^tap(_[a-z0-9]{1,32})*$/, 'is not tap, or tap_ and a word').optional(),
  description: sentence,
  tables: z.record(name, table).default({}),
  viewsOf: z.array(viewsOf).default([]),
})

export type SchemaFile = Readonly<z.output<typeof schemaFile>>
export type TableEntry = Readonly<z.output<typeof table>>
export type ColumnEntry = Readonly<z.output<typeof column>>
export type CatalogueEntry = Readonly<z.output<typeof catalogue>>
export type ViewsEntry = Readonly<z.output<typeof viewsOf>>

/** A file of the folder `schema`, as text. */
export interface SchemaText { readonly name: string; readonly text: string }

/**
 * Reads one file; what it refers to is checked by the catalog.
 * @throws ArchiveError `config_invalid`, naming file and entry.
 */
export function readSchema(file: SchemaText): SchemaFile {
  const document = parseDocument(file.text, { uniqueKeys: true })
  const [mistake] = document.errors
  if (mistake) {
    throw new ArchiveError('config_invalid', `${file.name} is not YAML: ${mistake.message.split('\n', 1)[0]}`)
  }
  const read = schemaFile.safeParse(document.toJS({ maxAliasCount: 0 }))
  if (!read.success) throw new ArchiveError('config_invalid', `${file.name}: ${issuesText(read.error)}`)
  return read.data
}
