/** Functions as a service declares them: `name(arg TYPE, …) -> TYPE`. TAPRegExt 1.0 §2.3, ADQL 2.1 §4.3. */
import { ArchiveError } from '@quipu/vo'
import { shown } from './fault.ts'
import type { ArgumentKind, FunctionRow } from './functions.ts'
import type { Type } from './types.ts'

type Known = readonly [argument: ArgumentKind, result: Type]

const NUMBER: Known = ['number', 'double']
/** First words of the types that TAP 1.1 §3 and ADQL 2.1 §3 name; of others nothing is known. */
const TYPES: ReadonlyMap<string, Known> = new Map<string, Known>([
  ['SMALLINT', ['number', 'short']], ['INTEGER', ['number', 'int']], ['INT', ['number', 'int']],
  ['BIGINT', ['number', 'long']], ['REAL', NUMBER], ['FLOAT', NUMBER], ['DOUBLE', NUMBER],
  ['NUMERIC', NUMBER], ['DECIMAL', NUMBER],
  ['CHAR', ['text', 'text']], ['VARCHAR', ['text', 'text']], ['CLOB', ['text', 'text']],
  ['STRING', ['text', 'text']], ['TEXT', ['text', 'text']],
  ['TIMESTAMP', ['timestamp', 'timestamp']], ['POINT', ['point', 'point']],
  ['CIRCLE', ['geometry', 'region']], ['POLYGON', ['geometry', 'region']],
  ['REGION', ['geometry', 'region']], ['GEOMETRY', ['geometry', 'region']],
])
const ANYTHING: Known = ['any', 'unknown']

const FORM = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*\(([\s\S]*)\)\s*(?:->\s*(\S[\s\S]*?)\s*)?$/

/**
 * Reads a declaration. Names of arguments may be left out and may be any words, a type may have several
 * (`DOUBLE PRECISION`); `...` at the end of the arguments repeats the last as often as wanted.
 * @throws ArchiveError `parameter_invalid`.
 */
export function parseDeclaration(form: string): FunctionRow {
  const [, name, list, result] = FORM.exec(form) ?? []
  if (name === undefined || list === undefined) {
    throw new ArchiveError('parameter_invalid',
      `'${shown(form)}' declares no function; write name(argument TYPE, …) -> TYPE`)
  }
  const parts = partsOf(list)
  const isVariadic = /^(\.\.\.|…)$/.test(parts.at(-1) ?? '')
  const args = (isVariadic ? parts.slice(0, -1) : parts).map((part) => typeOf(part)[0])
  return {
    name: name.toUpperCase(), kind: 'udf', section: 'declared', declaration: form.trim(), description: '',
    args: isVariadic && args.length === 0 ? ['any'] : args,
    ...(isVariadic ? { isVariadic } : {}),
    result: result === undefined ? 'unknown' : typeOf(result)[1],
  }
}

/** At commas outside parentheses: `NUMERIC(5, 2)` is one part. */
function partsOf(list: string): readonly string[] {
  if (list.trim() === '') return []
  const parts = ['']
  let depth = 0
  for (const character of list) {
    if (character === '(') depth++
    if (character === ')') depth--
    if (character === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += character
  }
  return parts.map((part) => part.trim())
}

// The last word that is a type counts: `region REGION`, `text`, `x DOUBLE PRECISION`.
function typeOf(part: string): Known {
  if (/\[\s*\d*\s*\]\s*$/.test(part)) return ANYTHING
  const words = part.replaceAll(/\([^)]*\)/g, ' ').toUpperCase().replaceAll('ADQL:', '').split(/\s+/)
  for (const word of words.reverse()) {
    const known = TYPES.get(word)
    if (known !== undefined) return known
    if (word !== '' && word !== 'PRECISION' && word !== 'VARYING') return ANYTHING
  }
  return ANYTHING
}
