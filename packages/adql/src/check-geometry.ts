/** Geometry: shapes and the functions on them. ADQL 2.1 §4.2; coordinate systems as in ADQL 2.0 §2.4.1. */
import { ArchiveError } from '@quipu/vo'
import type { Place } from '@quipu/vo'
import { parseRegion } from '@quipu/vo/sky'
import type { Region } from '@quipu/vo/sky'
import type { Expression, Shape } from './checked.ts'
import { castTo, constantNumber, numeric, operation, valueOf } from './coerce.ts'
import { fault, shown } from './fault.ts'
import type { FunctionRow } from './functions.ts'
import { NAMES, isAnything } from './types.ts'

export const isGeometry = (row: FunctionRow): boolean => row.kind === 'geometry'

/** A call of a geometry function with checked arguments. Throws `adql_type` or `adql_unsupported`. */
export function checkGeometry(name: string, args: readonly Expression[], at: Place): Expression {
  switch (name) {
    case 'POINT': return pointOf(numbers(withoutSystem(args), name), name, at)
    case 'CIRCLE': return circleOf(withoutSystem(args), at)
    case 'BOX': return boxOf(withoutSystem(args), at)
    case 'POLYGON': return polygonOf(withoutSystem(args), at)
    case 'REGION': return regionOf(args, at)
    case 'CONTAINS': case 'INTERSECTS': {
      const [one, other] = shapes(args, 2, name, at)
      const operator = name === 'CONTAINS' ? 'contains' : 'intersects'
      const test = operation(operator, [one, other], 'condition', at)
      return operation('asInteger', [test], 'int', at)
    }
    case 'DISTANCE': return distanceOf(args, at)
    case 'AREA': return operation('area', [shapes(args, 1, name, at)[0]], 'double', at)
    case 'COORD1': return coordinate(args, 0, name, at)
    case 'COORD2': return coordinate(args, 1, name, at)
    default: return centroidOf(args, at)
  }
}

const shape = (kind: Shape['shape'], args: readonly Expression[], at: Place): Shape =>
  ({ kind: 'shape', shape: kind, args, type: kind === 'point' ? 'point' : 'region', at })

/** Takes a coordinate system in front away; all positions are ICRS, and J2000 is taken as that. */
function withoutSystem(args: readonly Expression[]): readonly Expression[] {
  const [first, ...rest] = args
  if (first?.kind !== 'value' || (first.type !== 'text' && first.type !== 'null')) return args
  if (first.type === 'null') return rest.length > 1 ? rest : args
  const text = String(first.value).trim()
  if (!/^($|ICRS\b|J2000\b|FK5\b|UNKNOWNFRAME\b)/i.test(text)) {
    throw fault('adql_unsupported', first.at,
      `Positions in '${shown(text)}' are not available; give ICRS degrees and '' or 'ICRS' as the system`)
  }
  return rest
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

// The centre of CIRCLE and BOX: a point, or its two coordinates in front of the rest.
function centre(args: readonly Expression[], sizes: number, name: string, at: Place) {
  const [first] = args
  if (first?.kind === 'shape' && first.shape === 'point' && args.length === sizes + 1) {
    return { point: first, rest: numbers(args.slice(1), name) }
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
  if (args.every((arg) => arg.kind === 'shape' && arg.shape === 'point')) points.push(...args)
  else {
    if (args.length % 2 === 1) throw fault('adql_type', at, 'POLYGON takes pairs of coordinates, or points')
    for (let i = 0; i < args.length; i += 2) {
      points.push(pointOf(numbers(args.slice(i, i + 2), 'POLYGON'), 'POLYGON', at))
    }
  }
  if (points.length < 3) throw fault('adql_type', at, 'POLYGON takes three corners or more')
  return shape('polygon', points, at)
}

function regionOf(args: readonly Expression[], at: Place): Shape {
  const [text] = args
  if (text?.kind !== 'value' || text.type !== 'text' || args.length !== 1) {
    throw fault('adql_type', at,
      "REGION takes one text in quotes, such as REGION('CIRCLE ICRS 10.5 -20.1 0.5')")
  }
  const region = readRegion(String(text.value), text.at)
  const number = (value: number) => valueOf(value, 'double', text.at)
  if (region.kind !== 'point' && region.kind !== 'circle') return shape('stc', [text], at)
  const point = shape('point', [number(region.raDeg), number(region.decDeg)], at)
  return region.kind === 'point' ? point : shape('circle', [point, number(region.radiusDeg)], at)
}

function readRegion(text: string, at: Place): Region {
  try {
    return parseRegion(text)
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    throw fault('adql_type', at, `'${shown(text)}' cannot be read: ${error.message}`)
  }
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

/** ADQL 2.1 §4.2.16: two points, or four coordinates. */
function distanceOf(args: readonly Expression[], at: Place): Expression {
  if (args.length === 4) {
    const coordinates = numbers(args, 'DISTANCE')
    const pairs = [coordinates.slice(0, 2), coordinates.slice(2)]
    const points = pairs.map((pair) => pointOf(pair, 'DISTANCE', at))
    return operation('distance', points, 'double', at)
  }
  if (args.length !== 2) throw fault('adql_type', at, 'DISTANCE takes two points or four coordinates')
  for (const arg of args) onlyPoint(arg, 'DISTANCE')
  return operation('distance', args, 'double', at)
}

function onlyPoint(arg: Expression, name: string): Shape {
  if (arg.kind === 'shape' && arg.shape === 'point') return arg
  if (arg.type !== 'region' && arg.type !== 'point') {
    throw fault('adql_type', arg.at, `${name} needs a point, not ${NAMES[arg.type]}`)
  }
  throw fault('adql_unsupported', arg.at,
    `${name} of a region is not available; use POINT(ra, dec), or INTERSECTS(region, CIRCLE(…)) = 1`)
}

function coordinate(args: readonly Expression[], index: 0 | 1, name: string, at: Place): Expression {
  const [arg] = args
  if (arg === undefined || args.length !== 1) throw fault('adql_type', at, `${name} takes one point`)
  return onlyPoint(arg, name).args[index] ?? valueOf(null, 'null', at)
}

function centroidOf(args: readonly Expression[], at: Place): Expression {
  const [arg] = args
  if (arg === undefined || args.length !== 1) throw fault('adql_type', at, 'CENTROID takes one shape')
  const isRound = arg.kind === 'shape' && (arg.shape === 'circle' || arg.shape === 'box')
  return isRound ? arg.args[0] ?? arg : onlyPoint(arg, 'CENTROID')
}
