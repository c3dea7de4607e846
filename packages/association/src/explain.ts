/** Sentences for people: which calibration was chosen, how far it is, and why nearer ones were not. */
import { distinctNodes } from './cascade.ts'
import type { Cascade, Reason, Rejection } from './cascade.ts'

const WORDS: Record<Rejection['reason'], string> = {
  key: '', window: 'outside the window', breakpoint: '', uncertified: 'not certified', tooFew: '', near: '',
  where: 'a condition of the rule is not met', cycle: 'it would need itself',
}

/** One line a need, below a line for the group that has it. */
export function explain(cascade: Cascade): readonly string[] {
  const { root, executedMode, ruleSet } = cascade
  const lines = [`${root.members[0]?.id ?? ''}: ${root.rawType}, ${executedMode}, rules ${ruleSet || 'none'}`]
  for (const message of cascade.messages) lines.push(`! ${message}`)
  for (const node of distinctNodes(root)) {
    if (node.reasons.length === 0) continue
    const more = node.members.length > 1 ? ` and ${node.members.length - 1} more` : ''
    lines.push(`${node.rawType} ${node.members[0]?.id ?? ''}${more}`)
    for (const reason of node.reasons) lines.push(`  ${explainReason(reason)}`)
  }
  return lines
}

/** `MASTER_SKY_FLAT_IMG: chosen 7.03 days before; 2 nearer refused: INS.FILT1.NAME is …`. */
export function explainReason(reason: Reason): string {
  const refused = refusedText(reason)
  return `${reason.tag}: ${outcomeText(reason)}${refused === '' ? '' : `; ${refused}`}`
}

function outcomeText(reason: Reason): string {
  const isExtended = reason.chosen.some((one) => one.match === 'extended')
  const extended = isExtended ? ', outside the plan but in the extended window' : ''
  const chosen = reason.chosen.map((one) => distanceText(one.dtDays)).join(', ')
  switch (reason.status) {
    case 'ok': return `chosen ${chosen}${extended}`
    case 'short': return `too few: only ${reason.chosen.length} found (${chosen})`
    case 'missing': return 'none found'
    case 'absentOptional': return 'none found, not required'
    case 'cycle': return 'not followed, because it would need itself'
    case 'off': return 'not needed here'
    case 'stopped': return `the search was stopped at its limit${chosen === '' ? '' : ` (chosen ${chosen})`}`
  }
}

/** `7.03 days before`, `31 minutes after`, `at the same time`. */
export function distanceText(dtDays: number): string {
  const side = dtDays < 0 ? 'before' : 'after'
  const days = Math.abs(dtDays)
  if (days * 86_400 < 0.001) return 'at the same time'
  if (days >= 1) return `${days.toFixed(2)} days ${side}`
  if (days * 24 >= 1) return `${(days * 24).toFixed(1)} hours ${side}`
  if (days * 1440 >= 1) return `${Math.round(days * 1440)} minutes ${side}`
  return `${(days * 86_400).toFixed(3)} seconds ${side}`
}

/** Refused groups by reason, the commonest first. */
function refusedText(reason: Reason): string {
  const { rejected } = reason
  if (rejected.length === 0) return ''
  const counts = new Map<string, number>()
  for (const one of rejected) {
    const why = WORDS[one.reason] === '' ? one.detail : WORDS[one.reason]
    counts.set(why, (counts.get(why) ?? 0) + 1)
  }
  const reasons = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 3)
    .map(([why, count]) => (counts.size === 1 ? why : `${why} (${count})`)).join(', ')
  return `${rejected.length} ${reason.chosen.length > 0 ? 'nearer ' : ''}refused: ${reasons}`
}
