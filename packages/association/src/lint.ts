/** What is legal in a rule set but probably not meant: tags nobody makes, untriggered actions, cycles. */
import { isLike } from './expression.ts'
import type { Action, Need, RuleSet } from './rule.ts'
import { nearestWord } from './words.ts'

/** Messages with the line in the rule file, by line. Empty when there is nothing to say. */
export function lintRuleSet(rules: RuleSet): readonly string[] {
  const findings: { line: number; what: string }[] = [
    ...unmadeTags(rules), ...untriggered(rules), ...unhandledTypes(rules), ...overlaps(rules),
    ...uselessMakes(rules), ...cycles(rules),
    ...rules.unused.map((name) => ({ line: 1, what: `${name} is never used` })),
  ]
  return findings.sort((a, b) => a.line - b.line || (a.what < b.what ? -1 : 1))
    .map(({ line, what }) => `line ${line}: ${what}`)
}

function needsOf(action: Action): readonly Need[] {
  return action.needs.flatMap((slot) => slot.alternatives)
}

function isTriggeredBy(action: Action, rawType: string): boolean {
  return action.types.some((type) => isLike(rawType, type))
}

/** Raw types that classification names; `isOpen` when an expression computes more. */
function rawTypes(rules: RuleSet): { readonly known: ReadonlySet<string>; readonly isOpen: boolean } {
  const assigned = rules.classes.flatMap((rule) => rule.set)
    .filter(([key]) => key === 'RAW.TYPE').map(([, value]) => value)
  return {
    known: new Set(assigned.flatMap((value) => ('value' in value ? [String(value.value)] : []))),
    isOpen: assigned.some((value) => 'expression' in value),
  }
}

function unmadeTags(rules: RuleSet) {
  const made = [...new Set(rules.actions.flatMap((action) => action.makes))]
  const { known, isOpen } = rawTypes(rules)
  return rules.actions.flatMap((action) => needsOf(action).flatMap((need) => {
    const missing = need.from === 'made' ? !made.includes(need.tag)
      : need.from === 'raw' && !isOpen && !known.has(need.tag)
    if (!missing) return []
    const guess = nearestWord(need.tag, need.from === 'made' ? made : [...known])
    const hint = guess === undefined ? `write 'from: static' if it comes from outside`
      : `did you mean '${guess}'?`
    return [{ line: need.at.line, what: `${action.name} needs ${need.tag}, which no action makes; ${hint}` }]
  }))
}

function untriggered(rules: RuleSet) {
  const { known, isOpen } = rawTypes(rules)
  const isReached = (action: Action): boolean => [...known].some((raw) => isTriggeredBy(action, raw))
  return rules.actions.filter((action) => !isOpen && !isReached(action)).map((action) => ({
    line: action.at.line, what: `no classification rule gives a raw type that triggers ${action.name}`,
  }))
}

function unhandledTypes(rules: RuleSet) {
  const line = rules.classes[0]?.at.line ?? 1
  const isHandled = (raw: string): boolean => rules.actions.some((action) => isTriggeredBy(action, raw))
  return [...rawTypes(rules).known].filter((raw) => !isHandled(raw))
    .map((raw) => ({ line, what: `raw type ${raw} triggers no action, so its frames are never grouped` }))
}

function overlaps(rules: RuleSet) {
  return rules.actions.flatMap((action, index) => rules.actions.slice(index + 1).flatMap((other) => (
    action.types.filter((type) => other.types.includes(type)).map((type) => ({
      line: other.at.line,
      what: `${other.name} and ${action.name} are both triggered by ${type}; ${action.name} is taken`,
    })))))
}

function uselessMakes(rules: RuleSet) {
  const wanted = new Set(rules.actions.flatMap((action) => needsOf(action).map((need) => need.tag)))
  return rules.actions.flatMap((action) => action.makes.filter((tag) => !wanted.has(tag))
    .map((tag) => ({ line: action.at.line, what: `${action.name} makes ${tag}, which nothing needs` })))
}

/** Actions that can come to need themselves. */
function cycles(rules: RuleSet) {
  const next = (action: Action): readonly Action[] => {
    const followed = needsOf(action).filter((need) => need.from === 'made' && need.max > 0)
    const tags = followed.map((need) => need.tag)
    return rules.actions.filter((other) => other.makes.some((tag) => tags.includes(tag)))
  }
  const reaches = (from: Action): boolean => {
    const seen = new Set<Action>()
    const queue = [...next(from)]
    for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
      if (one === from) return true
      if (!seen.has(one)) queue.push(...next(one))
      seen.add(one)
    }
    return false
  }
  return rules.actions.filter(reaches)
    .map((action) => ({ line: action.at.line, what: `${action.name} can come to need itself` }))
}
