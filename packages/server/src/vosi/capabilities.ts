/**
 * What a TAP service says of itself, from the tables that it works by: formats, functions, limits.
 * TAPRegExt 1.0 §2; TAP 1.1 §2.4; ADQL 2.1 §4.1; conformance V-1 to V-15.
 */
import { ADQL_FUNCTIONS, runsOn } from '@quipu/adql'
import type { DialectName, FunctionKind } from '@quipu/adql'
import { STANDARD_IDS, writeTapCapabilities } from '@quipu/vo/vosi'
import type { Archive } from '../archive.ts'
import { SIGN_IN_METHODS } from '../auth/challenge.ts'
import type { ServiceCatalog } from '../schema/catalog.ts'
import { FORMATS } from '../tap/formats.ts'

const FEATURES = 'ivo://ivoa.net/std/tapregext#features-adql-'

/** What is offered of a group of functions, form by form: what runs on this engine. */
function functionsOf(kind: FunctionKind, dialect: DialectName): { form: string; description: string }[] {
  return [...ADQL_FUNCTIONS.values()].flatMap((row) => [row, ...row.forms ?? []])
    .filter((row) => row.kind === kind && runsOn(row, dialect))
    .map(({ declaration, name, description }) => ({ form: kind === 'udf' ? declaration : name, description }))
}

/**
 * The capabilities document.
 * @param baseUrl Of the service, as the caller wrote it.
 */
export function tapCapabilities(
  { columns, config }: Pick<Archive, 'columns' | 'config'>, { tableSet }: ServiceCatalog, baseUrl: string,
): string {
  const offered = (kind: FunctionKind) => functionsOf(kind, columns.dialect.name)
  const { tap } = config
  const hasObsCore = tableSet.schemas.some((schema) => schema.tables.some((table) =>
    `${table.schema}.${table.name}`.toLowerCase() === 'ivoa.obscore'))
  return writeTapCapabilities({
    baseUrl,
    geometry: offered('geometry').map(({ form }) => form),
    udfs: offered('udf'),
    features: {
      [`${FEATURES}string`]: [...offered('string'), { form: 'ILIKE' }],
      [`${FEATURES}common-table`]: [{ form: 'WITH' }],
      [`${FEATURES}sets`]: [{ form: 'UNION' }, { form: 'EXCEPT' }, { form: 'INTERSECT' }],
      [`${FEATURES}type`]: [{ form: 'CAST' }],
      [`${FEATURES}conditional`]: offered('conditional'),
      [`${FEATURES}unit`]: offered('unit'),
      [`${FEATURES}offset`]: [{ form: 'OFFSET' }],
    },
    outputFormats: FORMATS.flatMap((format) => [
      { mime: format.mediaType, aliases: format.aliases, ivoId: format.ivoId },
      ...format.mediaTypes.map((mime) => ({ mime })),
    ]),
    uploadMethods: ['inline', 'http', 'https'].map((way) => `ivo://ivoa.net/std/TAPRegExt#upload-${way}`),
    limits: {
      retentionSeconds: { default: tap.retentionSeconds, hard: tap.retentionMaxSeconds },
      executionSeconds: { default: tap.jobSeconds, hard: tap.jobMaxSeconds },
      uploadRows: { default: tap.uploadRows, hard: tap.uploadRows },
      outputRows: { default: tap.defaultRows, hard: tap.maxRows },
    },
    securityMethods: SIGN_IN_METHODS,
    examples: true,
    dataModels: hasObsCore ? [{ ivoId: STANDARD_IDS.obsCore, name: 'ObsCore-1.1' }] : [],
  })
}
