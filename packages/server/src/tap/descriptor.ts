/**
 * The service descriptor that leads from the rows of a result to their links. DataLink 1.1 §4; conformance
 * L-10 to L-15. It stands only where the result has the column that identifies a product.
 */
import { escapeXml } from '@quipu/vo'
import type { Field } from '@quipu/vo/votable'

/** The fields, one of them with an XML ID, and the RESOURCE that refers to it. */
export interface Described { readonly fields: readonly Field[]; readonly after: string }

/** Columns that DataLink takes as ID, the best first; any other column of that name has another UCD. */
const IDENTIFIERS = [
  { name: 'obs_publisher_did', ucd: 'meta.ref.ivoid' }, { name: 'dp_id', ucd: 'meta.id' },
] as const

/**
 * Adds the descriptor of DataLink to a result that has a column for it.
 * @param baseUrl Of the archive, no trailing slash.
 */
export function describeLinks(fields: readonly Field[], baseUrl: string): Described | undefined {
  const found = IDENTIFIERS.flatMap(({ name, ucd }) => {
    const index = fields.findIndex((field) => field.name.toLowerCase() === name
      && (field.ucd ?? '').split(';', 1)[0] === ucd && field.datatype === 'char')
    return index < 0 ? [] : [{ id: name, index }]
  })
  const [first] = found
  if (first === undefined || fields.some(({ id }) => id === first.id)) return undefined
  return {
    fields: fields.map((field, index) => index === first.index ? { ...field, id: first.id } : field),
    after: descriptorText(first.id, `${baseUrl}/datalink/links`),
  }
}

function descriptorText(fieldId: string, accessUrl: string): string {
  const param = (name: string, value: string, more = ''): string =>
    `<PARAM arraysize="*" datatype="char" name="${name}"${more} value="${escapeXml(value)}"/>\n`
  return '  <RESOURCE name="DataLink" type="meta" utype="adhoc:service">\n'
    + '    <DESCRIPTION>Files, previews and calibrations that belong to a row</DESCRIPTION>\n'
    + `    ${param('standardID', 'ivo://ivoa.net/std/DataLink#links-1.1')}`
    + `    ${param('accessURL', accessUrl)}`
    + `    ${param('contentType', 'application/x-votable+xml;content=datalink')}`
    + '    <GROUP name="inputParams">\n'
    + `      ${param('ID', '', ` ref="${fieldId}" ucd="meta.id;meta.main"`)}`
    + '    </GROUP>\n  </RESOURCE>\n'
}
