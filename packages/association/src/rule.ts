/**
 * What a rule file says, as data: classify, group, need. Immutable, with a content hash that every
 * answer cites. Nothing here or in the engine knows an instrument. The words are those of OCA rules
 * (organisation, classification, association) and of calSelector.
 */
import type { Place } from '@quipu/vo'
import type { KeyValue } from './frame.ts'
import type { Expression } from './expression.ts'

/** A value that a classification rule assigns: a constant, or an expression over the keywords so far. */
export type Assigned = { readonly value: KeyValue } | { readonly expression: Expression }

/** `if when then set`. Every rule is tried, top to bottom; the last assignment of a keyword wins. */
export interface ClassRule {
  readonly when: Expression
  readonly set: readonly (readonly [keyword: string, value: Assigned])[]
  readonly at: Place
}

/** One keyword that must agree. `optional`: equal, or absent on both sides. */
export interface KeyMatch {
  readonly candidate: string
  readonly reference: string
  readonly optional: boolean
}

/** `candidate − reference` must lie in the closed interval. */
export interface NearMatch { readonly key: string; readonly lo: number; readonly hi: number }

/** Days from the reference, both ends inclusive. Level 0 is the calibration plan. */
export interface Level { readonly level: number; readonly lo: number; readonly hi: number }

export interface Window {
  readonly name: string
  /** False where no plan is stated (`previous`, `next`, `any`): the match is then `N/A`. */
  readonly planned: boolean
  /** Ascending by level. */
  readonly levels: readonly Level[]
}

/** `made`: what an action makes, or its master; `static`: a master in every mode; `raw`: raw as it is. */
export type Origin = 'made' | 'static' | 'raw'

export interface Need {
  readonly tag: string
  readonly from: Origin
  /** Counts groups (a master is one). */
  readonly min: number
  readonly max: number
  readonly keys: readonly KeyMatch[]
  readonly near: readonly NearMatch[]
  readonly window: Window
  /** Asked of the reference alone: the need is off when it is false. */
  readonly when: Expression | undefined
  /** Asked of every candidate beside the reference. */
  readonly where: Expression | undefined
  /** `required`: groups that quality control has not certified are refused. */
  readonly certified: 'any' | 'required'
  /** `extra` never counts for complete and certified; `rawOnly` is left out of Raw2Master answers. */
  readonly deliver: 'need' | 'extra' | 'rawOnly'
  readonly at: Place
}

/** Alternatives in order; the first that is met is taken. Most have one. */
export interface NeedSlot { readonly alternatives: readonly Need[] }

export interface Action {
  readonly name: string
  /** Raw types that trigger it; `%` stands for any text. */
  readonly types: readonly string[]
  readonly recipe: string | undefined
  readonly group: {
    /** Every frame is a group of its own. */
    readonly single: boolean
    readonly by: readonly KeyMatch[]
    /** A smaller group is not used. */
    readonly min: number
  }
  /** Tags of the products that its recipe makes of one group. */
  readonly makes: readonly string[]
  readonly needs: readonly NeedSlot[]
  readonly at: Place
}

/** No association may cross `mjd`. Without type and tag it holds for all but statics. */
export interface Breakpoint {
  readonly mjd: number
  /** Raw type of the frame that needs. */
  readonly rawType: string | undefined
  /** Tag of what is needed. */
  readonly tag: string | undefined
  readonly why: string
}

export interface RuleSet {
  readonly id: string
  /** 16 hexadecimal digits over what it says; comments and layout do not count. */
  readonly hash: string
  /** Values of `Frame.instrument`; the first names the index families. */
  readonly instruments: readonly string[]
  /** First day for which it holds, until that of the next version with the same id. */
  readonly validFromMjd: number
  readonly classes: readonly ClassRule[]
  readonly actions: readonly Action[]
  readonly breakpoints: readonly Breakpoint[]
  /** Named things that nothing refers to; for lint. */
  readonly unused: readonly string[]
}

export type RuleSets = readonly RuleSet[]

/** What `Classification.ruleSet` and `Cascade.ruleSet` hold: `fors2-imaging@85944171f73967e8`. */
export function nameOf(rules: RuleSet): string {
  return `${rules.id}@${rules.hash}`
}
