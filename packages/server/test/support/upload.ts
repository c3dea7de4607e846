/** Requests with uploads as STILTS writes them, and the tables to send. */
import { binaryVotableWriter, votableWriter } from '@quipu/vo/votable'
import type { Field, Row } from '@quipu/vo/votable'
import type { Answer, TestArchive } from './archive.ts'

export interface Part { readonly name: string; readonly value: string | Uint8Array; readonly file?: boolean; readonly type?: string }

export const BOUNDARY = '<<<--------------MULTIPART-BOUNDARY------->>>'

/** As STILTS writes it: an empty line in front, the boundary given in quotes. */
export function bodyOf(parts: readonly Part[]): Buffer {
  return Buffer.concat([...parts.flatMap(({ name, value, file = false, type }) => [
    Buffer.from(`\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file ? `; filename="${name}"` : ''}\r\n`
      + `Content-Type: ${type ?? (file ? 'application/x-votable+xml' : 'text/plain; charset=UTF-8')}\r\n\r\n`),
    Buffer.from(value),
  ]), Buffer.from(`\r\n--${BOUNDARY}--\r\n`)])
}

export async function send(archive: TestArchive, path: string, parts: readonly Part[], as?: string): Promise<Answer> {
  const headers: Record<string, string> = { 'Content-Type': `multipart/form-data; boundary="${BOUNDARY}"` }
  if (as !== undefined) headers['Authorization'] = `Bearer ${await archive.tokenOf(as)}`
  const answer = await fetch(`${archive.url}${path}`, { method: 'POST', headers, body: new Uint8Array(bodyOf(parts)), redirect: 'manual' })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  return { status: answer.status, headers: Object.fromEntries(answer.headers), body: new TextDecoder().decode(bytes), bytes }
}

/** A query to sync. */
export const sync = (archive: TestArchive, query: string, parts: readonly Part[], as?: string): Promise<Answer> =>
  send(archive, '/tap_obs/sync', [{ name: 'LANG', value: 'ADQL' }, { name: 'QUERY', value: query }, ...parts], as)

export function document(fields: readonly Field[], rows: readonly Row[], form: 'TABLEDATA' | 'BINARY' | 'BINARY2' = 'TABLEDATA'): Uint8Array {
  const writer = form === 'TABLEDATA' ? votableWriter(fields) : binaryVotableWriter(fields, form)
  return Buffer.concat([writer.head(), writer.rows(rows), writer.foot({ overflow: false })].map((piece) => Buffer.from(piece)))
}

export const ints = (...values: number[]): Uint8Array => document([{ name: 'n', datatype: 'int' }], values.map((n) => [n]))
export const t1 = (value: Uint8Array | string): Part[] => [{ name: 'UPLOAD', value: 't1,param:f' }, { name: 'f', value, file: true }]
