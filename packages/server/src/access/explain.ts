/**
 * Why a person may know of a product and have its file, or not, in words: from the rule itself, so that what
 * is said is what is done. Design §5.
 */
import { ArchiveError, isoOf } from '@quipu/vo'
import type { Archive } from '../archive.ts'
import type { Grant, Product } from '../stores/truth.ts'
import { ANONYMOUS } from './principal.ts'
import type { Principal } from './principal.ts'
import { rightsFor, teamsWith } from './rights.ts'
import { allows, discoverRule, retrieveRule } from './rule.ts'
import type { Rule } from './rule.ts'

/** A rule as it came out for one product, person and time, with the clauses that it is made of. */
export interface Trace {
  readonly rule: Rule
  readonly holds: boolean
  readonly of: readonly Trace[]
}

/** What a trace is about. */
export interface Matter {
  readonly product: Product
  readonly principal: Principal
  readonly nowMs: number
  /** The person's rights to the product's run, those that are over too. */
  readonly grants: readonly Grant[]
  /** The teams by which the person has a right to the product's run. */
  readonly teams: readonly string[]
}

export function traceOf(rule: Rule, matter: Matter): Trace {
  const { product, principal, nowMs } = matter
  return {
    rule, holds: allows(rule, product, principal, nowMs),
    of: 'of' in rule ? rule.of.map((clause) => traceOf(clause, matter)) : [],
  }
}

/** The clauses that decided: the one that is enough, all that were needed, or all that failed. */
export function reasonOf({ rule, holds, of }: Trace, matter: Matter): string {
  switch (rule.is) {
    case 'any':
    case 'all': {
      const decisive = of.find((clause) => clause.holds === (rule.is === 'any'))
      const shown = holds === (rule.is === 'any') && decisive ? [decisive] : of
      return [...new Set(shown.map((clause) => reasonOf(clause, matter)))].join('; ')
    }
    case 'operator': return holds ? 'is staff' : 'is not staff'
    case 'metadataPublic': return metadataReason(matter)
    case 'released': return releaseReason(matter, holds)
    case 'granted': return grantReason(matter, holds)
  }
}

function metadataReason({ product: { run } }: Matter): string {
  if (run === null) return 'it belongs to no run, so everybody may know of it'
  return `the metadata of its run ${run.progId} are ${run.metadataPublic ? 'public' : 'protected'}`
}

function releaseReason({ product: { releaseMs } }: Matter, holds: boolean): string {
  if (releaseMs === null) return 'it has no release date'
  return `it ${holds ? 'is public since' : 'becomes public at'} ${isoOf(releaseMs)}`
}

function grantReason({ product: { run }, grants, teams, nowMs }: Matter, holds: boolean): string {
  if (run === null) return 'it belongs to no run that a right could be to'
  const held = grants.filter(({ endsMs }) => endsMs === null || endsMs > nowMs)
  const by = [...held.map(grantText), ...teams.map((name) => `team ${name}`)].join(', ')
  if (holds) return `holds a right to its run ${run.progId} (${by})`
  const over = grants.map(grantText).join(', ')
  return `holds no right to its run ${run.progId}${over === '' ? '' : ` (${over})`}`
}

function grantText({ role, endsMs }: Grant): string {
  return endsMs === null ? `${role} without end` : `${role} until ${isoOf(endsMs)}`
}

export interface Question {
  readonly dpId: string
  /** One person alone; else everybody, and all who hold a right. */
  readonly subject: string | null
  readonly nowMs: number
}

/** The whole explanation, line by line. Throws `parameter_invalid` for an unknown product. */
export function explainProduct(
  archive: Pick<Archive, 'truth' | 'config'>, { dpId, subject, nowMs }: Question,
): readonly string[] {
  const { truth, config } = archive
  const product = truth.findProduct(dpId)
  if (!product) throw new ArchiveError('parameter_invalid', `there is no product '${dpId}'`)
  const grants = product.run === null ? [] : truth.listGrants({ progId: product.run.progId })
  const matterOf = (who: string): Matter => ({
    product, nowMs, grants: grants.filter((grant) => grant.subject === who),
    teams: product.run === null ? [] : teamsWith(archive, who, product.run.runId),
    principal: {
      subject: who, name: truth.findPerson(who)?.name ?? who, ...rightsFor(archive, who, nowMs),
    },
  })
  const staff = truth.listPeople().filter(({ isOperator }) => isOperator).map((person) => person.subject)
  const { teams } = config.access
  const members = product.run === null ? []
    : teams.flatMap((team) => team.members).filter((who) => matterOf(who).teams.length > 0)
  const people = subject === null
    ? [...new Set([...grants.map((one) => one.subject), ...members, ...staff, ...config.access.staff])]
    : [subject]
  const everybody: Matter = { product, nowMs, grants: [], teams: [], principal: ANONYMOUS }
  return [
    ...factsOf(product, nowMs),
    ...subject === null ? ['', 'everybody', ...verdictsOf(everybody)] : [],
    ...people.flatMap((who) => ['', nameOf(matterOf(who)), ...verdictsOf(matterOf(who))]),
  ]
}

function factsOf({ dpId, kind, category, instrument, run, releaseMs, parent, file }: Product, nowMs: number) {
  return [
    `${dpId}: ${[kind, category, instrument].filter((word) => word !== '').join(', ')}`
      + `${file === null ? ', without a file' : ''}`,
    ...parent === null ? [] : [`  belongs to ${parent}, whose run and release date are its own`],
    `  run: ${run === null ? 'none'
      : `${run.progId}, ${run.metadataPublic ? 'public' : 'protected'} metadata`}`,
    `  release date: ${releaseMs === null ? 'none, so it never becomes public' : isoOf(releaseMs)}`,
    `  as of: ${isoOf(nowMs)}`,
  ]
}

function nameOf({ principal: { subject, isOperator }, grants, teams }: Matter): string {
  const held = [
    ...isOperator ? ['staff'] : [], ...grants.map(grantText), ...teams.map((name) => `team ${name}`),
  ].join(', ')
  return `${subject ?? 'everybody'}${held === '' ? '' : `: ${held}`}`
}

function verdictsOf(matter: Matter): readonly string[] {
  return ([['discover', discoverRule], ['retrieve', retrieveRule]] as const).map(([right, rule]) => {
    const trace = traceOf(rule, matter)
    return `  ${right}: ${trace.holds ? 'yes' : 'no'}, ${reasonOf(trace, matter)}`
  })
}
