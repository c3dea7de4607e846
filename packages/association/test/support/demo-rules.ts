/** The rule files of the demo. */
import { readFileSync } from 'node:fs'
import { loadRuleSet } from '@quipu/association'
import type { RuleSet } from '@quipu/association'

export function demoText(name: string): string {
  return readFileSync(new URL(`../../../../demo/rules/${name}`, import.meta.url), 'utf8')
}
export function demoRules(name: string): RuleSet {
  return loadRuleSet(demoText(name), name)
}
