/**
 * Arrays and complex numbers in an engine that has none: the text of their elements. Regions of DALI 1.1
 * §3.3.5 to 3.3.7 get the word in front that makes them STC-S, so that geometry can use them.
 */
import { ArchiveError } from '@quipu/vo'
import { isText } from '@quipu/vo/votable'
import type { Cell, Field } from '@quipu/vo/votable'

type Elements = readonly (number | bigint | null)[]

/** Whether cells of the field are arrays of numbers, complex ones included. */
export function isElements({ datatype, arraysize }: Field): boolean {
  return datatype === 'floatComplex' || datatype === 'doubleComplex'
    || (arraysize !== undefined && !isText(datatype))
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ['point', 'POSITION ICRS '], ['circle', 'CIRCLE ICRS '], ['polygon', 'POLYGON ICRS '],
])

/** Writes an array so that every element comes back as it was. */
export function elementsText(field: Field, cell: Elements): string {
  const text = cell.map((element) =>
    element === null ? '?' : Object.is(element, -0) ? '-0' : String(element)).join(' ')
  const word = WORDS.get(field.xtype?.toLowerCase() ?? '')
  return word === undefined || field.datatype === 'long' ? text : word + text
}

/** Reads it. Throws `query_data` for a text that the query has made of something else. */
export function readElements(field: Field, text: string): Cell {
  const plain = text.replace(/^[A-Z]+ [A-Z0-9]+ /, '')
  if (plain === '') return []
  return plain.split(' ').map((word) => {
    if (word === '?') return null
    if (field.datatype === 'long' && /^-?\d+$/.test(word)) return BigInt(word)
    const value = Number(word)
    if (word !== '' && (!Number.isNaN(value) || word === 'NaN')) return value
    throw new ArchiveError('query_data', `a value of '${field.name}' is no array of ${field.datatype}`)
  })
}
