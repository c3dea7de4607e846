/**
 * From the elements of a VOTable to the document in memory. VOTable 1.4 §3 (structure), §4.1 (FIELD), §5
 * (data).
 */
import { ArchiveError } from '../errors.ts'
import type { XmlEvents, XmlTag } from '../xml.ts'
import { readBase64 } from './base64.ts'
import { openBase64Rows } from './base64-rows.ts'
import { openBinary, readBinary } from './binary.ts'
import type { BinaryColumn, Serialization } from './binary.ts'
import { cellReader, isArray, isText } from './cells.ts'
import type { FromText } from './cells.ts'
import type { Group, Param, Votable, VotableResource, VotableTable } from './document.ts'
import type { Cell, Datatype, Field, Info, Row } from './field.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }

interface OpenTable {
  readonly table: Mutable<VotableTable>
  /** VALUES/@null of each field. */
  readonly nulls: (string | undefined)[]
  /** Set when the data begin; no FIELD may follow. */
  cells: readonly FromText[] | undefined
  /** Rows so far, those that were taken included. */
  count: number
  /** Whether its rows are kept. */
  readonly isKept: boolean
}

/** How the rows of a document are read. */
export interface BuildOptions {
  /** Of each table. */
  readonly maxRows: number
  /**
   * Only the first table of results keeps its rows, which are taken while the document is read; elements of
   * arrays are as they are sent, as VALUES/@null is of whole cells there.
   */
  readonly isStreamed?: boolean | undefined
}

/** The first table of results while the document is read. */
export interface StreamedTable {
  readonly fields: readonly Field[]
  /** Gives the rows that have come since the last time. */
  readonly take: () => readonly Row[]
}

interface State extends BuildOptions {
  first: OpenTable | undefined
  isFirstKnown: boolean
  readonly votable: Mutable<Votable>
  /** Elements that are open, outermost first. */
  readonly resources: Mutable<VotableResource>[]
  readonly groups: Mutable<Group>[]
  open: OpenTable | undefined
  field: (Mutable<Param> & { nullText?: string | undefined }) | undefined
  info: Mutable<Info> | undefined
  row: Cell[] | undefined
  serialization: Serialization | undefined
  hasStream: boolean
  /** Of rows that are taken while they come. */
  stream: ((text: string, isEnd: boolean) => readonly Row[]) | undefined
  /** Since the last start of an element. */
  text: string
  isRoot: boolean
}

export interface VotableBuilder extends XmlEvents {
  votable(): Votable
  /** Undefined until its columns are known. */
  table(): StreamedTable | undefined
  /** Whether text that comes is read at once. */
  isInStream(): boolean
}

/** Takes the events of a document; `votable` gives it when the document has ended. */
export function votableBuilder(
  options: BuildOptions,
): VotableBuilder {
  const state: State = {
    ...options, first: undefined, isFirstKnown: false,
    votable: { version: '', infos: [], resources: [] },
    resources: [], groups: [],
    open: undefined, field: undefined, info: undefined, row: undefined, serialization: undefined,
    hasStream: false, stream: undefined,
    text: '', isRoot: true,
  }
  return {
    open(tag) {
      state.text = ''
      if (state.isRoot) openRoot(state, tag)
      else OPEN.get(tag.name)?.(state, tag)
    },
    close(name) {
      CLOSE.get(name)?.(state)
      state.text = ''
    },
    text(text) {
      const { stream, open } = state
      if (stream !== undefined && open !== undefined) addRows(state, open, stream(text, false))
      else state.text += text
    },
    votable: () => state.votable,
    isInStream: () => state.stream !== undefined,
    table() {
      const { first, isFirstKnown } = state
      if (first === undefined || !isFirstKnown) return undefined
      return { fields: first.table.fields, take: () => first.table.rows.splice(0) }
    },
  }
}

function invalid(reason: string): ArchiveError {
  return new ArchiveError('document_invalid', `the VOTable cannot be read: ${reason}`)
}

function openRoot(state: State, { name, attributes }: XmlTag): void {
  if (name !== 'VOTABLE') {
    throw new ArchiveError('document_invalid', `expected a VOTable, got a document of <${name}>`)
  }
  state.isRoot = false
  state.votable.version = attributes.get('version') ?? ''
}

const OPEN: ReadonlyMap<string, (state: State, tag: XmlTag) => void> = new Map<string, typeof openRoot>([
  ['TD', () => {}],
  ['TR', (state) => { state.row = [] }],
  ['FIELD', openField],
  ['PARAM', openField],
  ['INFO', (state, { attributes }) => {
    state.info = { name: attributes.get('name') ?? '', value: attributes.get('value') ?? '' }
  }],
  ['VALUES', (state, { attributes }) => {
    if (state.field) state.field.nullText = attributes.get('null')
  }],
  ['MIN', (state, { attributes }) => {
    if (state.field) state.field.min = attributes.get('value')
  }],
  ['MAX', (state, { attributes }) => {
    if (state.field) state.field.max = attributes.get('value')
  }],
  ['OPTION', (state, { attributes }) => { state.field?.options.push(attributes.get('value') ?? '') }],
  ['RESOURCE', openResource],
  ['TABLE', openTable],
  ['GROUP', openGroup],
  ['FIELDref', openRef],
  ['PARAMref', openRef],
  ['DATA', (state) => {
    const { open } = state
    if (open === undefined) return
    open.cells = open.table.fields.map((field, index) =>
      cellReader(field, nullOf(state, field, open.nulls[index])))
    if (open === state.first) state.isFirstKnown = true
  }],
  ['BINARY', (state) => { state.serialization = 'BINARY' }],
  ['BINARY2', (state) => { state.serialization = 'BINARY2' }],
  ['FITS', () => { throw invalid('its data are a FITS file; ask the service for TABLEDATA or BINARY2') }],
  ['STREAM', openStream],
])

const CLOSE: ReadonlyMap<string, (state: State) => void> = new Map<string, (state: State) => void>([
  ['TD', closeCell],
  ['TR', closeRow],
  ['FIELD', closeField],
  ['PARAM', closeParam],
  ['INFO', closeInfo],
  ['DESCRIPTION', closeDescription],
  ['RESOURCE', (state) => { state.resources.pop() }],
  ['TABLE', (state) => {
    if (state.open !== undefined && state.open === state.first) state.isFirstKnown = true
    state.open = undefined
  }],
  ['GROUP', (state) => { state.groups.pop() }],
  ['STREAM', closeStream],
])

function openResource(state: State, { attributes }: XmlTag): void {
  const resource: Mutable<VotableResource> = {
    type: attributes.get('type'), id: attributes.get('ID'), name: attributes.get('name'),
    utype: attributes.get('utype'), infos: [], params: [], groups: [], tables: [], resources: [],
  };
  (state.resources.at(-1) ?? state.votable).resources.push(resource)
  state.resources.push(resource)
}

function openTable(state: State, { attributes }: XmlTag): void {
  const resource = state.resources.at(-1)
  if (resource === undefined || state.open !== undefined) throw invalid('a TABLE stands outside a RESOURCE')
  const table: Mutable<VotableTable> = {
    name: attributes.get('name'), id: attributes.get('ID'),
    fields: [], params: [], groups: [], infos: [], rows: [],
  }
  const isFirst = state.first === undefined && (resource.type ?? 'results') === 'results'
  const isKept = state.isStreamed !== true || isFirst
  state.open = { table, nulls: [], cells: undefined, count: 0, isKept }
  if (isFirst) state.first = state.open
  resource.tables.push(table)
}

function openGroup(state: State, { attributes }: XmlTag): void {
  const group: Mutable<Group> = {
    name: attributes.get('name'), id: attributes.get('ID'), utype: attributes.get('utype'),
    params: [], refs: [], groups: [],
  };
  (state.groups.at(-1) ?? state.open?.table ?? state.resources.at(-1))?.groups.push(group)
  state.groups.push(group)
}

function openRef(state: State, { attributes }: XmlTag): void {
  state.groups.at(-1)?.refs.push(attributes.get('ref') ?? '')
}

/** An element that is VALUES/@null is kept where a row is sent on as it came. */
function nullOf({ isStreamed }: State, field: Field, nullText: string | undefined): string | undefined {
  return isStreamed === true && isArray(field) && !isText(field.datatype) ? undefined : nullText
}

const DATATYPES: ReadonlySet<string> = new Set<Datatype>([
  'boolean', 'bit', 'unsignedByte', 'short', 'int', 'long', 'float', 'double', 'char', 'unicodeChar',
  'floatComplex', 'doubleComplex',
])

function openField(state: State, { attributes }: XmlTag): void {
  const place = (state.open?.table.fields.length ?? 0) + 1
  const name = attributes.get('name') ?? attributes.get('ID') ?? `col${place}`
  const datatype = attributes.get('datatype') ?? 'string'
  // 'string' is no VOTable type, but is written; everything can be read as text.
  const isString = datatype === 'string' || datatype === 'text'
  if (!isString && !DATATYPES.has(datatype)) {
    throw invalid(`field '${name}' has the unknown datatype '${datatype}'`)
  }
  const arraysize = isString ? '*' : attributes.get('arraysize')?.trim()
  state.field = {
    name,
    datatype: isString ? 'char' : datatype as Datatype,
    // Erratum 3 of VOTable 1.3: 1 is a scalar.
    arraysize: arraysize === '1' || arraysize === '' ? undefined : arraysize,
    xtype: attributes.get('xtype'), unit: attributes.get('unit'), ucd: attributes.get('ucd'),
    utype: attributes.get('utype'), id: attributes.get('ID'), ref: attributes.get('ref'),
    value: attributes.get('value') ?? '', options: [],
  }
}

function closeField(state: State): void {
  const { open, field } = state
  state.field = undefined
  if (field === undefined || open === undefined) return
  if (open.cells !== undefined) throw invalid(`field '${field.name}' stands after the data`)
  const { value: _value, ref: _ref, options: _options, min: _min, max: _max, nullText, ...plain } = field
  open.table.fields.push(plain satisfies Field)
  open.nulls.push(nullText)
}

function closeParam(state: State): void {
  const { field } = state
  state.field = undefined
  if (field === undefined) return
  const { nullText: _nullText, ...param } = field;
  (state.groups.at(-1) ?? state.open?.table ?? state.resources.at(-1))?.params.push(param)
}

function closeInfo(state: State): void {
  const { info } = state
  state.info = undefined
  if (info === undefined) return
  if (state.text !== '') info.text = state.text;
  (state.open?.table ?? state.resources.at(-1) ?? state.votable).infos.push(info)
}

function closeDescription(state: State): void {
  if (state.field === undefined && state.groups.length > 0) return
  const described = state.field ?? state.open?.table ?? state.resources.at(-1)
  if (described !== undefined) described.description = state.text.trim()
}

function closeCell(state: State): void {
  const { open, row, text } = state
  if (open?.cells === undefined || row === undefined) return
  const { table, cells } = open
  const read = cells[row.length]
  if (read === undefined) throw invalid(`row ${open.count + 1} has more than ${cells.length} cells`)
  const cell = read(text)
  if (cell === undefined) {
    const { name, datatype } = table.fields[row.length] ?? {}
    throw invalid(`row ${open.count + 1}, field '${name}': '${text.slice(0, 60)}' is no ${datatype}`)
  }
  row.push(cell)
}

function closeRow(state: State): void {
  const { open, row } = state
  state.row = undefined
  if (open?.cells === undefined || row === undefined) return
  const { length: fields } = open.cells
  if (row.length !== fields) {
    throw invalid(`row ${open.count + 1} has ${row.length} cells for ${fields} fields`)
  }
  addRows(state, open, [row])
}

function addRows(state: State, open: OpenTable, rows: readonly Row[]): void {
  open.count += rows.length
  if (open.count > state.maxRows) {
    throw new ArchiveError('document_too_large', `the VOTable has over ${state.maxRows} rows`)
  }
  if (open.isKept) for (const row of rows) open.table.rows.push(row)
}

function openStream(state: State, { attributes }: XmlTag): void {
  if (attributes.has('href')) throw invalid('its data are at another address, which is not followed')
  const encoding = (attributes.get('encoding') ?? 'base64').toLowerCase()
  if (encoding !== 'base64') throw invalid(`its stream has the encoding '${encoding}'; base64 can be read`)
  state.hasStream = true
  const { open, serialization, isStreamed, maxRows } = state
  if (isStreamed === true && open !== undefined && serialization !== undefined) {
    const rows = openBinary(columnsOf(state, open), serialization, maxRows)
    state.stream = openBase64Rows(`the ${serialization} stream`, rows)
  }
}

function columnsOf(state: State, { table, nulls }: OpenTable): BinaryColumn[] {
  return table.fields.map((field, index) => ({ field, nullText: nullOf(state, field, nulls[index]) }))
}

function closeStream(state: State): void {
  const { open, serialization, hasStream } = state
  state.hasStream = false
  if (open === undefined || serialization === undefined || !hasStream) return
  if (state.stream !== undefined) {
    const rows = state.stream('', true)
    state.stream = undefined
    return addRows(state, open, rows)
  }
  const bytes = readBase64(state.text, `the ${serialization} stream`)
  addRows(state, open, readBinary(bytes, columnsOf(state, open), serialization, state.maxRows))
}
