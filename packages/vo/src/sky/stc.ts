/**
 * Regions as text: STC-S as ESO's `s_region` and REGION('…') have it (TAP 1.0 §6; of its shapes POSITION,
 * CIRCLE, POLYGON, BOX and UNION are read), and DALI 1.1 §3.3.5 to 3.3.7 with the shape word of DALI 1.2.
 */
import { ArchiveError } from '../errors.ts'
import { box, circle, point, polygon, union } from './region.ts'
import type { Part, Position, Region } from './region.ts'

const MAX_CHARACTERS = 200_000
const MAX_NUMBERS = 10_000
const MAX_DEPTH = 8

/** J2000 and FK5 differ from ICRS by less than a footprint is known. */
const FRAMES = new Set(['ICRS', 'J2000', 'FK5', 'UNKNOWNFRAME'])
/** Places and flavours say nothing that matters for directions. */
const PASSED_OVER = new Set([
  'BARYCENTER', 'GEOCENTER', 'HELIOCENTER', 'TOPOCENTER', 'UNKNOWNREFPOS', 'SPHERICAL2', 'SPHER2',
])
const OTHER_FRAMES = new Set(['FK4', 'B1950', 'GALACTIC', 'GALACTIC_II', 'ECLIPTIC', 'SUPER_GALACTIC'])
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

/**
 * Reads a region: `POSITION J2000 83.6 22.0`, `UNION ICRS ( CIRCLE … POLYGON … )`, `circle 10 20 0.5`, or
 * numbers alone (2: point, 3: circle, 6 and more: polygon). Words in any case, the frame may be absent.
 * @throws ArchiveError `parameter_invalid`, saying which word cannot be used.
 */
export function parseRegion(text: string): Region {
  if (text.length > MAX_CHARACTERS) throw invalid(`has more than ${MAX_CHARACTERS} characters`)
  const words = text.match(/[()]|[^\s(),]+/g) ?? []
  const reader: Reader = { words, at: 0, numbers: 0 }
  if (words.length === 0) throw invalid('is empty')
  const region = NUMBER.test(words[0] ?? '') ? bareNumbers(readNumbers(reader)) : readRegion(reader, 0)
  if (reader.at < words.length) throw invalid(`has '${shown(words[reader.at])}' after its end`)
  return region
}

interface Reader { readonly words: readonly string[]; at: number; numbers: number }

function bareNumbers(numbers: readonly number[]): Region {
  if (numbers.length === 2) return shapeOf('POINT', numbers)
  return shapeOf(numbers.length === 3 ? 'CIRCLE' : 'POLYGON', numbers)
}

function readRegion(reader: Reader, depth: number): Region {
  const shape = (reader.words[reader.at++] ?? '').toUpperCase()
  passFrame(reader)
  if (shape !== 'UNION') return shapeOf(shape, readNumbers(reader))
  if (depth >= MAX_DEPTH) throw invalid(`has more than ${MAX_DEPTH} unions in each other`)
  if (reader.words[reader.at++] !== '(') throw invalid("has a UNION without '('")
  const parts: Region[] = []
  while (reader.words[reader.at] !== ')') {
    if (reader.at >= reader.words.length) throw invalid("has a UNION without ')'")
    parts.push(readRegion(reader, depth + 1))
  }
  reader.at += 1
  return union(parts)
}

function passFrame(reader: Reader): void {
  for (;;) {
    const word = reader.words[reader.at]?.toUpperCase() ?? ''
    if (OTHER_FRAMES.has(word)) throw invalid(`is in ${word} coordinates; ICRS, J2000 and FK5 can be used`)
    if (!FRAMES.has(word) && !PASSED_OVER.has(word)) return
    reader.at += 1
  }
}

function readNumbers(reader: Reader): number[] {
  const numbers: number[] = []
  while (NUMBER.test(reader.words[reader.at] ?? '')) {
    numbers.push(Number(reader.words[reader.at]))
    reader.at += 1
    reader.numbers += 1
    if (reader.numbers > MAX_NUMBERS) throw invalid(`has more than ${MAX_NUMBERS} numbers`)
  }
  const [unit, name] = reader.words.slice(reader.at, reader.at + 2)
  if (unit?.toLowerCase() === 'unit' && name?.toLowerCase() === 'deg') reader.at += 2
  return numbers
}

function shapeOf(shape: string, numbers: readonly number[]): Part {
  const [a = NaN, b = NaN, c = NaN, d = NaN] = numbers
  switch (shape) {
    case 'POSITION':
    case 'POINT':
      checkCount(shape, numbers, 2)
      return point(a, b)
    case 'CIRCLE':
      checkCount(shape, numbers, 3)
      return circle(a, b, c)
    case 'BOX':
      checkCount(shape, numbers, 4)
      return box(a, b, c, d)
    case 'POLYGON':
      if (numbers.length < 6 || numbers.length % 2 === 1) {
        throw invalid(`has a POLYGON of ${numbers.length} numbers; it takes pairs, three at least`)
      }
      return polygon(pairsOf(numbers))
    default:
      throw invalid(`begins with '${shown(shape)}'; POSITION, CIRCLE, POLYGON, BOX and UNION can be used`)
  }
}

function checkCount(shape: string, numbers: readonly number[], count: number): void {
  if (numbers.length === count) return
  throw invalid(`has a ${shape} of ${numbers.length} numbers; it takes ${count}`)
}

function pairsOf(numbers: readonly number[]): Position[] {
  const pairs: Position[] = []
  for (let i = 0; i + 1 < numbers.length; i += 2) {
    pairs.push({ raDeg: numbers[i] ?? NaN, decDeg: numbers[i + 1] ?? NaN })
  }
  return pairs
}

/** The region in ESO's form of STC-S: `POLYGON J2000 …`. Boxes have become polygons. */
export function regionText(region: Region): string {
  switch (region.kind) {
    case 'point': return `POSITION J2000 ${region.raDeg} ${region.decDeg}`
    case 'circle': return `CIRCLE J2000 ${region.raDeg} ${region.decDeg} ${region.radiusDeg}`
    case 'polygon':
      return `POLYGON J2000 ${region.vertices.map(({ raDeg, decDeg }) => `${raDeg} ${decDeg}`).join(' ')}`
    case 'union': {
      const parts = region.parts.map((part) => regionText(part).replace(' J2000', ''))
      return `UNION J2000 ( ${parts.join(' ')} )`
    }
  }
}

/** A caller's word as a message may show it. */
function shown(word: string | undefined): string {
  return (word ?? '').replace(/[^\x20-\x7e]/gu, '?').slice(0, 40)
}

const invalid = (why: string) => new ArchiveError('parameter_invalid', `the region ${why}`)
