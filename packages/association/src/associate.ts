/**
 * The cascade: what a frame needs, what that needs, and so on, as a DAG with memo. Raw2Master asks for
 * masters of what the frame itself needs; when a mandatory one is missing the whole answer falls back to
 * Raw2Raw and says so, as calSelector does. A node's reference time is its own group's, not the root's.
 */
import { assert } from '@quipu/vo'
import type { Mode } from '@quipu/vo/eso'
import { findCandidates, isCertified, keysOf } from './candidates.ts'
import type { Reference, Search } from './candidates.ts'
import { distinctNodes } from './cascade.ts'
import type { Cascade, Match, Node, Reason, Rejection, Status } from './cascade.ts'
import { actionFor, rulesFor } from './classify.ts'
import type { Supply } from './entries.ts'
import { holds } from './expression.ts'
import { explainReason } from './explain.ts'
import type { FindGroups, Frame, Group } from './frame.ts'
import { compareGroups } from './order.ts'
import type { Candidate } from './order.ts'
import { nameOf } from './rule.ts'
import type { Need, NeedSlot, RuleSet, RuleSets } from './rule.ts'

const LIMITS = { queries: 5000, nodes: 2000, depth: 30, messages: 20 }

/**
 * The calibrations of `mainId`, a member of `group`. `find` gives only groups that the caller may know
 * of. Never throws for what is missing: that is told in flags and messages. `withReasons: false` saves
 * one look-up per need.
 */
export function associate(
  rules: RuleSets, group: Group, mainId: string, mode: Mode, find: FindGroups,
  options: { withReasons?: boolean } = {},
): Cascade {
  const main = group.members.find((member) => member.frame.id === mainId)
  assert(main !== undefined, 'the main frame is a member of its group')
  const siblings = group.members.filter((member) => member !== main).map((member) => member.frame)
  const known = knownRules(rules, main.frame, main.classification.ruleSet)
  const answer = (root: Node, executedMode: Mode, first: readonly string[]): Cascade => ({
    root, requestedMode: mode, executedMode, complete: root.complete, certified: root.certified,
    messages: messagesOf(root, first), siblings, ruleSet: known === undefined ? '' : nameOf(known),
  })
  const members = [{ id: mainId, category: main.classification.category }]
  if (known === undefined || actionFor(known, group.rawType) === undefined) {
    const why = known === undefined ? 'no rule set is valid at its time' : 'this file type is not supported'
    return answer(rootOf(group, members, nothing(`No association could be established: ${why}`)), mode, [])
  }
  const start = (executed: Mode): Resolved => {
    const search: Search = {
      rules: known, find, withReasons: options.withReasons ?? true, keys: new Map(),
      queriesLeft: LIMITS.queries, nodesLeft: LIMITS.nodes,
    }
    const run: Run = { search, mode: executed, resolved: new Map(), nodes: new Map(), path: new Set() }
    return resolve(run, group, main.frame)
  }
  const asked = start(mode)
  if (mode === 'Raw2Raw' || asked.complete) return answer(rootOf(group, members, asked), mode, [])
  const tags = [...new Set(asked.reasons.filter(isLacking).map((reason) => reason.tag))].join(', ')
  const told = `Raw2Master is not possible: no suitable master ${tags}; `
    + 'raw calibrations are given instead (Raw2Raw)'
  return answer(rootOf(group, members, start('Raw2Raw')), 'Raw2Raw', [told])
}

type Resolved = Pick<Node, 'complete' | 'certified' | 'messages' | 'children' | 'reasons'>

const LEAF: Resolved = { complete: true, certified: true, messages: [], children: [], reasons: [] }

interface Run {
  readonly search: Search
  readonly mode: Mode
  readonly resolved: Map<string, Resolved>
  readonly nodes: Map<string, Node>
  /** Groups between the root and here. */
  readonly path: Set<string>
}

function nothing(message: string): Resolved {
  return { complete: false, certified: false, messages: [message], children: [], reasons: [] }
}

function isLacking(reason: Reason): boolean {
  return reason.isMandatory && reason.status !== 'ok' && reason.status !== 'off'
}

function rootOf(group: Group, members: Node['members'], resolved: Resolved): Node {
  return { rawType: group.rawType, kind: group.kind, members, match: null, type: 'main', ...resolved }
}

/** The rule set that classified the frame; after a change of rules the same one's present version. */
function knownRules(rules: RuleSets, frame: Frame, name: string): RuleSet | undefined {
  const valid = rulesFor(rules, frame)
  const id = name.slice(0, name.lastIndexOf('@'))
  return rules.find((one) => nameOf(one) === name) ?? valid.find((one) => one.id === id) ?? valid[0]
}

/** Its own messages first, then those below, each once. */
function messagesOf(root: Node, first: readonly string[]): readonly string[] {
  const all = distinctNodes(root).flatMap((node) => (
    node.messages.map((message) => (node === root ? message : `${node.rawType}: ${message}`))))
  return [...new Set([...first, ...all])].slice(0, LIMITS.messages)
}

/** What a group needs. Memo on the group, whose raw type names the action. */
function resolve(run: Run, group: Group, frame: Frame): Resolved {
  const known = run.resolved.get(group.id)
  if (known !== undefined) return known
  const action = actionFor(run.search.rules, group.rawType)
  run.path.add(group.id)
  const children: Node[] = []
  const reasons: Reason[] = []
  let [complete, certified] = [true, true]
  for (const slot of action?.needs ?? []) {
    const met = meet(run, slot, { group, frame, rawType: group.rawType })
    reasons.push(...met.reasons)
    for (const child of met.children) if (!children.includes(child)) children.push(child)
    if (!met.isMandatory) continue
    complete &&= met.isMet && met.children.every((child) => child.complete)
    certified &&= met.children.every((child) => child.certified)
  }
  run.path.delete(group.id)
  const messages = reasons.filter(isLacking).map(explainReason)
  const resolved = { complete, certified, messages, children, reasons }
  run.resolved.set(group.id, resolved)
  return resolved
}

interface Met {
  readonly isMandatory: boolean
  readonly isMet: boolean
  readonly children: readonly Node[]
  readonly reasons: readonly Reason[]
}

/** The first alternative that is met; else the one that at least gave something, else the first. */
function meet(run: Run, slot: NeedSlot, reference: Reference): Met {
  const tried: Met[] = []
  for (const need of slot.alternatives) {
    if (need.deliver === 'rawOnly' && run.mode === 'Raw2Master') continue
    const one = meetOne(run, need, reference)
    tried.push(one)
    if (one.isMet && (one.children.length > 0 || tried.length === slot.alternatives.length)) break
  }
  const best = tried.find((one) => one.isMet && one.children.length > 0)
    ?? tried.find((one) => one.children.length > 0)
    ?? tried.find((one) => one.isMet) ?? tried[0]
  if (best === undefined) return { isMandatory: false, isMet: true, children: [], reasons: [] }
  // What a later alternative made good is told, but no longer counts as missing.
  const reasons = tried.flatMap((one) => one.reasons.map((reason) => (
    one === best ? reason : { ...reason, isMandatory: false })))
  return { ...best, reasons }
}

function meetOne(run: Run, need: Need, reference: Reference): Met {
  const isMandatory = need.min > 0 && need.deliver === 'need'
  const keys = keysOf(run.search, reference.frame)
  if (need.max === 0 || (need.when !== undefined && !holds(need.when, keys, keys))) {
    const { tag, from } = need
    const reasons: Reason[] = [{ tag, from, status: 'off', isMandatory, chosen: [], rejected: [] }]
    return { isMandatory: false, isMet: true, children: [], reasons }
  }
  const leastMembers = (group: Group): number => actionFor(run.search.rules, group.rawType)?.group.min ?? 1
  const found = findCandidates(run.search, need, supplyOf(run, need), reference, leastMembers)
  const usable = found.chosen.filter((one) => !run.path.has(one.group.id))
  const cyclic = found.chosen.filter((one) => run.path.has(one.group.id)).map((one): Rejection => (
    { id: idOf(one), dtDays: one.dtDays, reason: 'cycle', detail: 'it would need itself' }))
  const isExhausted = run.path.size > LIMITS.depth || run.search.nodesLeft < usable.length
  const taken = isExhausted ? [] : [...usable].sort((a, b) => compareGroups(a.group, b.group))
  const isCut = found.stopped || (isExhausted && usable.length > 0)
  const isStopped = isCut && taken.length < Math.max(1, need.min)
  const isMet = !isStopped && taken.length >= need.min
  const reason: Reason = {
    tag: need.tag, from: need.from, isMandatory, rejected: [...cyclic, ...found.rejected],
    status: isStopped ? 'stopped' : statusOf(isMet, taken.length, cyclic.length),
    chosen: taken.map((one) => ({ id: idOf(one), dtDays: one.dtDays, match: matchOf(need, one) })),
  }
  return { isMandatory, isMet, children: taken.map((one) => nodeOf(run, need, one)), reasons: [reason] }
}

function supplyOf(run: Run, need: Need): Supply {
  if (need.from === 'raw') return 'raw'
  return need.from === 'static' || run.mode === 'Raw2Master' ? 'master' : 'made'
}

function statusOf(isMet: boolean, taken: number, cycles: number): Status {
  if (isMet) return taken > 0 ? 'ok' : 'absentOptional'
  if (cycles > 0) return 'cycle'
  return taken > 0 ? 'short' : 'missing'
}

function idOf(candidate: Candidate): string {
  return candidate.group.members[0]?.frame.id ?? candidate.group.id
}

function matchOf(need: Need, candidate: Candidate): Match {
  return !need.window.planned ? 'N/A' : candidate.level === 0 ? 'calib_plan' : 'extended'
}

/** The node of a chosen group; one object for one group and match. */
function nodeOf(run: Run, need: Need, candidate: Candidate): Node {
  const { group } = candidate
  const match = matchOf(need, candidate)
  const known = run.nodes.get(`${group.id} ${match}`)
  if (known !== undefined) return known
  run.search.nodesLeft--
  const first = group.members[0]
  assert(first !== undefined, 'a group has members')
  // A master is as it is, and what a Raw2Master answer gives raw goes into the last recipe as it is.
  const isLeaf = group.kind === 'master' || run.mode === 'Raw2Master'
  const below = isLeaf ? LEAF : resolve(run, group, first.frame)
  const node: Node = {
    ...below, rawType: group.rawType, kind: group.kind, match, type: 'main',
    certified: below.certified && isCertified(group),
    members: group.members.map((one) => ({ id: one.frame.id, category: one.classification.category })),
  }
  run.nodes.set(`${group.id} ${match}`, node)
  return node
}
