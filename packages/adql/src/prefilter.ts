/**
 * What a query's conditions say of a source before its rows are read: keys of the sky that its rows can have,
 * and the text column by which it is looked up. Taken from conditions that every row of the result meets, and
 * which a row of nulls does not, so the answer is the same: under an outer join, too. Design §6.
 */
import { ArchiveError } from '@quipu/vo'
import { footprintKeys, parseRegion, positionKeys } from '@quipu/vo/sky'
import type { Region } from '@quipu/vo/sky'
import type {
  ColumnReference, Expression, Operation, QueryNode, Relation, SelectNode, SourceRelation,
} from './checked.ts'
import { constantNumber } from './coerce.ts'
import { constantText, isShape } from './shapes.ts'
import { ANY_TEXT, textKey } from './text-key.ts'
import { isText } from './types.ts'
import { mapRelations, walkQueries } from './walk.ts'

/** Rows of the source have one of the keys in the engine's column, or are of no use. */
export interface NearKeys {
  readonly column: string
  readonly keys: readonly number[]
  /** The test itself is so dear that no row without a key may come to it. */
  readonly isDear: boolean
}

/** More keys cost more than they spare. */
const MOST_TEXTS = 100

interface Hint { readonly near: NearKeys[]; leading: number | undefined }

/** The same query with hints on its sources. */
export function withHints(query: QueryNode): QueryNode {
  const hints = new Map<SourceRelation, Hint>()
  walkQueries(query, ({ body }) => {
    if (body.kind === 'select') for (const condition of conditionsOf(body)) note(condition, body, hints)
  })
  if (hints.size === 0) return query
  return mapRelations(query, (relation) => {
    const hint = relation.kind === 'source' ? hints.get(relation) : undefined
    return hint === undefined ? relation : { ...relation, ...hint }
  })
}

/** Conditions that every row of the selection meets. */
function conditionsOf({ where, from }: SelectNode): readonly Expression[] {
  const found: Expression[] = []
  const split = (condition: Expression): void => {
    if (condition.kind === 'operation' && condition.operator === 'and') condition.args.forEach(split)
    else found.push(condition)
  }
  const joined = (relation: Relation): void => {
    if (relation.kind !== 'join' || (relation.join !== 'inner' && relation.join !== 'cross')) return
    if (relation.on !== undefined) split(relation.on)
    joined(relation.left)
    joined(relation.right)
  }
  if (where !== undefined) split(where)
  from.forEach(joined)
  return found
}

function note(condition: Expression, select: SelectNode, hints: Map<SourceRelation, Hint>): void {
  if (condition.kind !== 'operation') return
  const hintOf = (source: SourceRelation): Hint => {
    const known = hints.get(source) ?? { near: [], leading: undefined }
    hints.set(source, known)
    return known
  }
  const lookedUp = lookUpOf(condition)
  const column = lookedUp && stored(lookedUp, select)
  if (column) {
    const hint = hintOf(column.source)
    hint.leading ??= column.index
    const index = column.source.source.keys?.find((each) => 'text' in each && each.text === column.column)
    const keys = index && textKeys(condition)
    if (keys) hint.near.push({ column: index.key, keys, isDear: false })
  }
  const near = nearOf(condition, select)
  if (near) hintOf(near.source).near.push(near.keys)
}

/** The text column that equals a constant. */
function lookUpOf({ operator, args }: Operation): ColumnReference | undefined {
  if (operator !== '=' && operator !== 'in') return undefined
  const [left, right] = args
  const isSecond = operator === '=' && right?.kind === 'column'
  const column = left?.kind === 'column' ? left : isSecond ? right : undefined
  const others = args.filter((arg) => arg !== column)
  return column && isText(column.type) && others.every((arg) => arg.kind === 'value') ? column : undefined
}

/** Keys of the constants that a look-up compares with; undefined where one of them may equal anything. */
function textKeys({ args }: Operation): readonly number[] | undefined {
  const texts = args.flatMap((arg) =>
    arg.kind === 'value' && typeof arg.value === 'string' ? [arg.value] : [])
  const keys = texts.map(textKey)
  const isWhole = texts.length === args.length - 1 && texts.length <= MOST_TEXTS
  return isWhole && !keys.includes(ANY_TEXT) ? [ANY_TEXT, ...keys] : undefined
}

/** The source and the keys that the condition asks for, if it is a test of a place against a known region. */
function nearOf(
  condition: Operation, select: SelectNode,
): { readonly source: SourceRelation; readonly keys: NearKeys } | undefined {
  const test = testOf(condition)
  if (test === undefined) return undefined
  const [one, other] = test
  const known = regionOf(one) ?? regionOf(other)
  const place = regionOf(one) === undefined ? one : other
  if (known === undefined || regionOf(place) !== undefined) return undefined
  if (isShape(place, 'point')) {
    const [ra, dec] = place.args.map((arg) => arg.kind === 'column' ? stored(arg, select) : undefined)
    if (ra === undefined || dec === undefined || ra.source !== dec.source) return undefined
    const index = ra.source.source.keys?.find((each) =>
      'ra' in each && each.ra === ra.column && each.dec === dec.column)
    const keys = index && positionKeys(known)
    return keys && { source: ra.source, keys: { column: index.key, keys, isDear: false } }
  }
  const region = place.kind === 'column' ? stored(place, select) : undefined
  const index = region?.source.source.keys?.find((each) => 'region' in each && each.region === region.column)
  const keys = index && footprintKeys(known)
  return region && keys && { source: region.source, keys: { column: index.key, keys, isDear: true } }
}

/** The two shapes of which the condition says that they meet. */
function testOf(condition: Operation): readonly [Expression, Expression] | undefined {
  const { operator, args } = condition
  const [left, right] = args
  if (left === undefined || right === undefined) return undefined
  if (operator === 'contains' || operator === 'intersects') return [left, right]
  if (operator === '=') {
    const flag = constantNumber(right) === 1 ? left : constantNumber(left) === 1 ? right : undefined
    const inner = flag?.kind === 'operation' && flag.operator === 'asInteger' ? flag.args[0] : undefined
    return inner?.kind === 'operation' ? testOf(inner) : undefined
  }
  return withinOf(operator, left, right)
}

/** DISTANCE(p, q) < r, either way round, as a circle and a point. */
function withinOf(
  operator: Operation['operator'], left: Expression, right: Expression,
): readonly [Expression, Expression] | undefined {
  const isFirst = operator === '<' || operator === '<='
  if (!isFirst && operator !== '>' && operator !== '>=') return undefined
  const [distance, radius] = isFirst ? [left, right] : [right, left]
  const limit = constantNumber(radius)
  if (distance.kind !== 'operation' || distance.operator !== 'distance') return undefined
  if (limit === undefined || !(limit >= 0 && limit <= 180)) return undefined
  const [p, q] = distance.args
  if (p === undefined || q === undefined) return undefined
  const [point, center] = regionOf(p) === undefined ? [p, q] : [q, p]
  const { type, at } = center
  return [point, { kind: 'shape', shape: 'circle', args: [center, radius], type, at }]
}

/** A region of which everything is written out. */
function regionOf(shape: Expression): Region | undefined {
  const text = constantText(shape)
  if (text === undefined) return undefined
  try {
    return parseRegion(text)
  } catch (error) {
    // What cannot be read is nothing's prefilter; the test itself says what it is.
    if (error instanceof ArchiveError) return undefined
    throw error
  }
}

/** The stored column of a source of this selection that an expression names, through derived tables. */
function stored(
  { relation: id, index }: ColumnReference, select: SelectNode,
): { readonly source: SourceRelation; readonly column: string; readonly index: number } | undefined {
  const relation = select.from.map((each) => find(each, id)).find((found) => found !== undefined)
  if (relation?.kind === 'source') {
    const column = relation.source.columns.get(relation.columns[index] ?? '')
    return column?.kind === 'stored' ? { source: relation, column: column.column, index } : undefined
  }
  if (relation?.kind !== 'derived') return undefined
  const { body, offset } = relation.query
  if (body.kind !== 'select' || body.top !== undefined || offset !== undefined) return undefined
  if (body.distinct || body.groupBy !== undefined) return undefined
  const inner = body.columns[index]?.value
  return inner?.kind === 'column' ? stored(inner, body) : undefined
}

function find(relation: Relation, id: number): Relation | undefined {
  if (relation.kind === 'join') return find(relation.left, id) ?? find(relation.right, id)
  return relation.id === id ? relation : undefined
}
