/** Types of values and how they meet: ADQL 2.1 §3 and the mapping to VOTable of §3.1 to §3.5. */
import type { Field } from '@quipu/vo/votable'
import type { CastTarget } from './ast.ts'

/**
 * `region` travels as STC-S text; `condition` is what WHERE takes; `null` is NULL, of any type. `unknown` is
 * what a column of a table without description or a declared function gives: it goes with everything.
 */
export type Type =
  | 'short' | 'int' | 'long' | 'float' | 'double' | 'text' | 'timestamp' | 'boolean'
  | 'point' | 'region' | 'condition' | 'null' | 'unknown'

const RANK: Partial<Record<Type, number>> = { short: 1, int: 2, long: 3, float: 4, double: 5 }

export const isNumber = (type: Type): boolean => RANK[type] !== undefined
/** Whether nothing more is known of a value than that it is one. */
export const isAnything = (type: Type): boolean => type === 'null' || type === 'unknown'
export const isInteger = (type: Type): boolean => (RANK[type] ?? 9) <= 3
/** Text, and regions, which are text to everything but geometry. */
export const isText = (type: Type): boolean => type === 'text' || type === 'region'

/** The type of `a + b`: integers stay integers, of at least 32 bits; all else is double. */
export function arithmeticType(a: Type, b: Type): Type {
  if (isInteger(a) && isInteger(b)) return a === 'long' || b === 'long' ? 'long' : 'int'
  return 'double'
}

/** The type that holds values of both, or undefined when there is none. */
export function commonType(a: Type, b: Type): Type | undefined {
  if (a === 'unknown' || b === 'unknown') return 'unknown'
  if (a === b || b === 'null') return a
  if (a === 'null') return b
  if (isNumber(a) && isNumber(b)) {
    if (isInteger(a) !== isInteger(b)) return 'double'
    return (RANK[a] ?? 0) > (RANK[b] ?? 0) ? a : b
  }
  if (isText(a) && isText(b)) return 'text'
  if ((a === 'point' || a === 'region') && (b === 'point' || b === 'region')) return 'region'
  return undefined
}

/** For messages. */
export const NAMES: Readonly<Record<Type, string>> = {
  short: 'a number', int: 'a number', long: 'a number', float: 'a number', double: 'a number', text: 'text',
  timestamp: 'a timestamp', boolean: 'a boolean', point: 'a point', region: 'a region',
  condition: 'a condition', null: 'NULL', unknown: 'a value',
}

export const CAST_TYPES: Readonly<Record<CastTarget, Type>> = {
  smallint: 'short', integer: 'int', bigint: 'long', real: 'float', double: 'double', text: 'text',
  timestamp: 'timestamp', point: 'point', circle: 'region', polygon: 'region',
}

const REGION = /^(adql:REGION|adql:POINT|point|circle|polygon|shape|stc)$/i

/** The type of a published column. */
export function typeOfField(field: Field): Type {
  // Arrays travel as text; those of DALI 1.1 §3.3.5 to 3.3.7 as a region's.
  const isNumbers = field.datatype !== 'char' && field.datatype !== 'unicodeChar'
  if (isNumbers && field.arraysize !== undefined) return REGION.test(field.xtype ?? '') ? 'region' : 'text'
  switch (field.datatype) {
    case 'short': case 'int': case 'long': case 'float': case 'double': case 'boolean':
      return field.datatype
    case 'unsignedByte': case 'bit':
      return 'short'
    default:
      if (field.xtype === 'timestamp' || field.xtype === 'adql:TIMESTAMP') return 'timestamp'
      return REGION.test(field.xtype ?? '') ? 'region' : 'text'
  }
}

/** The field of a computed column. */
export function fieldOfType(name: string, type: Type): Field {
  switch (type) {
    case 'short': case 'int': case 'long': case 'float': case 'double': case 'boolean':
      return { name, datatype: type }
    case 'timestamp':
      return { name, datatype: 'char', arraysize: '*', xtype: 'timestamp' }
    case 'point': case 'region':
      return { name, datatype: 'char', arraysize: '*', xtype: 'adql:REGION' }
    default:
      return { name, datatype: 'char', arraysize: '*' }
  }
}
