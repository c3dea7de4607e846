/**
 * The forms in which a result can be asked for: one row of the table each, read by the RESPONSEFORMAT
 * parameter and by capabilities. TAP 1.1 §2.7.3, §3.2; DALI 1.1 §3.4.3; TAPRegExt 1.0 §2.5; conformance T-13,
 * T-14, chapter 7. The Accept header has no say (conformance D-9): Java's clients send it without meaning it.
 */
import { ArchiveError } from '@quipu/vo'
import {
  binaryVotableWriter, csvWriter, fitsFormat, FITS_TYPE, htmlWriter, HTML_TYPE, JSON_TYPE, jsonWriter,
  textFormat, TEXT_TYPE, TSV_TYPE, tsvWriter, VOTABLE_TYPE, votableWriter,
} from '@quipu/vo/votable'
import type { Field, Info, MeasuredFormat, Row, RowWriter, Serialization } from '@quipu/vo/votable'
import { PARQUET_TYPE, parquetFormat } from './parquet.ts'

/** What a writer is made from. */
export interface Head {
  readonly fields: readonly Field[]
  readonly infos: readonly Info[]
  /** RESOURCE elements behind the results, for VOTables: service descriptors. */
  readonly after?: string | undefined
  /** The first rows, as far as they are known. */
  readonly sample: readonly Row[]
}

/** Rows are written as they come, or read twice: kept apart until all of them have been seen. */
export type Writing =
  | { readonly way: 'streamed'; readonly open: (head: Head) => RowWriter }
  | { readonly way: 'measured'; readonly format: MeasuredFormat }

export interface Format {
  /** The media type of answers, unless another of `mediaTypes` was asked for by name. */
  readonly mediaType: string
  /** Other media types that mean the same; each is answered as it was asked for (DALI 1.1 §3.4.3). */
  readonly mediaTypes: readonly string[]
  /** Short names, the customary one first. */
  readonly aliases: readonly string[]
  /** TAPRegExt's name for it. */
  readonly ivoId?: string
  /** What a file of it is called, without the dot. */
  readonly extension: string
  /** True when the document itself can say that it was cut, or broke off after its first row. */
  readonly tellsEnding: boolean
  /** True for what is worth coding with gzip. */
  readonly isText: boolean
  readonly writing: Writing
}

const streamed = (open: (head: Head) => RowWriter): Writing => ({ way: 'streamed', open })
const measured = (format: MeasuredFormat): Writing => ({ way: 'measured', format })

const binary = (serialization: Serialization, aliases: readonly string[], ivoName: string): Format => ({
  mediaType: `${VOTABLE_TYPE};serialization=${serialization}`,
  mediaTypes: [],
  aliases,
  ivoId: `ivo://ivoa.net/std/TAPRegExt#output-votable-${ivoName}`,
  extension: 'xml', tellsEnding: true, isText: true,
  writing: streamed(({ fields, ...rest }) => binaryVotableWriter(fields, serialization, rest)),
})

/** The default first. */
export const FORMATS: readonly Format[] = [
  {
    mediaType: VOTABLE_TYPE,
    mediaTypes: [`${VOTABLE_TYPE};serialization=TABLEDATA`, 'text/xml', 'application/xml'],
    aliases: ['votable', 'votable/td'],
    ivoId: 'ivo://ivoa.net/std/TAPRegExt#output-votable-td',
    extension: 'xml', tellsEnding: true, isText: true,
    writing: streamed(({ fields, infos, after }) => votableWriter(fields, { infos, after })),
  },
  binary('BINARY2', ['votable/b2', 'votable/binary2'], 'binary2'),
  binary('BINARY', ['votable/b', 'votable/binary', 'votable/base64'], 'binary'),
  {
    mediaType: 'text/csv;header=present', mediaTypes: ['text/csv'], aliases: ['csv'],
    extension: 'csv', tellsEnding: false, isText: true,
    writing: streamed(({ fields }) => csvWriter(fields)),
  },
  {
    mediaType: TSV_TYPE, mediaTypes: [], aliases: ['tsv'],
    extension: 'tsv', tellsEnding: false, isText: true,
    writing: streamed(({ fields }) => tsvWriter(fields)),
  },
  {
    mediaType: JSON_TYPE, mediaTypes: [], aliases: ['json'],
    extension: 'json', tellsEnding: true, isText: true,
    writing: streamed(({ fields }) => jsonWriter(fields)),
  },
  {
    mediaType: FITS_TYPE, mediaTypes: [], aliases: ['fits'],
    extension: 'fits', tellsEnding: true, isText: false,
    writing: measured(fitsFormat),
  },
  {
    mediaType: PARQUET_TYPE, mediaTypes: [], aliases: ['parquet'],
    extension: 'parquet', tellsEnding: true, isText: false,
    writing: measured(parquetFormat),
  },
  {
    mediaType: TEXT_TYPE, mediaTypes: ['text/plain'], aliases: ['text'],
    extension: 'txt', tellsEnding: true, isText: true,
    writing: measured(textFormat),
  },
  {
    mediaType: HTML_TYPE, mediaTypes: ['text/html'], aliases: ['html'],
    extension: 'html', tellsEnding: true, isText: true,
    writing: streamed(({ fields, infos }) => htmlWriter(fields, infos)),
  },
]

/** Whether a document of this media type is worth coding with gzip; of one that is none of ours, it is. */
export function isTextType(mediaType: string): boolean {
  return FORMATS.every((format) => format.isText || normal(format.mediaType) !== normal(mediaType))
}

/** A format and the Content-Type that its answer carries. */
export interface Choice { readonly format: Format; readonly contentType: string }

/**
 * Finds the format by short name or media type; case, blanks and the order of media type parameters
 * do not matter.
 *
 * @param asked The value of RESPONSEFORMAT; undefined or blank is the default.
 * @throws ArchiveError `parameter_invalid`, naming what there is.
 */
export function chooseFormat(asked: string | undefined): Choice {
  const found = formatOf(normal(asked ?? '')) ?? inUtf8(asked ?? '')
  if (found !== undefined) return found
  throw new ArchiveError('parameter_invalid',
    `RESPONSEFORMAT '${cut(asked ?? '')}' is not one of ours; use `
    + `${FORMATS.flatMap((format) => format.aliases).join(', ')} or a media type: `
    + FORMATS.map((format) => format.mediaType).join(', '))
}

/** A type of ours asked for in UTF-8, which all text is written in: answered as that. */
function inUtf8(asked: string): Choice | undefined {
  const bare = normal(asked).split(';').filter((part) => !/^charset=utf-?8$/.test(part)).join(';')
  const found = bare.includes('/') && bare !== normal(asked) ? formatOf(bare) : undefined
  if (found?.format.isText !== true) return undefined
  return { ...found, contentType: `${found.contentType};charset=UTF-8` }
}

function formatOf(wanted: string): Choice | undefined {
  for (const format of FORMATS) {
    if (wanted === '' || format.aliases.some((alias) => normal(alias) === wanted)) {
      return { format, contentType: format.mediaType }
    }
    for (const type of [format.mediaType, ...format.mediaTypes]) {
      // A plain `text/csv` may be answered with its parameter, which says that there is a header line.
      if (normal(type) === wanted) return { format, contentType: plain(type) ? typeFor(format, type) : type }
    }
  }
  return undefined
}

const plain = (type: string): boolean => !type.includes(';')

/** The format's own type when it only adds parameters to the one asked for. */
function typeFor(format: Format, type: string): string {
  return format.mediaType.startsWith(`${type};`) ? format.mediaType : type
}

/** `Text/CSV; b=1;a=2` → `text/csv;a=2;b=1`. */
function normal(type: string): string {
  const [name = '', ...parameters] = type.toLowerCase().replaceAll(/[\s"]/g, '').split(';')
  return [name, ...parameters.filter(Boolean).sort()].join(';')
}

/** A caller's text, short enough for a message. */
export function cut(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
