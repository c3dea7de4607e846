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
import type { Cascade, Match, Node, Reason, Status } from './cascade.ts'
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
  rules: RuleSets, group: Group, mainId: string, mode: Mode, find: FindGroups, options: { withReasons?: boolean } = {},
): Cascade {
  const main = group.members.find((member) => member.frame.id === mainId)
  assert(main !== undefined, 'the main frame is a member of its group')
  const siblings = group.members.filter((member) => member !== main).map((member) => member.frame)
  const known = knownRules(rules, main.frame, main.classification.ruleSet)
  const start = (executed: Mode): Run | undefined => known && {
    search: { rules: known, find, withReasons: options.withReasons ?? true, keys: new Map(), queriesLeft: LIMITS.queries, nodesLeft: LIMITS.nodes },
    mode: executed, resolved: new Map(), nodes: new Map(), path: new Set(),
  }
  const run = start(mode)
  const why = run === undefined ? 'no rule set is valid at its time'
    : actionFor(run.search.rules, group.rawType) === undefined ? 'this file type is not supported' : undefined
  const answer = (root: Node, executedMode: Mode, first: readonly string[]): Cascade => ({
    root, requestedMode: mode, executedMode, complete: root.complete, certified: root.certified,
    messages: messagesOf(root, first), siblings, ruleSet: known === undefined ? '' : nameOf(known),
  })
  const members = [{ id: mainId, category: main.classification.category }]
  if (run === undefined || why !== undefined) {
    const messages = [`No association could be established: ${why}`]
    return answer(rootOf(group, members, { complete: false, certified: false, messages, children: [], reasons: [] }), mode, [])
  }
  const asked = resolve(run, group, main.frame)
  if (mode === 'Raw2Raw') return answer(rootOf(group, members, asked), mode, [])
  const missing = asked.reasons.filter((reason) => reason.isMandatory && reason.status !== 'ok' && reason.status !== 'off')
  if (asked.complete) return answer(rootOf(group, members, asked), mode, [])
  const raw = start('Raw2Raw')
  assert(raw !== undefined, 'the rule set was found above')
  const tags = [...new Set(missing.map((reason) => reason.tag))].join(', ')
  const told = `Raw2Master is not possible: no suitable master ${tags}; raw calibrations are given instead (Raw2Raw)`
  return answer(rootOf(group, members, resolve(raw, group, main.frame)), 'Raw2Raw', [told])
}

type Resolved = Pick<Node, 'complete' | 'certified' | 'messages' | 'children' | 'reasons'>

interface Run {
  readonly search: Search
  readonly mode: Mode
  readonly resolved: Map<string, Resolved>
  readonly nodes: Map<string, Node>
  /** Groups between the root and here. */
  readonly path: Set<string>
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
  const messages = reasons.filter((reason) => reason.isMandatory && reason.status !== 'ok' && reason.status !== 'off').map(explainReason)
  const resolved = { complete, certified, messages, children, reasons }
  run.resolved.set(group.id, resolved)
  return resolved
}

interface Met { readonly isMandatory: boolean; readonly isMet: boolean; readonly children: readonly Node[]; readonly reasons: readonly Reason[] }

/** The first alternative that is met; else the one that at least gave something, else the first. */
function meet(run: Run, slot: NeedSlot, reference: Reference): Met {
  const tried: Met[] = []
  for (const need of slot.alternatives) {
    if (need.deliver === 'rawOnly' && run.mode === 'Raw2Master') continue
    const one = meetOne(run, need, reference)
    tried.push(one)
    if (one.isMet && (one.children.length > 0 || tried.length === slot.alternatives.length)) break
  }
  const best = tried.find((one) => one.isMet && one.children.length > 0) ?? tried.find((one) => one.children.length > 0)
    ?? tried.find((one) => one.isMet) ?? tried[0]
  if (best === undefined) return { isMandatory: false, isMet: true, children: [], reasons: [] }
  // What a later alternative made good is told, but no longer counts as missing.
  const reasons = tried.flatMap((one) => one.reasons.map((reason) => (one === best ? reason : { ...reason, isMandatory: false })))
  return { ...best, reasons }
}

function meetOne(run: Run, need: Need, reference: Reference): Met {
  const isMandatory = need.min > 0 && need.deliver === 'need'
  const keys = keysOf(run.search, reference.frame)
  const isOff = need.max === 0 || (need.when !== undefined && !holds(need.when, keys, keys))
  const supply: Supply = need.from === 'raw' ? 'raw' : need.from === 'static' || run.mode === 'Raw2Master' ? 'master' : 'made'
  const { rules } = run.search
  const found = isOff ? { chosen: [], rejected: [], stopped: false }
    : findCandidates(run.search, need, supply, reference, (group) => actionFor(rules, group.rawType)?.group.min ?? 1)
  const usable = found.chosen.filter((one) => !run.path.has(one.group.id))
  const cycles = found.chosen.length - usable.length
  const isStopped = found.stopped || run.path.size > LIMITS.depth || run.search.nodesLeft < usable.length
  const taken = isStopped && run.path.size > LIMITS.depth ? [] : [...usable].sort((a, b) => compareGroups(a.group, b.group))
  const isMet = isOff || (!isStopped && taken.length >= need.min)
  const status: Status = isOff ? 'off' : isStopped ? 'stopped' : isMet ? (taken.length > 0 ? 'ok' : 'absentOptional')
    : cycles > 0 ? 'cycle' : taken.length > 0 ? 'short' : 'missing'
  const chosen = taken.map((one) => ({ id: one.group.members[0]?.frame.id ?? '', dtDays: one.dtDays, match: matchOf(need, one) }))
  const cyclic = found.chosen.filter((one) => run.path.has(one.group.id)).map((one) => ({
    id: one.group.members[0]?.frame.id ?? '', dtDays: one.dtDays, reason: 'cycle' as const, detail: 'it would need itself',
  }))
  const reason: Reason = { tag: need.tag, from: need.from, status, isMandatory, chosen, rejected: [...cyclic, ...found.rejected] }
  return { isMandatory: isMandatory && !isOff, isMet, children: taken.map((one) => nodeOf(run, need, one)), reasons: [reason] }
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
  const below: Resolved = isLeaf ? { complete: true, certified: true, messages: [], children: [], reasons: [] }
    : resolve(run, group, first.frame)
  const node: Node = {
    ...below, rawType: group.rawType, kind: group.kind, match, type: 'main', certified: below.certified && isCertified(group),
    members: group.members.map((member) => ({ id: member.frame.id, category: member.classification.category })),
  }
  run.nodes.set(`${group.id} ${match}`, node)
  return node
}
