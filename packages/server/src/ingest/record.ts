/**
 * `records.ndjson`: what the files alone do not say of a folder of holdings, one JSON object a line. A
 * field of a record wins over what the header says; `rows` win over columns made from the header.
 */
import { z } from 'zod'
import { issuesText } from '../config.ts'

const cell = z.union([z.string(), z.number(), z.boolean(), z.null()])
const time = z.string().min(1)

type Keywords = Readonly<Record<string, string | number | boolean>>

/** Looked at and not copied: records of large archives are many and wide. */
const keywords = z.custom<Keywords>((value) => typeof value === 'object' && value !== null
  && !Array.isArray(value) && Object.values(value).every((one) => KEYWORD_TYPES.has(typeof one)),
'is no object of texts, numbers and truth values')
const KEYWORD_TYPES: ReadonlySet<string> = new Set(['string', 'number', 'boolean'])

const record = z.strictObject({
  dpId: z.string(),
  kind: z.enum(['raw', 'master', 'product', 'ancillary', 'preview', 'nightLog']).optional(),
  /** Below the folder; null when the archive has no file of it. */
  file: z.string().min(1).nullable().optional(),
  /** What a download is called. */
  name: z.string().regex(/^[\w.:+-]{1,200}$/, 'has characters that a file name must not have').optional(),
  mediaType: z.string().regex(/^[\w.+-]+\/[\w.+-]+(;[\x20-\x7e]*)?$/, 'is no media type').optional(),
  category: z.string().min(1).optional(),
  parent: z.string().nullable().optional(),
  title: z.string().optional(),
  progId: z.string().min(1).nullable().optional(),
  instrument: z.string().optional(),
  mjd: z.number().nullable().optional(),
  exposureSeconds: z.number().min(0).nullable().optional(),
  certified: z.boolean().optional(),
  releaseDate: time.nullable().optional(),
  modified: time.optional(),
  sources: z.array(z.string()).optional(),
  /** The table that the rows of its file fill: of a catalogue. */
  table: z.string().optional(),
  /** FITS keywords in their short form, for what has no file. */
  keys: keywords.optional(),
  rows: z.array(z.strictObject({ table: z.string(), row: z.record(z.string(), cell) })).optional(),
})

export type HoldingRecord = Readonly<z.output<typeof record>>

/** Characters of one line; a longer one is a mistake. */
const MAX_LINE = 1_000_000

/** One line as a record, or what is wrong with it. */
export function readRecord(line: string): { readonly record: HoldingRecord } | { readonly problem: string } {
  if (line.length > MAX_LINE) return { problem: `the line is longer than ${MAX_LINE} characters` }
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { problem: 'the line is not JSON' }
  }
  const read = record.safeParse(value)
  return read.success ? { record: read.data } : { problem: issuesText(read.error) }
}
