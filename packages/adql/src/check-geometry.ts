/** Geometry: shapes and the functions on them. ADQL 2.1 §4.2; coordinate systems as in ADQL 2.0 §2.4.1. */
import { ArchiveError } from '@quipu/vo'
import type { Place } from '@quipu/vo'
import { parseFrame, parseRegion, regionText, transformRegion } from '@quipu/vo/sky'
import type { Frame, Region } from '@quipu/vo/sky'
import type { CheckOptions } from './binder.ts'
import type { Call, Expression, Shape } from './checked.ts'
import { castTo, constantNumber, numeric, operation, valueOf } from './coerce.ts'
import { fault, shown } from './fault.ts'
import type { FunctionRow } from './functions.ts'
import { OF_REGIONS } from './functions-ivo.ts'
import { constantText, isShape } from './shapes.ts'
import { NAMES, isAnything } from './types.ts'

/** A call of a geometry function with checked arguments. Throws `adql_type` or `adql_unsupported`. */
export function checkGeometry(
  name: string, args: readonly Expression[], at: Place, options: CheckOptions,
): Expression {
  switch (name) {
    case 'POINT': case 'CIRCLE': case 'BOX': case 'POLYGON': return checkShape(name, args, at, options)
    case 'REGION': return regionOf(args, at, options)
    case 'CONTAINS': case 'INTERSECTS': {
      const [one, other] = shapes(args, 2, name, at)
      const operator = name === 'CONTAINS' ? 'contains' : 'intersects'
      const test = operation(operator, [one, other], 'condition', at)
      return operation('asInteger', [test], 'int', at)
    }
    case 'DISTANCE': return distanceOf(args, at, options)
    case 'AREA': return operation('area', [shapes(args, 1, name, at)[0]], 'double', at)
    case 'COORD1': return coordinate(args, 0, name, at)
    case 'COORD2': return coordinate(args, 1, name, at)
    case 'COORDSYS': return ofRegion(OF_REGIONS.system, [shapes(args, 1, name, at)[0]], at)
    default: return centroidOf(args, at)
  }
}

const ofRegion = (row: FunctionRow, args: readonly Expression[], at: Place): Expression =>
  ({ kind: 'call', row, args, type: row.result === 'number' ? 'double' : row.result, at })

const shape = (kind: Shape['shape'], args: readonly Expression[], at: Place): Shape =>
  ({ kind: 'shape', shape: kind, args, type: kind === 'point' ? 'point' : 'region', at })

/** A shape from its coordinates, brought to ICRS. */
function checkShape(
  name: 'POINT' | 'CIRCLE' | 'BOX' | 'POLYGON', args: readonly Expression[], at: Place, options: CheckOptions,
): Expression {
  const { rest, frame } = withoutSystem(name, args, at, options)
  const made = name === 'POINT' ? pointOf(numbers(rest, name), name, at)
    : name === 'CIRCLE' ? circleOf(rest, at) : name === 'BOX' ? boxOf(rest, at) : polygonOf(rest, at)
  if (frame === 'ICRS') return made
  if (rest.some((arg) => arg.type === 'point')) {
    throw fault('adql_unsupported', at, `${name} in ${frame} takes numbers; a POINT has its own system`)
  }
  const text = constantText(made)
  if (text !== undefined) {
    return shapeOf(transformRegion(readRegion(text, at), frame, 'ICRS'), at)
  }
  const names = [frame, 'ICRS'].map((word) => valueOf(word, 'text', at))
  return { ...ofRegion(OF_REGIONS.transform, [...names, made], at), type: made.type }
}

const SYSTEMS: Readonly<Record<string, Frame>> = {
  '': 'ICRS', ICRS: 'ICRS', J2000: 'ICRS', FK5: 'ICRS', UNKNOWNFRAME: 'ICRS', GALACTIC: 'GALACTIC',
}

/** Takes a coordinate system in front away (ADQL 2.0 §2.4.1); J2000 is taken as ICRS. */
function withoutSystem(
  name: string, args: readonly Expression[], at: Place, options: CheckOptions,
): { rest: readonly Expression[]; frame: Frame } {
  const [first, ...rest] = args
  const isSystem = first?.kind === 'value'
    && (typeof first.value === 'string' || (first.value === null && rest.length > 1))
  if (!isSystem) {
    if (options.version !== '2.0') return { rest: args, frame: 'ICRS' }
    throw fault('adql_syntax', at, `${name} begins with a coordinate system in ADQL 2.0, such as 'ICRS'`)
  }
  const text = String(first.value ?? '').trim()
  const frame = SYSTEMS[(text.split(/\s+/)[0] ?? '').toUpperCase()]
  if (frame !== undefined || options.runnable === false) return { rest, frame: frame ?? 'ICRS' }
  throw fault('adql_unsupported', first.at,
    `Positions in '${shown(text)}' are not available; '', 'ICRS', 'FK5' and 'GALACTIC' are`)
}

const numbers = (args: readonly Expression[], name: string): readonly Expression[] =>
  args.map((arg) => castTo(numeric(arg, name), 'double'))

function pointOf(args: readonly Expression[], name: string, at: Place): Shape {
  const [lon, lat] = args
  if (lon === undefined || lat === undefined || args.length !== 2) {
    throw fault('adql_type', at,
      `${name} takes right ascension and declination in degrees, not ${args.length} numbers`)
  }
  checkRange(lon, -360, 720, 'a right ascension')
  checkRange(lat, -90, 90, 'a declination')
  return shape('point', [lon, lat], at)
}

function checkRange(value: Expression, least: number, most: number, what: string): void {
  const number = constantNumber(value)
  if (number === undefined || (number >= least && number <= most)) return
  throw fault('adql_type', value.at,
    `${number} is not ${what} in degrees (${Math.max(least, -90)} to ${Math.min(most, 360)})`)
}

/** Kinds of expressions that may give a point; a number that is written out does not. */
const MAY_BE_POINT = /^(column|call|scalar)$/

// The centre of CIRCLE and BOX: a point, or its two coordinates in front of the rest.
function centre(args: readonly Expression[], sizes: number, name: string, at: Place) {
  const [first] = args
  const isPoint = first !== undefined && (first.type === 'point' || MAY_BE_POINT.test(first.kind))
  if (isPoint && args.length === sizes + 1) {
    return { point: asPoint(first, name), rest: numbers(args.slice(1), name) }
  }
  if (args.length !== sizes + 2) {
    throw fault('adql_type', at,
      `${name} takes a centre and ${sizes === 1 ? 'a radius' : 'width and height'}, all in degrees`)
  }
  return { point: pointOf(numbers(args.slice(0, 2), name), name, at), rest: numbers(args.slice(2), name) }
}

function circleOf(args: readonly Expression[], at: Place): Shape {
  const { point, rest } = centre(args, 1, 'CIRCLE', at)
  for (const radius of rest) checkRange(radius, 0, 180, 'a radius')
  return shape('circle', [point, ...rest], at)
}

function boxOf(args: readonly Expression[], at: Place): Shape {
  const { point, rest } = centre(args, 2, 'BOX', at)
  for (const size of rest) checkRange(size, 0, 360, 'a size')
  return shape('box', [point, ...rest], at)
}

function polygonOf(args: readonly Expression[], at: Place): Shape {
  const points: Expression[] = []
  const isPoint = (arg: Expression) => arg.type === 'point'
  const mayBe = (arg: Expression) => arg.type === 'unknown' && MAY_BE_POINT.test(arg.kind)
  const areAll = args.every((arg) => isPoint(arg) || mayBe(arg))
  if (areAll && (args.some(isPoint) || args.length < 6)) {
    points.push(...args.map((arg) => asPoint(arg, 'POLYGON')))
  } else {
    if (args.length % 2 === 1) throw fault('adql_type', at, 'POLYGON takes pairs of coordinates, or points')
    for (let i = 0; i < args.length; i += 2) {
      points.push(pointOf(numbers(args.slice(i, i + 2), 'POLYGON'), 'POLYGON', at))
    }
  }
  if (points.length < 3) throw fault('adql_type', at, 'POLYGON takes three corners or more')
  return shape('polygon', points, at)
}

function regionOf(args: readonly Expression[], at: Place, { runnable }: CheckOptions): Expression {
  const [text] = args
  if (text?.kind !== 'value' || typeof text.value !== 'string' || args.length !== 1) {
    throw fault('adql_type', at,
      "REGION takes one text in quotes, such as REGION('CIRCLE ICRS 10.5 -20.1 0.5')")
  }
  // Not every region that is one can be read here.
  if (runnable === false) return shape('stc', [text], at)
  return shapeOf(readRegion(String(text.value), text.at), at)
}

function readRegion(text: string, at: Place): Region {
  try {
    return parseRegion(text)
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    throw fault('adql_type', at, `'${shown(text)}' cannot be read: ${error.message}`)
  }
}

/** A region that is known, as a shape. */
function shapeOf(region: Region, at: Place): Shape {
  const number = (value: number) => valueOf(value, 'double', at)
  if (region.kind !== 'point' && region.kind !== 'circle') {
    return shape('stc', [valueOf(regionText(region), 'text', at)], at)
  }
  const center = shape('point', [number(region.raDeg), number(region.decDeg)], at)
  return region.kind === 'point' ? center : shape('circle', [center, number(region.radiusDeg)], at)
}

/** ivo_geom_transform(from, to, shape), of a call with its arguments brought to what they must be. */
export function checkTransform(call: Call): Expression {
  const [from, to, given] = call.args
  if (from === undefined || to === undefined || given === undefined) return call
  const [source, target] = [frameOf(from), frameOf(to)]
  const text = constantText(given)
  if (text !== undefined) return shapeOf(transformRegion(readRegion(text, given.at), source, target), call.at)
  return { ...call, type: given.type === 'point' ? 'point' : 'region' }
}

function frameOf(word: Expression): Frame {
  try {
    return parseFrame(word.kind === 'value' ? String(word.value) : '')
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    throw fault('adql_type', word.at, error.message)
  }
}

/** CAST(text AS POINT), from the forms of DALI 1.1 §3.3.5 to 3.3.7. ADQL 2.1 §4.7.1. */
export function checkShapeCast(word: string, operand: Expression, at: Place): Expression {
  const type = word === 'POINT' ? 'point' : 'region'
  if (operand.kind === 'value' && typeof operand.value === 'string') {
    const region = readRegion(operand.value, operand.at)
    if (region.kind.toUpperCase() === word) return shapeOf(region, at)
    throw fault('adql_type', operand.at, `'${shown(operand.value)}' is no ${word}`)
  }
  if (operand.type !== 'text' && operand.type !== 'region' && !isAnything(operand.type)) {
    throw fault('adql_type', at, `CAST makes no ${word} of ${NAMES[operand.type]}`)
  }
  const words = [valueOf(word, 'text', at), operand]
  return { ...ofRegion(OF_REGIONS.cast, words, at), type }
}

function shapes(
  args: readonly Expression[], count: 1 | 2, name: string, at: Place,
): readonly [Expression, Expression] {
  if (args.length !== count) {
    const wanted = count === 1 ? '1 shape' : '2 shapes'
    throw fault('adql_type', at, `${name} takes ${wanted}, not ${args.length}`)
  }
  for (const arg of args) {
    const known = arg.type === 'point' || arg.type === 'region' || isAnything(arg.type)
    if (known) continue
    throw fault('adql_type', arg.at, `${name} needs a shape or a column of regions, not ${NAMES[arg.type]}`)
  }
  const [one, other] = args
  if (one === undefined) throw fault('adql_type', at, `${name} needs a shape`)
  return [one, other ?? one]
}

/** ADQL 2.1 §4.2.16: two points, or four coordinates; wider than that, regions, from their edges. */
function distanceOf(args: readonly Expression[], at: Place, { version }: CheckOptions): Expression {
  if (args.length === 4 && version !== '2.0') {
    const coordinates = numbers(args, 'DISTANCE')
    const pairs = [coordinates.slice(0, 2), coordinates.slice(2)]
    const points = pairs.map((pair) => pointOf(pair, 'DISTANCE', at))
    return operation('distance', points, 'double', at)
  }
  if (args.length !== 2) throw fault('adql_type', at, 'DISTANCE takes two points or four coordinates')
  const both = shapes(args, 2, 'DISTANCE', at)
  return both.every(isPointShape) ? operation('distance', both, 'double', at)
    : ofRegion(OF_REGIONS.distance, both, at)
}

const isPointShape = (arg: Expression): arg is Shape => isShape(arg, 'point')

/** A point as its two coordinates. */
function asPoint(arg: Expression, name: string): Shape {
  if (isPointShape(arg)) return arg
  checkPoint(arg, name)
  const { coord1, coord2 } = OF_REGIONS
  return shape('point', [coord1, coord2].map((row) => ofRegion(row, [arg], arg.at)), arg.at)
}

// A column of regions may hold points.
function checkPoint(arg: Expression, name: string): void {
  const isColumn = arg.type === 'region' && arg.kind !== 'shape'
  if (arg.type === 'point' || isColumn || isAnything(arg.type)) return
  throw fault('adql_type', arg.at, `${name} needs a point, not ${NAMES[arg.type]}`)
}

function coordinate(args: readonly Expression[], index: 0 | 1, name: string, at: Place): Expression {
  const [arg] = args
  if (arg === undefined || args.length !== 1) throw fault('adql_type', at, `${name} takes one point`)
  return asPoint(arg, name).args[index] ?? valueOf(null, 'null', at)
}

function centroidOf(args: readonly Expression[], at: Place): Expression {
  const [arg] = shapes(args, 1, 'CENTROID', at)
  const isRound = arg.kind === 'shape' && (arg.shape === 'circle' || arg.shape === 'box')
  if (isRound) return arg.args[0] ?? arg
  return isPointShape(arg) ? arg : ofRegion(OF_REGIONS.centroid, [arg], at)
}
