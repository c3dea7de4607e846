import { expect, test } from 'vitest'
import { queryStatus, readVotable, recordsOf, resultTable } from '../../src/votable/index.ts'

const info = (value: string, text = '') => `<INFO name="QUERY_STATUS" value="${value}">${text}</INFO>`
const table = '<TABLE name="t"><FIELD name="a" datatype="int"/><DATA><TABLEDATA/></DATA></TABLE>'
const vo = (content: string) => readVotable(`<VOTABLE>${content}</VOTABLE>`)

test.each([
  ['nothing said', `<RESOURCE>${table}</RESOURCE>`, 'OK', ''],
  ['OK', `<RESOURCE>${info('OK')}${table}</RESOURCE>`, 'OK', ''],
  ['OK with a note', `<RESOURCE>${info('OK', 'cached')}${table}</RESOURCE>`, 'OK', 'cached'],
  ['overflow after the table', `<RESOURCE>${info('OK')}${table}${info('OVERFLOW')}</RESOURCE>`, 'OVERFLOW', ''],
  ['overflow first', `<RESOURCE>${info('OVERFLOW')}${table}</RESOURCE>`, 'OVERFLOW', ''],
  ['a late error', `<RESOURCE>${info('OK')}${table}${info('OVERFLOW')}${info('ERROR', ' lost ')}</RESOURCE>`, 'ERROR', 'lost'],
  ['an error without resource', info('ERROR', 'bad'), 'ERROR', 'bad'],
  ['inside the table', `<RESOURCE>${table.replace('</TABLE>', `${info('OVERFLOW')}</TABLE>`)}</RESOURCE>`, 'OVERFLOW', ''],
  ['in a nested resource', `<RESOURCE><RESOURCE>${info('error', 'x')}</RESOURCE></RESOURCE>`, 'ERROR', 'x'],
  ['two errors', `<RESOURCE>${info('ERROR', 'first')}${info('ERROR', 'second')}</RESOURCE>`, 'ERROR', 'second'],
])('queryStatus: %s', async (_, content, status, message) => {
  expect(queryStatus(await vo(content))).toEqual({ status, message })
})

test.each([
  ['the results', `<RESOURCE type="meta">${table.replace('"t"', '"m"')}</RESOURCE><RESOURCE type="results">${table}</RESOURCE>`],
  ['a resource without type', `<RESOURCE type="meta"/><RESOURCE>${table}</RESOURCE>`],
  ['a nested one', `<RESOURCE type="results"><RESOURCE>${table}</RESOURCE></RESOURCE>`],
])('resultTable: %s', async (_, content) => { expect(resultTable(await vo(content)).name).toBe('t') })

test('resultTable says why there is none', async () => {
  const document = await vo(`<RESOURCE type="results">${info('ERROR', 'no such table')}</RESOURCE>`)
  expect(() => resultTable(document)).toThrow(expect.objectContaining({ code: 'document_invalid', message: expect.stringContaining('no such table') }))
  const empty = await vo('<RESOURCE type="meta"/>')
  expect(() => resultTable(empty)).toThrow('the VOTable has no table of results')
})

test('records: the first of equal names counts, and any name is only a name', async () => {
  const fields = ['a', '__proto__', 'a'].map((name) => `<FIELD name="${name}" datatype="int"/>`).join('')
  const document = await vo(`<RESOURCE><TABLE>${fields}<DATA><TABLEDATA><TR><TD>1</TD><TD>2</TD><TD>3</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE>`)
  const [record] = recordsOf(resultTable(document))
  expect(Object.entries(record ?? {})).toEqual([['a', 1], ['__proto__', 2]])
})
