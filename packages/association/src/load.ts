/**
 * Reads a rule file (YAML) into a checked, immutable `RuleSet`. Everything that can be wrong by itself
 * is refused here, with its place; what is only suspicious is left to `lint.ts`. The keys are described
 * in `demo/rules/README.md`.
 */
import { fnv64 } from './hash.ts'
import { readNeedSlot } from './load-need.ts'
import { KEYWORD, readCondition, readExpression, readKeys, readMjd } from './load-parts.ts'
import type { Names } from './load-parts.ts'
import { readWindow } from './load-window.ts'
import type { Action, Assigned, Breakpoint, ClassRule, KeyMatch, RuleSet, Window } from './rule.ts'
import {
  isTable, isText, openYaml, placeOf, plainOf, readCount, readList, readMap, readText, readValue, refuse,
} from './yaml-reader.ts'
import type { Entry } from './yaml-reader.ts'

const TOP = [
  'ruleset', 'about', 'instrument', 'validFrom', 'windows', 'keysets', 'classify', 'actions', 'breakpoints',
]
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/

/**
 * One rule set of a file. `name` is the file's, for messages. Throws `rules_invalid` with line and column.
 */
export function loadRuleSet(yaml: string, name: string): RuleSet {
  const top = openYaml(yaml, name)
  const parts = readMap(top, TOP)
  const need = (key: string): Entry => parts.get(key) ?? refuse(top, `'${key}' is missing`)
  const id = readText(need('ruleset'), 80)
  if (!NAME.test(id)) refuse(need('ruleset'), 'a name has letters, digits, dot, dash and underscore')
  const names = readNames(parts)
  const classes = readList(need('classify')).map(readClassRule)
  const actions = [...readMap(need('actions'))].map(([key, entry]) => readAction(key, entry, names))
  const points = parts.get('breakpoints')
  return {
    id,
    hash: fnv64(JSON.stringify(plainOf(top))),
    instruments: readTexts(need('instrument')),
    validFromMjd: readMjd(need('validFrom')),
    classes,
    actions,
    breakpoints: points === undefined ? []
      : readList(points).map(readBreakpoint).sort((a, b) => a.mjd - b.mjd),
    unused: [
      ...[...names.windows.keys()].map((key) => `window ${key}`),
      ...[...names.keysets.keys()].map((key) => `keyset ${key}`),
    ].filter((name) => !names.used.has(name)),
  }
}

function readNames(parts: ReadonlyMap<string, Entry>): Names {
  const used = new Set<string>()
  const windows = new Map<string, Window>()
  const keysets = new Map<string, readonly KeyMatch[]>()
  const names: Names = { windows, keysets, used }
  const entriesOf = (part: Entry | undefined) => (part === undefined ? [] : readMap(part))
  for (const [key, entry] of entriesOf(parts.get('windows'))) windows.set(key, readWindow(key, entry))
  for (const [key, entry] of entriesOf(parts.get('keysets'))) keysets.set(key, readKeys(entry, names))
  return names
}

function readTexts(entry: Entry): readonly string[] {
  if (isText(entry)) return [readText(entry, 80)]
  const texts = readList(entry).map((item) => readText(item, 80))
  return texts.length > 0 ? texts : refuse(entry, 'at least one name is expected')
}

function readClassRule(entry: Entry): ClassRule {
  const parts = readMap(entry, ['when', 'set'])
  const [when, set] = [parts.get('when'), parts.get('set')]
  if (when === undefined || set === undefined) {
    return refuse(entry, `a classification rule has 'when' and 'set'`)
  }
  const assigned = [...readMap(set)].map(([key, value]) => {
    if (!KEYWORD.test(key)) refuse(value, `'${key.slice(0, 60)}' is not a keyword`)
    return [key, readAssigned(value)] as const
  })
  return { when: readCondition(when), set: assigned, at: placeOf(entry) }
}

function readAssigned(entry: Entry): Assigned {
  if (!isTable(entry)) return { value: readValue(entry) }
  const parts = readMap(entry, ['expr'])
  const expression = parts.get('expr') ?? refuse(entry, `write { expr: '…' } or a constant`)
  return { expression: readExpression(expression) }
}

const ACTION = ['types', 'recipe', 'group', 'makes', 'needs']

function readAction(name: string, entry: Entry, names: Names): Action {
  if (!NAME.test(name)) refuse(entry, `'${name.slice(0, 60)}' cannot be an action's name`)
  const parts = readMap(entry, ACTION)
  const [types, recipe, makes, needs] = ['types', 'recipe', 'makes', 'needs'].map((key) => parts.get(key))
  const group = parts.get('group')
    ?? refuse(entry, `'group' is missing: 'single', or { by: [keywords], min: count }`)
  return {
    name,
    types: types === undefined ? [name] : readTexts(types),
    recipe: recipe === undefined ? undefined : readText(recipe, 80),
    group: readGroup(group, names),
    makes: makes === undefined ? [] : readList(makes).map((item) => readText(item, 80)),
    needs: needs === undefined ? [] : readList(needs).map((item) => readNeedSlot(item, names)),
    at: placeOf(entry),
  }
}

function readGroup(entry: Entry, names: Names): Action['group'] {
  if (isText(entry)) {
    if (readText(entry) !== 'single') refuse(entry, `a group is 'single' or { by: [keywords], min: count }`)
    return { single: true, by: [], min: 1 }
  }
  const parts = readMap(entry, ['by', 'min'])
  const by = readKeys(parts.get('by') ?? refuse(entry, `'by' is missing`), names)
  const min = parts.get('min')
  if (by.length === 0) refuse(entry, `'by' names at least one keyword; 'single' is a frame by itself`)
  return { single: false, by, min: min === undefined ? 1 : readCount(min, 1, 1000) }
}

function readBreakpoint(entry: Entry): Breakpoint {
  const parts = readMap(entry, ['at', 'rawType', 'tag', 'why'])
  const [rawType, tag, why] = [parts.get('rawType'), parts.get('tag'), parts.get('why')]
  return {
    mjd: readMjd(parts.get('at') ?? refuse(entry, `'at' is missing`)),
    rawType: rawType === undefined ? undefined : readText(rawType, 80),
    tag: tag === undefined ? undefined : readText(tag, 80),
    why: why === undefined ? '' : readText(why),
  }
}
