/** The selected columns: `*`, aliases, unique names, and what is known of each. ADQL 2.1 §2.2.1. */
import type { Field } from '@quipu/vo/votable'
import type { SelectItem } from './ast.ts'
import type { Context } from './binder.ts'
import { checkExpression, outputName } from './check-expression.ts'
import { textOfUnit } from './check-unit.ts'
import type { Expression, Output } from './checked.ts'
import { didYouMean, fault } from './fault.ts'
import { findTable, pathText } from './scope.ts'
import type { ScopeTable, VisibleColumn } from './scope.ts'
import { DEFAULT_LIMITS } from './tokens.ts'
import { fieldOfType } from './types.ts'

/** The outputs of a SELECT list, each with a name of its own; open when a `*` stands for unknown columns. */
export function checkItems(
  items: readonly SelectItem[], context: Context,
): { columns: readonly Output[]; isOpen: boolean } {
  const taken = new Map<string, number>()
  const columns: Output[] = []
  let isOpen = false
  for (const item of items) {
    if (item.kind === 'star') {
      isOpen ||= tablesOf(item, context).some((table) => table.isOpen === true)
      for (const { name, value } of starColumns(item, context)) {
        columns.push(output(name, context.binder.use(value), taken))
      }
      // Each * is few words and many columns.
      if (columns.length > DEFAULT_LIMITS.maxColumns) {
        throw fault('adql_too_complex', item.at, `More than ${DEFAULT_LIMITS.maxColumns} selected columns`)
      }
      continue
    }
    const value = checkExpression(item.value, context)
    if (value.type === 'condition') {
      throw fault('adql_type', value.at,
        'SELECT takes values, not conditions; CASE WHEN … THEN 1 ELSE 0 END makes a value')
    }
    const given = shownOf(value)
    const own = item.value.kind === 'column' && given.kind === 'column' ? given.field.name : undefined
    columns.push(output(item.alias?.text ?? own ?? outputName(item.value, columns.length + 1), value, taken))
  }
  return { columns, isOpen }
}

type Star = Extract<SelectItem, { kind: 'star' }>

function starColumns(item: Star, context: Context): readonly VisibleColumn[] {
  if (item.qualifier.length === 0) return context.scope.columns
  return tablesOf(item, context).flatMap((table) => table.columns)
}

function tablesOf(item: Star, { binder, scope }: Context): readonly ScopeTable[] {
  if (item.qualifier.length === 0) return scope.tables
  const table = findTable(scope, item.qualifier, item.at)
  if (table !== undefined) return [table]
  if (binder.isOpen) return [{ name: '', columns: [], isOpen: true }]
  const names = scope.tables.map(({ name }) => name).filter((name) => name !== '')
  throw fault('adql_unknown_table', item.at,
    `No table in FROM is named '${pathText(item.qualifier)}'`
    + didYouMean(item.qualifier.at(-1)?.text ?? '', names))
}

// Names that differ only in case would be one name to most readers, so they count as the same.
function output(wanted: string, value: Expression, taken: Map<string, number>): Output {
  let name = wanted
  // The number with which the last of the name was told apart is where to go on.
  let number = taken.get(wanted.toLowerCase()) ?? 1
  while (taken.has(name.toLowerCase())) name = `${wanted}_${++number}`
  taken.set(wanted.toLowerCase(), number).set(name.toLowerCase(), 1)
  return { name, value, field: fieldOf(name, value) }
}

function fieldOf(name: string, value: Expression): Field {
  const given = shownOf(value)
  if (given.kind === 'column') return { ...given.field, name, id: undefined }
  const field = fieldOfType(name, value.type)
  const unit = textOfUnit(value)
  return unit === undefined ? field : { ...field, unit }
}

/** What is shown of a value that is selected and not more. */
export function shownOf(value: Expression): Expression {
  return value.kind === 'operation' && value.isShownAsGiven === true ? value.args[0] ?? value : value
}
