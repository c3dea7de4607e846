/** Shapes that are put together: telling them apart, and as text (STC-S). */
import type { Expression, Shape } from './checked.ts'
import { constantNumber } from './coerce.ts'

export const isShape = (e: Expression, shape: Shape['shape']): e is Shape =>
  e.kind === 'shape' && e.shape === shape

/** How shapes begin as text. */
export const STC_WORDS: Readonly<Record<Shape['shape'], string>> = {
  point: 'POSITION ICRS', circle: 'CIRCLE ICRS', box: 'BOX ICRS', polygon: 'POLYGON ICRS', stc: '',
}

/** The numbers of a shape in the order of its text. */
export const numbersOf = (shape: Shape): readonly Expression[] =>
  shape.args.flatMap((arg) => (isShape(arg, 'point') ? arg.args : [arg]))

/** `CIRCLE ICRS 10 20 0.5` of a shape whose numbers are all written out. */
export function constantText(shape: Expression): string | undefined {
  if (shape.kind !== 'shape') return undefined
  if (shape.shape === 'stc') {
    const [text] = shape.args
    return text?.kind === 'value' && typeof text.value === 'string' ? text.value : undefined
  }
  const constants = numbersOf(shape).map(constantNumber)
  if (constants.includes(undefined)) return undefined
  return [STC_WORDS[shape.shape], ...constants.map(String)].join(' ')
}
