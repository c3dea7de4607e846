/**
 * The table of links, written and read: ESO's columns in ESO's order. DataLink 1.1 §3.2, §3.3.1 (standardID).
 * A calibration selector's list is the same table without eso_origfile.
 */
import type { Field, Info } from '../votable/field.ts'
import { recordsOf, resultTable } from '../votable/document.ts'
import type { Votable } from '../votable/document.ts'
import { votableWriter } from '../votable/write.ts'
import type { Ending } from '../votable/writer.ts'
import type { Link } from './link.ts'

/** The canonical spelling, without a blank (DataLink 1.1 §3.1). */
export const DATALINK_TYPE = 'application/x-votable+xml;content=datalink'

/** `datalink` is a links document; `calselector` is a calibration selector's list. */
export type LinksForm = 'datalink' | 'calselector'

const char = { datatype: 'char', arraysize: '*' } as const

const COLUMNS: readonly (Field & { readonly of: keyof Link })[] = [
  { of: 'id', name: 'ID', ...char, ucd: 'meta.id;meta.main' },
  { of: 'accessUrl', name: 'access_url', ...char, ucd: 'meta.ref.url' },
  { of: 'serviceDef', name: 'service_def', ...char, ucd: 'meta.ref' },
  { of: 'errorMessage', name: 'error_message', ...char, ucd: 'meta.code.error' },
  { of: 'semantics', name: 'semantics', ...char, ucd: 'meta.code' },
  { of: 'description', name: 'description', ...char, ucd: 'meta.note' },
  { of: 'contentType', name: 'content_type', ...char, ucd: 'meta.code.mime' },
  { of: 'contentLength', name: 'content_length', datatype: 'long', unit: 'byte', ucd: 'phys.size;meta.file' },
  { of: 'esoOrigfile', name: 'eso_origfile', ...char, ucd: 'meta.id;meta.file' },
  { of: 'esoCategory', name: 'eso_category', ...char, ucd: 'meta.code.class;meta.dataset' },
  { of: 'esoDatalink', name: 'eso_datalink', ...char, ucd: 'meta.ref.url' },
]

/** What else the document holds. */
export interface LinksOptions extends Ending {
  readonly infos?: readonly Info[] | undefined
  /** Service descriptors, as text. */
  readonly after?: string | undefined
}

/** The fields of a links table, in order. */
export function linkFields(form: LinksForm): Field[] {
  return columnsOf(form).map(({ of: _, ...field }) => field)
}

/** The whole document. Rows of one ID must stand together (DataLink 1.1 §3.2). */
export function writeLinks(links: readonly Link[], form: LinksForm, options: LinksOptions = {}): string {
  const columns = columnsOf(form)
  const standard = { name: 'standardID', value: 'ivo://ivoa.net/std/DataLink#links-1.1' }
  const writer = votableWriter(linkFields(form), {
    infos: [standard, ...options.infos ?? []], after: options.after,
  })
  const rows = links.map((link) => columns.map(({ of }) => link[of]))
  return writer.head() + writer.rows(rows) + writer.foot(options)
}

function columnsOf(form: LinksForm): typeof COLUMNS {
  return form === 'datalink' ? COLUMNS : COLUMNS.filter(({ of }) => of !== 'esoOrigfile')
}

/** The links of any service's document; columns that it lacks are null. Throws `document_invalid`. */
export function readLinks(document: Votable): Link[] {
  return recordsOf(resultTable(document)).map((record) => {
    const byName = new Map(Object.entries(record).map(([name, cell]) => [name.toLowerCase(), cell]))
    const text = (name: string): string | null => {
      const cell = byName.get(name)
      return cell === undefined || cell === null || cell === '' ? null : String(cell)
    }
    return {
      id: text('id') ?? '',
      accessUrl: text('access_url'),
      serviceDef: text('service_def'),
      errorMessage: text('error_message'),
      semantics: text('semantics') ?? '',
      description: text('description'),
      contentType: text('content_type'),
      contentLength: lengthOf(text('content_length')),
      esoOrigfile: text('eso_origfile'),
      esoCategory: text('eso_category'),
      esoDatalink: text('eso_datalink'),
    }
  })
}

/** Services give it as long, int, double or text. */
function lengthOf(text: string | null): bigint | null {
  const digits = /^\s*(\d{1,18})(?:\.0*)?\s*$/.exec(text ?? '')?.[1]
  return digits === undefined ? null : BigInt(digits)
}
