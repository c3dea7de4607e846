/** What `associate` answers: nodes, which form a DAG, and why each of them was chosen. */
import type { Mode } from '@quipu/vo/eso'
import type { Frame } from './frame.ts'
import { compareText } from './order.ts'
import type { Origin } from './rule.ts'

/** `calib_plan`: inside the plan's window; `extended`: inside a wider one; `N/A`: no plan states one. */
export type Match = 'calib_plan' | 'extended' | 'N/A'

export interface NodeMember {
  readonly id: string
  /** DO class of a raw frame, PRO.CATG of a master. */
  readonly category: string
}

/** A group in the cascade. The same object stands wherever the same group is used in the same way. */
export interface Node {
  readonly rawType: string
  readonly kind: 'raw' | 'master'
  /** By time, then id; of the root only the frame that was asked for. */
  readonly members: readonly NodeMember[]
  /** Every mandatory need is met, here and below. */
  readonly complete: boolean
  /** Quality control has certified it (the root: what it needs) and every mandatory calibration below. */
  readonly certified: boolean
  /** Null at the root. */
  readonly match: Match | null
  readonly type: 'main' | 'sibling'
  readonly messages: readonly string[]
  /** By need, then by time. */
  readonly children: readonly Node[]
  /** One for every alternative that was asked, in order. */
  readonly reasons: readonly Reason[]
}

/** Why a group that was near was not chosen. */
export interface Rejection {
  readonly id: string
  /** Candidate minus reference, days. */
  readonly dtDays: number
  readonly reason: 'key' | 'window' | 'breakpoint' | 'uncertified' | 'tooFew' | 'near' | 'where' | 'cycle'
  /** `INS.FILT1.NAME is R_SPECIAL, wanted v_HIGH`. */
  readonly detail: string
}

export type Status = 'ok' | 'short' | 'missing' | 'absentOptional' | 'cycle' | 'off' | 'stopped'

export interface Reason {
  readonly tag: string
  readonly from: Origin
  readonly status: Status
  readonly isMandatory: boolean
  /** Ids of the first member of each chosen group. */
  readonly chosen: readonly { readonly id: string; readonly dtDays: number; readonly match: Match }[]
  /** Nearest first, at most `REJECTIONS` of them. */
  readonly rejected: readonly Rejection[]
}

/** At most so many rejected groups are named for one need. */
export const REJECTIONS = 12

export interface Cascade {
  readonly root: Node
  readonly requestedMode: Mode
  /** Differs from the requested one when a mandatory master is missing. */
  readonly executedMode: Mode
  readonly complete: boolean
  readonly certified: boolean
  /** The fallback first, then what is missing, in tree order. */
  readonly messages: readonly string[]
  /** The other frames of the group that was asked for. */
  readonly siblings: readonly Frame[]
  /** Id and content hash of the rule set; '' when none is valid. */
  readonly ruleSet: string
}

/** Each calibration once, in tree order (depth first), without the frame asked for and its siblings. */
export function distinctCalibrations(cascade: Cascade): readonly NodeMember[] {
  const { root, siblings } = cascade
  const own = new Set([...root.members, ...siblings].map((one) => one.id))
  const found = new Map<string, NodeMember>()
  for (const node of distinctNodes(root)) {
    for (const member of node.members) {
      if (!own.has(member.id) && !found.has(member.id)) found.set(member.id, member)
    }
  }
  return [...found.values()]
}

/** Each node once, parents before children, depth first. */
export function distinctNodes(root: Node): readonly Node[] {
  const seen = new Set<Node>()
  const visit = (node: Node): void => {
    if (seen.has(node)) return
    seen.add(node)
    node.children.forEach(visit)
  }
  visit(root)
  return [...seen]
}

/** Siblings as nodes without needs of their own, by id. */
export function siblingNodes(cascade: Cascade): readonly Node[] {
  const { root } = cascade
  return [...cascade.siblings].sort((a, b) => compareText(a.id, b.id)).map((frame): Node => ({
    rawType: root.rawType, kind: root.kind, complete: root.complete, certified: root.certified, match: null,
    members: [{ id: frame.id, category: root.members[0]?.category ?? root.rawType }], type: 'sibling',
    messages: [], children: [], reasons: [],
  }))
}
