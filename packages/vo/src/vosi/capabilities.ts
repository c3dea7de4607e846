/**
 * VOSI capabilities and availability. VOSI 1.1 §2 (capabilities, availability), TAPRegExt 1.0 §2
 * (TableAccess, in the order of its schema), TAP 1.1 §2.4 (interfaces), VOResource 1.1 §3 (securityMethod).
 * Children are unqualified.
 */
import { ArchiveError } from '../errors.ts'
import { attributesText, childOf, childrenOf, escapeXml, readXml, XSI } from '../xml.ts'
import type { XmlElement } from '../xml.ts'

/** `ivo-id`s that stand in documents. */
export const STANDARD_IDS = {
  tap: 'ivo://ivoa.net/std/TAP',
  capabilities: 'ivo://ivoa.net/std/VOSI#capabilities',
  availability: 'ivo://ivoa.net/std/VOSI#availability',
  tables: 'ivo://ivoa.net/std/VOSI#tables-1.1',
  examples: 'ivo://ivoa.net/std/DALI#examples',
  links: 'ivo://ivoa.net/std/DataLink#links-1.1',
  obsCore: 'ivo://ivoa.net/std/ObsCore#core-1.1',
  /**
   * TOPCAT compares these two case-sensitively in this spelling; later groups are lower case (ADQL 2.1
   * §4.1).
   */
  geometry: 'ivo://ivoa.net/std/TAPRegExt#features-adqlgeo',
  udf: 'ivo://ivoa.net/std/TAPRegExt#features-udf',
} as const

/** `securityMethod` ids of SSO 2.0 §3 that an archive with bearer tokens, passwords or cookies may list. */
export const SECURITY_METHODS = {
  openId: 'ivo://ivoa.net/sso#OpenID',
  oauth: 'ivo://ivoa.net/sso#OAuth',
  basic: 'ivo://ivoa.net/sso#BasicAA',
  cookie: 'ivo://ivoa.net/sso#cookie',
} as const

/** A function or keyword of a language (TAPRegExt 1.0 §2.4). */
export interface LanguageFeature {
  /** A geometry function's name, a UDF's signature `f(a VARCHAR) -> INTEGER`, or a keyword. */
  readonly form: string
  readonly description?: string | undefined
}

export interface LimitPair { readonly default: number; readonly hard: number }

/** What the TAP service declares. */
export interface TapCapabilities {
  /** `https://host/tap_obs`: what the caller used, without a slash at the end. */
  readonly baseUrl: string
  /** Defaults to 2.0 and 2.1; some clients refuse a service without 2.0. */
  readonly adqlVersions?: readonly string[] | undefined
  /** POINT, CIRCLE, … */
  readonly geometry?: readonly string[] | undefined
  readonly udfs?: readonly LanguageFeature[] | undefined
  /** Other groups of ADQL 2.1 §4, by their id: `ivo://ivoa.net/std/tapregext#features-adql-offset`. */
  readonly features?: Readonly<Record<string, readonly LanguageFeature[]>> | undefined
  readonly outputFormats: readonly OutputFormat[]
  /** Ids; empty for a service without uploads. */
  readonly uploadMethods?: readonly string[] | undefined
  readonly limits: {
    readonly retentionSeconds?: LimitPair | undefined
    readonly executionSeconds?: LimitPair | undefined
    readonly outputRows?: LimitPair | undefined
    /** Of one upload. */
    readonly uploadRows?: LimitPair | undefined
  }
  /** Besides anonymous, which comes first when there are others. */
  readonly securityMethods?: readonly string[] | undefined
  readonly dataModels?: readonly { readonly ivoId: string; readonly name: string }[] | undefined
  /** Whether `/examples` is served. */
  readonly examples?: boolean | undefined
}

export interface OutputFormat {
  readonly mime: string
  readonly aliases?: readonly string[] | undefined
  /** `ivo://ivoa.net/std/TAPRegExt#output-votable-td` and the like. */
  readonly ivoId?: string | undefined
}

/** The capabilities of a TAP 1.1 service: TAP itself, then its VOSI endpoints. */
export function writeTapCapabilities(tap: TapCapabilities): string {
  const { baseUrl, limits } = tap
  const methods = tap.securityMethods ?? []
  const text = `  <capability standardID="${STANDARD_IDS.tap}" xsi:type="tr:TableAccess">\n`
    + interfaceText({ url: baseUrl, use: 'base', version: '1.1', methods })
    + (tap.dataModels ?? []).map(dataModelText).join('')
    + languageText(tap)
    + tap.outputFormats.map(formatText).join('')
    + (tap.uploadMethods ?? []).map((id) => `    <uploadMethod ivo-id="${escapeXml(id)}"/>\n`).join('')
    + limitText('retentionPeriod', limits.retentionSeconds)
    + limitText('executionDuration', limits.executionSeconds)
    + limitText('outputLimit', limits.outputRows, ' unit="row"')
    + limitText('uploadLimit', limits.uploadRows, ' unit="row"')
    + '  </capability>\n'
  const full = (name: string) => ({ url: `${baseUrl}/${name}`, use: 'full' } as const)
  const tables = plainCapability(STANDARD_IDS.tables, { ...full('tables'), methods, version: '1.1' })
  const examples = plainCapability(STANDARD_IDS.examples, { ...full('examples'), methods: [] })
  return capabilitiesText(text + vosiText(baseUrl) + tables + (tap.examples === true ? examples : ''))
}

function dataModelText({ ivoId, name }: { readonly ivoId: string; readonly name: string }): string {
  return element('dataModel', name, { 'ivo-id': ivoId })
}

/** A service with one DALI endpoint: DataLink links, a calibration selector. */
export interface ServiceCapabilities {
  readonly standardId: string
  /** Where `/capabilities` and `/availability` are. */
  readonly baseUrl: string
  /** The endpoint itself: `https://host/datalink/links`. */
  readonly accessUrl: string
  readonly version?: string | undefined
  readonly securityMethods?: readonly string[] | undefined
}

/** The capabilities of such a service, with its VOSI endpoints (DataLink 1.1 §2.2). */
export function writeServiceCapabilities(service: ServiceCapabilities): string {
  const { standardId, accessUrl, version, securityMethods } = service
  const endpoint: InterfaceText = { url: accessUrl, use: 'base', version, methods: securityMethods ?? [] }
  const main = plainCapability(standardId, endpoint)
  return capabilitiesText(main + vosiText(service.baseUrl))
}

function capabilitiesText(content: string): string {
  return '<?xml version="1.0" encoding="UTF-8"?>\n'
    + '<vosi:capabilities xmlns:vosi="http://www.ivoa.net/xml/VOSICapabilities/v1.0"'
    + ' xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"'
    + ` xmlns:tr="http://www.ivoa.net/xml/TAPRegExt/v1.0" xmlns:xsi="${XSI}">\n`
    + `${content}</vosi:capabilities>\n`
}

/** Always anonymous (VOSI 1.1, registration of VOSI endpoints). */
function vosiText(baseUrl: string): string {
  const endpoint = (name: string): InterfaceText => ({ url: `${baseUrl}/${name}`, use: 'full', methods: [] })
  return plainCapability(STANDARD_IDS.capabilities, endpoint('capabilities'))
    + plainCapability(STANDARD_IDS.availability, endpoint('availability'))
}

interface InterfaceText {
  readonly url: string
  readonly use: 'base' | 'full'
  readonly version?: string | undefined
  readonly methods: readonly string[]
}

function plainCapability(standardId: string, endpoint: InterfaceText): string {
  return `  <capability standardID="${escapeXml(standardId)}">\n${interfaceText(endpoint)}  </capability>\n`
}

/** An empty securityMethod is anonymous access, and stands only beside others (TAP 1.1 §2.4). */
function interfaceText({ url, use, version, methods }: InterfaceText): string {
  const attributes = attributesText({ 'xsi:type': 'vs:ParamHTTP', role: 'std', version })
  const security = methods.length === 0 ? [] : [null, ...methods]
  return `    <interface${attributes}>\n      <accessURL use="${use}">${escapeXml(url)}</accessURL>\n${
    security.map((id) => `      <securityMethod${attributesText({ standardID: id })}/>\n`).join('')
  }    </interface>\n`
}

function languageText(tap: TapCapabilities): string {
  const { adqlVersions = ['2.0', '2.1'], geometry = [], udfs = [], features = {} } = tap
  const groups: [string, readonly LanguageFeature[]][] = [
    [STANDARD_IDS.geometry, geometry.map((form) => ({ form }))],
    [STANDARD_IDS.udf, udfs],
    ...Object.entries(features),
  ]
  const versions = adqlVersions.map((version) =>
    element('version', version, { 'ivo-id': `ivo://ivoa.net/std/ADQL#v${version}` }, '      '))
  return `    <language>\n      <name>ADQL</name>\n${versions.join('')}`
    + `      <description>ADQL, the Astronomical Data Query Language</description>\n`
    + `${groups.map(([type, list]) => groupText(type, list)).join('')}    </language>\n`
}

function groupText(type: string, features: readonly LanguageFeature[]): string {
  if (features.length === 0) return ''
  const blanks = ' '.repeat(10)
  const lines = features.map(({ form, description }) => '        <feature>\n'
    + element('form', form, {}, blanks)
    + (description === undefined ? '' : element('description', description, {}, blanks))
    + '        </feature>\n')
  return `      <languageFeatures type="${escapeXml(type)}">\n${lines.join('')}      </languageFeatures>\n`
}

function formatText({ mime, aliases = [], ivoId }: OutputFormat): string {
  const names = aliases.map((alias) => element('alias', alias, {}, '      '))
  return `    <outputFormat${attributesText({ 'ivo-id': ivoId })}>\n${element('mime', mime, {}, '      ')}${
    names.join('')}    </outputFormat>\n`
}

function limitText(name: string, pair: LimitPair | undefined, unit = ''): string {
  if (pair === undefined) return ''
  return `    <${name}>\n      <default${unit}>${pair.default}</default>\n`
    + `      <hard${unit}>${pair.hard}</hard>\n    </${name}>\n`
}

function element(
  name: string, text: string, attributes: Readonly<Record<string, string>> = {}, indent = '    ',
): string {
  return `${indent}<${name}${attributesText(attributes)}>${escapeXml(text)}</${name}>\n`
}

/** One capability as it was read. */
export interface Capability {
  readonly standardId: string
  readonly interfaces: readonly Interface[]
}

export interface Interface {
  /** Without blanks. */
  readonly accessUrl: string
  readonly role: string
  /** '' where the document gives none: version 1.0. */
  readonly version: string
  /** Ids; '' is anonymous. Empty means anonymous only. */
  readonly securityMethods: readonly string[]
}

/** Reads any service's capabilities: any prefix, qualified children or not. Throws `document_invalid`. */
export function readCapabilities(xml: string): Capability[] {
  const root = readXml(xml, 'the capabilities document')
  if (root.name !== 'capabilities') {
    throw new ArchiveError('document_invalid', `expected VOSI capabilities, got a document of <${root.name}>`)
  }
  return childrenOf(root, 'capability').map((capability) => ({
    standardId: (capability.attributes.get('standardID') ?? '').trim(),
    interfaces: childrenOf(capability, 'interface').map(interfaceOf),
  }))
}

function interfaceOf(element: XmlElement): Interface {
  return {
    accessUrl: (childOf(element, 'accessURL')?.text ?? '').replaceAll(/\s/g, ''),
    role: element.attributes.get('role') ?? '',
    version: element.attributes.get('version') ?? '',
    securityMethods: childrenOf(element, 'securityMethod')
      .map((method) => (method.attributes.get('standardID') ?? '').trim()),
  }
}
